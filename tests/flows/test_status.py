"""Looking at a Space changes nothing, wakes nothing, and sees what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deployer.errors import NotAllowed
from deployer.events import Restarted, StageChanged, Verified, WakeUpStarted, Warned
from deployer.flows import status as flow
from deployer.flows.operation import Operation
from deployer.rehearsal import App, Build, LocalHub, Step
from deployer.release.history import ReleaseLog, ReleaseState
from deployer.release.outcome import DeployResult
from deployer.release.status import SpaceState, Status
from deployer.release.verdict import GracePeriods, Verdict
from deployer.request import Health, Verify
from deployer.space.space import Space, SpaceId
from deployer.world import clock
from tests.conftest import APP, SPACE, Repo, changes_asked
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

FAILING = Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR", log=("boom\n",))))


def _look(deploy: Deployer, token: str | None = None, **more: Any) -> Status:
    deploy.events.clear()
    return flow.read_status(deploy.operation(token, **more))


def _look_back(deploy: Deployer, token: str | None = None, **more: Any) -> tuple[Space, ReleaseLog]:
    deploy.events.clear()
    return flow.read_history(deploy.operation(token, **more))


def _attach(deploy: Deployer, token: str | None = "hf_write", **more: Any) -> DeployResult:
    deploy.events.clear()
    request = deploy.request(grace=GracePeriods(commit=20.0), **more)
    return flow.wait_for_head(Operation(deploy.client(token), request, deploy.events.append))


def _public(deploy: Deployer, hub: LocalHub) -> DeployResult:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    return deploy()


def test_a_release_that_runs(deploy: Deployer, hub: LocalHub) -> None:
    result = _public(deploy, hub)
    before = len(hub.requests)
    status = _look(deploy)
    assert (status.state, status.running) == (SpaceState.LIVE, result.commit)
    assert status.entry and status.entry.record.number == 1 and status.verified is True
    assert status.entry.record.source == result.source
    assert (status.health.checked, status.health.healthy) == (True, True)
    assert status.app_url == hub.space(SPACE).url
    assert {request.method for request in hub.requests[before:]} == {"GET"}


def test_an_unhealthy_app(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, app=App(status=503))
    status = _look(deploy, health=Health(timeout=5.0))
    assert (status.state, status.health.healthy) == (SpaceState.UNHEALTHY, False)
    assert status.health.detail and "503" in status.health.detail


def test_a_health_path_of_its_own(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, app=App(paths={"/ready": 404}))
    assert _look(deploy).state is SpaceState.LIVE
    status = _look(deploy, health=Health("/ready", timeout=5.0))
    assert status.state is SpaceState.UNHEALTHY


def test_an_app_that_does_not_answer_this_machine_is_not_checked(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP, app=App(status=403))
    status = _look(deploy)
    assert (status.state, status.health.checked) == (SpaceState.LIVE, False)
    assert status.health.detail


@pytest.mark.parametrize("stage", ["SLEEPING", "PAUSED", "RUNTIME_ERROR", "BUILDING", "STOPPED"])
def test_a_space_that_does_not_run_is_not_probed(
    deploy: Deployer, hub: LocalHub, stage: str
) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    status = _look(deploy, token="hf_write")
    assert hub.visits == [] and hub.space(SPACE).stage == stage
    assert not status.health.checked and status.commit and status.commit.id == status.space.head
    assert changes_asked(hub) == []


def test_a_status_runs_no_command_and_no_soak(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    hub.add_space(SPACE, APP)
    token_fingerprint = repo.root / "mark"
    status = _look(
        deploy, verify=Verify(f"touch {token_fingerprint}"), health=Health(timeout=2.0, soak=60.0)
    )
    assert status.state is SpaceState.LIVE and not token_fingerprint.exists()


def test_commits_by_someone_else(deploy: Deployer, hub: LocalHub) -> None:
    ours = _public(deploy, hub)
    theirs = hub.commit(SPACE, {"x": b"1"}, title="Mine", author="mallory")
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    status = _look(deploy)
    assert (status.state, status.running) == (SpaceState.DRIFTED, theirs)
    assert [(c.id, c.author, c.title) for c in status.log.drift] == [(theirs, "mallory", "Mine")]
    assert status.commit and status.commit.id == theirs and status.entry is None
    assert status.log.entries[0].record.id == ours.commit


def test_an_older_commit_that_runs(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, running="c" * 40)
    status = _look(deploy)
    assert (status.state, status.commit) == (SpaceState.DRIFTED, None)


def test_a_static_space_runs_its_head(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, sdk="static")
    status = _look(deploy)
    assert (status.state, status.running) == (SpaceState.LIVE, hub.space(SPACE).head)


def test_a_private_space_is_shown_with_a_read_token(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, private=True)
    assert _look(deploy, "hf_read").health.healthy is True
    assert not _look_back(deploy, "hf_read")[1].entries
    for token in (None, "hf_nobody"):
        with pytest.raises(NotAllowed):
            _look(deploy, token)


@pytest.mark.parametrize("token", [None, "hf_read"])
def test_a_missing_space(deploy: Deployer, token: str | None) -> None:
    for act in (_look, _look_back, _attach):
        with pytest.raises(NotAllowed) as caught:
            act(deploy, token)
        assert SPACE in caught.value.cause and caught.value.fix


def test_a_renamed_space(deploy: Deployer, hub: LocalHub) -> None:
    _public(deploy, hub)
    deploy.client().api.move_repo(SPACE, "julia/renamed", repo_type="space")
    status, (_, log), result = _look(deploy), _look_back(deploy), _attach(deploy)
    assert str(status.space.id) == str(result.space) == "julia/renamed"
    assert len(log.entries) == 1 and status.state is SpaceState.LIVE
    for act in (_look, _look_back, _attach):
        act(deploy)
        assert "julia/renamed" in deploy.events_of(Warned)[0].message


def test_the_history_of_healthy_and_failed_releases(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    _public(deploy, hub)
    hub.scenario.builds = [FAILING, Build()]
    repo.commit({"app.py": b"broken"})
    deploy()
    space, log = _look_back(deploy)
    assert [entry.state for entry in log.entries] == [
        ReleaseState.VERIFIED,
        ReleaseState.ROLLED_BACK,
        ReleaseState.VERIFIED,
    ]
    assert [entry.reason for entry in log.entries] == [None, "build-failed", None]
    assert log.entries[0].record.id == space.head


def test_wait_for_an_unwatched_deploy(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [Build(stale_polls=2)]
    made = deploy(wait=False)
    assert made.rollout.verdict is Verdict.COMMITTED and hub.tags(SPACE) == {}
    result = _attach(deploy, wait=False)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNCHANGED, 0)
    assert (result.commit, result.number, result.changed) == (made.commit, 1, False)
    assert result.source == made.source
    assert deploy.events_of(StageChanged) and deploy.events_of(Verified)
    assert hub.tags(SPACE) == {"hf-deploy/1": made.commit}


def test_a_build_that_fails_while_it_is_waited_for(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [replace(FAILING, stale_polls=2)]
    made = deploy(wait=False)
    result = _attach(deploy)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert result.rollout.error and result.rollout.error.cause == "boom"
    assert hub.space(SPACE).head == made.commit and hub.tags(SPACE) == {}
    assert not hub.requests_to("/restart")


@pytest.mark.parametrize(
    ("stage", "code"),
    [("BUILD_ERROR", 7), ("RUNTIME_ERROR", 9), ("CONFIG_ERROR", 3), ("NO_APP_FILE", 3)],
)
def test_a_space_that_failed_is_waited_for_but_never_restarted(
    deploy: Deployer, hub: LocalHub, stage: str, code: int
) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    assert _attach(deploy).exit_code == code
    assert deploy.events_of(Restarted) == [] and changes_asked(hub) == []


def test_the_failure_of_the_previous_commit_is_not_that_of_the_head(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"}, stage="BUILD_ERROR")
    hub.scenario.builds = [Build(stale_polls=2)]
    deploy(wait=False)
    deploy.events.clear()
    request = deploy.request(grace=GracePeriods(commit=20.0))
    result = flow.wait_for_head(Operation(deploy.client(), request, deploy.events.append))
    assert result.rollout.verdict is Verdict.UNCHANGED and not hub.requests_to("/restart")


def test_the_failure_of_an_old_head_is_reported_at_once(
    deploy: Deployer, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_space(SPACE, APP, stage="CONFIG_ERROR")
    monkeypatch.setattr(clock, "age", lambda _: 3600.0)
    result = flow.wait_for_head(deploy.operation())
    assert result.rollout.verdict is Verdict.MISCONFIGURED and result.seconds < 1


def test_an_old_commit_that_still_runs_is_not_restarted(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, running="c" * 40)
    result = _attach(deploy)
    assert result.rollout.verdict is Verdict.TIMED_OUT
    assert changes_asked(hub) == []


def test_a_paused_space_stays_paused(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, stage="PAUSED")
    result = _attach(deploy)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.PAUSED, 0)
    assert changes_asked(hub) == []


def test_a_sleeping_space_is_probed_by_wait(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING"), Step("RUNNING"), Step("SLEEPING")))]
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.commit(SPACE, APP)
    hub.wait_until(lambda: hub.space(SPACE).stage == "SLEEPING")
    assert _attach(deploy).rollout.verdict is Verdict.UNCHANGED
    assert deploy.events_of(WakeUpStarted) and changes_asked(hub) == []


def test_a_read_token_waits_and_warns_of_what_it_could_not_do(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    deploy(wait=False)
    result = _attach(deploy, "hf_read")
    assert result.rollout.verdict is Verdict.UNCHANGED
    assert "could not tag" in deploy.events_of(Warned)[-1].message and hub.tags(SPACE) == {}


def test_a_head_not_made_by_hf_deploy_is_watched_and_not_tagged(
    deploy: Deployer, hub: LocalHub
) -> None:
    _public(deploy, hub)
    theirs = hub.commit(SPACE, {"x": b"1"}, author="mallory")
    result = _attach(deploy, space=SpaceId.parse(SPACE))
    assert (result.commit, result.number) == (theirs, None)
    assert [commit.id for commit in result.drift] == [theirs]
    assert list(hub.tags(SPACE)) == ["hf-deploy/1"]
