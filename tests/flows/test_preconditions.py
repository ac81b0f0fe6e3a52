"""An older run never overwrites a newer one, and what others committed is never lost unsaid."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from deployer.errors import Conflict
from deployer.events import DriftFound
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.history import parse_trailers
from deployer.release.outcome import DeployResult
from deployer.release.release import Run
from deployer.release.verdict import Verdict
from deployer.request import OnDrift
from deployer.source.snapshot import SourceHints
from deployer.space.settings import RequestedSettings, Variable
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

NewRepo = Callable[..., Repo]


def test_an_older_run_is_skipped_and_names_the_newer_release(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    assert deploy(run=Run("11", "1")).rollout.verdict is Verdict.LIVE
    repo.commit({"app.py": b"older"})
    before, files = commits_sent(hub), hub.files(SPACE)
    result = deploy(run=Run("10", "2"))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.SUPERSEDED, 0)
    assert not result.changed and result.commit == hub.commits(SPACE)[0].id
    assert (result.number, deploy.plan(token="hf_write").number) == (1, 1)
    (warning,) = result.rollout.warnings
    assert warning.startswith("release 1 of ")
    assert "hf-deploy rollback" in warning and "11" in warning
    assert (commits_sent(hub), hub.files(SPACE)) == (before, files)


def test_an_older_run_that_does_not_find_the_space_at_first_is_skipped(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    assert deploy(run=Run("11", "1")).rollout.verdict is Verdict.LIVE
    repo.commit({"app.py": b"older"})
    before, files = commits_sent(hub), hub.files(SPACE)
    missing = {"X-Error-Code": "RepoNotFound"}
    hub.scenario.faults = [Fault("GET", rf"/api/spaces/{SPACE}\?", status=404, headers=missing)]
    result = deploy(run=Run("10", "2"))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.SUPERSEDED, 0)
    assert not result.changed and result.commit == hub.commits(SPACE)[0].id
    assert (commits_sent(hub), hub.files(SPACE)) == (before, files)


@pytest.mark.parametrize("run", [Run("11", "2"), Run("12", "1"), Run(), Run("11", "1")])
def test_a_newer_run_or_attempt_the_same_run_and_a_person_deploy(
    deploy: Deployer, repo: Repo, run: Run
) -> None:
    deploy(run=Run("11", "1"))
    repo.commit({"app.py": b"newer"})
    assert deploy(run=run).rollout.verdict is Verdict.LIVE


def test_an_older_run_that_meets_a_concurrent_newer_one_is_skipped(
    deploy: Deployer, hub: LocalHub, repo: Repo, new_repo: NewRepo
) -> None:
    deploy(run=Run("1"))
    newer = Deployer(hub, new_repo({**APP, "app.py": b"newer"}, "newer").root)

    def overtake() -> None:
        newer(run=Run("11"), wait=False)

    repo.commit({"app.py": b"older"})
    hub.scenario.faults = [Fault("POST", "/commit/", conflict=overtake)]
    result = deploy(run=Run("10"))
    assert result.rollout.verdict is Verdict.SUPERSEDED
    assert hub.files(SPACE)["app.py"] == b"newer"
    assert len([c for c in hub.commits(SPACE) if "Release" in parse_trailers(c.message)]) == 2


def test_a_newer_release_on_top_of_a_failed_one_is_not_rolled_back(
    deploy: Deployer, hub: LocalHub, repo: Repo, new_repo: NewRepo
) -> None:
    deploy(run=Run("1"))
    newer = Deployer(hub, new_repo({**APP, "app.py": b"newer"}, "newer").root)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR"))), Build()]

    def overtake() -> None:
        newer(run=Run("11"), wait=False)

    repo.commit({"app.py": b"older  # and bad"})
    hub.scenario.faults = [Fault("GET", "/logs/build", after=1, conflict=overtake)]
    result = deploy(run=Run("10"))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.SUPERSEDED, 0)
    assert hub.files(SPACE)["app.py"] == b"newer"


@pytest.mark.parametrize("seed", range(3))
def test_ten_concurrent_runs_end_at_the_newest(hub: LocalHub, new_repo: NewRepo, seed: int) -> None:
    hub.add_space(SPACE, APP)
    runs = list(range(1, 11))
    random.Random(seed).shuffle(runs)
    deployers = {
        run: Deployer(hub, new_repo({**APP, "app.py": b"%d" % run}, f"run{run}").root)
        for run in runs
    }

    def deploy(run: int) -> DeployResult | Conflict:
        try:
            return deployers[run](
                run=Run(str(run)), hints=SourceHints("julia/project"), timeout=60.0
            )
        except Conflict as error:  # ten at once may wear one out; it may be called again
            return error

    with ThreadPoolExecutor(10) as threads:
        ended = dict(zip(runs, threads.map(deploy, runs), strict=True))
    for run in sorted(run for run in runs if isinstance(ended[run], Conflict)):
        ended[run] = deploy(run)
    assert hub.files(SPACE)["app.py"] == b"10"
    outcomes = [result for result in ended.values() if isinstance(result, DeployResult)]
    assert len(outcomes) == 10
    assert {o.rollout.verdict for o in outcomes} <= {Verdict.LIVE, Verdict.SUPERSEDED}
    trailers = [parse_trailers(commit.message) for commit in hub.commits(SPACE)]
    turns = [int(one["Run"]) for one in trailers if "Run" in one]
    assert turns == sorted(turns, reverse=True) and len(turns) == len(set(turns))


def test_drift_is_reported_and_overwritten(deploy: Deployer, hub: LocalHub, repo: Repo) -> None:
    deploy()
    theirs = hub.commit(SPACE, {"app.py": b"by hand"}, title="Fix it by hand")
    repo.commit({"other.txt": b"x"})
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert [commit.id for commit in result.drift] == [theirs]
    (drifted,) = deploy.events_of(DriftFound)
    assert drifted.commits[0].title == "Fix it by hand"
    assert drifted.pages[0].endswith(theirs)
    assert hub.files(SPACE)["app.py"] == APP["app.py"]
    assert not deploy().drift


def test_drift_with_on_drift_fail_stops_a_deploy_before_any_change(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy()
    hub.commit(SPACE, {"app.py": b"by hand"})
    repo.commit({"other.txt": b"x"})
    before = len([r for r in hub.requests if r.method not in ("GET", "HEAD")])
    with pytest.raises(Conflict) as refusal:
        deploy(on_drift=OnDrift.FAIL)
    assert refusal.value.exit_code == 6
    assert hub.commits(SPACE)[0].id[:7] in refusal.value.cause
    # asking for folders or upload modes is a POST, too
    assert len([r for r in hub.requests if r.method not in ("GET", "HEAD")]) == before


def test_commits_on_a_space_without_releases_are_not_drift(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    hub.commit(SPACE, {"app.py": b"by hand"})
    assert not deploy(on_drift=OnDrift.FAIL).drift


@pytest.mark.parametrize("same_files", [True, False])
def test_an_older_run_does_not_change_the_settings_of_a_newer_release(
    deploy: Deployer, hub: LocalHub, repo: Repo, same_files: bool
) -> None:
    deploy(run=Run("11"), settings=RequestedSettings(variables=(Variable("MODE", "new"),)))
    if not same_files:
        repo.commit({"app.py": b"older"})
    result = deploy(run=Run("10"), settings=RequestedSettings(variables=(Variable("MODE", "old"),)))
    assert result.rollout.verdict is Verdict.SUPERSEDED
    assert result.settings == ()
    assert hub.space(SPACE).variables["MODE"].value == "new"


def test_a_newer_release_before_the_settings_are_applied_is_found(
    deploy: Deployer, hub: LocalHub, repo: Repo, new_repo: NewRepo
) -> None:
    deploy(run=Run("1"))
    newer = Deployer(hub, new_repo({**APP, "app.py": b"newer"}, "newer").root)

    def overtake() -> None:
        newer(
            run=Run("11"),
            wait=False,
            settings=RequestedSettings(variables=(Variable("MODE", "new"),)),
        )

    repo.commit({"app.py": b"older"})
    hub.scenario.faults = [Fault("GET", "/variables", conflict=overtake)]
    result = deploy(run=Run("10"), settings=RequestedSettings(variables=(Variable("MODE", "old"),)))
    assert result.rollout.verdict is Verdict.SUPERSEDED
    assert hub.space(SPACE).variables["MODE"].value == "new"


def test_a_commit_on_top_is_found_without_the_running_commit(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy()
    steps = (Step("BUILDING", polls=2), Step("RUNNING"))
    hub.scenario.builds = [Build(steps=steps, sha=False)]

    def push() -> None:
        hub.commit(SPACE, {"app.py": b"theirs"})

    hub.scenario.faults = [Fault("GET", "/runtime", after=2, conflict=push)]
    repo.commit({"app.py": b"ours"})
    assert deploy().rollout.verdict is Verdict.SUPERSEDED
    assert list(hub.tags(SPACE)) == ["hf-deploy/1"]


def test_a_space_that_is_not_found_once_after_a_concurrent_commit_is_not_taken_for_deleted(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy()
    repo.commit({"app.py": b"new"})
    missing = {"X-Error-Code": "RepoNotFound"}

    def push() -> None:
        hub.commit(SPACE, {"theirs.txt": b"x"})
        path = rf"/api/spaces/{SPACE}\?"
        hub.scenario.faults = [Fault("GET", path, status=404, headers=missing)]

    hub.scenario.faults = [Fault("POST", "/commit/", conflict=push)]
    result = deploy()
    assert (result.rollout.verdict, result.number) == (Verdict.LIVE, 2)
    assert hub.files(SPACE)["app.py"] == b"new"


def test_drift_between_the_plan_and_the_commit_is_reported(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    deploy()
    repo.commit({"app.py": b"new"})

    def push() -> None:
        hub.commit(SPACE, {"theirs.txt": b"x"})

    hub.scenario.faults = [Fault("POST", "/commit/", conflict=push)]
    assert [commit.title for commit in deploy().drift] == ["A change by hand"]
