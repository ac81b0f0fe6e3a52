"""Start Python programs quickly, by forking a process that has already imported their libraries.

Most of what a command costs is the start of Python and its imports. A fork server does both once;
each program is a fork of it: a process of its own, with its own environment, working directory
and streams. What reads the environment while it is imported is reloaded in it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

# environment variables of a program whose waits are all short
SHORT_WAITS = {"TESTS_SHORT_WAITS": "1"}
_SHORT_WAIT = 0.02  # seconds
_MAX_MESSAGE = 1_000_000
_POLL_INTERVAL = 0.005


DEPLOYER = (
    "deployer.commands.check deployer.commands.deploy deployer.commands.history "
    "deployer.commands.plan deployer.commands.promote deployer.commands.rollback "
    "deployer.commands.session deployer.commands.status deployer.flows.check deployer.flows.deploy "
    "deployer.flows.inspect_checkout deployer.flows.promote deployer.flows.rollback "
    "deployer.flows.status deployer.commands.prepare deployer.world.hub.tokens "
    "deployer.world.hub.upload huggingface_hub.hf_api encodings.idna _strptime"
).split()


class ForkedProcess:
    """A running fork; has what a test needs of `subprocess.Popen`."""

    def __init__(self, server: ForkServer, pid: int, streams: Sequence[int]) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server
        self._streams = streams

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        if self.returncode is None:
            self.returncode = self._server.exit_code(self.pid)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        end = time.monotonic() + timeout if timeout is not None else None
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_POLL_INTERVAL)  # only its parent, the server, can wait for it
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """Wait for its end; returns its stdout and stderr."""
        end = time.monotonic() + timeout
        threads = ThreadPoolExecutor(2)
        try:
            reading = [threads.submit(_read_all, stream) for stream in self._streams]
            out, err = (one.result(max(0.0, end - time.monotonic())) for one in reading)
        except TimeoutError:
            raise subprocess.TimeoutExpired(str(self.pid), timeout) from None
        finally:
            threads.shutdown(wait=False)
        self.wait(max(0.0, end - time.monotonic()))
        return out, err


def _read_all(stream: int) -> bytes:
    with open(stream, "rb") as file:
        return file.read()


@dataclass
class ForkServer:
    """A process that can become any program of its Python; starts with the first one."""

    imports: Sequence[str]
    environment: Mapping[str, str]
    python: str = sys.executable
    _lock: Lock = field(default_factory=Lock)
    _line: socket.socket | None = None
    _process: subprocess.Popen[bytes] | None = None

    def start(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], stdin: int
    ) -> ForkedProcess:
        """Start `python *arguments` with exactly this environment; its output can be read."""
        out, write_out = os.pipe()
        err, write_err = os.pipe()
        try:
            pid = self._fork(arguments, cwd, environment, [stdin, write_out, write_err])
        finally:
            os.close(write_out)
            os.close(write_err)
        return ForkedProcess(self, pid, [out, err])

    def start_logged(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], log: Path
    ) -> ForkedProcess:
        """The same, with its output in a file."""
        with log.open("wb") as file:
            output = [file.fileno(), file.fileno()]
            pid = self._fork(arguments, cwd, environment, [subprocess.DEVNULL, *output])
        return ForkedProcess(self, pid, [])

    def start_at(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], terminal: int
    ) -> ForkedProcess:
        """The same, with a terminal for its input and its output."""
        return ForkedProcess(self, self._fork(arguments, cwd, environment, [terminal] * 3), [])

    def exit_code(self, pid: int) -> int | None:
        """The exit code of a fork that has ended; negative if a signal ended it."""
        code: int | None = self._ask({"ended": pid}, [])
        return code

    def close(self) -> None:
        """End the server; its forks go on."""
        if self._line is not None and self._process is not None:
            self._line.close()
            self._process.wait()

    def _fork(
        self,
        arguments: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        streams: Sequence[int],
    ) -> int:
        null = os.open(os.devnull, os.O_RDONLY)
        request = {"arguments": arguments, "cwd": str(cwd), "environment": dict(environment)}
        files = [null if stream == subprocess.DEVNULL else stream for stream in streams]
        try:
            pid: int = self._ask(request, files)
        finally:
            os.close(null)
        return pid

    def _ask(self, request: dict[str, Any], files: list[int]) -> Any:
        with self._lock:
            if self._line is None:
                self._line = self._open()
            text = json.dumps(request).encode()
            assert len(text) < _MAX_MESSAGE
            socket.send_fds(self._line, [text], files)
            return json.loads(self._line.recv(_MAX_MESSAGE))

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for line in (ours, theirs):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MAX_MESSAGE)
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [self.python, __file__, str(theirs.fileno()), *self.imports],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
        theirs.close()
        return ours


def _serve(line: socket.socket, imports: Sequence[str]) -> None:
    """Fork for each request, and answer how a fork has ended."""
    for name in imports:
        importlib.import_module(name)
    if credentials := sys.modules.get("deployer.checks.credentials"):
        credentials.redact("")  # compiles its patterns
    gc.freeze()  # a collection would copy the pages that a fork shares with this process
    ended: dict[int, int] = {}
    while True:
        text, files, _, _ = socket.recv_fds(line, _MAX_MESSAGE, 3)
        if not text:
            return
        request = json.loads(text)
        if "ended" in request:
            pid = request["ended"]
            if pid not in ended:
                found, state = os.waitpid(pid, os.WNOHANG)
                if found:
                    ended[pid] = os.waitstatus_to_exitcode(state)
            answer = ended.get(pid)
        else:
            answer = os.fork()
            if answer == 0:
                line.close()
                _run(request, files)
            ended.pop(answer, None)  # of an earlier process with the same id
        for file in files:
            os.close(file)
        line.send(json.dumps(answer).encode())


def _run(request: Mapping[str, Any], files: Sequence[int]) -> NoReturn:
    """Become the program: `-m MODULE` or a file, and its arguments."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["cwd"])
    importlib.reload(sys.modules["huggingface_hub.constants"])
    random.seed()
    if SHORT_WAITS.items() <= os.environ.items():
        _shorten_waits()
    program, *arguments = request["arguments"]
    if program == "-m":
        sys.argv = arguments
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = [program, *arguments]
        sys.path[0] = os.path.dirname(program)
        runpy.run_path(program, run_name="__main__")
    sys.exit()


def _shorten_waits() -> None:
    """Sleep for a moment only, and let the clock say that all of it passed."""
    sleep, monotonic = time.sleep, time.monotonic
    skipped = 0.0

    def sleep_shortly(seconds: float) -> None:
        nonlocal skipped
        sleep(min(seconds, _SHORT_WAIT))
        skipped += max(0.0, seconds - _SHORT_WAIT)

    time.sleep = sleep_shortly
    time.monotonic = lambda: monotonic() + skipped


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as opened:
        _serve(opened, sys.argv[2:])
