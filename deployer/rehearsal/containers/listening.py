"""Where the processes of a container listen, read from the kernel's tables.

https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html
"""

from __future__ import annotations

import re

_ROW = re.compile(
    r"\s*\d+: (?P<address>[0-9A-F]{8}|[0-9A-F]{32}):(?P<port>[0-9A-F]{4}) \S+ 0A"
    r"(?: +\S+){5} +(?P<inode>\d+)\b"
)
_SOCKET = re.compile(r"socket:\[(?P<inode>\d+)\]")
_LOOPBACKS = ("0100007F", "0" * 24 + "01000000")

# ports, and whether something listens on them from outside
Listening = dict[int, bool]


def read_listening(table: str) -> Listening | None:
    """The ports that the processes listen on; None if they have no sockets, or none that is shown.

    `table` holds /proc/net/tcp and /proc/net/tcp6, and the open files of the processes.
    """
    own = {found["inode"] for found in _SOCKET.finditer(table)}
    if not own:
        return None
    rows = [row for line in table.splitlines() if (row := _ROW.match(line))]
    listening: Listening = {}
    for row in rows:
        if row["inode"] in own:
            port = int(row["port"], 16)
            listening[port] = listening.get(port, False) or row["address"] not in _LOOPBACKS
    return listening


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
