"""Where the processes of a container listen, read from the kernel's tables.

https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
"""

from __future__ import annotations

import ipaddress
import re

_ROW = re.compile(
    r"\s*\d+: (?P<address>[0-9A-F]{8}|[0-9A-F]{32}):(?P<port>[0-9A-F]{4}) \S+ 0A"
    r"(?: +\S+){5} +(?P<inode>\d+)\b"
)
_FOLDER = re.compile(r"^/proc/\d+/fd:$", re.MULTILINE)
_SOCKET = re.compile(r"socket:\[(?P<inode>\d+)\]")
# ports, and whether something listens on them from outside
Listening = dict[int, bool]


def read_listening(table: str) -> Listening | None:
    """The ports that the processes listen on; None if their open files are not listed.

    `table` holds /proc/net/tcp and /proc/net/tcp6, and the open files of the processes, by folder.
    """
    if not _FOLDER.search(table):
        return None
    own = {found["inode"] for found in _SOCKET.finditer(table)}
    rows = [row for line in table.splitlines() if (row := _ROW.match(line))]
    listening: Listening = {}
    for row in rows:
        if row["inode"] in own:
            port = int(row["port"], 16)
            listening[port] = listening.get(port, False) or not _is_loopback(row["address"])
    return listening


def is_wrong(listening: Listening, wanted: int) -> bool:
    """Whether an app shows its server elsewhere than Spaces asks; helpers listen on loopback."""
    return not listening.get(wanted) and (wanted in listening or any(listening.values()))


def describe(listening: Listening, wanted: int) -> str:
    """What is wrong with where an app listens, as a sentence; empty if nothing is, or not yet."""
    if not listening or listening.get(wanted):
        return ""
    if wanted in listening:
        return (
            f"Listening on 127.0.0.1:{wanted} only, where Spaces does not reach it: "
            "make it listen on 0.0.0.0."
        )
    hosts = {True: "0.0.0.0", False: "127.0.0.1"}
    places = (f"{hosts[is_outside]}:{port}" for port, is_outside in sorted(listening.items()))
    return (
        f"Listening on {' and '.join(places)}, but Spaces asks port {wanted}, the card's "
        f"`app_port`: change one of them."
    )


def _is_loopback(address: str) -> bool:
    """Whether an address of the tables is reached from its own machine only.

    Each word of four bytes is in the order of the processor, little-endian on those of Spaces.
    """
    words = bytes.fromhex(address)
    packed = b"".join(words[i : i + 4][::-1] for i in range(0, len(words), 4))
    ip = ipaddress.ip_address(packed)
    inner = getattr(ip, "ipv4_mapped", None)
    return (inner or ip).is_loopback
