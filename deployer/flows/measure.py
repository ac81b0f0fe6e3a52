"""Measure what a running app uses of its CPU and memory, while it is waited for."""

from __future__ import annotations

from queue import Empty

from deployer.config import format_duration
from deployer.flows.operation import Operation
from deployer.flows.running_app import RunningApp
from deployer.space.metrics import Measurement, Usage
from deployer.world import clock
from deployer.world.hub.metrics import MetricsStream

_NOT_MEASURED = "CPU and memory not measured"


def not_measured(usage: Usage | None, seconds: float) -> str:
    """The warning that what an app used for so long is not known."""
    if usage is None:
        return f"{_NOT_MEASURED}: the Hub sent no metrics of the running app"
    duration = format_duration(seconds)
    return f"{_NOT_MEASURED}: the Hub's metrics cover {usage.seconds:.0f} s of {duration} only"


class Meter:
    """Takes the samples that the Hub sends of an app, from now on until it is closed."""

    def __init__(self, operation: Operation, app: RunningApp) -> None:
        self._operation = operation
        self._unmeasurable = _unmeasurable(operation, app)
        self._measured = Measurement(clock.now())
        self._stream: MetricsStream | None = None
        self._waits = clock.backoff(first=1.0, longest=30.0)
        self._retry_at = clock.now()
        self._open()

    @property
    def usage(self) -> Usage | None:
        """What the samples so far say; None without any."""
        return self._measured.usage(clock.now())

    def warning(self, seconds: float = 0.0) -> str:
        """That what was used for so long is not known, and why."""
        if self._unmeasurable is not None:
            return f"{_NOT_MEASURED}: {self._unmeasurable}"
        return not_measured(self.usage, seconds)

    def wait(self, seconds: float) -> None:
        """Wait for so long, and take the samples that come."""
        deadline = clock.Deadline(seconds)
        self._open()
        while not deadline.passed and self._take(deadline):
            pass
        clock.sleep(deadline.left)

    def wait_for_first(self, seconds: float) -> Usage | None:
        """What the first sample says, if one has come or comes in time."""
        deadline = clock.Deadline(seconds)
        while self.usage is None and self._take(deadline):
            pass
        return self.usage

    def close(self) -> None:
        """Take no more samples."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _open(self) -> None:
        """Open the stream where none is open, and not too often: each time costs a request."""
        if self._unmeasurable is None and self._stream is None and clock.now() >= self._retry_at:
            self._stream = MetricsStream(self._operation.client, self._operation.space)
            self._retry_at = clock.now() + next(self._waits)

    def _take(self, deadline: clock.Deadline) -> bool:
        """Take the next sample; False where the time is up, or the stream has ended."""
        if self._stream is None:
            return False
        try:
            sample = self._stream.queue.get(timeout=deadline.left)
        except Empty:
            return False
        if sample is None:
            self._stream = None
            return False
        self._measured.add(sample, clock.now())
        self._waits = clock.backoff(first=1.0, longest=30.0)
        return True


def _unmeasurable(operation: Operation, app: RunningApp) -> str | None:
    """Why an app can't be measured at all; None if it may be."""
    if app.static:
        return "a static Space has no container"
    if operation.client.token is None:
        return "only members may see them, and there is no token"
    return None
