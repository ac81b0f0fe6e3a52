"""The metrics of a running Space, which the Hub streams as server-sent events, about one a second.

Their shape is that of a job's: huggingface_hub, `HfApi.fetch_job_metrics`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from queue import SimpleQueue

import httpx2
from huggingface_hub.utils import get_session

from deployer.space.metrics import Sample
from deployer.space.space import SpaceId
from deployer.world.hub.client import MALFORMED_RESPONSE_ERRORS, Client
from deployer.world.hub.shapes import Mismatch, fields, quantity, text

_SILENCE = 10.0  # seconds; a stream without an event for so long is dead
_MAX_WAITING = 1000  # samples that nobody has taken yet
_MAX_LINE = 64 * 1024  # bytes
_FIELD = "data:"
_metric = fields(
    {"cpu_usage_pct": quantity, "memory_used_bytes": quantity, "memory_total_bytes": quantity},
    {"replica": text},
)


class MetricsStream:
    """The metrics of a Space from now on, streamed in a thread of its own.

    Samples go into `queue`; None follows the last one, however the stream ended: it broke, or this
    Space has none. It has no history: opened again, it continues with what is measured then.
    """

    def __init__(self, client: Client, space: SpaceId) -> None:
        self.queue: SimpleQueue[Sample | None] = SimpleQueue()
        self._url = f"{client.endpoint}/api/spaces/{space}/metrics"
        self._headers = client.headers
        self._is_closed = False
        # a daemon thread: a stream that hangs must not keep the process from exiting
        threading.Thread(target=self._stream, daemon=True).start()

    def close(self) -> None:
        """Take no more samples."""
        self._is_closed = True

    def _stream(self) -> None:
        try:
            with get_session().stream(
                "GET", self._url, headers=self._headers, timeout=_SILENCE
            ) as response:
                if response.status_code == 200:
                    self._read(response)
        except (httpx2.HTTPError, OSError, *MALFORMED_RESPONSE_ERRORS):
            pass  # what is not measured is reported as that
        finally:
            self.queue.put(None)

    def _read(self, response: httpx2.Response) -> None:
        for line in _lines(response.iter_bytes()):
            if self._is_closed:
                return
            sample = _sample(line)
            if sample is not None and self.queue.qsize() < _MAX_WAITING:
                self.queue.put(sample)


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream, up to one that is longer than any event is."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")
        if len(rest) > _MAX_LINE:
            return


def _sample(line: str) -> Sample | None:
    """The sample in a line of the stream; None for any other line, and for nonsense."""
    if not line.startswith(_FIELD):
        return None
    try:
        metric = json.loads(line.removeprefix(_FIELD))
        _metric(metric, "the metric")
        sample = Sample(
            # of all cores: huggingface_hub shows it as `CPU %`, with `cpu_millicores` / 1000 as
            # `NUM CPU` beside it, which are there to be used: `cli/jobs.py`, `jobs_stats`
            cpu=metric["cpu_usage_pct"] / 100,
            memory=metric["memory_used_bytes"] / metric["memory_total_bytes"],
            replica=metric.get("replica") or "",
        )
    except (ValueError, RecursionError, ZeroDivisionError, Mismatch):
        return None
    return sample if sample.is_plausible else None
