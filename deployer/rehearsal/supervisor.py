"""Runs a command that must not outlive who started it.

    python -I leash.py command argument ...

Standard input is a pipe that the starter holds and never writes to. When it closes, because the
starter closed it or died in whatever way, the command and all that it started are ended: first
asked, then killed. Signals are passed on, and so is the exit code (128 + n for signal n). This file
is run on its own and imports nothing but the standard library.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

GRACE = 3.0
_PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run(command: list[str]) -> int:
    """Run a command to its end, or to the end of standard input; gives its exit code."""
    group: list[int] = []

    def pass_on(number: int, _: FrameType | None) -> None:
        if not group:
            sys.exit(128 + number)
        _send(group[0], number)

    for number in _PASSED_ON:
        signal.signal(number, pass_on)
    # a process group of its own, so that all of it can be ended and this process stays
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0) as child:
        group.append(child.pid)
        threading.Thread(target=_wait_for_silence, args=(child.pid,), daemon=True).start()
        # not reaped yet: its number still names its group
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        _send(child.pid, signal.SIGKILL)
        code = child.wait()
    return code if code >= 0 else 128 - code


def _wait_for_silence(group: int) -> None:
    while os.read(0, 1024):
        pass
    _send(group, signal.SIGTERM)
    time.sleep(GRACE)
    _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS says "not permitted" for a group of which only the dead one is left
        pass


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:]))
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        sys.exit(127)
