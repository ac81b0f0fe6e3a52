"""A TCP proxy with a stable port for a real Space, while the apps behind it change."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from deployer.rehearsal.listener import LOOPBACK, bind_loopback

_PAGE = b"This Space is not running.\n"
_UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_PAGE), _PAGE)
)
_CHUNK_BYTES = 65536


class SpaceProxy:
    """Copies bytes between its own port and `target`, the port of the current app.

    Streams and websockets need no special case. It checks no token, not even for a private Space:
    only programs on this machine reach the loopback interface.
    """

    def __init__(self) -> None:
        self.port = 0
        self.target: int | None = None
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Start to listen, on a free port."""
        sock = bind_loopback(0)
        self.port = sock.getsockname()[1]
        self._server = await asyncio.start_server(self._handle, sock=sock)

    async def close(self) -> None:
        """Stop listening and close all connections, at once."""
        if self._server is not None:
            self._server.close()
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            await self._forward(reader, writer)
        except (OSError, asyncio.CancelledError):
            # the client disconnected, or the Hub stops
            pass
        finally:
            self._connections.discard(connection)
            writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        app = await self._connect()
        if app is None:
            # read the request first, or the client may not get the answer
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await reader.readuntil(b"\r\n\r\n")
            writer.write(_UNAVAILABLE)
            await writer.drain()
            return
        from_app, to_app = app
        try:
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_copy(reader, to_app))
                both_ways.create_task(_copy(from_app, writer))
        except* OSError:
            # either side disconnected
            pass
        finally:
            to_app.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        if self.target is None:
            return None
        try:
            return await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            return None


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK_BYTES):
        target.write(chunk)
        await target.drain()
    if target.can_write_eof():
        target.write_eof()
