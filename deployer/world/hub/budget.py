"""How long all the requests before a commit may take together: after that, nothing more is sent.

Each request has an end of its own (`session`), but a Hub that fails every now and then could hold
a deploy for hours, file by file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx2

from deployer.events import Event, Warned
from deployer.world import clock

# A plan takes seconds, and the Hub's longest rate limit five minutes. An upload gets more, as much
# as it takes on a poor connection.
_SECONDS = 15 * 60.0
_MIN_UPLOAD_RATE = 1_000_000  # bytes per second
MIN_REPORTED_WAIT = 4.0  # seconds; shorter waits before a retry are not reported


class BudgetSpent(httpx2.RequestError):
    """The time is up: this request was not sent."""


class Budget:
    """The time for the requests of one piece of work, and what failed of them."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._started_at = clock.now()
        self._seconds = _SECONDS
        self._upload = 0.0  # seconds
        self._failures: dict[tuple[str, httpx2.URL], tuple[float, str]] = {}
        self._last_failure = "none"
        self.is_finished = False

    def check(self, request: httpx2.Request) -> None:
        """Raise BudgetSpent if the time is up; report a request that is repeated after a wait.

        Only huggingface_hub's own retries: whoever reports a wait beforehand says so.
        """
        spent = clock.now() - self._started_at
        if spent >= self._seconds + self._upload:
            raise BudgetSpent(
                f"nothing was committed in {spent:.0f} s; last failure: {self._last_failure}",
                request=request,
            )
        failed_at, failure = self._failures.pop(_key(request), (clock.now(), ""))
        waited = clock.now() - failed_at
        if waited >= MIN_REPORTED_WAIT and not _is_reported.get():
            self._emit(Warned(f"{failure}; sent again after {waited:.0f} s"))

    def note_failure(self, request: httpx2.Request, reason: str) -> None:
        """Remember a request that failed, and may be repeated."""
        route = f"{request.method} {request.url.path}"
        self._last_failure = f"{route} failed: {reason.removeprefix(f'{route}: ')}"
        self._failures[_key(request)] = clock.now(), self._last_failure

    def allow_upload(self, size: int) -> None:
        """Add the time for an upload of so many bytes; for the same files again, nothing more."""
        self._upload = max(self._upload, size / _MIN_UPLOAD_RATE)

    def extend(self, seconds: float) -> None:
        """Add time that was not spent on requests."""
        self._seconds += seconds


def _key(request: httpx2.Request) -> tuple[str, httpx2.URL]:
    return request.method, request.url


# of this thread; and of those that huggingface_hub starts for uploads, which don't inherit it
_own: ContextVar[Budget | None] = ContextVar("own", default=None)
_open: list[Budget] = []
_is_reported: ContextVar[bool] = ContextVar("is_reported", default=False)


def current() -> Budget | None:
    """The budget of what this thread does; None where nothing limits it."""
    budget = _own.get() or (_open[-1] if _open else None)
    return None if budget is None or budget.is_finished else budget


def allow_upload(size: int) -> None:
    """Add the time for an upload of so many bytes; for the same files again, nothing more."""
    if budget := _own.get():
        budget.allow_upload(size)


def finish() -> None:
    """Limit nothing more: the commit is made, and what follows has limits of its own."""
    if budget := _own.get():
        budget.is_finished = True


@contextmanager
def limited(emit: Callable[[Event], None]) -> Iterator[None]:
    """Give the requests inside a budget of their own; `emit` gets a warning of each long wait."""
    with _using(Budget(emit)):
        yield


@contextmanager
def lifted() -> Iterator[None]:
    """Make no request inside wait for a budget; the time does not count."""
    started_at, before = clock.now(), _own.get()
    try:
        with _using(None):
            yield
    finally:
        if before is not None:
            before.extend(clock.now() - started_at)


@contextmanager
def reported() -> Iterator[None]:
    """Whoever makes the request inside reports its retries."""
    token = _is_reported.set(True)
    try:
        yield
    finally:
        _is_reported.reset(token)


@contextmanager
def _using(budget: Budget | None) -> Iterator[None]:
    before = _own.get()
    token = _own.set(budget)
    _swap(before, budget)
    try:
        yield
    finally:
        _own.reset(token)
        _swap(budget, before)


def _swap(old: Budget | None, new: Budget | None) -> None:
    if old is not None:
        _open.remove(old)
    if new is not None:
        _open.append(new)
