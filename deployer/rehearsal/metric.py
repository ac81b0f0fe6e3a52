"""What one replica of an app uses at a moment, as the Hub sends it.

The shape is that of a job's metrics: huggingface_hub, `HfApi.fetch_job_metrics`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_TOTAL = 16 * 2**30
_REPLICA = "57vr7"


@dataclass(frozen=True, slots=True)
class Metric:
    """What a replica uses: `cpu` in percent of all its `cores`, `memory` in bytes of `total`."""

    cpu: float = 0.0
    memory: int = 0
    total: int = _TOTAL
    cores: int = 2
    replica: str = _REPLICA

    @classmethod
    def of(cls, cpu: float, memory: float, replica: str = _REPLICA) -> Metric:
        """From two percentages."""
        return cls(cpu, round(memory / 100 * _TOTAL), replica=replica)

    def to_json(self) -> dict[str, Any]:
        """As the Hub sends it."""
        return {
            "cpu_usage_pct": self.cpu,
            "cpu_millicores": 1000 * self.cores,
            "memory_used_bytes": self.memory,
            "memory_total_bytes": self.total,
            "rx_bps": 0,
            "tx_bps": 0,
            "gpus": {},
            "replica": self.replica,
        }
