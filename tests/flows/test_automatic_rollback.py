"""A deploy that fails is taken back by itself: the last good files are there again, and run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deployer.events import AutoRollbackStarted, Verified
from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.release.history import parse_trailers
from deployer.release.verdict import Verdict
from deployer.source.ignore import Patterns
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

SpaceFiles = Callable[[], dict[str, bytes]]

OLD = {**APP, "app.py": b"old", "only-there.txt": b"theirs"}
BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)


def failing(stage: str) -> Build:
    """A build that ends so."""
    return Build(steps=(BUILDING, Step(stage)))


def first_good(deploy: Deployer, hub: LocalHub, *then: Build) -> dict[str, bytes]:
    """Deploy once, well; gives the Space's files. What is built after that goes as said."""
    assert deploy().rollout.verdict is Verdict.LIVE
    hub.scenario.builds = list(then)
    return hub.files(SPACE)


@pytest.mark.parametrize(
    ("stage", "verdict"),
    [
        ("BUILD_ERROR", Verdict.BUILD_FAILED),
        ("RUNTIME_ERROR", Verdict.CRASHED),
        ("CONFIG_ERROR", Verdict.MISCONFIGURED),
        ("NO_APP_FILE", Verdict.MISCONFIGURED),
    ],
)
def test_a_commit_that_fails_is_taken_back_and_the_last_good_one_runs(
    deploy: Deployer, hub: LocalHub, repo: Repo, stage: str, verdict: Verdict
) -> None:
    good = first_good(deploy, hub, failing(stage), Build())
    repo.commit({"app.py": b"bad", "new.txt": b"new"})
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (verdict, 8)
    assert outcome.rolled_back is not None and outcome.rolled_back.healthy
    assert hub.files(SPACE) == good
    assert hub.space(SPACE).running == outcome.rolled_back.commit == hub.commits(SPACE)[0].id
    assert outcome.rolled_back.to == outcome.previous
    assert [event.verdict for event in deploy.told(AutoRollbackStarted)] == [verdict.value]
    assert [event.tag for event in deploy.told(Verified)] == ["hf-deploy/3"]


def test_an_app_that_answers_badly_is_taken_back(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    before = repo.tracked()
    first_good(deploy, hub, Build(app=App(500)), Build())
    repo.commit({"app.py": b"bad"})
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.UNHEALTHY, 8)
    assert space_files() == before


def test_the_release_that_goes_back_says_what_it_took_back_and_what_it_is(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    first_good(deploy, hub, failing("BUILD_ERROR"), Build())
    first = parse_trailers(hub.commits(SPACE)[0].message)
    repo.commit({"app.py": b"bad"})
    outcome = deploy()
    said = parse_trailers(hub.commits(SPACE)[0].message)
    assert (said["Kind"], said["Release"]) == ("rollback", "3")
    assert said["Because"] == f"{outcome.commit} build-failed"
    assert {said[key] == first[key] for key in ("Source", "Snapshot")} == {True}
    # so the same source again has nothing to send
    repo.git("revert", "--no-edit", "HEAD")
    assert not deploy().changed


def test_a_space_that_ran_before_our_first_deploy_gets_its_files_back(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    before = hub.files(SPACE)
    hub.scenario.builds = [failing("RUNTIME_ERROR"), Build()]
    outcome = deploy()
    assert outcome.exit_code == 8
    assert hub.files(SPACE) == before


@pytest.mark.parametrize("rollback", [True, False])
def test_where_there_is_nothing_to_go_back_to_or_it_is_not_wanted_the_cause_has_its_own_code(
    deploy: Deployer, hub: LocalHub, repo: Repo, rollback: bool
) -> None:
    if not rollback:
        first_good(deploy, hub, failing("BUILD_ERROR"))
        repo.commit({"app.py": b"bad"})
    hub.scenario.builds = [failing("BUILD_ERROR")]
    before = commits_sent(hub)
    outcome = deploy(rollback=rollback)
    assert (outcome.exit_code, outcome.rolled_back) == (7, None)
    assert commits_sent(hub) == before + 1
    assert bool(outcome.rollout.warnings) is rollback


def test_large_files_come_back_without_a_byte_being_sent(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    large = bytes(range(256)) * 50_000
    repo.commit({"model.bin": large, "gone.bin": large + b"2"})
    good = first_good(deploy, hub, failing("BUILD_ERROR"), Build())
    repo.git("rm", "--quiet", "gone.bin")
    repo.commit({"model.bin": large + b"3"})
    hub.scenario.faults = [Fault("PUT", ".", times=99, after=1, status=500)]  # only the new one
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == good


def test_kept_files_are_not_touched_by_going_back(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    keep = Patterns.of_option("--keep", ["*.db"])
    first_good(deploy, hub, Build())
    theirs = hub.commit(SPACE, {"users.db": b"of the app"})
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    hub.scenario.builds = [failing("BUILD_ERROR"), Build()]
    repo.commit({"app.py": b"bad"})
    assert deploy(keep=keep).exit_code == 8
    assert hub.files(SPACE)["users.db"] == b"of the app"
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_rollback_that_fails_too_leaves_the_cause_s_code_and_says_so(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    first_good(deploy, hub, failing("RUNTIME_ERROR"))
    repo.commit({"app.py": b"bad"})
    outcome = deploy()
    assert outcome.exit_code == 9
    assert outcome.rolled_back is not None and not outcome.rolled_back.healthy
    assert outcome.rolled_back.rollout.error is not None


def test_a_commit_on_top_of_the_failed_one_is_not_taken_back(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    first_good(deploy, hub, failing("BUILD_ERROR"))
    repo.commit({"app.py": b"bad"})

    def push() -> None:
        hub.commit(SPACE, {"app.py": b"mended by hand"})

    hub.scenario.faults = [Fault("GET", "/refs", conflict=push)]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert any("on top" in warning for warning in outcome.rollout.warnings)
    assert hub.files(SPACE)["app.py"] == b"mended by hand"


def test_a_space_that_went_away_after_it_failed_is_not_called_superseded(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    first_good(deploy, hub, failing("BUILD_ERROR"))
    repo.commit({"app.py": b"bad"})

    def delete() -> None:
        deploy.client().api.delete_repo(SPACE, repo_type="space")

    # the look at the Space that comes after the verdict, before anything is taken back
    hub.scenario.faults = [Fault("GET", f"/api/spaces/{SPACE}/host", conflict=delete)]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert any("does not exist any more" in warning for warning in outcome.rollout.warnings)


def test_a_tag_that_is_refused_only_warns(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.faults = [Fault("POST", "/tag/", times=9, status=403)]
    outcome = deploy()
    assert outcome.rollout.verdict is Verdict.LIVE
    assert not deploy.told(Verified)


def test_a_run_that_was_killed_before_it_could_go_back_is_finished_by_the_next(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    at_once = Build(steps=(Step("BUILD_ERROR"),))
    good = first_good(deploy, hub, at_once, failing("BUILD_ERROR"), Build())
    repo.commit({"app.py": b"bad"})
    deploy(wait=False)  # as far as a run gets that is killed while it watches
    hub.wait_until(lambda: hub.space(SPACE).stage == "BUILD_ERROR")
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == good


def test_a_release_that_was_seen_healthy_is_not_taken_back_when_its_app_breaks_later(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    first_good(deploy, hub)
    repo.commit({"app.py": b"second"})
    assert deploy().rollout.verdict is Verdict.LIVE
    hub.scenario.builds = [Build(steps=(Step("RUNTIME_ERROR"),)), failing("RUNTIME_ERROR")]
    deploy.client().api.restart_space(SPACE)
    hub.wait_until(lambda: hub.space(SPACE).stage == "RUNTIME_ERROR")
    before = commits_sent(hub)
    assert deploy().exit_code == 9
    assert commits_sent(hub) == before
