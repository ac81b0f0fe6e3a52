"""What a running Space uses of its CPU and memory, and the limits for that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean

_MAX_SHARE = 1.5  # a container may use more than its share for a moment, and none uses this much


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

    `samples` is how many measurements of all replicas that is based on.
    """

    peak_cpu: float
    mean_cpu: float
    peak_memory: float
    mean_memory: float
    samples: int

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Usage | None:
        """The usage that was measured; None if nothing was."""
        if not samples:
            return None
        replicas: dict[str, list[Sample]] = {}
        for sample in samples:
            replicas.setdefault(sample.replica, []).append(sample)
        return cls(
            peak_cpu=max(sample.cpu for sample in samples),
            mean_cpu=max(fmean(sample.cpu for sample in own) for own in replicas.values()),
            peak_memory=max(sample.memory for sample in samples),
            mean_memory=max(fmean(sample.memory for sample in own) for own in replicas.values()),
            samples=len(samples),
        )

    def __str__(self) -> str:
        if self.samples == 1:
            return f"CPU {percent(self.mean_cpu)}, memory {percent(self.mean_memory)}"
        return (
            f"CPU {percent(self.mean_cpu)} (peak {percent(self.peak_cpu)}), "
            f"memory {percent(self.mean_memory)} (peak {percent(self.peak_memory)})"
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
