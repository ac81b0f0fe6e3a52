"""The log of a build or of a running app: kept whole, replayed to whoever asks, then followed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from deployer.rehearsal.repository import now, stamp

_MAX_LINES = 50_000
_KEEP_ALIVE = b"data:\n\n"


class LogBuffer:
    """Lines with their times. A new build or a new start gets a new buffer."""

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._events: list[bytes] = []
        self._lines: list[str] = []
        self._news = asyncio.Event()
        self._changed = changed
        self.closed = False

    @property
    def text(self) -> str:
        """Everything so far."""
        return "".join(self._lines)

    def write(self, text: str) -> None:
        """Append text, an event for each line; beyond a size nothing is kept any more."""
        for line in text.splitlines(keepends=True):
            if self.closed or len(self._lines) > _MAX_LINES:
                return
            if len(self._lines) == _MAX_LINES:
                line = f"The log is cut here, after {_MAX_LINES} lines.\n"
            self._lines.append(line)
            event = json.dumps({"data": line, "timestamp": stamp(now())})
            self._events.append(f"data: {event}\n\n".encode())
        self._wake()

    def close(self) -> None:
        """Say that nothing will be appended any more."""
        self.closed = True
        self._wake()

    async def follow(self, *, keep_alive: float, until_closed: bool) -> AsyncIterator[bytes]:
        """The events from the first on, as server-sent events, and an empty one in silence."""
        position = 0
        while True:
            news = self._news
            while position < len(self._events):
                yield self._events[position]
                position += 1
            if self.closed and until_closed:
                return
            try:
                await asyncio.wait_for(news.wait(), keep_alive)
            except TimeoutError:
                yield _KEEP_ALIVE

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
        self._changed()
