"""Ctrl-C and a cancelled job: KeyboardInterrupt, but only while someone can report what it left.

GitHub cancels a job by Ctrl-C, then SIGTERM or Ctrl-Break: all are handled alike, also where the
parent of this process ignores Ctrl-C. So is the end of a terminal, unless `nohup` is to outlive it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_IMPORT_SYSTEM = "<frozen importlib._bootstrap>"
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")  # SIGBREAK: of Windows
# Two come with a cancelled job. A third one is a person who does not want to wait any more.
_MAX = 2
_MOMENT = 0.02  # seconds


class _Interrupts:
    """How many came, whether one is raised at once, and whether one waits for an import."""

    came = 0
    is_raised = False
    is_waiting = False

    def handle(self, _signal: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, or remember it; end the process if there are too many."""
        self.came += 1
        if self.came > _MAX:
            os._exit(128 + signal.SIGINT)
        self.deliver(_signal, frame)

    def deliver(self, _signal: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, where that is wanted; not within an import, but after it.

        There it may be lost, with a lock that other threads wait for:
        https://docs.python.org/3/library/signal.html#note-on-signal-handlers-and-exceptions
        """
        if not self.is_raised:
            return
        self.is_waiting = sys.platform != "win32" and _is_importing(frame)
        if sys.platform != "win32" and self.is_waiting:
            signal.setitimer(signal.ITIMER_REAL, _MOMENT)
            return
        raise KeyboardInterrupt


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORT_SYSTEM:
            return True
        frame = frame.f_back
    return False


_interrupts = _Interrupts()


def defer() -> None:
    """Keep an interrupt until a command runs, which can report it."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        is_for_nohup = name == "SIGHUP" and number and signal.getsignal(number) is signal.SIG_IGN
        if number and not is_for_nohup:
            signal.signal(number, _interrupts.handle)
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, _interrupts.deliver)


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
    except Exception:
        # such as that of git, which Ctrl-C in a terminal ends, too
        if _interrupts.is_waiting:
            raise KeyboardInterrupt from None
        raise
    finally:
        _interrupts.is_raised = before
