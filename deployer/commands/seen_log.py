"""The log of a commit as far as it was seen, and what of it is still to be printed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

_MAX_LINES = 100_000  # that are kept


class SeenLog:
    """The lines of one log, each of which is printed at most once."""

    def __init__(self) -> None:
        self._seen = deque[str](maxlen=_MAX_LINES)
        self._held = deque[str](maxlen=_MAX_LINES)

    def add(self, line: str, *, is_printed: bool) -> None:
        """Add a line that was just seen."""
        self._seen.append(line)
        if not is_printed:
            self._held.append(line)

    def take(self, end: Sequence[str] = ()) -> tuple[str, ...]:
        """The lines to be printed now: all that were not, up to the end of the log.

        That end may be known better than what was seen of it.
        """
        seen, most = tuple(self._seen), min(len(self._seen), len(end))
        known = next(n for n in range(most, -1, -1) if seen[len(seen) - n :] == tuple(end[:n]))
        taken = (*self._held, *end[known:])
        self._held.clear()
        self._seen.extend(end[known:])
        return taken
