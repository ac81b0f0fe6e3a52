"""Every request is written down: a test reads afterwards what was asked, and how often."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class RecordedRequest:
    """One request and how it was answered. `status` is None until, or unless, it was.

    `token` marks which token came, without telling it; `headers` lacks the authorization.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str] = field(default_factory=dict)
    token: str | None = None
    body: bytes = b""
    bytes_in: int = 0
    status: int | None = None
    bytes_out: int = 0

    def matches(self, pattern: str) -> bool:
        """Whether a regular expression is found in the path, as it came, with its query."""
        return re.search(pattern, f"{self.path}?{self.query}") is not None


def token_fingerprint(token: str) -> str:
    """What stands for a token in a record."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class RequestLog:
    """Where requests are written down, with or without their bodies; `changed` is told of each."""

    records: MutableSequence[RecordedRequest]
    changed: Callable[[], None]
    bodies: bool = True


def recorded(app: ASGIApp, book: RequestLog, stream: str = "\0") -> ASGIApp:
    """An application that writes down each request that it gets, and dates its answers.

    It reads the body first, so that it is there also when nobody asks for it; what goes to paths
    that start with `stream` goes through as it comes, and its bytes are only counted.
    """

    async def recording(scope: Scope, receive: Receive, send: Send) -> None:
        record = _begun(scope)
        book.records.append(record)
        book.changed()
        source = _counted(record, receive)
        if not record.path.startswith(stream):
            body = await _whole(source)
            record.body = body if book.bodies else b""
            source = _replayed(body, receive)
        await app(scope, source, _told(record, send))

    return recording


def _counted(record: RecordedRequest, receive: Receive) -> Receive:
    async def counted() -> Message:
        message = await receive()
        record.bytes_in += len(message.get("body", b""))
        return message

    return counted


def _told(record: RecordedRequest, send: Send) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            # log streams are compared with it, to the second
            date = formatdate(usegmt=True).encode()
            message = {**message, "headers": [(b"date", date), *message["headers"]]}
        record.bytes_out += len(message.get("body", b""))
        await send(message)

    return told


def _begun(scope: Scope) -> RecordedRequest:
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    token = headers.pop("authorization", "").removeprefix("Bearer ")
    return RecordedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        token=token_fingerprint(token) if token else None,
    )


async def _whole(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _replayed(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
