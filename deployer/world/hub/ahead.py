"""Ask the Hub before the answers are needed: while git and the checks of the files take their time.

Only what a plan begins with, and only by GET. Each answer is good for one request, which is then
not sent. One that failed is not kept: the request is sent when it is due, and whoever makes it
reports the failure. So nothing else has to know of this.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING

import httpx2

from deployer.space.space import SpaceId
from deployer.world.parallel import submit

if TYPE_CHECKING:
    from deployer.world.hub.client import Client

_is_ahead: ContextVar[bool] = ContextVar("is_ahead", default=False)
_reading: list[Callable[[], None]] = []  # what to wait for, at most one
_answers: dict[tuple[str, str], httpx2.Response] = {}


def reading(client: Client, space: SpaceId) -> Client:
    """The client, which begins to read a Space and its newest commits."""
    _reading.append(submit(lambda: _read(client, space)))
    return client


def _read(client: Client, space: SpaceId) -> None:
    # pylint: disable=import-outside-toplevel
    from deployer.world.hub import commits, spaces

    _is_ahead.set(True)  # of this thread
    with suppress(Exception):
        info = spaces.info(client, space)
        client.get(commits.path(SpaceId.parse(info["id"]), info["sha"]))


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
