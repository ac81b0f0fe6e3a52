"""Starts the command line as processes of their own, in a moment: by forking one that is ready.

Most of what a command costs is Python's own start and its imports. The forge is a process that has
done both and nothing else; each command is a fork of it, with an environment, a folder and streams
of its own. What reads the environment while it is imported is read again.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

_MAX_COMMAND = 1_000_000
_LOOK_AGAIN = 0.005
_READY = (
    "deployer.commands.check deployer.commands.deploy deployer.commands.history "
    "deployer.commands.plan deployer.commands.rollback deployer.commands.status "
    "deployer.flows.check deployer.flows.deploy deployer.flows.rollback deployer.flows.status "
    "deployer.world.hub.client deployer.world.parallel huggingface_hub.hf_api"
).split()


class Forged:
    """A command that was started by a forge; what a test needs of `subprocess.Popen`."""

    def __init__(self, forge: Forge, number: int, out: int, err: int) -> None:
        self.pid = number
        self.returncode: int | None = None
        self._forge = forge
        self._streams = (out, err)

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        if self.returncode is None:
            self.returncode = self._forge.ended(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        end = time.monotonic() + timeout if timeout is not None else None
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_LOOK_AGAIN)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """What it printed, once it has ended."""
        end = time.monotonic() + timeout
        threads = ThreadPoolExecutor(2)
        try:
            reading = [threads.submit(_all_of, stream) for stream in self._streams]
            out, err = (one.result(max(0.0, end - time.monotonic())) for one in reading)
        except TimeoutError:
            raise subprocess.TimeoutExpired(str(self.pid), timeout) from None
        finally:
            threads.shutdown(wait=False)
        self.wait(max(0.0, end - time.monotonic()))
        return out, err


def _all_of(stream: int) -> bytes:
    with open(stream, "rb") as file:
        return file.read()


class Forge:
    """A process that is ready to be any command; started with the first one, ended by `close`."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._root, self._environment = root, dict(environment)
        self._lock = Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(
        self, arguments: Sequence[str], here: Path, environment: Mapping[str, str], stdin: int
    ) -> Forged:
        """Start `python -m deployer` with these arguments and exactly this environment."""
        out, told_out = os.pipe()
        err, told_err = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        order = {"arguments": arguments, "here": str(here), "environment": environment}
        read = nothing if stdin == subprocess.DEVNULL else stdin
        try:
            number = self._ask(order, [read, told_out, told_err])
        finally:
            for used in (told_out, told_err, nothing):
                os.close(used)
        return Forged(self, number, out, err)

    def ended(self, number: int) -> int | None:
        """The exit code of a command that has ended; below zero where a signal ended it."""
        code: int | None = self._ask({"ended": number}, [])
        return code

    def close(self) -> None:
        """End it."""
        if self._line is not None and self._process is not None:
            self._line.close()
            self._process.wait()

    def _ask(self, order: dict[str, Any], files: list[int]) -> Any:
        with self._lock:
            if self._line is None:
                self._line = self._open()
            text = json.dumps(order).encode()
            assert len(text) < _MAX_COMMAND
            socket.send_fds(self._line, [text], files)
            return json.loads(self._line.recv(_MAX_COMMAND))

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for line in (ours, theirs):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MAX_COMMAND)
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [sys.executable, __file__, str(theirs.fileno())],
            cwd=self._root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        return ours


def _serve(line: socket.socket) -> None:
    """Start a command for each order, and tell how those that were asked about have ended."""
    for name in _READY:
        importlib.import_module(name)
    ended: dict[int, int] = {}
    while True:
        text, files, _, _ = socket.recv_fds(line, _MAX_COMMAND, 3)
        if not text:
            return
        order = json.loads(text)
        if "ended" in order:
            number = order["ended"]
            if number not in ended:
                found, state = os.waitpid(number, os.WNOHANG)
                if found:
                    ended[number] = os.waitstatus_to_exitcode(state)
            answer = ended.get(number)
        else:
            answer = os.fork()
            if answer == 0:
                line.close()
                _become(order, files)
        for file in files:
            os.close(file)
        line.send(json.dumps(answer).encode())


def _become(order: Mapping[str, Any], files: Sequence[int]) -> NoReturn:
    """Be the command."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["here"])
    importlib.reload(sys.modules["huggingface_hub.constants"])
    random.seed()
    sys.argv = ["hf-deploy", *order["arguments"]]
    importlib.import_module("deployer.cli").run()
    raise AssertionError("unreachable: a command exits")


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as ordered:
        _serve(ordered)
