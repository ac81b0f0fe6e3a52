"""A gate at which something in a build or in a container waits, until the test lets it through."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Self

_TIMEOUT = 60.0  # seconds


class Gate:
    """A server that answers its first request only after `open`. `wait` is the shell command."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(_TIMEOUT)
        self._visitor: socket.socket | None = None
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.wait = f"wget -q -O- {self.url}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._visitor is not None:
            self._visitor.close()
        self._server.close()

    def wait_for_visitor(self) -> None:
        """Return once the command waits."""
        self._visitor, _ = self._server.accept()

    def open(self) -> None:
        """Let the command go on."""
        assert self._visitor is not None
        self._visitor.recv(65536)
        self._visitor.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n")
        self._visitor.close()
