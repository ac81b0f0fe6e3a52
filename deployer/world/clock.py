"""The clock, waits, backoff and timeouts. No other module reads the time or sleeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import Empty, Queue
from typing import TypeVar

_Result = TypeVar("_Result")

_FIRST_WAIT = 0.25  # seconds
_MAX_WAIT = 10.0  # seconds
_GROWTH = 1.5  # factor from one wait to the next


def now() -> float:
    """Seconds on a monotonic clock."""
    return time.monotonic()


def age(moment: datetime) -> float:
    """Seconds since a time on the clock of another machine; negative if that clock is ahead."""
    return (datetime.now(UTC) - moment).total_seconds()


def sleep(seconds: float) -> None:
    """Wait for that long."""
    time.sleep(seconds)


def backoff(first: float = _FIRST_WAIT, longest: float = _MAX_WAIT) -> Iterator[float]:
    """Endless growing waits in seconds, from `first` up to `longest`.

    With the defaults, a deploy that is watched for 45 minutes makes about 280 requests, far below
    the 1,000 in five minutes of a free account (https://huggingface.co/docs/hub/rate-limits).
    """
    wait = first
    while True:
        yield wait
        wait = min(wait * _GROWTH, longest)


def call_with_timeout(seconds: float, call: Callable[[], _Result]) -> _Result | None:
    """The result of a call; None if it takes longer, and then its thread is abandoned.

    Raises what the call raises.
    """
    results: Queue[_Result | Exception] = Queue()

    def work() -> None:
        try:
            results.put(call())
        except Exception as error:  # pylint: disable=broad-exception-caught
            results.put(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except Empty:
        return None
    if isinstance(result, Exception):
        raise result
    return result


class Deadline:
    """A time limit, in seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._started_at = now()
        self._seconds = seconds

    @property
    def elapsed(self) -> float:
        """Seconds since the deadline was set."""
        return now() - self._started_at

    @property
    def left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self._seconds - self.elapsed)

    @property
    def passed(self) -> bool:
        """Whether the deadline has passed."""
        return self.left <= 0
