"""Runs a tool against a server of this machine, and says what it cost and whether it was right."""

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
from benchmarks.tools import PLAN, ROOT, SPACE, Tool
from deployer.rehearsal import LocalHub, Scenario

CHILD = Path(__file__).with_name("child.py")
TIMEOUT = 180.0  # seconds, for one command
# in this order: each starts from the Space that the one before left behind
CASES = {
    "first deploy": FIRST,
    "nothing changed": FIRST,
    "one line changed": ONE_LINE,
    "1 % changed": SPREAD,
}
# git asks this for a password, so that the token stands in no address
_CREDENTIALS = '!printf "username=julia\\npassword=%s\\n" "$HF_TOKEN" #'
_GIT_ATTRIBUTES = ".gitattributes"


class WrongResult(Exception):
    """A tool failed, or the Space is not what it should be after it."""


@dataclass(frozen=True)
class Cost:
    """What one deploy took. Bytes are those of the bodies; memory is its largest process's."""

    requests: int
    chain: int
    up: int
    down: int
    commits: int
    seconds: float
    memory: int


class Server(Protocol):
    """Where a tool deploys to."""

    port: int

    def blobs(self) -> dict[str, str]:
        """The id of each file's content at the head."""

    def commits(self) -> int:
        """How long the history is."""


@dataclass(frozen=True)
class HubServer:
    """The local Hub, as the cases see it."""

    hub: LocalHub

    @property
    def port(self) -> int:
        """Where it answers."""
        return urlsplit(self.hub.url).port or 0

    def blobs(self) -> dict[str, str]:
        """The id of each file's content at the head."""
        if SPACE not in self.hub.spaces():
            return {}
        head = self.hub.commits(SPACE)[0]
        return {path: file.oid for path, file in head.files.items()}

    def commits(self) -> int:
        """How many commits the tool made; a new Space starts with one that the Hub makes."""
        return len(self.hub.commits(SPACE)) - 1 if SPACE in self.hub.spaces() else 0


@dataclass(frozen=True)
class Bench:
    """A tool, its server, and the proxy between them."""

    tool: Tool
    server: HubServer | GitServer
    proxy: Proxy
    repository: Repository

    def run(self, tag: str) -> Cost:
        """Deploy one state of the repository. Raises WrongResult."""
        self.repository.check_out(tag)
        before = self.server.commits()
        self.proxy.exchanges.clear()
        seconds, memory = _ran(self.tool.at(self.proxy.url), self.repository.root, self.proxy.url)
        self._check()
        seen: list[Exchange] = list(self.proxy.exchanges)
        return Cost(
            requests=len(seen),
            chain=longest_chain(seen),
            up=sum(exchange.up for exchange in seen),
            down=sum(exchange.down for exchange in seen),
            commits=self.server.commits() - before,
            seconds=seconds,
            memory=memory,
        )

    def _check(self) -> None:
        """The Space holds what git tracks, and nothing else but the Hub's own attributes."""
        expected, found = self.repository.blobs(), self.server.blobs()
        if _GIT_ATTRIBUTES not in expected:
            found.pop(_GIT_ATTRIBUTES, None)
        if expected != found:
            wrong = sorted(dict(expected.items() ^ found.items()))
            raise WrongResult(
                f"{self.tool.name}: {len(wrong)} files of the Space are wrong, such as {wrong[0]}"
            )


@contextmanager
def bench(tool: Tool, repository: Repository, latency: float) -> Iterator[Bench]:
    """A fresh server for a tool, `latency` seconds away."""
    if tool.over_git:
        with (
            tempfile.TemporaryDirectory() as folder,
            GitServer(Path(folder)) as server,
            Proxy(server.port, latency) as proxy,
        ):
            yield Bench(tool, server, proxy, repository)
    else:
        with LocalHub(scenario=Scenario()) as hub:
            started = HubServer(hub)
            with Proxy(started.port, latency) as proxy:
                yield Bench(tool, started, proxy, repository)


def plan(repository: Repository, latency: float) -> Cost:
    """What it costs to plan for one changed line, on a Space that somebody else filled."""
    repository.check_out(FIRST)
    names = repository.blobs()
    files = {name: (repository.root / name).read_bytes() for name in names}
    repository.check_out(ONE_LINE)
    with LocalHub(scenario=Scenario()) as hub:
        hub.add_space(SPACE, files)
        with Proxy(HubServer(hub).port, latency) as proxy:
            seconds, memory = _ran(PLAN.at(proxy.url), repository.root, proxy.url)
            seen = proxy.exchanges
            up, down = sum(one.up for one in seen), sum(one.down for one in seen)
            return Cost(len(seen), longest_chain(seen), up, down, 0, seconds, memory)


def startup(option: str, pairs: int) -> float:
    """How many seconds longer the command takes to say `option` than Python to do nothing."""
    nothing = [sys.executable, "-c", "pass"]
    said = [sys.executable, "-m", "deployer", option]
    with tempfile.TemporaryDirectory() as folder:
        times = [
            [_child(one, ROOT, _environment(folder))[0] for one in (said, nothing)]
            for _ in range(pairs)
        ]
    return statistics.median(ours - bare for ours, bare in times)


def _ran(commands: Sequence[Sequence[str]], here: Path, url: str) -> tuple[float, int]:
    """Run commands one after the other, as on a fresh machine; gives seconds and bytes."""
    with tempfile.TemporaryDirectory() as home:
        costs = [_child(command, here, _environment(home, url)) for command in commands]
    return sum(seconds for seconds, _ in costs), max(memory for _, memory in costs)


def _environment(home: str, url: str = "") -> dict[str, str]:
    """Nothing of this machine's own git, Hub or workflow.

    Xet stays on, as in a job: without it the client commits otherwise. No file here is large.
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


def _child(command: Sequence[str], here: Path, environment: Mapping[str, str]) -> tuple[float, int]:
    """Run one command in a process of its own. Raises WrongResult where it fails or hangs."""
    with tempfile.TemporaryDirectory() as folder:
        result, said = Path(folder) / "result", Path(folder) / "said"
        with (
            said.open("wb") as output,
            subprocess.Popen(
                [sys.executable, "-I", "-S", str(CHILD), str(result), *command],
                cwd=here,
                env=environment,
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
            end = said.read_text("utf-8", "replace")[-2000:]
            raise WrongResult(f"{' '.join(command)} ended with {cost['code']}:\n{end}")
        return float(cost["seconds"]), int(cost["memory"])
