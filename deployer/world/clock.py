"""Time. Nothing else in the deployer waits or looks at a clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import Empty, Queue
from typing import TypeVar

_Answer = TypeVar("_Answer")

_FIRST_WAIT = 0.25
_MAX_WAIT = 10.0
_GROWTH = 1.5


def now() -> float:
    """Seconds on a clock that only goes forward."""
    return time.monotonic()


def age(moment: datetime) -> float:
    """Seconds since a moment that another machine named; below zero where its clock is ahead."""
    return (datetime.now(UTC) - moment).total_seconds()


def sleep(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


def backing_off(first: float = _FIRST_WAIT, longest: float = _MAX_WAIT) -> Iterator[float]:
    """Growing waits in seconds, for ever: quick at first, then at most one try in `longest`.

    A deploy that is watched for 45 minutes asks the Hub about 280 times, far below the 1,000
    requests in five minutes of a free account (https://huggingface.co/docs/hub/rate-limits).
    """
    wait = first
    while True:
        yield wait
        wait = min(wait * _GROWTH, longest)


def within(seconds: float, question: Callable[[], _Answer]) -> _Answer | None:
    """The answer to a question; None where it takes longer, and is left behind.

    Raises what the question raises.
    """
    answers: Queue[_Answer | Exception] = Queue()

    def ask() -> None:
        try:
            answers.put(question())
        except Exception as error:  # pylint: disable=broad-exception-caught
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        return None
    if isinstance(answer, Exception):
        raise answer
    return answer


class Deadline:
    """A point in time that must not be passed."""

    def __init__(self, seconds: float) -> None:
        self._begin = now()
        self._seconds = seconds

    @property
    def elapsed(self) -> float:
        """Seconds since this deadline was set."""
        return now() - self._begin

    @property
    def left(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(0.0, self._seconds - self.elapsed)

    @property
    def passed(self) -> bool:
        """Whether the time is up."""
        return self.left <= 0
