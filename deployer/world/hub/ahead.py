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

_HISTORY_OF_MAIN = "/commits/main"
_is_ahead: ContextVar[bool] = ContextVar("is_ahead", default=False)
_reading: list[Callable[[], None]] = []  # what to wait for
_answers: dict[tuple[str, str], httpx2.Response] = {}


def begin(ask: Callable[[], object]) -> None:
    """Make a request, in a thread of its own."""
    _reading.append(submit(lambda: _read(ask)))


def _read(ask: Callable[[], object]) -> None:
    _is_ahead.set(True)  # of this thread
    with suppress(Exception):
        ask()


def keep(request: httpx2.Request, response: httpx2.Response) -> None:
    """Keep an answer, if it came ahead.

    The history of `main` is that of the commit that `main` is at.
    """
    if _is_ahead.get() and response.is_success:
        method_and_url, authorization = _key(request)
        if method_and_url.endswith(_HISTORY_OF_MAIN):
            method_and_url = method_and_url.removesuffix("main") + response.json()[0]["id"]
        _answers[method_and_url, authorization] = response


def take(request: httpx2.Request) -> httpx2.Response | None:
    """The answer to this request, if one came ahead; waits for what is still being read."""
    if _is_ahead.get():
        return None
    while _reading:
        _reading.pop()()
    return _answers.pop(_key(request), None)


def _key(request: httpx2.Request) -> tuple[str, str]:
    return f"{request.method} {request.url}", request.headers.get("Authorization", "")
