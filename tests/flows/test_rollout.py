"""Spaces that sleep, are paused, were moved, never begin to build, or hang."""

from __future__ import annotations

import pytest

from deployer.events import Restarted, WakeUpStarted, Warned
from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.release.verdict import GracePeriods, Verdict
from deployer.request import Restart
from deployer.space.settings import RequestedSettings, Variable
from deployer.space.space import SpaceId
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

OLD = {**APP, "app.py": b"old"}
BUILDING = Step("BUILDING", polls=1)
HASTY = GracePeriods(commit=20.0, restart=10.0)


def restarts(hub: LocalHub) -> list[str]:
    """The restarts that were asked for."""
    return [request.query for request in hub.requests_to("/restart")]


def test_a_paused_space_is_restarted_on_request(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD, stage="PAUSED")
    result = deploy(resume=True)
    assert result.rollout.verdict is Verdict.LIVE
    assert hub.space(SPACE).running == result.commit
    assert len(restarts(hub)) == 1


def test_a_paused_space_that_has_all_files_stays_paused(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, stage="PAUSED")
    deploy()
    result = deploy(restart=Restart.RESTART)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.PAUSED, 0)
    assert hub.space(SPACE).stage == "PAUSED" and not restarts(hub)


def test_a_sleeping_space_that_has_all_files_is_woken_and_checked(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING", polls=3), Step("SLEEPING")))]
    deploy(wait=False)
    client = deploy.client()
    for _ in range(6):
        client.api.get_space_runtime(SPACE)
    hub.wait_until(lambda: hub.space(SPACE).stage == "SLEEPING")
    visits = len(hub.visits)
    result = deploy()
    assert result.rollout.verdict is Verdict.UNCHANGED
    assert hub.space(SPACE).stage == "RUNNING"
    assert deploy.events_of(WakeUpStarted) and len(hub.visits) >= visits + 2


def test_a_space_that_falls_asleep_while_it_is_watched_is_woken_and_checked(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING"), Step("SLEEPING")))]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert hub.space(SPACE).stage == "RUNNING"


@pytest.mark.parametrize(
    ("how", "asked"), [(Restart.RESTART, ""), (Restart.FACTORY, "factory=true")]
)
@pytest.mark.parametrize("wait", [True, False])
def test_an_unchanged_space_is_restarted_on_request(
    deploy: Deployer, hub: LocalHub, how: Restart, asked: str, wait: bool
) -> None:
    deploy()
    hub.scenario.builds = [Build(steps=(Step("APP_STARTING", polls=1), Step("RUNNING")))]
    result = deploy(restart=how, wait=wait)
    assert restarts(hub) == [asked]
    assert result.rollout.verdict is (Verdict.UNCHANGED if wait else Verdict.COMMITTED)


def test_a_changed_space_is_not_restarted_in_addition(deploy: Deployer, hub: LocalHub) -> None:
    deploy(restart=Restart.FACTORY)
    assert not restarts(hub)


def test_an_app_that_fails_after_a_restart_is_a_failure(deploy: Deployer, hub: LocalHub) -> None:
    deploy()
    steps = (Step("APP_STARTING", polls=1), Step("RUNTIME_ERROR"))
    hub.scenario.builds = [Build(steps=steps, stale_polls=2)]
    assert deploy(restart=Restart.RESTART).rollout.verdict is Verdict.CRASHED


def test_the_restart_that_settings_cause_is_waited_for(deploy: Deployer, hub: LocalHub) -> None:
    deploy()
    steps = (Step("APP_STARTING", polls=1), Step("RUNTIME_ERROR"))
    hub.scenario.settings_restart = Build(steps=steps, stale_polls=2, app=None)
    result = deploy(settings=RequestedSettings(variables=(Variable("MODE", "bad"),)))
    assert result.rollout.verdict is Verdict.CRASHED
    assert result.settings == ("variable MODE",)


@pytest.mark.parametrize("sha", [True, False])
def test_the_restart_that_settings_cause_is_not_taken_for_the_commit(
    deploy: Deployer, hub: LocalHub, repo: Repo, sha: bool
) -> None:
    hub.scenario.builds = [Build(sha=sha)]
    deploy(grace=HASTY)
    restarted = (Step("APP_STARTING", polls=1), Step("RUNNING"))
    hub.scenario.settings_restart = Build(steps=restarted, sha=sha, app=None)
    hub.scenario.builds = [
        Build(steps=(BUILDING, Step("RUNNING")), stale_polls=4, sha=sha, app=App(500)),
        Build(steps=(BUILDING, Step("BUILD_ERROR"))),
    ]
    repo.commit({"app.py": b"bad"})
    asked = RequestedSettings(variables=(Variable("MODE", "x"),))
    result = deploy(settings=asked, rollback=False, grace=HASTY)
    assert result.rollout.verdict is Verdict.UNHEALTHY


def test_a_first_build_that_never_starts_is_restarted_once(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(stale=600), Build()]
    result = deploy(grace=HASTY)
    assert result.rollout.verdict is Verdict.LIVE
    assert len(restarts(hub)) == len(deploy.events_of(Restarted)) == 1


def test_a_build_that_never_starts_is_restarted_only_once(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(stale=600)]
    assert deploy(grace=HASTY).rollout.verdict is Verdict.TIMED_OUT
    assert len(restarts(hub)) == 1


def test_a_token_that_may_not_restart_is_a_warning(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(stale=600)]
    hub.scenario.faults = [Fault("POST", "/restart", times=9, status=403)]
    assert deploy(grace=HASTY).rollout.verdict is Verdict.TIMED_OUT
    assert len(deploy.events_of(Warned)) == 1


def test_a_silent_build_is_reported_as_a_platform_problem(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    result = deploy(grace=GracePeriods(silence=20.0))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.TIMED_OUT, 10)
    assert result.rollout.error and "platform" in result.rollout.error.message
    assert result.rolled_back is None


def test_a_renamed_space_is_followed_with_a_warning(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy()
    deploy.client().api.move_repo(SPACE, "julia/renamed", repo_type="space")
    repo.commit({"app.py": b"new"})
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert result.space == SpaceId("julia", "renamed")
    assert hub.files("julia/renamed")["app.py"] == b"new"
    assert any("julia/renamed" in event.message for event in deploy.events_of(Warned))


def test_a_repeated_run_is_unchanged_and_stays_verified(deploy: Deployer, hub: LocalHub) -> None:
    deploy(wait=False)
    assert not hub.tags(SPACE)
    before = commits_sent(hub)
    result = deploy()
    assert result.rollout.verdict is Verdict.UNCHANGED
    assert hub.tags(SPACE) == {"hf-deploy/1": result.commit}
    assert commits_sent(hub) == before
