"""TCP ports of this machine: find a free one, and see who listens on one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deployer.rehearsal.listener import bind_loopback
from deployer.rehearsal.process_table import processes_of

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTENING = "0A"


def free_port() -> int:
    """A port that nothing listens on."""
    with bind_loopback(0) as sock:
        return int(sock.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nothing listens on a port."""
    try:
        bind_loopback(port).close()
    except OSError:
        return False
    return True


def is_listening(session_id: int, port: int) -> bool:
    """Whether a process of a POSIX session listens on a port; assumed on systems without /proc."""
    if not _TABLES[0].exists():
        return True
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    return any(wanted & set(_open_files(process)) for process in processes_of(session_id))


def _listening_inodes(port: int) -> Iterator[str]:
    # https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
    for table in _TABLES:
        with suppress(OSError):
            for line in table.read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == _LISTENING and int(words[1].rpartition(":")[2], 16) == port:
                    yield words[9]


def _open_files(process: Path) -> Iterator[str]:
    with suppress(OSError):
        for file in (process / "fd").iterdir():
            with suppress(OSError):
                yield os.readlink(file)
