"""Inject the faults of a Scenario between the client and the Hub."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployer.rehearsal.scenario import Fault, Scenario


def with_faults(app: ASGIApp, scenario: Scenario) -> ASGIApp:
    """Wrap an application so that requests meet the scenario's faults."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        fault = scenario.fault_for(scope["method"], path)
        if fault is None:
            await app(scope, receive, send)
            return
        await asyncio.sleep(fault.delay)
        if fault.conflict is not None:
            # in a thread, so that it may call the Hub as a test does
            await asyncio.to_thread(fault.conflict)
        await _respond(app, fault, scope, receive, send)

    return handle


async def _respond(app: ASGIApp, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
    if fault.drop == "within":
        await app(scope, receive, _cut_body(send, fault, scope, receive))
    elif fault.drop is not None or fault.hang:
        if fault.drop == "after":
            await app(scope, receive, _discard)
        await _give_no_answer(fault, scope, receive)
    elif fault.rewrite is not None:
        await app(scope, receive, _rewrite_answer(send, fault, fault.rewrite))
    elif fault.status is not None:
        await _read_body(receive)
        await _error_response(fault, fault.status)(scope, receive, send)
    elif fault.cut_after_events is not None:
        await app(scope, receive, _cut_stream(send, scope, fault.cut_after_events))
    else:
        await app(scope, receive, send)


def _error_response(fault: Fault, status: int) -> Response:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Refused"
    body = json.dumps({"error": phrase}) if fault.body is None else fault.body
    return Response(body, status, dict(fault.headers), media_type="application/json")


async def _discard(_: Message) -> None:
    """Let the request take effect without an answer."""


async def _give_no_answer(fault: Fault, scope: Scope, receive: Receive) -> None:
    if not fault.hang:
        scope["state"]["disconnect"]()
    # the server must notice the disconnect, or it would send an answer of its own
    while (await receive())["type"] != "http.disconnect":
        pass


async def _read_body(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


def _cut_stream(send: Send, scope: Scope, events: int) -> Send:
    left = events

    async def cut(message: Message) -> None:
        nonlocal left
        is_event = b"data: {" in message.get("body", b"")
        if left == 0 and is_event:
            scope["state"]["disconnect"]()
            left = -1
        if left >= 0:
            left -= is_event
            await send(message)

    return cut


def _cut_body(send: Send, fault: Fault, scope: Scope, receive: Receive) -> Send:
    """Send the first half of the answer's first part, and nothing more."""
    is_cut = False

    async def cut(message: Message) -> None:
        nonlocal is_cut
        if is_cut:
            return
        body = message.get("body", b"")
        if not body:
            await send(message)
            return
        is_cut = True
        await send({**message, "body": body[: len(body) // 2], "more_body": True})
        await _give_no_answer(fault, scope, receive)

    return cut


def _rewrite_answer(send: Send, fault: Fault, rewrite: Callable[[bytes], bytes]) -> Send:
    """Keep the answer until it is whole, and send what it becomes."""
    start: Message = {}
    parts: list[bytes] = []

    async def collect(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
            return
        parts.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = rewrite(b"".join(parts))
        headers = MutableHeaders(raw=list(start["headers"]))
        headers.update({"content-length": str(len(body)), **fault.headers})
        status = fault.status or start["status"]
        await send({**start, "status": status, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    return collect
