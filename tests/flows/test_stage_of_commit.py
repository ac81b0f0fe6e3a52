"""A stage of failure from before: the fix is not rolled back for it, a second failure is found."""

from __future__ import annotations

import json

import pytest

from deployer.events import StageChanged
from deployer.flows import watch
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from deployer.world import clock
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

OLD = {**APP, "app.py": b"old"}
BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)
FAILURES = {
    "BUILD_ERROR": Verdict.BUILD_FAILED,
    "RUNTIME_ERROR": Verdict.CRASHED,
    "CONFIG_ERROR": Verdict.MISCONFIGURED,
    "NO_APP_FILE": Verdict.MISCONFIGURED,
}
# seconds from the commit to a verdict that had no sign but the log, for a restart besides
MAX_SECONDS = 180.0


@pytest.fixture(name="broken", params=FAILURES)
def _broken(
    hub: LocalHub, repo: Repo, deploy: Deployer, request: pytest.FixtureRequest
) -> tuple[str, dict[str, bytes]]:
    """The stage of a Space whose last release failed and was left, and the files before that."""
    assert deploy().rollout.verdict is Verdict.LIVE
    healthy = hub.files(SPACE)
    repo.commit({"app.py": b"broken"})
    hub.scenario.builds = [Build(steps=(BUILDING, Step(request.param)))]
    assert deploy(rollback=False).rollout.verdict is FAILURES[request.param]
    repo.commit({"app.py": b"fixed"})
    return request.param, healthy


@pytest.mark.parametrize("polls", [1, 4, 8])
def test_the_fix_of_a_failed_release_is_not_rolled_back_for_the_stage_before(
    hub: LocalHub, deploy: Deployer, broken: tuple[str, dict[str, bytes]], polls: int
) -> None:
    assert hub.space(SPACE).stage == broken[0]
    hub.scenario.builds = [
        Build(steps=(BUILDING, Step("RUNNING")), stale_polls=polls, early_log=True)
    ]
    before = commits_sent(hub)
    result = deploy()
    assert (result.rollout.verdict, result.rolled_back) == (Verdict.LIVE, None)
    assert commits_sent(hub) == before + 1
    assert hub.files(SPACE)["app.py"] == b"fixed"
    assert not hub.requests_to("/restart")


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_second_failure_is_rolled_back_in_bounded_time(
    hub: LocalHub, deploy: Deployer, broken: tuple[str, dict[str, bytes]], is_seen: bool
) -> None:
    stage, healthy = broken
    building = Step("BUILDING", log=("--> once more\n",), polls=2 if is_seen else 0)
    steps = (building, Step(stage))
    again = Build(steps=steps, message="the second one", stale_polls=2, early_log=True)
    hub.scenario.builds = [again, Build()]
    started_at = clock.now()
    result = deploy(timeout=600.0)
    assert (result.rollout.verdict, result.exit_code) == (FAILURES[stage], 8)
    assert result.rollout.error is not None and result.rollout.error.cause == "the second one"
    assert hub.files(SPACE) == healthy
    assert clock.now() - started_at < MAX_SECONDS


@pytest.mark.parametrize("broken", ["CONFIG_ERROR", "BUILD_ERROR"], indirect=True)
def test_a_second_failure_is_found_although_its_log_stays_open(
    hub: LocalHub,
    deploy: Deployer,
    broken: tuple[str, dict[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "_LOG_DELAY", 0.0)  # no line comes any more
    stage, healthy = broken
    hub.scenario.close_logs = False
    steps = (Step("BUILDING", log=("ERROR: once more\n",)), Step(stage))
    hub.scenario.builds = [Build(steps=steps, stale_polls=2, early_log=True), Build()]
    started_at = clock.now()
    result = deploy(timeout=600.0)
    assert (result.rollout.verdict, result.exit_code) == (FAILURES[stage], 8)
    assert hub.files(SPACE) == healthy
    assert clock.now() - started_at < MAX_SECONDS
    assert not hub.requests_to("/restart")


def test_a_second_failure_without_a_log_is_rolled_back_in_bounded_time(
    hub: LocalHub, deploy: Deployer, broken: tuple[str, dict[str, bytes]]
) -> None:
    stage, healthy = broken
    again = Build(steps=(Step("BUILDING"), Step(stage)), message="the second one", stale_polls=2)
    # without a sign of the commit, the Space is restarted, which is a build, too
    restarted = [again] if stage != "CONFIG_ERROR" else []
    hub.scenario.builds = [again, *restarted, Build()]
    hub.scenario.faults = [Fault("GET", "/logs/build", times=99, status=404)]
    started_at = clock.now()
    result = deploy(timeout=600.0)
    assert (result.rollout.verdict, result.exit_code) == (FAILURES[stage], 8)
    assert hub.files(SPACE) == healthy
    assert clock.now() - started_at < MAX_SECONDS


def test_a_fix_without_a_log_is_live(
    hub: LocalHub, deploy: Deployer, broken: tuple[str, dict[str, bytes]]
) -> None:
    assert hub.space(SPACE).stage == broken[0]
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING")), stale_polls=5)]
    hub.scenario.faults = [Fault("GET", "/logs/build", times=99, status=404)]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_fix_is_live_although_the_running_commit_is_not_named(
    hub: LocalHub, deploy: Deployer, broken: tuple[str, dict[str, bytes]]
) -> None:
    assert hub.space(SPACE).stage == broken[0]
    steps = (BUILDING, Step("APP_STARTING", polls=1), Step("RUNNING"))
    hub.scenario.builds = [Build(steps=steps, stale_polls=5, early_log=True, sha=False)]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_the_rollback_of_a_failed_deploy_is_not_taken_for_a_failure(
    hub: LocalHub, repo: Repo, deploy: Deployer
) -> None:
    assert deploy().rollout.verdict is Verdict.LIVE
    healthy = hub.files(SPACE)
    repo.commit({"app.py": b"broken"})
    hub.scenario.builds = [
        Build(steps=(BUILDING, Step("BUILD_ERROR"))),
        Build(steps=(BUILDING, Step("RUNNING")), stale_polls=6, early_log=True),
    ]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == healthy


@pytest.mark.parametrize("stage", [*FAILURES, "PAUSED", "STOPPED"])
def test_a_single_stage_from_a_replica_that_lags_fails_no_deploy(
    hub: LocalHub, deploy: Deployer, stage: str
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=4), Step("RUNNING")))]
    stale = Fault("GET", "/runtime", after=2, status=200, body=json.dumps({"stage": stage}))
    hub.scenario.faults = [stale]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert stage in [event.stage for event in deploy.events_of(StageChanged)]


def test_a_single_head_from_a_replica_that_lags_supersedes_no_deploy(
    hub: LocalHub, deploy: Deployer
) -> None:
    parent = hub.add_space(SPACE, OLD, running=None).head
    steps = (BUILDING, Step("RUNNING"))
    hub.scenario.builds = [Build(steps=steps, sha=False)]
    info = {"_id": "0" * 24, "id": SPACE, "sha": parent, "private": False, "sdk": "gradio"}
    stale = Fault("GET", r"/api/spaces/julia/demo\?expand", status=200, body=json.dumps(info))

    def lag() -> None:
        hub.scenario.faults = [stale]

    hub.scenario.faults = [Fault("POST", "/commit/", conflict=lag)]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(hub.requests_to(f"/api/spaces/{SPACE}")) > 2
