"""The log of a build or of a running app, replayed from its first line and then followed."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable

from deployer.rehearsal.repository import format_time, utc_now

_MAX_LINES = 50_000
_MAX_CHARACTERS = 20_000_000
_TAIL_LINES = 20
_KEEP_ALIVE = b"data:\n\n"


class LogBuffer:
    """Lines with their times. Each build and each start of an app has a buffer of its own."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._events: list[bytes] = []
        self._lines: list[str] = []
        self._characters = 0
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._is_cut = False
        self._appended = asyncio.Event()
        self._on_change = on_change
        self.closed = False

    @property
    def text(self) -> str:
        """The whole text so far."""
        return "".join(self._lines)

    @property
    def tail(self) -> list[str]:
        """The last lines that were written, but for the header: also those over the limit."""
        return [line.rstrip("\n") for line in self._tail if line != self._lines[0]]

    def write(self, text: str) -> None:
        """Append text, an event per line; lines over the limit are seen in `tail` only."""
        for line in text.splitlines(keepends=True):
            if self.closed:
                return
            self._tail.append(line)
            if self._is_cut:
                continue
            self._characters += len(line)
            if len(self._lines) == _MAX_LINES or self._characters > _MAX_CHARACTERS:
                self._is_cut = True
                line = f"The log is cut here, after {len(self._lines)} lines.\n"
            self._lines.append(line)
            event = json.dumps({"data": line, "timestamp": format_time(utc_now())})
            self._events.append(f"data: {event}\n\n".encode())
        self._notify()

    def close(self) -> None:
        """End the log: later lines are dropped."""
        self.closed = True
        self._notify()

    async def follow(self, *, keep_alive: float, until_closed: bool) -> AsyncIterator[bytes]:
        """All server-sent events from the first on, and an empty one per `keep_alive` seconds."""
        position = 0
        while True:
            appended = self._appended
            while position < len(self._events):
                yield self._events[position]
                position += 1
            if self.closed and until_closed:
                return
            try:
                await asyncio.wait_for(appended.wait(), keep_alive)
            except TimeoutError:
                yield _KEEP_ALIVE

    def _notify(self) -> None:
        self._appended.set()
        self._appended = asyncio.Event()
        self._on_change()
