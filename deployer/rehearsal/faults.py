"""Things that go wrong on purpose, as the Script says, between the wire and the Hub."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployer.rehearsal.scenario import Fault, Scenario


def faulty(app: ASGIApp, scenario: Scenario) -> ASGIApp:
    """An application that lets each request through, unless a fault of the script strikes it."""

    async def through(scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        path = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        fault = scenario.fault_for(scope["method"], path)
        struck = app
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.conflict is not None:
                # in a thread, so that it may call the Hub like a test does
                await asyncio.to_thread(fault.conflict)
            struck = _struck(app, fault)
        await struck(scope, receive, send)

    return through


def _struck(app: ASGIApp, fault: Fault) -> ASGIApp:
    async def strike(scope: Scope, receive: Receive, send: Send) -> None:
        if fault.drop is not None:
            if fault.drop == "after":
                await app(scope, receive, _swallow)
            await _hang_up(scope, receive)
        elif fault.status is not None:
            await _drained(receive)
            await _answer(fault, fault.status)(scope, receive, send)
        elif fault.cut_after_events is not None:
            await app(scope, receive, _cutting(send, scope, fault.cut_after_events))
        else:
            await app(scope, receive, send)

    return strike


def _answer(fault: Fault, status: int) -> Response:
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Refused"
    body = json.dumps({"error": phrase}) if fault.body is None else fault.body
    return Response(body, status, dict(fault.headers), media_type="application/json")


async def _swallow(_: Message) -> None:
    """Take effect, and tell nobody."""


async def _hang_up(scope: Scope, receive: Receive) -> None:
    scope["state"]["hang_up"]()
    # the server must know that the other side is gone, or it would answer by itself
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drained(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


def _cutting(send: Send, scope: Scope, events: int) -> Send:
    left = events

    async def cut(message: Message) -> None:
        nonlocal left
        is_event = message.get("body", b"").startswith(b"data: {")
        if left == 0 and is_event:
            scope["state"]["hang_up"]()
            left = -1
        if left >= 0:
            left -= is_event
            await send(message)

    return cut
