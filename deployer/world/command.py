"""A command of the user's own, run by bash. Nothing else runs what a person wrote."""

from __future__ import annotations

import codecs
import os
import re
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue
from typing import IO

from deployer.world import clock

_KEPT_LINES = 20
_MAX_LINE = 8192
_CHUNK = 65536
_WAITING_LINES = 1000  # more are left in the pipe: a command can't fill our memory
_LOOK_AGAIN = 0.05  # seconds
_GRACE = 2.0  # seconds; a cancelled job has 7.5 for everything
_CANNOT_START = 127  # as a shell says it

_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH|(?:API|_)KEY$|_PAT$|"
    r"^(?:HF|HUGGING_FACE|INPUT|ACTIONS)_",
    re.IGNORECASE,
)
_MIN_SECRET = 4
_OUR_PLACE = os.path.abspath(Path(__file__).parents[2])


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: its exit code, its last lines (untrusted), whether its time was up."""

    code: int
    lines: tuple[str, ...]
    timed_out: bool = False


def scrubbed(environment: Mapping[str, str], secrets: Collection[str]) -> dict[str, str]:
    """An environment without its secrets: by their names, and by these values wherever they stand.

    Our own options, the action's inputs and all of Hugging Face's variables go, too.
    """
    told = [secret for secret in secrets if len(secret) >= _MIN_SECRET]
    return {
        name: value
        for name, value in environment.items()
        if not _SECRET_NAME.search(name) and not any(secret in value for secret in told)
    }


def surroundings(secrets: Collection[str]) -> dict[str, str]:
    """The environment of this process without its secrets.

    Also without the PYTHONPATH by which the action finds us: the user's Python is not to find our
    modules before its own.
    """
    found = scrubbed(os.environ, secrets)
    if "PYTHONPATH" in found and os.path.abspath(found["PYTHONPATH"]) == _OUR_PLACE:
        del found["PYTHONPATH"]
    return found


def run(
    command: str,
    environment: Mapping[str, str],
    timeout: float,
    tell_line: Callable[[str], None],
) -> Ran:
    """Run `bash -c COMMAND` with exactly this environment; both of its outputs are told by line.

    It reads nothing. Whatever it started ends with it, and when the time (in seconds) is up, and
    when we are interrupted. Where it can't be started at all, that is its exit code and last line.
    """
    try:
        process = subprocess.Popen(  # pylint: disable=consider-using-with
            ["bash", "-c", command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            bufsize=0,
            start_new_session=True,  # a group of its own, to be ended as one
        )
    except (OSError, ValueError) as error:
        return Ran(_CANNOT_START, (f"bash could not be started: {error}",))
    assert process.stdout is not None
    output = _Output(process.stdout, tell_line)
    deadline = clock.Deadline(timeout)
    try:
        while process.poll() is None and not deadline.passed:
            output.emit(min(_LOOK_AGAIN, deadline.left))
        timed_out = process.poll() is None
    finally:
        _end(process)
    # a child that left the group may keep the pipe open for ever
    rest = clock.Deadline(_GRACE)
    while not output.ended and not rest.passed:
        output.emit(rest.left)
    return Ran(process.returncode, tuple(output.last), timed_out)


class _Output:
    """What a command prints, read in a thread of its own and told in ours."""

    def __init__(self, pipe: IO[bytes], tell_line: Callable[[str], None]) -> None:
        self.last: deque[str] = deque(maxlen=_KEPT_LINES)
        self.ended = False
        self._tell_line = tell_line
        self._queue: Queue[str | None] = Queue(_WAITING_LINES)
        # a daemon: a pipe that stays open must not keep this process from ending
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def emit(self, seconds: float) -> None:
        """Tell the lines that come, for so long."""
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
            self._tell_line(line)

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


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a command's group: asked first, killed where it doesn't listen."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        deadline = clock.Deadline(_GRACE)
        while not deadline.passed:
            process.poll()  # a child that ended stays in its group until it is asked about
            os.killpg(process.pid, 0)
            clock.sleep(_LOOK_AGAIN)
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nothing is left of it
    process.wait()
