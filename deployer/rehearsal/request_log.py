"""Record every request, so that a test can check which were made, and how often."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, field
from email.utils import formatdate

from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(slots=True)
class RecordedRequest:
    """One request and its response. `status` is None until, or unless, it is answered.

    `token` is a fingerprint of its token; `headers` are without the authorization.
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
        """Whether a regular expression matches in the raw path with its query."""
        return re.search(pattern, f"{self.path}?{self.query}") is not None


def token_fingerprint(token: str) -> str:
    """A short hash of a token, to record instead of the token."""
    return hashlib.sha256(token.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class RequestLog:
    """Recorded requests, with their bodies if `keep_bodies`; `on_change` is called for each."""

    records: MutableSequence[RecordedRequest]
    on_change: Callable[[], None]
    keep_bodies: bool = True


def with_request_log(app: ASGIApp, log: RequestLog, streamed_prefix: str = "\0") -> ASGIApp:
    """Wrap an application so that its requests are recorded, and its responses dated.

    The body is read first, so that it is recorded even if the application ignores it. Uploads to
    paths that start with `streamed_prefix` are passed through, and only their bytes are counted.
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        record = _new_record(scope)
        log.records.append(record)
        log.on_change()
        source = _count_received(record, receive)
        if not record.path.startswith(streamed_prefix):
            body = await _read_body(source)
            record.body = body if log.keep_bodies else b""
            source = _replay(body, receive)
        await app(scope, source, _record_response(record, send))

    return handle


def _count_received(record: RecordedRequest, receive: Receive) -> Receive:
    async def receive_and_count() -> Message:
        message = await receive()
        record.bytes_in += len(message.get("body", b""))
        return message

    return receive_and_count


def _record_response(record: RecordedRequest, send: Send) -> Send:
    async def record_and_send(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            # clients compare the times in log streams with it, to the second
            date = formatdate(usegmt=True).encode()
            message = {**message, "headers": [(b"date", date), *message["headers"]]}
        record.bytes_out += len(message.get("body", b""))
        await send(message)

    return record_and_send


def _new_record(scope: Scope) -> RecordedRequest:
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    token = headers.pop("authorization", "").removeprefix("Bearer ")
    return RecordedRequest(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        token=token_fingerprint(token) if token else None,
    )


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
