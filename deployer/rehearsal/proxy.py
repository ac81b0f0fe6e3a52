"""The address of a Space that is built for real: it stays while the apps behind it change."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from deployer.rehearsal.listener import LOOPBACK, bound

_PAGE = b"This Space is not running.\n"
_UNAVAILABLE = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(_PAGE), _PAGE)
)
_CHUNK = 65536


class SpaceProxy:
    """Passes bytes between its own port and `target`, the port of the app that serves now.

    Streams and websockets go through as they are. It asks nobody for a token, not even for a
    private Space: whoever reaches the loopback interface is on this machine already.
    """

    def __init__(self) -> None:
        self.port = 0
        self.target: int | None = None
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{LOOPBACK}:{self.port}"

    async def open(self) -> None:
        """Start to answer, at a free port."""
        taken = bound(0)
        self.port = taken.getsockname()[1]
        self._server = await asyncio.start_server(self._visited, sock=taken)

    async def close(self) -> None:
        """Stop answering, at once."""
        if self._server is not None:
            self._server.close()
        visits = list(self._visits)
        for visit in visits:
            visit.cancel()
        await asyncio.gather(*visits, return_exceptions=True)

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.current_task()
        assert visit is not None
        self._visits.add(visit)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.CancelledError):
            # the visitor went away, or the Hub stops
            pass
        finally:
            self._visits.discard(visit)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        app = await self._app()
        if app is None:
            # the question is read first, or the answer could be lost on its way
            with suppress(asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await reader.readuntil(b"\r\n\r\n")
            writer.write(_UNAVAILABLE)
            await writer.drain()
            return
        from_app, to_app = app
        try:
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_pump(reader, to_app))
                both_ways.create_task(_pump(from_app, writer))
        except* OSError:
            # either side went away
            pass
        finally:
            to_app.close()

    async def _app(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        if self.target is None:
            return None
        try:
            return await asyncio.open_connection(LOOPBACK, self.target)
        except OSError:
            return None


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while chunk := await source.read(_CHUNK):
        sink.write(chunk)
        await sink.drain()
    if sink.can_write_eof():
        sink.write_eof()
