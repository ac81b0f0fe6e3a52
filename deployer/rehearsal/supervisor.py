"""Run a command that must not outlive the process that started it.

    python -I supervisor.py command argument ...

Standard input is a pipe that the parent keeps open and never writes to. When it closes, because the
parent closed it or died, the command's process group gets SIGTERM, and SIGKILL after a grace
period. Signals are passed on, and so is the exit code (128 + n for signal n). This file is run on
its own and imports only the standard library.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from types import FrameType

GRACE_SECONDS = 3.0
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run(command: list[str]) -> int:
    """Run a command until it exits or standard input closes; gives its exit code."""
    group: list[int] = []

    def forward(number: int, _: FrameType | None) -> None:
        if not group:
            sys.exit(128 + number)
        _send(group[0], number)

    for number in _FORWARDED:
        signal.signal(number, forward)
    # a process group of its own: all of it can be killed without this process
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0) as child:
        group.append(child.pid)
        threading.Thread(target=_stop_at_end_of_input, args=(child.pid,), daemon=True).start()
        # not reaped yet, so its pid still names its group
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        _send(child.pid, signal.SIGKILL)
        code = child.wait()
    return code if code >= 0 else 128 - code


def _stop_at_end_of_input(group: int) -> None:
    while os.read(0, 1024):
        pass
    _send(group, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    _send(group, signal.SIGKILL)


def _send(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS answers "not permitted" for a group whose last process is a zombie
        pass


if __name__ == "__main__":
    try:
        sys.exit(run(sys.argv[1:]))
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        sys.exit(127)
