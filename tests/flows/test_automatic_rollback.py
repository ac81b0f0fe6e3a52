"""Automatic rollback: a failed deploy is followed by a revert to the last healthy release."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from deployer.events import AutoRollbackStarted, Failed, Verified
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


def deploy_healthy(deploy: Deployer, hub: LocalHub, *then: Build) -> dict[str, bytes]:
    """Deploy a healthy release; returns the files of the Space. `then` is for later builds."""
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
def test_a_failed_commit_is_rolled_back_to_the_last_healthy_release(
    deploy: Deployer, hub: LocalHub, repo: Repo, stage: str, verdict: Verdict
) -> None:
    healthy = deploy_healthy(deploy, hub, failing(stage), Build())
    repo.commit({"app.py": b"bad", "new.txt": b"new"})
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (verdict, 8)
    assert result.rolled_back is not None and result.rolled_back.healthy
    assert hub.files(SPACE) == healthy
    assert hub.space(SPACE).running == result.rolled_back.commit == hub.commits(SPACE)[0].id
    to = result.rolled_back.to
    assert (to.commit, to.number) == (result.previous, 1) and to.source is not None
    assert [event.verdict for event in deploy.events_of(AutoRollbackStarted)] == [verdict.value]
    assert [event.tag for event in deploy.events_of(Verified)] == ["hf-deploy/3"]


def test_an_unhealthy_app_is_rolled_back(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles
) -> None:
    before = repo.tracked()
    deploy_healthy(deploy, hub, Build(app=App(500)), Build())
    repo.commit({"app.py": b"bad"})
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNHEALTHY, 8)
    assert space_files() == before


def test_a_rollback_has_trailers_with_its_reason_and_its_source(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub, failing("BUILD_ERROR"), Build())
    first = parse_trailers(hub.commits(SPACE)[0].message)
    repo.commit({"app.py": b"bad"})
    result = deploy()
    trailers = parse_trailers(hub.commits(SPACE)[0].message)
    assert (trailers["Kind"], trailers["Release"]) == ("rollback", "3")
    assert trailers["Because"] == f"{result.commit} build-failed"
    assert {trailers[key] == first[key] for key in ("Source", "Snapshot")} == {True}
    # so the same source again has nothing to send
    repo.git("revert", "--no-edit", "HEAD")
    assert not deploy().changed


def test_a_failed_first_deploy_is_rolled_back_to_the_commit_that_ran(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    before = hub.files(SPACE)
    hub.scenario.builds = [failing("RUNTIME_ERROR"), Build()]
    result = deploy()
    assert result.exit_code == 8
    assert hub.files(SPACE) == before


@pytest.mark.parametrize("rollback", [True, False])
def test_without_a_rollback_the_exit_code_is_that_of_the_failure(
    deploy: Deployer, hub: LocalHub, repo: Repo, rollback: bool
) -> None:
    if not rollback:
        deploy_healthy(deploy, hub, failing("BUILD_ERROR"))
        repo.commit({"app.py": b"bad"})
    hub.scenario.builds = [failing("BUILD_ERROR")]
    before = commits_sent(hub)
    result = deploy(rollback=rollback)
    assert (result.exit_code, result.rolled_back) == (7, None)
    assert commits_sent(hub) == before + 1
    assert bool(result.rollout.warnings) is rollback


def test_large_files_are_restored_without_an_upload(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    large = bytes(range(256)) * 50_000
    repo.commit({"model.bin": large, "gone.bin": large + b"2"})
    healthy = deploy_healthy(deploy, hub, failing("BUILD_ERROR"), Build())
    repo.git("rm", "--quiet", "gone.bin")
    repo.commit({"model.bin": large + b"3"})
    hub.scenario.faults = [Fault("PUT", ".", times=99, after=1, status=500)]  # only the new one
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == healthy


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", "/resolve/.*/app.py", status=200, body="<html>Please log in</html>"),
        Fault("GET", "/resolve/.*/app.py", times=3, status=200, body=""),
        Fault("GET", "/resolve/.*/app.py", status=200, body="print('It runs.')"),
    ],
    ids=["foreign", "empty", "short"],
)
def test_a_body_that_is_not_the_file_is_not_committed_by_a_rollback(
    deploy: Deployer, hub: LocalHub, repo: Repo, fault: Fault
) -> None:
    healthy = deploy_healthy(deploy, hub, failing("BUILD_ERROR"), Build())
    repo.commit({"app.py": b"bad", "new.txt": b"new"})
    hub.scenario.faults = [fault]
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == healthy
    assert commits_sent(hub) == 3


@pytest.mark.parametrize("status", [409, 412])
def test_one_rejection_of_the_commit_does_not_keep_the_failed_release(
    deploy: Deployer, hub: LocalHub, repo: Repo, status: int
) -> None:
    healthy = deploy_healthy(deploy, hub, failing("BUILD_ERROR"), Build())
    repo.commit({"app.py": b"bad"})
    hub.scenario.faults = [Fault("POST", "/commit/", after=1, status=status)]
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == healthy


def test_a_file_that_cannot_be_downloaded_is_a_failed_rollback(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub, failing("BUILD_ERROR"), Build())
    repo.commit({"app.py": b"bad"})
    hub.scenario.faults = [Fault("GET", "/resolve/", times=99, status=200, body="foreign")]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert result.rollout.error and "could not download app.py" in result.rollout.error.message
    assert commits_sent(hub) == 2 and hub.files(SPACE)["app.py"] == b"bad"


def test_a_rollback_does_not_change_kept_files(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    keep = Patterns.of_option("--keep", ["*.db"])
    deploy_healthy(deploy, hub, Build())
    theirs = hub.commit(SPACE, {"users.db": b"of the app"})
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    hub.scenario.builds = [failing("BUILD_ERROR"), Build()]
    repo.commit({"app.py": b"bad"})
    assert deploy(keep=keep).exit_code == 8
    assert hub.files(SPACE)["users.db"] == b"of the app"
    assert hub.files(SPACE)["app.py"] == APP["app.py"]


def test_a_failed_rollback_keeps_the_exit_code_of_the_failure(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub, failing("RUNTIME_ERROR"))
    repo.commit({"app.py": b"bad"})
    result = deploy()
    assert result.exit_code == 9
    assert result.rolled_back is not None and not result.rolled_back.healthy
    error = result.rolled_back.rollout.error
    assert error is not None and error.message.startswith("rollback failed: ")
    assert result.rolled_back.commit[:7] in error.cause and "RUNTIME_ERROR" in error.cause
    assert error.fix.endswith(f"hf-deploy history {SPACE}")


def test_a_rollback_that_is_refused_says_what_the_space_is_left_at(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub, failing("BUILD_ERROR"))
    repo.commit({"app.py": b"bad"})
    hub.scenario.faults = [Fault("POST", "/commit/", after=1, times=999, status=403)]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    error = result.rollout.error
    assert error is not None and "; rollback failed: " in error.message
    assert f"commit {str(result.commit)[:7]}, last seen stage: BUILD_ERROR" in error.cause
    assert error.fix.endswith(f"hf-deploy rollback {SPACE}")


def test_a_rollback_that_times_out_names_its_commit_stage_and_next_command(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub, failing("BUILD_ERROR"), Build(steps=(Step("BUILDING"),)))
    repo.commit({"app.py": b"bad"})
    result = deploy()
    assert result.rolled_back is not None
    error = result.rolled_back.rollout.error
    assert error is not None
    assert f"commit {result.rolled_back.commit[:7]}, last seen stage: BUILDING" in error.cause
    assert error.fix.endswith(f"hf-deploy status {SPACE} --wait --timeout 1h")


def test_a_commit_on_top_of_the_failed_one_is_not_rolled_back(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub, failing("BUILD_ERROR"))
    repo.commit({"app.py": b"bad"})

    def push() -> None:
        hub.commit(SPACE, {"app.py": b"fixed by hand"})

    hub.scenario.faults = [Fault("GET", "/refs", conflict=push)]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert any("on top" in warning for warning in result.rollout.warnings)
    assert hub.files(SPACE)["app.py"] == b"fixed by hand"


def test_a_space_deleted_after_the_failure_is_not_superseded(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub, failing("BUILD_ERROR"))
    repo.commit({"app.py": b"bad"})

    def delete() -> None:
        deploy.client().api.delete_repo(SPACE, repo_type="space")

    # the look at the Space that comes after the verdict, before anything is taken back
    hub.scenario.faults = [Fault("GET", f"/api/spaces/{SPACE}/host", conflict=delete)]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert any("does not exist any more" in warning for warning in result.rollout.warnings)


def test_a_rejected_tag_is_a_warning(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.faults = [Fault("POST", "/tag/", times=9, status=403)]
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert not deploy.events_of(Verified)


@pytest.mark.parametrize("wait", [True, False], ids=["refused", "killed before"])
def test_a_release_that_ran_is_rolled_back_to_without_its_tag(
    deploy: Deployer, hub: LocalHub, repo: Repo, space_files: SpaceFiles, wait: bool
) -> None:
    deploy_healthy(deploy, hub, Build(), failing("BUILD_ERROR"), Build())
    repo.commit({"app.py": b"second", "second.txt": b"x"})
    second = repo.tracked()
    hub.scenario.faults = [Fault("POST", "/tag/", times=9, status=403)]
    made = deploy(wait=wait)
    hub.wait_until(lambda: hub.space(SPACE).running == made.commit)
    assert list(hub.tags(SPACE)) == ["hf-deploy/1"]
    repo.commit({"app.py": b"bad"})
    result = deploy()
    assert (result.exit_code, result.rolled_back and result.rolled_back.to.commit) == (
        8,
        made.commit,
    )
    assert space_files() == second


def test_a_release_that_ran_but_is_unhealthy_is_rolled_back_further_to_a_verified_one(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    healthy = deploy_healthy(
        deploy, hub, Build(app=App(500)), failing("BUILD_ERROR"), Build(app=App(500)), Build()
    )
    repo.commit({"app.py": b"ill"})
    ran = deploy(rollback=False)
    assert ran.rollout.verdict is Verdict.UNHEALTHY
    repo.commit({"app.py": b"bad"})
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert result.rolled_back and result.rolled_back.to.commit == hub.tags(SPACE)["hf-deploy/1"]
    assert hub.files(SPACE) == healthy
    assert hub.tags(SPACE)["hf-deploy/5"] == hub.commits(SPACE)[0].id
    (warning,) = result.rollout.warnings
    assert re.search(
        r"release 2 \(\S+\) ran before, but ended as unhealthy; .* release 1 ", warning
    )
    failed = [event.error.message for event in deploy.events_of(Failed)]
    assert failed == ["build failed", "rollback failed: health check failed"]


def test_a_rollback_that_cannot_go_further_keeps_its_result(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(
        deploy, hub, Build(app=App(500)), failing("BUILD_ERROR"), Build(app=App(500)), Build()
    )
    repo.commit({"app.py": b"ill"})
    ran = deploy(rollback=False)
    repo.commit({"app.py": b"bad"})
    hub.scenario.faults = [Fault("POST", "/commit/", times=9, after=2, status=403)]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert result.rolled_back and result.rolled_back.to.commit == ran.commit
    assert any("not rolled back further" in warning for warning in result.rollout.warnings)


def test_a_commit_on_top_of_the_first_rollback_is_left_there(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(
        deploy, hub, Build(app=App(500)), failing("BUILD_ERROR"), Build(app=App(500)), Build()
    )
    repo.commit({"app.py": b"ill"})
    deploy(rollback=False)
    repo.commit({"app.py": b"bad"})

    def push() -> None:
        hub.commit(SPACE, {"app.py": b"fixed by hand"})

    hub.scenario.faults = [Fault("GET", "/refs", after=1, conflict=push)]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert hub.files(SPACE)["app.py"] == b"fixed by hand"
    assert any("another commit is on top" in warning for warning in result.rollout.warnings)


def test_a_release_that_crashed_is_not_what_ran(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    healthy = deploy_healthy(deploy, hub, failing("RUNTIME_ERROR"), failing("BUILD_ERROR"), Build())
    repo.commit({"app.py": b"crashes"})
    crashed = deploy(rollback=False)
    hub.space(SPACE).runtime.running = crashed.commit  # as far as the Hub says
    repo.commit({"app.py": b"bad"})
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == healthy


def test_a_new_head_is_not_what_ran_where_the_hub_does_not_name_the_running_commit(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    healthy = deploy_healthy(
        deploy, hub, Build(stale=600, sha=False), failing("BUILD_ERROR"), Build()
    )
    hub.space(SPACE).runtime.shows_sha = False
    repo.commit({"app.py": b"second"})
    deploy(wait=False)
    repo.commit({"app.py": b"bad"})
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == healthy


def test_a_missing_tag_is_made_up_for_by_an_unchanged_deploy(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.faults = [Fault("POST", "/tag/", times=1, status=403)]
    made = deploy()
    assert not hub.tags(SPACE)
    assert deploy().rollout.verdict is Verdict.UNCHANGED
    assert hub.tags(SPACE) == {"hf-deploy/1": made.commit}


def test_a_run_killed_before_its_rollback_is_completed_by_the_next(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    at_once = Build(steps=(Step("BUILD_ERROR"),))
    healthy = deploy_healthy(deploy, hub, at_once, failing("BUILD_ERROR"), Build())
    repo.commit({"app.py": b"bad"})
    deploy(wait=False)  # as far as a run gets that is killed while it watches
    hub.wait_until(lambda: hub.space(SPACE).stage == "BUILD_ERROR")
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == healthy


def test_a_verified_release_is_not_rolled_back_if_it_fails_later(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy_healthy(deploy, hub)
    repo.commit({"app.py": b"second"})
    assert deploy().rollout.verdict is Verdict.LIVE
    hub.scenario.builds = [Build(steps=(Step("RUNTIME_ERROR"),)), failing("RUNTIME_ERROR")]
    deploy.client().api.restart_space(SPACE)
    hub.wait_until(lambda: hub.space(SPACE).stage == "RUNTIME_ERROR")
    before = commits_sent(hub)
    assert deploy().exit_code == 9
    assert commits_sent(hub) == before
