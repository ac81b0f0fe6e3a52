"""The metrics of a running Space: who may read them, in what shape, and of which processes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import httpx2
import pytest

from deployer.rehearsal import App, Fault, LocalHub, Metric, Metrics, process_table
from deployer.rehearsal.store import HostedSpace

WEB = httpx2.Client()
SAMPLES = (Metric.of(80, 50, "a"), Metric.of(20, 25, "b"), "nonsense")
StartSpace = Callable[..., tuple[HostedSpace, list[str]]]


@contextmanager
def _stream(
    hub: LocalHub, space: HostedSpace, token: str | None = "hf_write"
) -> Iterator[httpx2.Response]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    url = f"{hub.url}/api/spaces/{space.id}/metrics"
    with WEB.stream("GET", url, headers=headers, timeout=60) as answer:
        yield answer


def _data(answer: httpx2.Response, count: int) -> list[str]:
    """The data of the next events."""
    lines = (line for line in answer.iter_lines() if line.startswith("data: "))
    return [line.removeprefix("data: ") for line in islice(lines, count)]


def _read(hub: LocalHub, space: HostedSpace, count: int) -> list[dict[str, Any]]:
    with _stream(hub, space) as answer:
        return [json.loads(data) for data in _data(answer, count)]


@pytest.fixture(name="measured")
def _measured(hub: LocalHub) -> HostedSpace:
    """A scripted Space with metrics."""
    return hub.add_space("julia/app", {}, app=App(metrics=Metrics(SAMPLES)))


def test_the_samples_of_a_script_are_events_in_the_shape_of_the_hub(
    hub: LocalHub, measured: HostedSpace
) -> None:
    with _stream(hub, measured) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        first, second, third = _data(answer, 3)
    assert json.loads(first) == {
        "cpu_usage_pct": 80,
        "cpu_millicores": 2000,
        "memory_used_bytes": 8 * 2**30,
        "memory_total_bytes": 16 * 2**30,
        "rx_bps": 0,
        "tx_bps": 0,
        "gpus": {},
        "replica": "a",
    }
    assert (json.loads(second)["replica"], third) == ("b", "nonsense")


def test_a_stream_has_no_history_and_continues_where_the_one_before_was_cut(
    hub: LocalHub, measured: HostedSpace
) -> None:
    hub.scenario.faults = [Fault("GET", "/metrics", cut_after_events=1)]
    with _stream(hub, measured) as answer, pytest.raises(httpx2.RemoteProtocolError):
        assert [json.loads(data)["replica"] for data in _data(answer, 9)] == ["a"]
    with _stream(hub, measured) as answer:
        assert _data(answer, 1) == ["nonsense"]


def test_only_members_may_read_them(hub: LocalHub, measured: HostedSpace) -> None:
    for token, status in (("hf_read", 200), (None, 401), ("hf_unknown", 401)):
        with _stream(hub, measured, token) as answer:
            assert answer.status_code == status
    other = hub.add_space("someone/else", {}, app=App(metrics=Metrics(SAMPLES)))
    with _stream(hub, other) as answer:
        assert answer.status_code == 403


def test_a_space_without_metrics_or_without_an_app_has_no_stream(
    hub: LocalHub, space: HostedSpace
) -> None:
    asleep = hub.add_space("julia/asleep", {}, stage="SLEEPING", app=App(metrics=Metrics(SAMPLES)))
    for one in (space, asleep):
        with _stream(hub, one) as answer:
            assert answer.status_code == 404


@pytest.mark.real
@pytest.mark.skipif(not process_table.exists(), reason="needs /proc")
def test_a_real_space_is_measured_with_all_of_its_processes(
    real_hub: LocalHub, start_space: StartSpace
) -> None:
    busy, _ = start_space("busy")
    samples = _read(real_hub, busy, 3)
    assert {sample["memory_total_bytes"] for sample in samples} == {process_table.total_memory()}
    assert all(200e6 < sample["memory_used_bytes"] < 1e9 for sample in samples)
    # one core, of which other programs of this machine take their part
    most = 100 / process_table.cores()
    assert all(sample["cpu_usage_pct"] < 1.3 * most for sample in samples)
    assert max(sample["cpu_usage_pct"] for sample in samples) > most / 20


@pytest.mark.real
@pytest.mark.skipif(not process_table.exists(), reason="needs /proc")
def test_a_real_space_that_does_nothing_uses_no_cpu_and_its_stream_ends_with_it(
    real_hub: LocalHub, start_space: StartSpace
) -> None:
    idle, _ = start_space("plain-hello")
    with _stream(real_hub, idle) as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("data: "))
        sample = json.loads(next(lines).removeprefix("data: "))
        assert sample["cpu_usage_pct"] < 5 and 1e6 < sample["memory_used_bytes"] < 100e6
        real_hub.commit(idle.id, {"app.py": b"raise SystemExit(1)\n"})
        assert len(list(lines)) < 60
    static = start_space("static")[0]
    with _stream(real_hub, static) as answer:
        assert answer.status_code == 404
