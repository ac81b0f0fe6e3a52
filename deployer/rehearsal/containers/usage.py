"""What a container uses, as `stats` of an engine shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SHOWN = re.compile(
    r"(?:(?P<percent>[\d.]+)%|(?P<nanoseconds>\d+)ns) (?P<memory>[\d.]+)\s?(?P<unit>[kKMGT]?i?B)"
)
_UNITS = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


@dataclass(frozen=True, slots=True)
class Usage:
    """Memory in bytes, and CPU: percent of one core now (docker), or seconds so far (podman)."""

    memory: int
    percent: float = 0.0
    seconds: float | None = None

    def percent_since(self, before: Usage, seconds: float) -> float:
        """Percent of one core, so many seconds after another usage."""
        if self.seconds is None or before.seconds is None:
            return self.percent
        return 100 * max(0.0, self.seconds - before.seconds) / seconds


def parse_usage(text: str) -> Usage:
    """Read `12.5% 1.2MiB / 16GiB` or `1200000ns 1.2MB / 16GB`. Raises ValueError."""
    found = _SHOWN.match(text)
    if found is None:
        raise ValueError(f"no usage: {text[:80]!r}")
    memory = round(float(found["memory"]) * _UNITS[found["unit"]])
    if found["percent"]:
        return Usage(memory, percent=float(found["percent"]))
    return Usage(memory, seconds=int(found["nanoseconds"]) / 1e9)
