"""Measure what a running app uses of its CPU and memory, while it is waited for."""

from __future__ import annotations

from contextlib import closing
from queue import Empty

from deployer.flows.operation import Operation
from deployer.flows.running_app import RunningApp
from deployer.space.metrics import Sample, Usage
from deployer.world import clock
from deployer.world.hub import budget
from deployer.world.hub.metrics import MetricsStream

_MAX_WAIT = 5.0  # seconds until a stream that broke is opened again


class Meter:
    """Takes the samples that the Hub sends of an app, from now on until it is closed.

    A static Space has no container to measure, and the Hub shows metrics to members only.
    """

    def __init__(self, operation: Operation, app: RunningApp) -> None:
        self._operation = operation
        self._is_measurable = operation.client.token is not None and not app.static
        self._samples: list[Sample] = []
        self._stream: MetricsStream | None = None
        self._waits = clock.backoff(first=1.0, longest=30.0)
        self._retry_at = clock.now()
        self._open()

    @property
    def usage(self) -> Usage | None:
        """What the samples so far say; None without any."""
        return Usage.of(self._samples)

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
        while not self._samples and self._take(deadline):
            pass
        return self.usage

    def close(self) -> None:
        """Take no more samples."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _open(self) -> None:
        """Open the stream where none is open, and not too often: each time costs a request."""
        if self._is_measurable and self._stream is None and clock.now() >= self._retry_at:
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
        self._samples.append(sample)
        self._waits = clock.backoff(first=1.0, longest=30.0)
        return True


@budget.lifted()
def measure(operation: Operation, app: RunningApp, seconds: float) -> Usage | None:
    """What an app uses over a time, in which it is not probed; None if nothing was measured."""
    deadline = clock.Deadline(seconds)
    with closing(Meter(operation, app)) as meter:
        while not deadline.passed:
            meter.wait(min(_MAX_WAIT, deadline.left))
        return meter.usage
