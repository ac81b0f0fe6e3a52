"""Overwrite the environment that this process was started with, where other processes can read it.

Linux shows it in /proc/PID/environ to every process of the same user, also after a variable was
changed or removed: https://man7.org/linux/man-pages/man5/proc_pid_environ.5.html
"""

from __future__ import annotations

import os
from contextlib import suppress

from deployer.child_environment import caller_variables

# fields 50 and 51: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
_STAT, _MEMORY = "/proc/self/stat", "/proc/self/mem"
_ENV_START, _ENV_END = 49, 50
_FIRST_AFTER_NAME = 2  # the name of the program, before it, may contain spaces
# by which the runner finds the processes that a job left behind; no secret
_KEPT = b"RUNNER_TRACKING_ID"


def hide() -> None:
    """Overwrite the values of all variables but the harmless ones; `os.environ` keeps them.

    Where there is no /proc, as on macOS and Windows, nothing is done: macOS shows the environment
    of a process to others of the same user (`ps -E`), Windows to who may read its memory.
    """
    with suppress(OSError, ValueError, IndexError):
        start, end = _bounds()
        memory = os.open(_MEMORY, os.O_RDWR)
        try:
            _overwrite(memory, start, end)
        finally:
            os.close(memory)


def _bounds() -> tuple[int, int]:
    with open(_STAT, encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    first, last = (int(fields[index - _FIRST_AFTER_NAME]) for index in (_ENV_START, _ENV_END))
    return first, last


def _overwrite(memory: int, start: int, end: int) -> None:
    place = start
    for entry in os.pread(memory, end - start, start).split(b"\0"):
        name, equals, value = entry.partition(b"=")
        is_kept = name == _KEPT or caller_variables({os.fsdecode(name): os.fsdecode(value)})
        if value and not is_kept:
            _copy(os.fsdecode(name))
            os.pwrite(memory, b"\0" * len(value), place + len(name) + len(equals))
        place += len(entry) + 1


def _copy(name: str) -> None:
    """Give libraries in C a copy of a variable: what they read is the block to overwrite."""
    if (current := os.environ.get(name)) is not None:
        os.putenv(name, current)
    else:
        os.unsetenv(name)
