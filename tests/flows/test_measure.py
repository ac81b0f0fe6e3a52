"""CPU and memory are measured during a soak: over a limit is unhealthy, unmeasured is not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from deployer.events import SoakStarted
from deployer.rehearsal import App, Build, Fault, LocalHub, Metric, Metrics
from deployer.release.outcome import RolloutResult
from deployer.release.verdict import Verdict
from deployer.request import Health
from deployer.space.metrics import Limits, Usage
from tests.conftest import CARD, Repo
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

LIMITS = Limits(max_cpu=0.8, max_memory=0.9)
# shorter than what a sample covers: when the samples come depends on the machine
SOAKED = Health(timeout=30.0, soak=4.0, limits=LIMITS)
METRICS = "/api/spaces/[^/]+/[^/]+/metrics"
QUIET = Metric.of(10, 20)
UNMEASURED = "CPU and memory not measured: the Hub sent no metrics of the running app"


def _build(*samples: Metric | str, **more: Any) -> Build:
    return Build(app=App(metrics=Metrics(samples), **more))


def _measured(deploy: Deployer, hub: LocalHub, *samples: Metric | str) -> RolloutResult:
    """The result of a deploy whose app uses this during its soak."""
    hub.scenario.builds = [_build(*samples)]
    return deploy(health=SOAKED).rollout


def test_an_app_within_its_limits_is_live_with_its_figures(deploy: Deployer, hub: LocalHub) -> None:
    rollout = _measured(deploy, hub, Metric.of(100, 50), Metric.of(60, 90), Metric.of(80, 40))
    assert (rollout.verdict, rollout.warnings) == (Verdict.LIVE, ())
    assert rollout.usage == Usage(
        1.0,
        pytest.approx(0.8),
        pytest.approx(0.9),
        pytest.approx(0.6),
        3,
        pytest.approx(4.0, abs=0.5),
    )
    assert rollout.checks[-1].passed is True


def test_too_much_cpu_on_average_is_unhealthy_with_figures(deploy: Deployer, hub: LocalHub) -> None:
    rollout = _measured(deploy, hub, Metric.of(100, 50), Metric.of(80, 50))
    assert rollout.verdict is Verdict.UNHEALTHY and rollout.error is not None
    assert rollout.error.cause == "CPU: 90% on average, peak 100%, limit 80%"
    assert "--max-cpu" in rollout.error.fix and rollout.checks[-1].passed is False
    assert rollout.usage is not None and rollout.usage.samples == 2


def test_a_peak_of_memory_is_unhealthy(deploy: Deployer, hub: LocalHub) -> None:
    error = _measured(deploy, hub, QUIET, Metric.of(10, 95), QUIET).error
    assert error is not None
    assert error.cause == "memory: peak 95%, 45% on average, limit 90%"


def test_the_busiest_replica_counts(deploy: Deployer, hub: LocalHub) -> None:
    samples = [Metric.of(cpu, 10, name) for name, cpu in (("a", 1), ("b", 95), ("c", 2))]
    error = _measured(deploy, hub, *samples).error
    assert error is not None and error.cause == "CPU: 95% on average, peak 95%, limit 80%"


def test_over_a_limit_is_rolled_back_to_a_release_that_is_not_judged_by_it(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.scenario.builds = [_build(Metric.of(99, 50))]
    first = deploy(health=replace(SOAKED, limits=Limits()))
    repo.commit({"app.py": b"while True: pass\n"})
    result = deploy(health=SOAKED)
    assert result.rollout.verdict is Verdict.UNHEALTHY and result.exit_code == 8
    assert result.rolled_back is not None and result.rolled_back.healthy
    assert result.rolled_back.to.commit == first.commit
    assert result.rolled_back.rollout.usage is not None


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(Build(), id="no metrics"),
        pytest.param(_build(), id="a silent stream"),
        pytest.param(_build("{", "[1]", "7", "null", "{}", "[" * 9000), id="no metrics in it"),
        pytest.param(_build(replace(QUIET, total=0)), id="no memory at all"),
        pytest.param(_build(Metric.of(-1, 5), Metric.of(5, -1)), id="below zero"),
        pytest.param(_build(Metric.of(float("nan"), 5)), id="no number"),
        pytest.param(_build(Metric.of(110, 5), Metric.of(5, 110)), id="more than there can be"),
        pytest.param(_build(Metric.of(float("inf"), 5)), id="infinite"),
        pytest.param(_build(replace(QUIET, memory=10**400)), id="too large for a float"),
        pytest.param(_build(replace(QUIET, cpu="90")), id="text"),  # type: ignore[arg-type]
        pytest.param(_build(replace(QUIET, cpu=True)), id="a boolean"),
    ],
)
def test_what_is_not_measured_is_a_warning_and_never_a_failure(
    deploy: Deployer, hub: LocalHub, build: Build
) -> None:
    hub.scenario.builds = [build]
    rollout = deploy(health=SOAKED).rollout
    assert (rollout.verdict, rollout.warnings) == (Verdict.LIVE, (UNMEASURED,))
    assert rollout.usage is None and rollout.checks[-1].passed is None


def test_nonsense_between_good_samples_is_dropped(deploy: Deployer, hub: LocalHub) -> None:
    rollout = _measured(deploy, hub, QUIET, "{", Metric.of(1e9, 1), QUIET)
    assert rollout.usage is not None
    assert (rollout.usage.samples, rollout.usage.peak_cpu) == (2, 0.1)


def test_a_soak_that_the_metrics_hardly_cover_is_not_measured(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [_build(Metric.of(99, 99), *[Metric.of(160, 10)] * 60)]
    rollout = deploy(health=replace(SOAKED, soak=60.0)).rollout
    assert rollout.verdict is Verdict.LIVE and rollout.checks[-1].passed is None
    assert "the Hub's metrics cover" in rollout.warnings[0] and "of 1m only" in rollout.warnings[0]
    assert rollout.usage is not None and rollout.usage.samples == 1


def test_without_limits_nothing_is_warned_of(deploy: Deployer) -> None:
    rollout = deploy(health=replace(SOAKED, limits=Limits())).rollout
    assert (rollout.verdict, rollout.warnings) == (Verdict.LIVE, ())


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", METRICS, cut_after_events=1),
        Fault("GET", METRICS, drop="before"),
        Fault("GET", METRICS, status=503),
        Fault("GET", METRICS, status=404),
        Fault("GET", METRICS, status=200, body="<html>", headers={"Content-Type": "text/html"}),
    ],
)
def test_a_stream_that_broke_is_opened_again(deploy: Deployer, hub: LocalHub, fault: Fault) -> None:
    hub.scenario.faults = [fault]
    rollout = _measured(deploy, hub, *[Metric.of(95, 10)] * 6)
    assert rollout.verdict is Verdict.UNHEALTHY
    assert len(hub.requests_to(METRICS)) == 2


def test_a_stream_that_always_fails_is_opened_less_and_less_often(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.faults = [Fault("GET", METRICS, times=10_000, status=500)]
    deploy(health=replace(SOAKED, soak=600.0))
    assert 10 < len(hub.requests_to(METRICS)) < 40


def test_a_stream_without_an_answer_does_not_hold_the_soak(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.faults = [Fault("GET", METRICS, times=99, hang=True)]
    rollout = _measured(deploy, hub, QUIET)
    assert (rollout.verdict, rollout.warnings) == (Verdict.LIVE, (UNMEASURED,))


def test_a_stream_is_given_up_at_a_line_longer_than_an_event(
    deploy: Deployer, hub: LocalHub
) -> None:
    good = f"data: {json.dumps(QUIET.to_json())}\n\n"
    for size, usage in ((1_000, Usage), (10_000_000, type(None))):
        body = f"data: {'x' * size}\n\n{good}"
        hub.scenario.faults = [Fault("GET", METRICS, times=99, status=200, body=body)]
        assert isinstance(_measured(deploy, hub, QUIET).usage, usage)


def test_an_app_that_fails_is_the_cause_whatever_it_uses(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [_build(Metric.of(99, 99), statuses=(200, 500))]
    rollout = deploy(health=SOAKED).rollout
    assert rollout.error is not None and "HTTP 500" in rollout.error.cause
    assert rollout.usage is not None


def test_a_static_space_is_not_measured(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"README.md": CARD.replace(b"gradio", b"static"), "index.html": b"Hello"})
    rollout = deploy(health=SOAKED).rollout
    assert rollout.verdict is Verdict.LIVE
    assert rollout.warnings == ("CPU and memory not measured: a static Space has no container",)
    assert not hub.requests_to(METRICS)


def test_without_a_soak_nothing_is_measured(deploy: Deployer, hub: LocalHub) -> None:
    rollout = deploy(health=Health(timeout=30.0)).rollout
    assert rollout.usage is None and not deploy.events_of(SoakStarted)
    assert not hub.requests_to(METRICS)
