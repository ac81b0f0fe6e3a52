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
    order = deploy.request(grace=GracePeriods(commit=20.0), **more)
    return flow.wait_for_head(Operation(deploy.client(token), order, deploy.events.append))


def _public(deploy: Deployer, hub: LocalHub) -> DeployResult:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    return deploy()


def test_a_release_that_runs(deploy: Deployer, hub: LocalHub) -> None:
    outcome = _public(deploy, hub)
    before = len(hub.requests)
    status = _look(deploy)
    assert (status.state, status.running) == (SpaceState.LIVE, outcome.commit)
    assert status.entry and status.entry.record.number == 1 and status.verified is True
    assert status.entry.record.source.short == outcome.source
    assert (status.health.checked, status.health.healthy) == (True, True)
    assert status.app_url == hub.space(SPACE).url
    assert {request.method for request in hub.requests[before:]} == {"GET"}


def test_an_app_that_answers_badly(deploy: Deployer, hub: LocalHub) -> None:
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
def test_what_does_not_run_is_not_visited(deploy: Deployer, hub: LocalHub, stage: str) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    status = _look(deploy, token="hf_write")
    assert hub.visits == [] and hub.space(SPACE).stage == stage
    assert not status.health.checked and status.commit and status.commit.id == status.space.head
    assert changes_asked(hub) == []


def test_neither_a_command_nor_a_soak_is_part_of_a_look(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, APP)
    token_fingerprint = repo.root / "mark"
    status = _look(
        deploy, verify=Verify(f"touch {token_fingerprint}"), health=Health(timeout=2.0, soak=60.0)
    )
    assert status.state is SpaceState.LIVE and not token_fingerprint.exists()


def test_commits_of_somebody_else(deploy: Deployer, hub: LocalHub) -> None:
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


def test_a_private_space_is_seen_with_a_token_that_may_read(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP, private=True)
    assert _look(deploy, "hf_read").health.healthy is True
    assert not _look_back(deploy, "hf_read")[1].entries
    for token in (None, "hf_nobody"):
        with pytest.raises(NotAllowed):
            _look(deploy, token)


@pytest.mark.parametrize("token", [None, "hf_read"])
def test_a_space_that_is_not_there(deploy: Deployer, token: str | None) -> None:
    for act in (_look, _look_back, _attach):
        with pytest.raises(NotAllowed) as caught:
            act(deploy, token)
        assert SPACE in caught.value.cause and caught.value.fix


def test_a_space_that_was_renamed(deploy: Deployer, hub: LocalHub) -> None:
    _public(deploy, hub)
    deploy.client().api.move_repo(SPACE, "julia/renamed", repo_type="space")
    status, (_, log), outcome = _look(deploy), _look_back(deploy), _attach(deploy)
    assert str(status.space.id) == str(outcome.space) == "julia/renamed"
    assert len(log.entries) == 1 and status.state is SpaceState.LIVE
    for act in (_look, _look_back, _attach):
        act(deploy)
        assert "julia/renamed" in deploy.told(Warned)[0].message


def test_the_history_of_good_and_bad_releases(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
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


def test_waiting_for_a_deploy_that_nobody_waited_for(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [Build(stale_polls=2)]
    made = deploy(wait=False)
    assert made.rollout.verdict is Verdict.COMMITTED and hub.tags(SPACE) == {}
    outcome = _attach(deploy, wait=False)
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.UNCHANGED, 0)
    assert (outcome.commit, outcome.number, outcome.changed) == (made.commit, 1, False)
    assert outcome.source == made.source
    assert deploy.told(StageChanged) and deploy.told(Verified)
    assert hub.tags(SPACE) == {"hf-deploy/1": made.commit}


def test_a_build_that_fails_while_it_is_waited_for(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [replace(FAILING, stale_polls=2)]
    made = deploy(wait=False)
    outcome = _attach(deploy)
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert outcome.rollout.error and outcome.rollout.error.cause == "boom"
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
    assert deploy.told(Restarted) == [] and changes_asked(hub) == []


def test_the_failure_of_the_commit_before_is_not_the_head_s(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"}, stage="BUILD_ERROR")
    hub.scenario.builds = [Build(stale_polls=2)]
    deploy(wait=False)
    deploy.events.clear()
    order = deploy.request(grace=GracePeriods(commit=20.0))
    outcome = flow.wait_for_head(Operation(deploy.client(), order, deploy.events.append))
    assert outcome.rollout.verdict is Verdict.UNCHANGED and not hub.requests_to("/restart")


def test_the_failure_of_an_old_head_is_told_at_once(
    deploy: Deployer, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_space(SPACE, APP, stage="CONFIG_ERROR")
    monkeypatch.setattr(clock, "age", lambda _: 3600.0)
    outcome = flow.wait_for_head(deploy.operation())
    assert outcome.rollout.verdict is Verdict.MISCONFIGURED and outcome.seconds < 1


def test_an_old_commit_that_goes_on_running_is_not_restarted(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP, running="c" * 40)
    outcome = _attach(deploy)
    assert outcome.rollout.verdict is Verdict.TIMED_OUT
    assert changes_asked(hub) == []


def test_a_space_that_is_paused_stays_so(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, stage="PAUSED")
    outcome = _attach(deploy)
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.PAUSED, 0)
    assert changes_asked(hub) == []


def test_a_space_that_is_asleep_is_visited_where_it_is_waited_for(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING"), Step("RUNNING"), Step("SLEEPING")))]
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.commit(SPACE, APP)
    hub.wait_until(lambda: hub.space(SPACE).stage == "SLEEPING")
    assert _attach(deploy).rollout.verdict is Verdict.UNCHANGED
    assert deploy.told(WakeUpStarted) and changes_asked(hub) == []


def test_a_token_that_may_only_read_sees_the_end_and_says_what_it_could_not_do(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    deploy(wait=False)
    outcome = _attach(deploy, "hf_read")
    assert outcome.rollout.verdict is Verdict.UNCHANGED
    assert "could not tag" in deploy.told(Warned)[-1].message and hub.tags(SPACE) == {}


def test_a_head_that_is_not_ours_is_watched_and_not_tagged(deploy: Deployer, hub: LocalHub) -> None:
    _public(deploy, hub)
    theirs = hub.commit(SPACE, {"x": b"1"}, author="mallory")
    outcome = _attach(deploy, space=SpaceId.parse(SPACE))
    assert (outcome.commit, outcome.number) == (theirs, None)
    assert [commit.id for commit in outcome.drift] == [theirs]
    assert list(hub.tags(SPACE)) == ["hf-deploy/1"]
