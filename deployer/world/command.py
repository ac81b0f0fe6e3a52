"""Run a shell command of the user. No other module runs one."""

from __future__ import annotations

import codecs
import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from queue import Empty, Queue
from typing import IO

from deployer.child_environment import caller_variables
from deployer.space.settings import Secret
from deployer.world import clock

_MAX_KEPT_LINES = 20
_MAX_LINE = 8192  # characters
_CHUNK = 65536  # bytes
_MAX_QUEUED_LINES = 1000  # more stay in the pipe: a command can't fill our memory
_POLL_INTERVAL = 0.05  # seconds
_GRACE_PERIOD = 2.0  # seconds; a cancelled job has 7.5 for everything
_CANNOT_START = 127  # the exit code of a shell for a command that was not found

_MIN_SECRET = 4  # characters; shorter values occur in other variables by chance


@dataclass(frozen=True, slots=True)
class CommandResult:
    """The exit code of a command, its last lines (untrusted), and whether it timed out."""

    code: int
    lines: tuple[str, ...]
    timed_out: bool = False


def environment_for_child(
    environ: Mapping[str, str], secrets: Collection[Secret], token: str, named: Collection[str]
) -> dict[str, str]:
    """The variables of `environ` that a user's command gets: an allow-list, and those `named`.

    Without what has the name of one of `secrets`, or contains its value or the token, unless it is
    named.
    """
    values = [text for text in (token, *(one.value for one in secrets)) if len(text) >= _MIN_SECRET]
    names = {secret.name for secret in secrets}
    inherited = {
        name: value
        for name, value in caller_variables(environ).items()
        if name not in names and not any(secret in value for secret in values)
    }
    return inherited | {name: environ[name] for name in named if name in environ}


def run(
    command: str,
    environment: Mapping[str, str],
    timeout: float,
    emit_line: Callable[[str], None],
) -> CommandResult:
    """Run `bash -c COMMAND` with exactly this environment; emit each line of stdout and stderr.

    Its stdin is empty. All processes that it started end with it: when it exits, after `timeout`
    seconds, and when this process is interrupted. If bash can't be started, the result says so with
    exit code 127.
    """
    try:
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            [_bash(), "-c", command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,  # a process group of its own, to end as a whole
        )
    except (OSError, ValueError) as error:
        return CommandResult(_CANNOT_START, (f"could not start bash: {error}",))
    assert process.stdout is not None
    output = _Output(process.stdout, emit_line)
    deadline = clock.Deadline(timeout)
    try:
        while process.poll() is None and not deadline.passed:
            output.emit(min(_POLL_INTERVAL, deadline.left))
        timed_out = process.poll() is None
    finally:
        _end_group(process)
    # a child that left the group may keep the pipe open forever
    rest = clock.Deadline(_GRACE_PERIOD)
    while not output.ended and not rest.passed:
        output.emit(rest.left)
    return CommandResult(process.returncode, tuple(output.last), timed_out)


def _bash() -> str:
    """Bash on PATH; Windows by itself would first find that of its Linux subsystem."""
    return shutil.which("bash") or "bash" if os.name == "nt" else "bash"


class _Output:
    """The output of a command, read in a thread of its own and emitted in the calling one."""

    def __init__(self, pipe: IO[bytes], emit_line: Callable[[str], None]) -> None:
        self.last: deque[str] = deque(maxlen=_MAX_KEPT_LINES)
        self.ended = False
        self._emit_line = emit_line
        self._queue: Queue[str | None] = Queue(_MAX_QUEUED_LINES)
        # a daemon thread: a pipe that stays open must not keep this process from exiting
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def emit(self, seconds: float) -> None:
        """Emit the lines that arrive within so many seconds."""
        deadline = clock.Deadline(seconds)
        while not deadline.passed:
            if self.ended:
                clock.sleep(deadline.left)
                return
            try:
                line = self._queue.get(timeout=deadline.left)
            except Empty:
                return
            if line is None:
                self.ended = True
                continue
            self.last.append(line)
            self._emit_line(line)

    def _read(self, pipe: IO[bytes]) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        with pipe:
            while chunk := pipe.read(_CHUNK):
                *whole, rest = (rest + decoder.decode(chunk)).split("\n")
                for line in whole:
                    self._queue.put(line[:_MAX_LINE].rstrip("\r"))
                rest = rest[:_MAX_LINE]
        if rest:
            self._queue.put(rest)
        self._queue.put(None)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the processes left in a command's group: SIGTERM first, SIGKILL after a grace period.

    Windows has no such groups: the command's process tree is killed, if the command still runs.
    """
    if os.name == "nt":
        tree = ("taskkill", "/F", "/T", "/PID", str(process.pid))
        subprocess.run(tree, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        process.wait()
        return
    try:
        os.killpg(process.pid, signal.SIGTERM)
        deadline = clock.Deadline(_GRACE_PERIOD)
        while not deadline.passed:
            process.poll()  # an exited child stays in its group until it is reaped
            os.killpg(process.pid, 0)
            clock.sleep(_POLL_INTERVAL)
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # no process is left
    process.wait()
