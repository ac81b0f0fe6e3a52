"""Who may send the local Hub a request at all: programs of this machine, in bounded size.

It builds and runs what is committed to it, as the user who started it. A page in a browser reaches
loopback, too, by a name that resolves to it: https://en.wikipedia.org/wiki/DNS_rebinding
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployer.rehearsal.listener import LOOPBACK

# a commit may carry this much in regular files, in base64:
# https://huggingface.co/docs/hub/repositories-recommendations
MAX_BODY_BYTES = 1_500_000_000
MAX_ANONYMOUS_BODY_BYTES = 20_000_000
_NAMES = (LOOPBACK, "localhost")


class _TooLarge(Exception):
    """The body has more bytes than are allowed."""


def with_access_rules(
    app: ASGIApp, is_known: Callable[[str], bool], unbounded_prefix: str
) -> ASGIApp:
    """Wrap an application so that it sees only requests to the name and port it listens on.

    `is_known` tells whether a token is one of the Hub's; other requests have small bodies. Uploads
    to paths that start with `unbounded_prefix` go to the disk; the application bounds them.
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if (error := _refusal(scope)) is not None:
            await error(scope, receive, send)
            return
        if scope["raw_path"].decode("latin-1").startswith(unbounded_prefix):
            await app(scope, receive, send)
            return
        token = _header(scope, b"authorization") or ""
        known = is_known(token.removeprefix("Bearer "))
        limit = MAX_BODY_BYTES if known else MAX_ANONYMOUS_BODY_BYTES
        too_large = JSONResponse({"error": f"The body is larger than {limit:,} bytes"}, 413)
        length = _header(scope, b"content-length") or "0"
        if length.isdecimal() and int(length) > limit:
            await too_large(scope, receive, send)
            return
        try:
            await app(scope, _bounded(receive, limit), send)
        except _TooLarge:
            await too_large(scope, receive, send)

    return handle


def _refusal(scope: Scope) -> JSONResponse | None:
    hosts = {f"{name}:{scope['server'][1]}" for name in _NAMES}
    if _header(scope, b"host") not in hosts:
        return JSONResponse({"error": "The Host header is not that of this Hub"}, 421)
    origin = _header(scope, b"origin")
    if origin is not None and origin not in {f"http://{host}" for host in hosts}:
        return JSONResponse({"error": "The Origin header is not that of this Hub"}, 403)
    return None


def _header(scope: Scope, name: bytes) -> str | None:
    """The value of a header; None without it, and no valid value if it is sent twice."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ", ".join(values) if values else None


def _bounded(receive: Receive, limit: int) -> Receive:
    received = 0

    async def receive_and_count() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > limit:
            raise _TooLarge
        return message

    return receive_and_count
