"""Ask the Hub before the answers are needed: while git and the checks of the files take their time.

Only what a plan begins with, and only by GET. Each answer is good for one request, which is then
not sent. One that failed is not kept: the request is sent when it is due, and whoever makes it
reports the failure. So nothing else has to know of this.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar

import httpx2

from deployer.world.parallel import submit

_is_ahead: ContextVar[bool] = ContextVar("is_ahead", default=False)
_reading: list[Callable[[], None]] = []  # what to wait for, at most one
_answers: dict[tuple[str, str], httpx2.Response] = {}


def begin(ask: Callable[[], object]) -> None:
    """Make these requests in a thread of its own; one that fails ends it."""
    _reading.append(submit(lambda: _read(ask)))


def _read(ask: Callable[[], object]) -> None:
    _is_ahead.set(True)  # of this thread
    with suppress(Exception):
        ask()


def keep(request: httpx2.Request, response: httpx2.Response) -> None:
    """Keep an answer, if it came ahead."""
    if _is_ahead.get() and response.is_success:
        _answers[_key(request)] = response


def take(request: httpx2.Request) -> httpx2.Response | None:
    """The answer to this request, if one came ahead; waits for what is still being read."""
    if _is_ahead.get():
        return None
    while _reading:
        _reading.pop()()
    return _answers.pop(_key(request), None)


def _key(request: httpx2.Request) -> tuple[str, str]:
    return f"{request.method} {request.url}", request.headers.get("Authorization", "")
