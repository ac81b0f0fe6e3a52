"""Ctrl-C and a cancelled job: KeyboardInterrupt, but only while somebody can say what it left.

GitHub cancels a job by Ctrl-C, then SIGTERM or Ctrl-Break: all are handled alike, also where the
parent of this process ignores Ctrl-C.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")  # SIGBREAK: of Windows


class _Interrupts:
    """Whether one came, and whether one is raised at once."""

    came = False
    is_raised = False

    def handle(self, _signal: int, _frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, or remember it."""
        self.came = True
        if self.is_raised:
            raise KeyboardInterrupt


_interrupts = _Interrupts()


def defer() -> None:
    """Keep an interrupt until a command runs, which can report it."""
    for name in _SIGNALS:
        if number := getattr(signal, name, None):
            signal.signal(number, _interrupts.handle)


@contextmanager
def raised() -> Iterator[None]:
    """Raise KeyboardInterrupt for an interrupt while a command runs, or at once if one was kept.

    After that the end of the command is reported, and an interrupt would only cut that off.
    """
    before, _interrupts.is_raised = _interrupts.is_raised, True
    try:
        if _interrupts.came:
            raise KeyboardInterrupt
        yield
    finally:
        _interrupts.is_raised = before
