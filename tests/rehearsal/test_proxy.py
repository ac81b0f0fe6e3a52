"""The URL of a real Space stays the same while the apps behind it change."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from deployer.rehearsal.proxy import SpaceProxy
from tests.conftest import awaited

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def start_app(serve: Handler) -> tuple[asyncio.Server, int]:
    """Start a server on a free port; gives it and the port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, int(server.sockets[0].getsockname()[1])


async def request(port: int, text: bytes = b"GET / HTTP/1.1\r\n\r\n") -> bytes:
    """The whole answer to a request."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    answer = await reader.read()
    writer.close()
    return answer


def answering(text: bytes) -> Handler:
    """An app that sends an answer and disconnects."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(text)
        writer.close()

    return serve


def test_without_an_app_the_answer_is_a_503_with_a_plain_page() -> None:
    async def run() -> tuple[bytes, bytes]:
        proxy = SpaceProxy()
        await proxy.open()
        nothing = await request(proxy.port)
        proxy.target = 1
        dead = await request(proxy.port)
        await proxy.close()
        return nothing, dead

    for answer in awaited(run()):
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert answer.endswith(b"This Space is not running.\n")


def test_it_switches_to_another_app_without_a_gap() -> None:
    async def run() -> list[bytes]:
        proxy = SpaceProxy()
        await proxy.open()
        answers = []
        for text in (b"one", b"two"):
            server, proxy.target = await start_app(answering(text))
            answers.append(await request(proxy.port))
            server.close()
        await proxy.close()
        return answers

    assert awaited(run()) == [b"one", b"two"]


def test_bytes_are_copied_both_ways_at_any_time() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello ")
        while chunk := await reader.read(100):
            writer.write(chunk.upper())
        writer.close()

    async def run() -> bytes:
        proxy = SpaceProxy()
        await proxy.open()
        server, proxy.target = await start_app(echo)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        seen = await reader.readexactly(6)
        for word in (b"one ", b"two "):
            writer.write(word)
            seen += await reader.readexactly(4)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        server.close()
        await proxy.close()
        return seen

    assert awaited(run()) == b"hello ONE TWO "


def test_closing_it_closes_open_connections_at_once() -> None:
    async def run() -> bytes:
        connected = asyncio.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connected.set()
            await reader.read()
            writer.close()

        proxy = SpaceProxy()
        await proxy.open()
        server, proxy.target = await start_app(silent)
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"x")
        await connected.wait()
        # neither side disconnects by itself
        await asyncio.wait_for(proxy.close(), 60)
        rest = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        server.close()
        return rest

    assert awaited(run()) == b""


def test_a_large_answer_is_complete() -> None:
    body = bytes(range(256)) * 20_000

    async def run() -> bytes:
        proxy = SpaceProxy()
        await proxy.open()
        server, proxy.target = await start_app(answering(body))
        answer = await request(proxy.port)
        server.close()
        await proxy.close()
        return answer

    assert awaited(run()) == body
