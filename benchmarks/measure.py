"""Run a tool against a local server; measure its cost and check its result."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from benchmarks.gitserver import GitServer
from benchmarks.proxy import Exchange, Proxy, longest_chain
from benchmarks.repositories import FIRST, GIT_ENVIRONMENT, ONE_LINE, SPREAD, Repository
from benchmarks.tools import OFFICIAL, OURS, PLAN, ROOT, SPACE, Tool
from deployer.rehearsal import LocalHub, Scenario

CHILD = Path(__file__).with_name("child.py")
TIMEOUT = 180.0  # seconds, for one command
# in this order: each case starts from the Space of the one before
CASES = {
    "first deploy": FIRST,
    "nothing changed": FIRST,
    "one line changed": ONE_LINE,
    "1 % changed": SPREAD,
}
# a credential helper, so that the token is not in a URL
_CREDENTIALS = '!printf "username=julia\\npassword=%s\\n" "$HF_TOKEN" #'
_GIT_ATTRIBUTES = ".gitattributes"


class WrongResult(Exception):
    """A tool failed, or deployed the wrong files."""


@dataclass(frozen=True)
class Cost:
    """The cost of one deploy.

    `up`, `down`: bytes of the bodies. `chain`: requests that were sent one after the other.
    `memory`: peak bytes of the largest process.
    """

    requests: int
    chain: int
    up: int
    down: int
    commits: int
    seconds: float
    memory: int


class Server(Protocol):
    """The server that a tool deploys to."""

    @property
    def port(self) -> int:
        """The port that it listens on."""

    def blobs(self) -> dict[str, str]:
        """The blob id of each file at the head."""

    def commits(self) -> int:
        """The number of commits."""


@dataclass(frozen=True)
class HubServer:
    """The local Hub as a `Server`."""

    hub: LocalHub

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return urlsplit(self.hub.url).port or 0

    def blobs(self) -> dict[str, str]:
        """The blob id of each file at the head."""
        if SPACE not in self.hub.spaces():
            return {}
        head = self.hub.commits(SPACE)[0]
        return {path: file.oid for path, file in head.files.items()}

    def commits(self) -> int:
        """The number of commits by the tool, without the initial one by the Hub."""
        return len(self.hub.commits(SPACE)) - 1 if SPACE in self.hub.spaces() else 0


@dataclass(frozen=True)
class Bench:
    """A tool, its server, and the proxy between them."""

    tool: Tool
    server: HubServer | GitServer
    proxy: Proxy
    repository: Repository

    def run(self, tag: str) -> Cost:
        """Deploy one tag of the repository. Raises WrongResult."""
        self.repository.check_out(tag)
        before = self.server.commits()
        self.proxy.exchanges.clear()
        seconds, memory = _run(
            self.tool.commands_for(self.proxy.url), self.repository.root, self.proxy.url
        )
        check_files(self.tool.name, self.server, self.repository)
        exchanges: list[Exchange] = list(self.proxy.exchanges)
        return Cost(
            requests=len(exchanges),
            chain=longest_chain(exchanges),
            up=sum(exchange.up for exchange in exchanges),
            down=sum(exchange.down for exchange in exchanges),
            commits=self.server.commits() - before,
            seconds=seconds,
            memory=memory,
        )


def check_files(tool: str, server: Server, repository: Repository) -> None:
    """Check that the Space has exactly the tracked files; ignore the Hub's .gitattributes.

    Raises WrongResult.
    """
    expected, found = repository.blobs(), server.blobs()
    if _GIT_ATTRIBUTES not in expected:
        found.pop(_GIT_ATTRIBUTES, None)
    if expected != found:
        wrong = sorted(dict(expected.items() ^ found.items()))
        raise WrongResult(f"{tool}: {len(wrong)} files of the Space are wrong, such as {wrong[0]}")


@contextmanager
def bench(tool: Tool, repository: Repository, latency: float) -> Iterator[Bench]:
    """A new server for a tool, behind a proxy that delays each request by `latency` seconds."""
    if tool.over_git:
        with (
            tempfile.TemporaryDirectory() as folder,
            GitServer(Path(folder)) as server,
            Proxy(server.port, latency) as proxy,
        ):
            yield Bench(tool, server, proxy, repository)
    else:
        with LocalHub(scenario=Scenario()) as hub:
            hub_server = HubServer(hub)
            with Proxy(hub_server.port, latency) as proxy:
                yield Bench(tool, hub_server, proxy, repository)


def pairs(repository: Repository, latency: float, rounds: int) -> list[tuple[float, float]]:
    """The seconds of hf-deploy and of the official action for one changed line, in turns."""
    with (
        bench(OURS, repository, latency) as ours,
        bench(OFFICIAL, repository, latency) as official,
    ):
        for running in (ours, official):
            running.run(FIRST)
        return [
            (ours.run(tag).seconds, official.run(tag).seconds)
            for tag in ((ONE_LINE, FIRST) * rounds)[:rounds]
        ]


def plan(repository: Repository, latency: float) -> Cost:
    """The cost of a plan for one changed line, on a Space without a release."""
    repository.check_out(FIRST)
    names = repository.blobs()
    files = {name: (repository.root / name).read_bytes() for name in names}
    repository.check_out(ONE_LINE)
    with LocalHub(scenario=Scenario()) as hub:
        hub.add_space(SPACE, files)
        with Proxy(HubServer(hub).port, latency) as proxy:
            seconds, memory = _run(PLAN.commands_for(proxy.url), repository.root, proxy.url)
            exchanges = proxy.exchanges
            up, down = sum(one.up for one in exchanges), sum(one.down for one in exchanges)
            return Cost(len(exchanges), longest_chain(exchanges), up, down, 0, seconds, memory)


def startup(option: str, runs: int) -> float:
    """The median seconds of `hf-deploy OPTION`, from the start of its process to its end."""
    command = [sys.executable, "-m", "deployer", option]
    with tempfile.TemporaryDirectory() as folder:
        variables = environment(folder)
        return statistics.median(child(command, ROOT, variables)[0] for _ in range(runs))


def _run(commands: Sequence[Sequence[str]], cwd: Path, url: str) -> tuple[float, int]:
    """Run commands one after the other in a new home; return their seconds and peak bytes."""
    with tempfile.TemporaryDirectory() as home:
        costs = [child(command, cwd, environment(home, url)) for command in commands]
    return sum(seconds for seconds, _ in costs), max(memory for _, memory in costs)


def environment(home: str, url: str = "") -> dict[str, str]:
    """The environment of a new home, without the local configuration of git, the Hub or a workflow.

    Xet stays on, as in a job: without it huggingface_hub commits in another way. No file is large
    enough for it.
    """
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "LANG": "C.UTF-8",
        "HOME": home,
        "HF_HOME": str(Path(home) / "hf"),
        "HF_ENDPOINT": url,
        "HF_TOKEN": "hf_write",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        **GIT_ENVIRONMENT,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "credential.helper",
        "GIT_CONFIG_VALUE_0": _CREDENTIALS,
    }


def child(command: Sequence[str], cwd: Path, variables: Mapping[str, str]) -> tuple[float, int]:
    """Run one command in a process of its own; its seconds and peak bytes.

    Raises WrongResult if it fails or hangs.
    """
    with tempfile.TemporaryDirectory() as folder:
        result, log = Path(folder) / "result", Path(folder) / "log"
        with (
            log.open("wb") as output,
            subprocess.Popen(
                [sys.executable, "-I", "-S", str(CHILD), str(result), *command],
                cwd=cwd,
                env=variables,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                process.wait(TIMEOUT)
            except BaseException as error:
                os.killpg(process.pid, 9)
                if isinstance(error, subprocess.TimeoutExpired):
                    raise WrongResult(f"{command} did not end in {TIMEOUT:g} seconds") from error
                raise
        cost = json.loads(result.read_text("utf-8"))
        if cost["code"]:
            end = log.read_text("utf-8", "replace")[-2000:]
            raise WrongResult(f"{' '.join(command)} ended with {cost['code']}:\n{end}")
        return float(cost["seconds"]), int(cost["memory"])
