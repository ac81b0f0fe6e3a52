"""An HTTP server on a port of the loopback interface.

uvicorn speaks HTTP, but its own server loop is not used: it checks only ten times a second whether
to stop, and waits for open log streams.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any, Protocol

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

LOOPBACK = "127.0.0.1"
# a test may cut a connection before its answer is sent; that is no error to log
_silent = logging.getLogger(f"{__name__}.connection")
_silent.setLevel(logging.CRITICAL + 1)


class SpaceServer(Protocol):
    """What listens on a port of this machine for one Space."""

    port: int

    @property
    def url(self) -> str:
        """Its URL."""

    async def close(self) -> None:
        """Stop listening, at once."""


class _Connection(H11Protocol):
    """One connection; the application may close it with `scope["state"]["disconnect"]()`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.logger = _silent
        self.access_log = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "disconnect": transport.close}


class Listener:
    """An application served on a port of its own; 0 takes a free one."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self.port = port
        self._config = Config(app, http=_Connection, ws="none", lifespan="off", log_config=None)
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Start to listen, unless it does already. Raises OSError if the port is taken."""
        if self._server is not None:
            return
        self._config.load()
        sock = bind_loopback(self.port)
        self.port = sock.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._new_connection, sock=sock)

    async def close(self) -> None:
        """Stop listening, at once; unfinished answers are cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._state.connections):
            connection.transport.abort()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _new_connection(self) -> _Connection:
        return _Connection(config=self._config, server_state=self._state, app_state={})


def bind_loopback(port: int) -> socket.socket:
    """Bind a socket to a port of the loopback interface; 0 takes a free one. Raises OSError."""
    # asyncio sets TCP_NODELAY only on sockets that name their protocol; without it the body of an
    # answer can wait 40 ms for the acknowledgment of its head
    sock = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        # without it a Hub could not take the same port again for a minute
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
    except OSError:
        sock.close()
        raise
    return sock
