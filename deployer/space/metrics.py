"""What a running Space uses of its CPU and memory, and the limits for that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

USE_LESS = (
    "make the app use less, choose larger hardware (--hardware), or raise --max-cpu or --max-memory"
)
_MAX_SHARE = 1.05  # a full load may be measured as slightly more than all there is
_MAX_GAP = 5.0  # seconds; a sample, of which there is about one a second, tells of no more time
_MAX_REPLICAS = 100
_ENOUGH = 0.5  # of a time, to say what was used during it


def percent(share: float) -> str:
    """A share in percent, with at most one decimal: `80%`, `80.4%`."""
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement of one replica: the shares of all its cores and of its memory."""

    cpu: float
    memory: float
    replica: str = ""

    @property
    def is_plausible(self) -> bool:
        """Whether an app can use that; False for NaN, too."""
        return 0 <= self.cpu <= _MAX_SHARE and 0 <= self.memory <= _MAX_SHARE


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used over a time, as shares; of several replicas, by the busiest.

    `samples` is how many measurements of all replicas that is based on, `seconds` how much time
    they cover.
    """

    peak_cpu: float
    mean_cpu: float
    peak_memory: float
    mean_memory: float
    samples: int
    seconds: float = 0.0

    def covers(self, seconds: float) -> bool:
        """Whether it says enough of a time that long."""
        return self.seconds >= _ENOUGH * seconds

    def __str__(self) -> str:
        if self.samples == 1:
            return f"CPU {percent(self.mean_cpu)}, memory {percent(self.mean_memory)}"
        return (
            f"CPU {percent(self.mean_cpu)} (peak {percent(self.peak_cpu)}), "
            f"memory {percent(self.mean_memory)} (peak {percent(self.peak_memory)}), "
            f"{self.covered}"
        )

    @property
    def covered(self) -> str:
        """How much time it covers."""
        return f"{self.seconds:.0f} s measured"


@dataclass(slots=True)
class _Sums:
    """What the samples of one replica add up to."""

    count: int = 0
    cpu: float = 0.0
    memory: float = 0.0
    peak_cpu: float = 0.0
    peak_memory: float = 0.0

    def add(self, sample: Sample) -> None:
        """Add a sample."""
        self.count += 1
        self.cpu += sample.cpu
        self.memory += sample.memory
        self.peak_cpu = max(self.peak_cpu, sample.cpu)
        self.peak_memory = max(self.peak_memory, sample.memory)


@dataclass(slots=True)
class Measurement:
    """The samples taken since a moment in time, however many these are."""

    _last_at: float
    _seconds: float = 0.0
    _replicas: dict[str, _Sums] = field(default_factory=dict)

    def add(self, sample: Sample, at: float) -> None:
        """Take a sample at a moment in time."""
        is_known = sample.replica in self._replicas or len(self._replicas) < _MAX_REPLICAS
        self._replicas.setdefault(sample.replica if is_known else "", _Sums()).add(sample)
        self._seconds, self._last_at = self._covered(at), at

    def _covered(self, until: float) -> float:
        gap = until - self._last_at
        return self._seconds + (gap if gap <= _MAX_GAP else 0.0)

    def usage(self, until: float) -> Usage | None:
        """What was used until a moment in time; None if nothing was measured."""
        replicas = self._replicas.values()
        if not replicas:
            return None
        return Usage(
            peak_cpu=max(one.peak_cpu for one in replicas),
            mean_cpu=max(one.cpu / one.count for one in replicas),
            peak_memory=max(one.peak_memory for one in replicas),
            mean_memory=max(one.memory / one.count for one in replicas),
            samples=sum(one.count for one in replicas),
            seconds=self._covered(until),
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """The shares that an app may use; None: any.

    CPU counts by its mean, for every start or request is a peak of it. Memory counts by its peak:
    an app that once needs more than there is gets killed.
    """

    max_cpu: float | None = None
    max_memory: float | None = None

    def __bool__(self) -> bool:
        return self.max_cpu is not None or self.max_memory is not None

    def exceeded_by(self, usage: Usage) -> str | None:
        """What is over its limit, in figures; None if nothing is."""
        return "; ".join(self._exceeded_by(usage)) or None

    def _exceeded_by(self, usage: Usage) -> Iterator[str]:
        if _is_over(usage.mean_cpu, self.max_cpu):
            mean, peak = percent(usage.mean_cpu), percent(usage.peak_cpu)
            yield f"CPU: {mean} on average, peak {peak}, limit {percent(self.max_cpu or 0)}"
        if _is_over(usage.peak_memory, self.max_memory):
            mean, peak = percent(usage.mean_memory), percent(usage.peak_memory)
            yield f"memory: peak {peak}, {mean} on average, limit {percent(self.max_memory or 0)}"


def _is_over(share: float, limit: float | None) -> bool:
    """Whether a share is over a limit, as exactly as it is shown."""
    return limit is not None and round(share, 3) > round(limit, 3)
