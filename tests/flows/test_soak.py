"""Soak: an app that fails after it was healthy is unhealthy; a newer commit is not an error.

Each look is due at a time of its own, on a clock that only waiting moves (`no_waits`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from deployer.events import SoakStarted, Warned
from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from deployer.request import Health
from tests.conftest import APP, SPACE, Repo
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

SOAKED = Health(timeout=30.0, soak=15.0)
BRIEFLY = replace(SOAKED, soak=1.5)  # looked at after 0.25, 0.63, 1.19 and 1.5 seconds
MODULE = "ModuleNotFoundError: No module named 'cv2'\n"
BUILDING = Step("BUILDING", polls=1)


def _after_a_while(stage: str, *, log: str = "", message: str | None = None) -> Build:
    steps = (BUILDING, Step("RUNNING", polls=3), Step(stage, log=(log,)))
    return Build(steps=steps, message=message)


def _flapping(*statuses: int) -> Build:
    return Build(app=App(statuses=statuses))


def _visits(hub: LocalHub) -> int:
    return sum(visit.headers.get("user-agent") == "hf-deploy" for visit in hub.visits)


def test_an_app_that_stays_healthy_is_live(deploy: Deployer, hub: LocalHub) -> None:
    result = deploy(health=BRIEFLY)
    assert (result.rollout.verdict, result.rollout.warnings) == (Verdict.LIVE, ())
    assert deploy.events_of(SoakStarted) == [SoakStarted(1.5)]
    assert _visits(hub) == 1 + 4
    assert 1.5 <= result.seconds


def test_a_long_soak_polls_less_often_over_time_within_limits(
    deploy: Deployer, hub: LocalHub
) -> None:
    deploy(health=replace(SOAKED, soak=30.0))
    # eight in the first 13 seconds, then each five
    assert _visits(hub) == 1 + 8 + 4


def test_without_a_soak_the_app_is_not_probed_again(deploy: Deployer, hub: LocalHub) -> None:
    deploy()
    assert not deploy.events_of(SoakStarted)
    assert _visits(hub) == 1


def test_an_app_that_crashes_later_is_unhealthy_with_the_cause_in_the_log(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [_after_a_while("RUNTIME_ERROR", log=MODULE)]
    result = deploy(health=SOAKED)
    rollout = result.rollout
    assert (rollout.verdict, result.exit_code) == (Verdict.UNHEALTHY, 9)
    assert rollout.log[-1] == MODULE.strip()
    assert rollout.error is not None and rollout.error.cause == MODULE.strip()
    assert (
        "became unhealthy during the soak" in rollout.error.message
        and "cv2" in rollout.error.message
    )
    assert "opencv" in rollout.error.fix and "?logs=container" in rollout.error.fix


def test_an_unknown_crash_names_the_stage_and_the_message_of_the_hub(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [_after_a_while("RUNTIME_ERROR", message="Exit code: 3")]
    error = deploy(health=SOAKED).rollout.error
    assert error is not None
    assert "RUNTIME_ERROR" in error.cause and "Exit code: 3" in error.cause


def test_an_app_that_restarts_by_itself_is_unhealthy(deploy: Deployer, hub: LocalHub) -> None:
    # nothing serves while it starts
    hub.scenario.builds = [
        Build(steps=(BUILDING, Step("RUNNING", polls=3), Step("STOPPED"), Step("APP_STARTING")))
    ]
    rollout = deploy(health=SOAKED).rollout
    assert rollout.verdict is Verdict.UNHEALTHY
    assert rollout.error is not None and "APP_STARTING" in rollout.error.cause


@pytest.mark.parametrize(
    ("stage", "verdict", "code"),
    [("PAUSED", Verdict.PAUSED, 0), ("STOPPED", Verdict.STOPPED, 9)],
)
def test_a_manual_stage_change_has_its_own_verdict(
    deploy: Deployer, hub: LocalHub, stage: str, verdict: Verdict, code: int
) -> None:
    hub.scenario.builds = [_after_a_while(stage)]
    result = deploy(health=SOAKED)
    assert (result.rollout.verdict, result.exit_code) == (verdict, code)


@pytest.mark.parametrize("stage", ["RUNNING_BUILDING", "DEFRAGMENTING"])
def test_a_serving_or_unknown_stage_does_not_fail_the_soak(
    deploy: Deployer, hub: LocalHub, stage: str
) -> None:
    # a step of another name would stop the app of the script
    steps = (BUILDING, Step("RUNNING", polls=3), Step("BUILDING"))
    hub.scenario.builds = [Build(steps=steps)]
    if stage == "DEFRAGMENTING":
        body = f'{{"stage": "{stage}"}}'
        hub.scenario.builds = []
        deploy.upon[SoakStarted] = lambda: hub.scenario.faults.append(
            Fault("GET", "/runtime", 99, status=200, body=body)
        )
    assert deploy(health=SOAKED).rollout.verdict is Verdict.LIVE


def test_an_app_that_stops_answering_is_unhealthy(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [_flapping(200, 200, 500)]
    result = deploy(health=SOAKED)
    assert result.rollout.verdict is Verdict.UNHEALTHY
    error = result.rollout.error
    assert error is not None
    assert "HTTP 500" in error.cause and str(result.app_url) in error.cause


def test_a_single_failed_probe_is_repeated_and_does_not_count(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [_flapping(200, 500, 200, 503, 200)]
    assert deploy(health=SOAKED).rollout.verdict is Verdict.LIVE
    # both bad answers came, and the last ones were good
    assert _visits(hub) > 5


def test_an_app_that_denies_access_later_does_not_fail_the_soak(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [_flapping(200, 401)]
    assert deploy(health=replace(SOAKED, path="/health")).rollout.verdict is Verdict.LIVE


def test_the_soak_probes_the_health_path(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(paths={"/health": 204}, status=500))]
    assert deploy(health=replace(SOAKED, path="/health")).rollout.verdict is Verdict.LIVE
    assert {visit.path for visit in hub.visits} == {"/health"}


def test_a_newer_commit_on_top_supersedes_without_an_error(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(), Build(steps=(Step("BUILDING"), Step("RUNNING")))]

    def push() -> None:
        newer = hub.commit(SPACE, {"x": b"newer"})
        hub.wait_until(lambda: hub.space(SPACE).running == newer)

    deploy.upon[SoakStarted] = push
    result = deploy(health=SOAKED)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.SUPERSEDED, 0)
    assert "/commits/main" in result.rollout.warnings[0]


def test_a_newer_commit_that_fails_does_not_fail_the_soak(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(), Build(steps=(Step("BUILD_ERROR"),))]

    def push() -> None:
        hub.commit(SPACE, {"x": b"newer"})
        hub.wait_until(lambda: hub.space(SPACE).stage == "BUILD_ERROR")

    deploy.upon[SoakStarted] = push
    rollout = deploy(health=SOAKED).rollout
    assert rollout.verdict is Verdict.SUPERSEDED
    # found out by the soak itself, and not only when it was about to take anything back
    assert rollout.warnings[0].startswith(Verdict.SUPERSEDED.headline)


def test_a_temporary_hub_error_does_not_fail_the_soak(deploy: Deployer, hub: LocalHub) -> None:
    deploy.upon[SoakStarted] = lambda: hub.scenario.faults.append(
        Fault("GET", "/runtime", times=99, status=503)
    )
    assert deploy(health=SOAKED).rollout.verdict is Verdict.LIVE
    assert deploy.events_of(Warned)


def test_an_app_that_denies_access_is_soaked_by_its_stages_only(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(app=App(status=401))]
    result = deploy(health=SOAKED)
    assert result.rollout.verdict is Verdict.LIVE
    assert "not checked" in result.rollout.warnings[0]
    assert _visits(hub) == 3
    hub.commit(SPACE, {"x": b"changed by hand"})
    crashing: Any = replace(_after_a_while("RUNTIME_ERROR"), app=App(status=401))
    hub.scenario.builds = [crashing]
    assert deploy(health=SOAKED).rollout.verdict is Verdict.UNHEALTHY


def test_the_stage_of_a_static_space_is_not_polled(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"README.md": b"---\nsdk: static\n---\n", "index.html": b"<p>1</p>"})
    deploy()
    asked = len(hub.requests_to("/runtime"))
    deploy()
    watched = len(hub.requests_to("/runtime")) - asked
    before = _visits(hub)
    assert deploy(health=SOAKED).rollout.verdict is Verdict.UNCHANGED
    assert len(hub.requests_to("/runtime")) == asked + 2 * watched
    assert _visits(hub) >= before + 3


def test_an_unchanged_space_is_soaked(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, app=App(statuses=(200, 500)))
    assert deploy(health=SOAKED).rollout.verdict is Verdict.UNHEALTHY


@pytest.mark.parametrize("stage", ["BUILDING", "RUNTIME_ERROR", "PAUSED"])
def test_a_single_stage_from_a_replica_that_lags_does_not_end_a_soak(
    deploy: Deployer, hub: LocalHub, stage: str
) -> None:
    stale = Fault("GET", "/runtime", status=200, body=json.dumps({"stage": stage}))
    deploy.upon[SoakStarted] = lambda: hub.scenario.faults.append(stale)
    result = deploy(health=BRIEFLY)
    assert (result.rollout.verdict, result.rollout.warnings) == (Verdict.LIVE, ())
