"""The gates of a promotion: measured on the source, before anything is sent."""

from __future__ import annotations

import pytest

from deployer.rehearsal import App, Build, Fault, LocalHub, Metric, Metrics
from deployer.release.outcome import DeployResult
from deployer.release.verdict import Verdict
from deployer.request import Gates, Verify
from deployer.space.metrics import Limits
from tests.conftest import Repo
from tests.flows.conftest import FILES, PRODUCTION, STAGING, Deployer, Promoter

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")


def test_an_old_release_passes_the_gate_and_a_young_one_does_not(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    closed = promote(gates=Gates(min_age=3600.0, soak=60.0))
    assert (closed.rollout.verdict, closed.exit_code) == (Verdict.GATE_CLOSED, 12)
    assert [(gate.name, gate.is_open) for gate in closed.gates] == [
        ("min-age", False),
        ("gate-soak", None),
    ]
    assert closed.rollout.error is not None and "min-age 1h:" in closed.rollout.error.cause
    assert hub.spaces() == [str(STAGING)]
    assert promote(gates=Gates(min_age=0.001)).changed


@pytest.mark.parametrize(
    ("app", "gates", "name"),
    [
        (App(statuses=(200, 200, 200, 500)), Gates(soak=60.0), "gate-soak"),
        (App(), Gates(verify=Verify("echo no; exit 3"), soak=60.0), "gate-verify"),
    ],
)
def test_what_fails_on_the_source_closes_its_gate(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    promote: Promoter,
    app: App,
    gates: Gates,
    name: str,
) -> None:
    repo.commit(FILES)
    hub.scenario.builds = [Build(app=app)]
    deploy(space=STAGING)
    closed = promote(gates=gates)
    assert [gate.name for gate in closed.gates if gate.is_open is False] == [name]
    assert closed.exit_code == 12 and hub.spaces() == [str(STAGING)]


@pytest.mark.parametrize(
    ("limits", "is_open"),
    [
        (Limits(max_cpu=0.5, max_memory=0.5), {"max-cpu": True, "max-memory": True}),
        (Limits(max_cpu=0.1), {"max-cpu": False}),
        (Limits(max_memory=0.3), {"max-memory": False}),
    ],
)
def test_what_the_source_uses_of_its_machine_is_a_gate(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    promote: Promoter,
    limits: Limits,
    is_open: dict[str, bool],
) -> None:
    repo.commit(FILES)
    metrics = Metrics([Metric.of(60, 40), Metric.of(20, 10)])
    hub.scenario.builds = [Build(app=App(metrics=metrics))]
    deploy(space=STAGING)
    result = promote(gates=Gates(soak=1.0, limits=limits))
    measured = {gate.name: gate for gate in result.gates if gate.name != "gate-soak"}
    assert {name: gate.is_open for name, gate in measured.items()} == is_open
    assert result.exit_code == (0 if all(is_open.values()) else 12)
    peaks = {"max-cpu": "peak 60%", "max-memory": "peak 40%"}
    assert all(peaks[name] in str(gate.measured) for name, gate in measured.items())


@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_soak_that_the_metrics_hardly_cover_closes_its_gate_unless_that_is_allowed(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter, is_allowed: bool
) -> None:
    repo.commit(FILES)
    hub.scenario.builds = [Build(app=App(metrics=Metrics([Metric.of(5, 5)] * 60)))]
    deploy(space=STAGING)
    hub.scenario.faults = [
        Fault("GET", "/metrics", cut_after_events=1),
        Fault("GET", "/metrics", times=99, after=1, status=500),
    ]
    limits = Limits(max_cpu=0.8)
    result = promote(gates=Gates(soak=600.0, limits=limits, allow_unmeasured=is_allowed))
    gate = result.gates[-1]
    assert (gate.name, gate.measured, gate.is_open) == ("max-cpu", None, is_allowed)
    assert "the Hub's metrics cover" in promote.warnings and "of 10m only" in promote.warnings
    assert (str(PRODUCTION) in hub.spaces()) is is_allowed


def test_an_app_that_could_not_be_probed_is_said_to_be_running_only(
    repo: Repo, hub: LocalHub, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(FILES)
    hub.scenario.builds = [Build(app=App(statuses=(200, 401)))]
    deploy(space=STAGING)
    result = promote(gates=Gates(soak=1.0, allow_unmeasured=True))
    assert (result.gates[0].measured, result.gates[0].is_open) == (
        "running all the time, not probed",
        True,
    )
    assert "401" in promote.warnings


@pytest.mark.parametrize("is_allowed", [False, True])
def test_what_cannot_be_measured_closes_its_gate_unless_that_is_allowed(
    hub: LocalHub, staged: DeployResult, promote: Promoter, is_allowed: bool
) -> None:
    assert staged.changed
    gates = Gates(soak=1.0, limits=Limits(max_cpu=0.5), allow_unmeasured=is_allowed)
    result = promote(gates=gates)
    assert [(gate.name, gate.measured, gate.is_open) for gate in result.gates][1:] == [
        ("max-cpu", None, is_allowed)
    ]
    assert result.exit_code == (0 if is_allowed else 12)
    assert (str(PRODUCTION) in hub.spaces()) is is_allowed


def test_a_source_that_is_paused_during_the_soak_closes_the_gate(
    hub: LocalHub, staged: DeployResult, promote: Promoter
) -> None:
    assert staged.changed
    pause = Fault("GET", "staging/runtime", after=1, conflict=lambda: _set_stage(hub, "PAUSED"))
    hub.scenario.faults = [pause]
    closed = promote(gates=Gates(soak=60.0))
    assert closed.exit_code == 12 and closed.gates[0].measured == "the Space is paused"
    assert hub.spaces() == [str(STAGING)]


def _set_stage(hub: LocalHub, stage: str) -> None:
    hub.space(str(STAGING)).runtime.stage = stage
