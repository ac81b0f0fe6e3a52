"""A port on the loopback interface, and the HTTP server behind it.

uvicorn speaks HTTP; its own server loop is left out, because it looks only ten times a second
whether to stop, and waits for open log streams.
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
# an answer that could not be sent is a test's doing, and no news
_silent = logging.getLogger(f"{__name__}.wire")
_silent.setLevel(logging.CRITICAL + 1)


class Address(Protocol):
    """Something that answers at a port of this machine."""

    port: int

    @property
    def url(self) -> str:
        """Where it answers."""

    async def close(self) -> None:
        """Stop answering, at once."""


class _Wire(H11Protocol):
    """One connection; the application may hang it up through `scope["state"]["hang_up"]`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.logger = _silent
        self.access_log = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "hang_up": transport.close}


class Listener:
    """An application served at a port of its own."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self.port = port
        self._config = Config(app, http=_Wire, ws="none", lifespan="off", log_config=None)
        self._state = ServerState()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Start to answer, unless it does already. Raises OSError where the port is taken."""
        if self._server is not None:
            return
        self._config.load()
        taken = bound(self.port)
        self.port = taken.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._wire, sock=taken)

    async def close(self) -> None:
        """Stop answering, at once; answers under way are cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for wire in list(self._state.connections):
            wire.transport.abort()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wire(self) -> _Wire:
        return _Wire(config=self._config, server_state=self._state, app_state={})


def bound(port: int) -> socket.socket:
    """A socket bound to a port of the loopback interface; 0 takes a free one."""
    taken = socket.socket()
    try:
        # without it a Hub could not come back to its port for a minute
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((LOOPBACK, port))
    except OSError:
        taken.close()
        raise
    return taken
