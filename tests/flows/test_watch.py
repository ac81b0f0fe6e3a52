"""Watching: RUNNING proves nothing, each stage has its verdict, logs belong to their commit."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from deployer.events import LogLine, Restarted, StageChanged, Waiting, Warned
from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

OLD = {**APP, "app.py": b"old"}
BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)


def _failing(stage: str, *, message: str | None = None, log: Sequence[str] = ()) -> Build:
    return Build(steps=(BUILDING, Step(stage, log=log)), message=message)


def test_a_previous_commit_that_runs_is_not_live(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(stale_polls=4)]
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert deploy.events_of(StageChanged)[-1].running == result.commit
    assert len(hub.requests_to("/runtime")) > 4


def test_a_running_stage_of_the_previous_commit_times_out(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(stale=600)]
    result = deploy(timeout=1.0)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.TIMED_OUT, 10)
    assert result.changed


def test_a_timeout_names_the_commit_the_stage_and_the_next_command(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    result = deploy(timeout=1.0)
    assert result.rollout.error is not None
    assert f"commit {str(result.commit)[:7]}, " in result.rollout.error.cause
    assert "BUILDING" in result.rollout.error.cause
    assert result.rollout.error.fix.endswith(f"hf-deploy status {SPACE} --wait --timeout 1h")


def test_an_interrupt_names_the_commit_the_stage_and_the_next_command(
    deploy: Deployer, hub: LocalHub
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    deploy.upon[Waiting] = stop
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.COMMITTED, 130)
    assert result.rollout.error is not None
    assert str(result.commit)[:7] in result.rollout.error.cause
    assert "BUILDING" in result.rollout.error.cause
    assert result.rollout.error.fix.endswith(f"hf-deploy status {SPACE} --wait --timeout 1h")


@pytest.mark.parametrize(
    ("stage", "verdict", "code"),
    [
        ("BUILD_ERROR", Verdict.BUILD_FAILED, 7),
        ("RUNTIME_ERROR", Verdict.CRASHED, 9),
        ("CONFIG_ERROR", Verdict.MISCONFIGURED, 3),
        ("NO_APP_FILE", Verdict.MISCONFIGURED, 3),
        ("STOPPED", Verdict.STOPPED, 9),
        ("DELETING", Verdict.DELETING, 9),
    ],
)
def test_each_failure_has_its_verdict_and_three_rows(
    deploy: Deployer, hub: LocalHub, stage: str, verdict: Verdict, code: int
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [_failing(stage, message="The Hub's own word")]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (verdict, code)
    error = result.rollout.error
    assert error is not None
    assert error.message and error.fix and error.cause == "The Hub's own word"
    assert result.app_url == hub.space(SPACE).url


def test_a_paused_space_is_a_warning(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD, stage="PAUSED")
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.PAUSED, 0)
    assert result.app_url == hub.space(SPACE).url
    assert result.rollout.warnings and "settings" in result.rollout.warnings[0]
    assert hub.space(SPACE).stage == "PAUSED"


def test_a_space_that_sleeps_with_the_deployed_commit_is_live(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING", polls=1), Step("SLEEPING")))]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_an_unknown_stage_is_waited_for(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [
        Build(steps=(Step("DEFRAGMENTING", polls=2), Step("BUILDING"), Step("RUNNING")))
    ]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_an_unknown_stage_is_named_by_the_timeout(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("DEFRAGMENTING"),))]
    result = deploy(timeout=1.0)
    assert result.rollout.verdict is Verdict.TIMED_OUT
    assert result.rollout.error is not None and "DEFRAGMENTING" in result.rollout.error.cause


def test_an_error_of_the_previous_commit_does_not_fail_the_deploy(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD, stage="BUILD_ERROR")
    hub.scenario.builds = [Build(stale_polls=3)]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_an_error_after_an_error_of_the_previous_commit_fails_the_deploy(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD, stage="BUILD_ERROR")
    hub.scenario.builds = [Build(steps=(BUILDING, Step("BUILD_ERROR")), stale_polls=2)]
    assert deploy().rollout.verdict is Verdict.BUILD_FAILED


def test_without_the_running_commit_an_observed_build_counts(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD, running=None)
    steps = (BUILDING, Step("APP_STARTING", polls=1), Step("RUNNING"))
    hub.scenario.builds = [Build(steps=steps, stale_polls=2, sha=False)]
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert [event.stage for event in deploy.events_of(StageChanged)][-1] == "RUNNING"
    assert hub.space(SPACE).running == result.commit


def test_without_the_running_commit_a_stale_running_stage_does_not_count(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD, running=None)
    hub.scenario.builds = [Build(stale=600, sha=False)]
    assert deploy(timeout=1.5).rollout.verdict is Verdict.TIMED_OUT


def test_without_the_running_commit_a_header_in_the_log_alone_proves_nothing(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD, running=None)
    steps = (Step("RUNNING", polls=4), Step("BUILDING", polls=1), Step("BUILD_ERROR"))
    hub.scenario.builds = [Build(steps=steps, sha=False)]
    assert deploy().rollout.verdict is Verdict.BUILD_FAILED


def test_a_missing_log_is_not_requested_repeatedly(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=8), Step("RUNNING")))]
    hub.scenario.faults = [Fault("GET", "/logs/build", 99, status=404)]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(hub.requests_to("/runtime")) > 8
    assert len(hub.requests_to("/logs/build")) <= 6


def test_each_line_of_the_build_log_is_reported_once_and_in_order(
    deploy: Deployer, hub: LocalHub
) -> None:
    lines = [f"line {number}" for number in range(50)]
    steps = (
        Step("BUILDING", log=[f"{line}\n" for line in lines[:25]], polls=1),
        Step("BUILDING", log=[f"{line}\n" for line in lines[25:]], polls=1),
        Step("RUNNING"),
    )
    hub.scenario.builds = [Build(steps=steps)]
    deploy()
    lines_seen = [event.line for event in deploy.events_of(LogLine)]
    assert [line for line in lines_seen if line.startswith("line ")] == lines


def test_an_interrupted_log_stream_continues_where_it_stopped(
    deploy: Deployer, hub: LocalHub
) -> None:
    lines = [f"line {number}" for number in range(20)]
    steps = (Step("BUILDING", log=[f"{line}\n" for line in lines], polls=3), Step("RUNNING"))
    hub.scenario.builds = [Build(steps=steps)]
    hub.scenario.faults = [Fault("GET", "/logs/build", cut_after_events=5)]
    assert deploy().rollout.verdict is Verdict.LIVE
    lines_seen = [
        event.line for event in deploy.events_of(LogLine) if event.line.startswith("line ")
    ]
    assert lines_seen == lines


def test_an_unavailable_log_does_not_stop_the_watch(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING")))]
    hub.scenario.faults = [Fault("GET", "/logs/", times=99, status=500)]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_lines_of_the_build_of_another_commit_are_not_reported(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    theirs = Build(steps=(Step("BUILDING", log=("theirs\n",), seconds=600),))
    ours = Build(steps=(Step("BUILDING", log=("ours\n",), polls=2), Step("RUNNING")), stale_polls=2)
    hub.scenario.builds = [theirs, ours]
    hub.commit(SPACE, {"by-hand.txt": b"x"})
    hub.wait_until(lambda: "theirs" in hub.space(SPACE).build_log)
    assert deploy().rollout.verdict is Verdict.LIVE
    lines_seen = [event.line for event in deploy.events_of(LogLine)]
    assert "ours" in lines_seen and "theirs" not in lines_seen


def test_a_failed_build_shows_the_end_of_the_build_log(deploy: Deployer, hub: LocalHub) -> None:
    log = [f"line {number}\n" for number in range(100)] + ["ERROR: no such package\n"]
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=log, polls=1), Step("BUILD_ERROR")))]
    rollout = deploy().rollout
    assert rollout.log[-1] == "ERROR: no such package"
    assert 5 <= len(rollout.log) <= 50
    assert rollout.error is not None and rollout.error.cause == "ERROR: no such package"


def test_a_crash_shows_the_end_of_the_app_log(deploy: Deployer, hub: LocalHub) -> None:
    traceback = ("Traceback (most recent call last):\n", "ModuleNotFoundError: No module 'x'\n")
    steps = (BUILDING, Step("APP_STARTING", log=traceback, polls=1), Step("RUNTIME_ERROR"))
    hub.scenario.builds = [Build(steps=steps)]
    rollout = deploy().rollout
    assert rollout.verdict is Verdict.CRASHED
    assert rollout.log[-1] == "ModuleNotFoundError: No module 'x'"
    assert not any("--> building" in line for line in rollout.log)


def test_a_newer_commit_on_top_ends_the_watch_as_superseded(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),)), Build()]
    hub.scenario.faults = [
        Fault("GET", "/runtime", after=2, conflict=lambda: hub.commit(SPACE, {"x": b"newer"}))
    ]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.SUPERSEDED, 0)
    (warning,) = result.rollout.warnings
    assert f"/commit/{hub.space(SPACE).head}; history: " in warning
    assert result.app_url == hub.space(SPACE).url
    assert result.rollout.warnings


def test_a_temporary_hub_error_does_not_end_the_watch(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=2), Step("RUNNING")))]
    hub.scenario.faults = [
        Fault("GET", "/runtime", after=2, status=503),
        Fault("GET", "/runtime", after=3, drop="before"),
    ]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_lasting_hub_error_is_a_timeout_that_names_it(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.faults = [Fault("GET", "/runtime", after=1, times=99, status=503)]
    result = deploy(timeout=1.0)
    assert result.rollout.verdict is Verdict.TIMED_OUT
    assert result.rollout.error is not None and "no response" in result.rollout.error.cause
    assert deploy.events_of(Warned)


def test_no_wait_commits_and_does_not_watch(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILD_ERROR"),))]
    result = deploy(wait=False)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.COMMITTED, 0)
    assert result.changed
    assert not hub.requests_to("/runtime") and not hub.visits


def test_no_wait_without_changes_is_unchanged(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    assert deploy(wait=False).rollout.verdict is Verdict.UNCHANGED


@pytest.mark.parametrize("stage", ["RUNTIME_ERROR", "BUILD_ERROR"])
def test_an_unchanged_space_in_an_error_stage_is_restarted_once(
    deploy: Deployer, hub: LocalHub, stage: str
) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING")))]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNCHANGED, 0)
    assert [event.stage for event in deploy.events_of(Restarted)] == [stage]
    assert len(hub.requests_to("/restart", "POST")) == 1
    assert commits_sent(hub) == 0


def test_an_unchanged_space_that_fails_again_is_a_failure(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, stage="RUNTIME_ERROR")
    hub.scenario.builds = [_failing("RUNTIME_ERROR")]
    result = deploy()
    assert (result.rollout.verdict, result.changed) == (Verdict.CRASHED, False)
    assert len(hub.requests_to("/restart", "POST")) == 1


def test_an_unchanged_space_that_runs_an_older_commit_is_watched(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP, running="0" * 40)
    result = deploy(timeout=1.0)
    assert result.rollout.verdict is Verdict.TIMED_OUT


def test_an_unchanged_space_that_is_still_building_is_watched(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=3), Step("RUNNING")))]
    deploy(wait=False)
    result = deploy()
    assert result.rollout.verdict is Verdict.UNCHANGED
    assert hub.space(SPACE).running == result.commit


def test_an_unchanged_space_that_is_paused_is_not_restarted(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP, stage="PAUSED")
    assert deploy().rollout.verdict is Verdict.PAUSED
    assert not hub.requests_to("/restart")


def test_a_static_space_is_live_if_its_head_is_the_deployed_commit(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"README.md": b"---\nsdk: static\n---\n", "index.html": b"<p>1</p>"})
    first = deploy()
    repo.commit({"index.html": b"<p>2</p>"})
    second = deploy()
    assert [first.rollout.verdict, second.rollout.verdict] == [Verdict.LIVE, Verdict.LIVE]
    assert hub.space(SPACE).head == second.commit
    assert not hub.requests_to("/logs/") and not hub.requests_to("/restart")


def test_the_watch_polls_less_often_over_time(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    deploy(timeout=120.0)
    # ten in the first half minute, then each ten seconds
    assert 18 <= len(hub.requests_to("/runtime")) <= 24


def test_the_app_url_is_the_one_that_the_hub_reports(deploy: Deployer, hub: LocalHub) -> None:
    result = deploy()
    assert result.app_url == hub.space(SPACE).url
    assert result.space_url == f"{hub.url}/spaces/{SPACE}"


def test_the_app_url_is_found_without_the_host_route(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.faults = [Fault("GET", "/host", times=99, status=404)]
    assert deploy().app_url == hub.space(SPACE).url


def test_a_malformed_response_of_the_host_route_is_ignored(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App())]
    hub.scenario.faults = [Fault("GET", "/host", times=99, status=200, body=json.dumps([1]))]
    assert deploy().app_url == hub.space(SPACE).url
