"""The commands of a container engine, and what it answers. No other module knows them.

docker and podman take the same ones: https://docs.docker.com/reference/cli/docker/ and
https://docs.podman.io/en/latest/Commands.html. No value of a secret is an argument.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployer.checks.docker_instructions import DOCKERFILE, IGNORE_FILES
from deployer.rehearsal import process_table
from deployer.rehearsal.containers.usage import Usage, parse_usage
from deployer.rehearsal.environment import is_read_by_engines

LABEL = "hf-deploy.hub"
# a build argument that marks podman's working containers: those can't have a label
MARK = "HF_DEPLOY_HUB"
SPACE_USER = "1000"
GRACE_SECONDS = 3
_MAX_LINE = 10_000  # characters; Go reads lines of up to 64 KiB
# seconds; an engine that hangs must not hold the Hub for ever
_TIMEOUT = 20.0
_TIMEOUTS = {"create": 120.0, "rm": 60.0, "image": 60.0}
_LISTENING = "cat /proc/net/tcp /proc/net/tcp6; ls -l /proc/[0-9]*/fd"


class EngineError(Exception):
    """The engine refused a command: its last words."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use: CPU cores, and memory in GiB. Those of CPU Basic by default.

    https://huggingface.co/docs/hub/spaces-overview#hardware-resources
    """

    cores: int = 2
    memory: int = 16


@dataclass(frozen=True, slots=True)
class State:
    """A container: whether it has the machine's own network, and ended for want of memory."""

    has_host_network: bool
    is_out_of_memory: bool


@dataclass(frozen=True, slots=True)
class Engine:
    """A program, the environment that it needs, and the label of all that one Hub makes with it.

    `limits` is None where it can't set any. `remark` is for the log of a build: why it is this one.
    """

    program: str
    environment: Mapping[str, str]
    label: str
    is_podman: bool = False
    reads_heredocs: bool = True
    has_buildx: bool = False
    limits: Limits | None = None
    remark: str = ""

    @property
    def cores(self) -> int:
        """The CPU cores of a container."""
        return self.limits.cores if self.limits else process_table.cores()

    @property
    def memory(self) -> int:
        """The memory of a container in GiB."""
        return self.limits.memory if self.limits else process_table.total_memory() // 2**30

    def build_command(
        self,
        folder: Path,
        image_file: Path,
        arguments: Mapping[str, str],
        secrets: Mapping[str, Path],
        *,
        mark: str,
        is_fresh: bool,
    ) -> list[str]:
        """Build the image of a folder, and write its id into a file.

        docker keeps layers apart from images, so the image gets the label, and is removed by it.
        podman's layers are images, which a label would mark one by one; it keeps them all. `mark`
        is for the containers in which it builds. `secrets` has the file of each secret.
        """
        command = [self.program, "build", "--file", str(folder / DOCKERFILE)]
        command += ["--iidfile", str(image_file)]
        if is_fresh:
            command.append("--no-cache")
        for name, value in arguments.items():
            command += ["--build-arg", f"{name}={value}"]
        if self.is_podman:
            # the last one wins, whatever variables the Space has
            command += ["--build-arg", f"{MARK}={mark}"]
            # else it prefers a .containerignore, and never reads a Dockerfile.dockerignore
            ignored = (folder / name for name in IGNORE_FILES if (folder / name).exists())
            command += ["--ignorefile", str(next(ignored, os.devnull))]
        else:
            command += ["--label", f"{LABEL}={self.label}"]
        if self.has_buildx:
            # a builder in a container of its own would keep the image to itself
            command.append("--load")
        # podman would leave one that it reads from the environment in /dev/shm if it is ended
        for name, file in secrets.items():
            command += ["--secret", f"id={name},src={file}"]
        return [*command, str(folder)]

    def start_command(self, container: str) -> list[str]:
        """Start a container, and show its output until it exits, with its exit code."""
        return [self.program, "start", "--attach", container]

    def create(self, image: str, ports: tuple[int, int], values: Mapping[str, str]) -> str:
        """Create a container that may do what one on Spaces may; gives its id.

        `ports` are the one on this machine, and the app's; `values` its environment. Raises
        EngineError.
        """
        outside, inside = ports
        command = ["create", "--label", f"{LABEL}={self.label}", "--user", SPACE_USER]
        command += ["--cap-drop", "all", "--security-opt", "no-new-privileges", "--no-healthcheck"]
        # what the app prints is in its log here, and nowhere else
        command += ["--log-driver", "none"]
        command += ["--publish", f"127.0.0.1:{outside}:{inside}"]
        if self.limits is not None:
            command += ["--cpus", str(self.limits.cores), "--memory", f"{self.limits.memory}g"]
        if self.is_podman:
            # else it hands on the proxies of the person who runs it
            command.append("--http-proxy=false")
        # by a pipe: what has the name of a setting of the engine itself must not become one
        lines = "".join(f"{name}={value}\n" for name, value in values.items() if _fits(value))
        others = {name: value for name, value in values.items() if not _fits(value)}
        for name in others:
            command += ["--env", name]
        command += ["--env-file", "/dev/stdin", image]
        answer = self._ask(*command, environment=others, stdin=lines)
        with read_answer("create"):
            return answer.split()[-1]

    def state(self, container: str) -> State:
        """The state of a container. Raises EngineError."""
        text = self._ask("inspect", "--type", "container", container)
        with read_answer("inspect"):
            found = json.loads(text)[0]
            return State(
                has_host_network=found["HostConfig"]["NetworkMode"] == "host",
                is_out_of_memory=bool(found["State"].get("OOMKilled")),
            )

    def stop(self, container: str) -> None:
        """Ask its first process to end, and kill it after a grace period. Raises EngineError."""
        self._ask("stop", "-t", str(GRACE_SECONDS), container)

    def remove(self, containers: Iterable[str]) -> None:
        """Kill and remove containers, with their unnamed volumes. Raises EngineError."""
        ids = list(containers)
        if ids:
            # podman's `rm` alone forgets a container whose `stop` was interrupted, and lets it run
            with suppress(EngineError):
                self._ask("stop", "-t", "0", *ids)
            self._ask("rm", "--force", "--volumes", *ids)

    def remove_images(self) -> None:
        """Remove the images with the label. Raises EngineError."""
        found = self._ask(
            "images", "--quiet", "--no-trunc", "--filter", f"label={LABEL}={self.label}"
        )
        ids = dict.fromkeys(found.split())
        if ids:
            self._ask("image", "rm", "--force", "--no-prune", *ids)

    def labelled(self) -> list[str]:
        """The containers with the label. Raises EngineError."""
        filters = ["--filter", f"label={LABEL}={self.label}"]
        return self._ask("ps", "--all", "--quiet", "--no-trunc", *filters).split()

    def working_containers(self) -> list[str]:
        """The containers in which podman builds, anybody's. Raises EngineError."""
        if not self.is_podman:
            return []
        listed = self._ask("ps", "--all", "--external", "--format", "{{.ID}} {{.Command}}")
        return [line.split()[0] for line in listed.splitlines() if line.endswith(" buildah")]

    def storage(self) -> Path:
        """Where podman keeps what it knows of its containers. Raises EngineError."""
        info = self.info()
        with read_answer("info"):
            store = info["store"]
            return Path(store["graphRoot"]) / f"{store['graphDriverName']}-containers"

    def listening_table(self, container: str) -> str:
        """The kernel's tables of sockets, and the open files of the container's processes.

        Raises EngineError where the image has no shell.
        """
        return self._ask("exec", container, "sh", "-c", f"{{ {_LISTENING}; }} 2>/dev/null; true")

    def usage(self, container: str) -> Usage:
        """What a container uses now. Raises EngineError."""
        cpu = "{{.CPUNano}}ns" if self.is_podman else "{{.CPUPerc}}"
        shown = ("--no-stream", "--format", f"{cpu} {{{{.MemUsage}}}}", container)
        text = self._ask("stats", *shown)
        with read_answer("stats"):
            return parse_usage(text)

    def info(self) -> dict[str, Any]:
        """What the engine says of itself. Raises EngineError."""
        text = self._ask("info", "--format", "{{json .}}")
        with read_answer("info"):
            return dict(json.loads(text))

    def _ask(
        self, *arguments: str, environment: Mapping[str, str] | None = None, stdin: str = ""
    ) -> str:
        try:
            done = subprocess.run(
                [self.program, *arguments],
                env={**self.environment, **(environment or {})},
                input=stdin,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=_TIMEOUTS.get(arguments[0], _TIMEOUT),
                # Ctrl-C must reach the Hub only
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"`{arguments[0]}` took longer than {error.timeout:g} s") from None
        except (OSError, ValueError) as error:
            raise EngineError(f"`{arguments[0]}` could not be run: {error}") from None
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            words = lines[-1].removeprefix("Error: ") if lines else f"exit code {done.returncode}"
            raise EngineError(words)
        return done.stdout


@contextmanager
def read_answer(command: str) -> Iterator[None]:
    """Raise EngineError where an answer is not what the engine's documentation says."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError):
        raise EngineError(f"the answer to `{command}` can't be read") from None


def takes(name: str, value: str) -> bool:
    """Whether an engine can set a variable in a container, and not read it itself.

    A value of several lines goes by the environment of the engine's own program.
    """
    return _fits(value) or not is_read_by_engines(name)


def _fits(value: str) -> bool:
    """Whether a value fits a line of an `--env-file`."""
    return len(value) <= _MAX_LINE and not re.search(r"[\r\n]", value)
