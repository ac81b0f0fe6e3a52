"""Ports of this machine: which are free, and who listens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deployer.rehearsal.listener import bound

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENING = "0A"


def free_port() -> int:
    """A port that nobody listens at."""
    with bound(0) as taken:
        return int(taken.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens at a port."""
    try:
        bound(port).close()
    except OSError:
        return False
    return True


def listens(session: int, port: int) -> bool:
    """Whether a process of a session listens at a port.

    Where the system has no /proc to tell, it is taken for granted.
    """
    if not _TABLES[0].exists():
        return True
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    return any(wanted & set(_open_files(process)) for process in _processes(session))


def _inodes(port: int) -> Iterator[str]:
    # https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
    for table in _TABLES:
        with suppress(OSError):
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENING and int(words[1].rpartition(":")[2], 16) == port:
                    yield words[9]


def _processes(session: int) -> Iterator[Path]:
    for process in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            if process.name.isdecimal() and os.getsid(int(process.name)) == session:
                yield process


def _open_files(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for file in (process / "fd").iterdir():
            with suppress(OSError):
                yield os.readlink(file)
