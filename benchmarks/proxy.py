"""A proxy between a tool and its server that adds latency and counts requests and bytes.

The server sees the host and port that it listens on, the tool those of the proxy. Both are of one
length, so that no Content-Length changes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 20  # bytes
_MAX_HEAD = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response: start and end in seconds, and the bytes of both bodies."""

    request: str
    started: float
    ended: float
    up: int
    down: int


def longest_chain(exchanges: Iterable[Exchange]) -> int:
    """The length of the longest sequence of requests of which no two overlap."""
    count, free = 0, 0.0
    for exchange in sorted(exchanges, key=lambda one: one.ended):
        if exchange.started >= free:
            count, free = count + 1, exchange.ended
    return count


class Proxy:
    """Proxy a local port inside a `with`.

    `latency` is the delay of every request in seconds.
    """

    def __init__(self, port: int, latency: float = 0.0) -> None:
        self.latency = latency
        self.exchanges: list[Exchange] = []
        self._to = port
        self._port = 0
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)
        self._opened = threading.Event()
        self._stop: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        self._thread.start()
        self._opened.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()
        self._thread.join()

    @property
    def url(self) -> str:
        """The URL that it listens on."""
        return f"http://{LOOPBACK}:{self._port}"

    async def _main(self) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: loop.call_soon_threadsafe(stopping.set)
        server = await asyncio.start_server(self._accept, LOOPBACK, 0, limit=_MAX_HEAD)
        self._port = server.sockets[0].getsockname()[1]
        self._opened.set()
        await stopping.wait()
        server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # expected when the proxy stops
            await self._serve(reader, writer)

    def _renamings(self) -> tuple[_Renaming, _Renaming]:
        """For what goes to the server, and for what comes back."""
        here, there = (f"{LOOPBACK}:{port}".encode() for port in (self._port, self._to))
        assert len(here) == len(there), "ports of different lengths"
        return _Renaming(here, there), _Renaming(there, here)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, with a connection of its own to the server."""
        server = _Server(self._to)
        to_server, to_tool = self._renamings()
        try:
            while True:
                head = await _head(reader, to_server)
                started = time.monotonic()
                await asyncio.sleep(self.latency)
                source, sink = await server.connection()
                sink.write(head.raw)
                up = await _body(reader, sink, head, to_server, ends=False)
                response = await _response(source, writer, to_tool)
                empty = head.method == "HEAD" or response.status in (204, 304)
                down = 0 if empty else await _body(source, writer, response, to_tool, ends=True)
                ended = time.monotonic()
                self.exchanges.append(Exchange(head.first, started, ended, up, down))
                if head.closes or response.closes:
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return  # one of the two closed its connection
        finally:
            writer.close()
            server.close()


class _Server:
    """A connection to the server, reopened if the server closed it between two requests."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The reader and writer of the open connection."""
        if self._open is not None and self._open[0].at_eof():
            self.close()
        if self._open is None:
            self._open = await asyncio.open_connection(LOOPBACK, self._port, limit=_MAX_HEAD)
        return self._open

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


@dataclass(frozen=True, slots=True)
class _Renaming:
    """What the one side calls the server, and what the other does."""

    old: bytes
    new: bytes

    def __call__(self, text: bytes) -> bytes:
        return text.replace(self.old, self.new)


@dataclass(frozen=True, slots=True)
class _Head:
    """The first line and the headers of a request or a response."""

    raw: bytes
    first: str
    headers: dict[str, str]

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.first.partition(" ")[0]

    @property
    def status(self) -> int:
        """The status of a response."""
        return int(self.first.split(" ", 2)[1])

    @property
    def chunked(self) -> bool:
        """Whether the body is chunked."""
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def length(self) -> int | None:
        """The Content-Length, if there is one."""
        value = self.headers.get("content-length")
        return None if value is None else int(value)

    @property
    def closes(self) -> bool:
        """Whether the connection closes after it."""
        return self.headers.get("connection", "").lower() == "close"


async def _head(reader: asyncio.StreamReader, rename: _Renaming) -> _Head:
    raw = rename(await reader.readuntil(b"\r\n\r\n"))
    first, *lines = raw.decode("latin-1").strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return _Head(raw, first, {name.lower(): value.strip() for name, _, value in pairs})


async def _response(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rename: _Renaming
) -> _Head:
    """Pass on the head of the response, and the interim ones before it; return it."""
    while True:
        head = await _head(reader, rename)
        writer.write(head.raw)
        if head.status >= 200:
            return head


async def _body(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    head: _Head,
    rename: _Renaming,
    *,
    ends: bool,
) -> int:
    """Pass on a body; return its length. `ends`: without a length it ends with the connection."""
    if head.chunked:
        return await _chunks(reader, writer, rename)
    if head.length is not None:
        return await _pass(reader, writer, head.length, rename)
    return await _rest(reader, writer) if ends else 0


async def _chunks(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rename: _Renaming
) -> int:
    total = 0
    while True:
        line = await reader.readline()
        writer.write(line)
        size = int(line.partition(b";")[0], 16)
        await _pass(reader, writer, size + len(b"\r\n"), rename)
        total += size
        if not size:
            return total


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, size: int, rename: _Renaming
) -> int:
    left = size
    while left:
        chunk = await reader.readexactly(min(left, _CHUNK))
        left -= len(chunk)
        writer.write(rename(chunk))
        await writer.drain()
    return size


async def _rest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    total = 0
    while chunk := await reader.read(_CHUNK):
        total += len(chunk)
        writer.write(chunk)
        await writer.drain()
    with suppress(ConnectionError):
        writer.close()
    return total
