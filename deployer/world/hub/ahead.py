"""Ask the Hub before the answers are needed: while git and the checks of the files take their time.

Only what a plan begins with, and only by GET. Each answer is good for one request, which is then
not sent. A failure is the first attempt of that request: whoever makes it repeats or reports it.
So nothing else has to know of this.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from math import inf
from typing import NamedTuple

import httpx2

from deployer.world import clock
from deployer.world.parallel import submit

_MAX_AGE = 1.0  # seconds: checks may take longer, and another commit may land in that time
_HISTORY = "/commits/"
_is_ahead: ContextVar[bool] = ContextVar("is_ahead", default=False)
_reading: list[Callable[[], None]] = []  # what to wait for


class _Key(NamedTuple):
    """What was requested, and with which token."""

    method: str
    url: str
    authorization: str

    @property
    def of_main(self) -> _Key:
        """The same of `main`, where it is the history of a commit."""
        path, slash, _ = self.url.rpartition(_HISTORY)
        return _Key(self.method, f"{path}{slash}main", self.authorization) if slash else self


class _Answer(NamedTuple):
    """An answer, and until when it is believed."""

    response: httpx2.Response
    end: float


_answers: dict[_Key, _Answer] = {}


def begin(ask: Callable[[], object]) -> None:
    """Make a request, in a thread of its own."""
    _reading.append(submit(lambda: _read(ask)))


def _read(ask: Callable[[], object]) -> None:
    _is_ahead.set(True)  # of this thread
    with suppress(Exception):
        ask()


def keep(request: httpx2.Request, response: httpx2.Response) -> None:
    """Keep an answer, if it came ahead.

    The history of `main` is that of the commit that `main` is at, for ever.
    """
    if not _is_ahead.get():
        return
    key, end = _key(request), inf
    if response.is_success and key.url.endswith(f"{_HISTORY}main"):
        key = key._replace(url=key.url.removesuffix("main") + response.json()[0]["id"])
    elif response.is_success:
        end = clock.now() + _MAX_AGE
    _answers[key] = _Answer(response, end)


def take(request: httpx2.Request) -> httpx2.Response | None:
    """The answer to this request, if one came ahead; waits for what is still being read.

    After the first change there is none any more.
    """
    if _is_ahead.get():
        return None
    while _reading:
        _reading.pop()()
    if request.method != "GET":
        _answers.clear()
    key = _key(request)
    answer = _answers.pop(key, None) or _answers.pop(key.of_main, None)
    return answer.response if answer and clock.now() < answer.end else None


def _key(request: httpx2.Request) -> _Key:
    return _Key(request.method, str(request.url), request.headers.get("Authorization", ""))
