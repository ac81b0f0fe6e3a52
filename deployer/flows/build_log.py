"""Follow the build log of a Space, as far as it is about one commit."""

from __future__ import annotations

import re
from queue import Empty

from deployer.events import LogLine
from deployer.flows.operation import Operation
from deployer.world import clock
from deployer.world.hub import spaces

_HEADER = re.compile(r"^=+ Build Queued at .*?(?:Commit SHA: (?P<commit>[0-9a-f]{7,40}))? =+$")
_FAILED = re.compile(r"\bJob failed with exit code\b")
_STALE_AFTER = 10.0  # seconds


class BuildLog:
    """The build log as far as it is about our commit, line by line."""

    def __init__(self, operation: Operation) -> None:
        self.commit: str | None = None  # what the newest header names
        self.has_ended = False  # the log under that header, as far as known
        self._operation = operation
        self._stream: spaces.LogStream | None = None
        self._first: str | None = None
        self._count = 0  # lines of this log that were looked at
        self._position = 0  # lines of this stream that were looked at
        self._waits = clock.backoff(first=1.0, longest=30.0)
        self._retry_at = 0.0
        self._stale_after = _STALE_AFTER
        self._last_line_at = clock.now()

    @property
    def silence(self) -> float:
        """Seconds since the last line, or since the stage changed."""
        return clock.now() - self._last_line_at

    def open(self, commit: str) -> None:
        """Open the stream where none is open, and not too often: each time costs a request."""
        if self._is_foreign(commit) and self.silence >= self._stale_after:
            # a log that ended may keep its stream, while a new build has a log of its own
            self._stream, self._stale_after = None, 2 * self._stale_after
        if self._stream is None and clock.now() >= self._retry_at:
            self._stream = spaces.LogStream(
                self._operation.client, self._operation.space, build=True
            )
            self._retry_at = clock.now() + next(self._waits)
            self._position = 0

    def close_foreign(self, commit: str) -> None:
        """Close a stream about another commit, since a new build may have a new one."""
        if self._is_foreign(commit):
            self._stream = None
        self._last_line_at = clock.now()
        self._waits = clock.backoff(first=1.0, longest=30.0)
        self._retry_at, self._stale_after = 0.0, _STALE_AFTER

    def emit_lines(self, seconds: float, commit: str) -> bool:
        """Emit the lines that come in the next seconds; True as soon as its log ends."""
        deadline = clock.Deadline(seconds)
        while self._stream is not None and not deadline.passed:
            try:
                line = self._stream.queue.get(timeout=deadline.left)
            except Empty:
                return False
            if line is None:
                has_ended = self.has_ended
                self.has_ended |= self._stream.is_complete and self._position > 0
                self._stream = None
                if self.has_ended and not has_ended and not self._is_foreign(commit):
                    return True
            elif self._is_new(line):
                self._last_line_at = clock.now()
                self.has_ended = _FAILED.search(line) is not None
                if self._is_about(line, commit):
                    self._operation.emit(LogLine(line))
        clock.sleep(deadline.left)
        return False

    def _is_new(self, line: str) -> bool:
        # a stream that is opened again starts with what was seen, unless another build began
        if self._position == 0 and line != self._first:
            self._first, self._count = line, 0
        self._position += 1
        if self._position <= self._count:
            return False
        self._count = self._position
        return True

    def _is_about(self, line: str, commit: str) -> bool:
        header = _HEADER.match(line)
        if header:
            self.commit = header["commit"]
        return not self._is_foreign(commit)

    def _is_foreign(self, commit: str) -> bool:
        return self.commit is not None and not commit.startswith(self.commit)
