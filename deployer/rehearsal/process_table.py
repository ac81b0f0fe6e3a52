"""The processes of this machine, and what they use of its CPU and memory; Linux only.

https://www.kernel.org/doc/html/latest/filesystems/proc.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_FIRST_TIME = 13  # utime, stime, cutime and cstime in `stat`, counted from 0


def exists() -> bool:
    """Whether this system has such a table."""
    return (_PROC / "self" / "smaps_rollup").exists()


def processes_of(session_id: int) -> Iterator[Path]:
    """The folders of the processes of a POSIX session."""
    for process in _PROC.iterdir():
        with suppress(OSError, ValueError):
            if process.name.isdecimal() and os.getsid(int(process.name)) == session_id:
                yield process


def cpu_seconds(session_id: int) -> float:
    """The CPU time of a session's processes so far, with that of children that have ended."""
    ticks = sum(map(_ticks, processes_of(session_id)))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_bytes(session_id: int) -> int:
    """The memory of a session's processes; what several of them share counts once."""
    return sum(map(_memory, processes_of(session_id)))


def cores() -> int:
    """The CPU cores of this machine."""
    return os.cpu_count() or 1


def total_memory() -> int:
    """The memory of this machine in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _ticks(process: Path) -> int:
    with suppress(OSError):
        # the name of the program, in parentheses, may hold anything
        before, _, after = (process / "stat").read_text("utf-8", "replace").rpartition(")")
        words = [before, "", *after.split()]
        return sum(map(int, words[_FIRST_TIME : _FIRST_TIME + 4]))
    return 0


def _memory(process: Path) -> int:
    with suppress(OSError):
        for line in (process / "smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
