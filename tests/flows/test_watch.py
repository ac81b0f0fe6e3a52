"""Watching: RUNNING proves nothing, each stage has its verdict, logs belong to their commit."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from deployer.events import LogLine, Restarted, StageChanged, Warned
from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

OLD = {**APP, "app.py": b"old"}
BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)


def _failing(stage: str, *, message: str | None = None, log: Sequence[str] = ()) -> Build:
    return Build(steps=(BUILDING, Step(stage, log=log)), message=message)


def test_the_old_version_running_is_not_taken_for_the_new_one(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(stale_polls=4)]
    outcome = deploy()
    assert outcome.rollout.verdict is Verdict.LIVE
    assert deploy.told(StageChanged)[-1].running == outcome.commit
    assert len(hub.requests_to("/runtime")) > 4


def test_a_stale_running_that_never_ends_times_out(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(stale=600)]
    outcome = deploy(timeout=1.0)
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.TIMED_OUT, 10)
    assert outcome.changed


def test_a_timeout_says_in_which_stage_it_was(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    outcome = deploy(timeout=1.0)
    assert outcome.rollout.error is not None
    assert "BUILDING" in outcome.rollout.error.cause
    assert "--timeout" in outcome.rollout.error.fix


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
def test_each_bad_end_has_its_verdict_and_three_lines(
    deploy: Deployer, hub: LocalHub, stage: str, verdict: Verdict, code: int
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [_failing(stage, message="The Hub's own word")]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (verdict, code)
    error = outcome.rollout.error
    assert error is not None
    assert error.message and error.fix and error.cause == "The Hub's own word"


def test_a_paused_space_is_no_failure_but_a_warning(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD, stage="PAUSED")
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.PAUSED, 0)
    assert outcome.rollout.warnings and "settings" in outcome.rollout.warnings[0]
    assert hub.space(SPACE).stage == "PAUSED"


def test_a_space_that_fell_asleep_with_our_commit_is_live(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING", polls=1), Step("SLEEPING")))]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_stage_that_nobody_knows_is_waited_for(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [
        Build(steps=(Step("DEFRAGMENTING", polls=2), Step("BUILDING"), Step("RUNNING")))
    ]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_stage_that_nobody_knows_is_named_when_the_time_is_up(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(steps=(Step("DEFRAGMENTING"),))]
    outcome = deploy(timeout=1.0)
    assert outcome.rollout.verdict is Verdict.TIMED_OUT
    assert outcome.rollout.error is not None and "DEFRAGMENTING" in outcome.rollout.error.cause


def test_an_error_of_the_version_before_is_not_ours(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD, stage="BUILD_ERROR")
    hub.scenario.builds = [Build(stale_polls=3)]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_an_error_after_an_error_of_the_version_before_is_ours(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD, stage="BUILD_ERROR")
    hub.scenario.builds = [Build(steps=(BUILDING, Step("BUILD_ERROR")), stale_polls=2)]
    assert deploy().rollout.verdict is Verdict.BUILD_FAILED


def test_without_the_running_commit_a_build_that_was_seen_counts(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD, running=None)
    steps = (BUILDING, Step("APP_STARTING", polls=1), Step("RUNNING"))
    hub.scenario.builds = [Build(steps=steps, stale_polls=2, sha=False)]
    outcome = deploy()
    assert outcome.rollout.verdict is Verdict.LIVE
    assert [event.stage for event in deploy.told(StageChanged)][-1] == "RUNNING"
    assert hub.space(SPACE).running == outcome.commit


def test_without_the_running_commit_a_stale_running_is_not_believed(
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


def test_a_log_that_is_not_there_is_not_asked_for_again_and_again(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=8), Step("RUNNING")))]
    hub.scenario.faults = [Fault("GET", "/logs/build", 99, status=404)]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(hub.requests_to("/runtime")) > 8
    assert len(hub.requests_to("/logs/build")) <= 6


def test_the_build_log_is_told_line_by_line_in_order_and_once(
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
    told = [event.line for event in deploy.told(LogLine)]
    assert [line for line in told if line.startswith("line ")] == lines


def test_a_log_stream_that_is_cut_goes_on_where_it_was(deploy: Deployer, hub: LocalHub) -> None:
    lines = [f"line {number}" for number in range(20)]
    steps = (Step("BUILDING", log=[f"{line}\n" for line in lines], polls=3), Step("RUNNING"))
    hub.scenario.builds = [Build(steps=steps)]
    hub.scenario.faults = [Fault("GET", "/logs/build", cut_after_events=5)]
    assert deploy().rollout.verdict is Verdict.LIVE
    told = [event.line for event in deploy.told(LogLine) if event.line.startswith("line ")]
    assert told == lines


def test_a_log_that_can_not_be_had_does_not_stop_the_watch(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING")))]
    hub.scenario.faults = [Fault("GET", "/logs/", times=99, status=500)]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_lines_of_somebody_else_s_build_are_not_told(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    theirs = Build(steps=(Step("BUILDING", log=("theirs\n",), seconds=600),))
    ours = Build(steps=(Step("BUILDING", log=("ours\n",), polls=2), Step("RUNNING")), stale_polls=2)
    hub.scenario.builds = [theirs, ours]
    hub.commit(SPACE, {"by-hand.txt": b"x"})
    hub.wait_until(lambda: "theirs" in hub.space(SPACE).build_log)
    assert deploy().rollout.verdict is Verdict.LIVE
    told = [event.line for event in deploy.told(LogLine)]
    assert "ours" in told and "theirs" not in told


def test_a_failed_build_shows_the_end_of_the_build_log(deploy: Deployer, hub: LocalHub) -> None:
    log = [f"line {number}\n" for number in range(100)] + ["ERROR: no such package\n"]
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=log, polls=1), Step("BUILD_ERROR")))]
    ending = deploy().rollout
    assert ending.log[-1] == "ERROR: no such package"
    assert 5 <= len(ending.log) <= 50
    assert ending.error is not None and ending.error.cause == "ERROR: no such package"


def test_a_crash_shows_the_end_of_the_app_s_own_log(deploy: Deployer, hub: LocalHub) -> None:
    traceback = ("Traceback (most recent call last):\n", "ModuleNotFoundError: No module 'x'\n")
    steps = (BUILDING, Step("APP_STARTING", log=traceback, polls=1), Step("RUNTIME_ERROR"))
    hub.scenario.builds = [Build(steps=steps)]
    ending = deploy().rollout
    assert ending.verdict is Verdict.CRASHED
    assert ending.log[-1] == "ModuleNotFoundError: No module 'x'"
    assert not any("--> building" in line for line in ending.log)


def test_a_newer_commit_on_top_ends_the_watch_as_superseded(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),)), Build()]
    hub.scenario.faults = [
        Fault("GET", "/runtime", after=2, conflict=lambda: hub.commit(SPACE, {"x": b"newer"}))
    ]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.SUPERSEDED, 0)
    assert outcome.rollout.warnings


def test_a_hub_that_fails_while_we_watch_is_waited_for(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=2), Step("RUNNING")))]
    hub.scenario.faults = [
        Fault("GET", "/runtime", after=2, status=503),
        Fault("GET", "/runtime", after=3, drop="before"),
    ]
    assert deploy().rollout.verdict is Verdict.LIVE


def test_a_hub_that_fails_until_the_time_is_up_is_a_timeout_that_says_so(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.faults = [Fault("GET", "/runtime", after=1, times=99, status=503)]
    outcome = deploy(timeout=1.0)
    assert outcome.rollout.verdict is Verdict.TIMED_OUT
    assert outcome.rollout.error is not None and "no response" in outcome.rollout.error.cause
    assert deploy.told(Warned)


def test_no_wait_commits_and_does_not_look(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILD_ERROR"),))]
    outcome = deploy(wait=False)
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.COMMITTED, 0)
    assert outcome.changed
    assert not hub.requests_to("/runtime") and not hub.visits


def test_no_wait_with_nothing_to_send_is_unchanged(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    assert deploy(wait=False).rollout.verdict is Verdict.UNCHANGED


@pytest.mark.parametrize("stage", ["RUNTIME_ERROR", "BUILD_ERROR"])
def test_an_unchanged_space_in_an_error_stage_is_restarted_once(
    deploy: Deployer, hub: LocalHub, stage: str
) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    hub.scenario.builds = [Build(steps=(BUILDING, Step("RUNNING")))]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.UNCHANGED, 0)
    assert [event.stage for event in deploy.told(Restarted)] == [stage]
    assert len(hub.requests_to("/restart", "POST")) == 1
    assert commits_sent(hub) == 0


def test_an_unchanged_space_that_fails_again_is_a_failure(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, stage="RUNTIME_ERROR")
    hub.scenario.builds = [_failing("RUNTIME_ERROR")]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.changed) == (Verdict.CRASHED, False)
    assert len(hub.requests_to("/restart", "POST")) == 1


def test_an_unchanged_space_that_runs_an_older_commit_is_watched(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, APP, running="0" * 40)
    outcome = deploy(timeout=1.0)
    assert outcome.rollout.verdict is Verdict.TIMED_OUT


def test_an_unchanged_space_that_is_still_building_is_watched(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=3), Step("RUNNING")))]
    deploy(wait=False)
    outcome = deploy()
    assert outcome.rollout.verdict is Verdict.UNCHANGED
    assert hub.space(SPACE).running == outcome.commit


def test_an_unchanged_space_that_is_paused_is_not_woken(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, stage="PAUSED")
    assert deploy().rollout.verdict is Verdict.PAUSED
    assert not hub.requests_to("/restart")


def test_a_static_space_is_live_when_its_head_is_ours(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"README.md": b"---\nsdk: static\n---\n", "index.html": b"<p>1</p>"})
    first = deploy()
    repo.commit({"index.html": b"<p>2</p>"})
    second = deploy()
    assert [first.rollout.verdict, second.rollout.verdict] == [Verdict.LIVE, Verdict.LIVE]
    assert hub.space(SPACE).head == second.commit
    assert not hub.requests_to("/logs/") and not hub.requests_to("/restart")


def test_watching_asks_less_and_less_often(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=600),))]
    deploy(timeout=120.0)
    # ten in the first half minute, then each ten seconds
    assert 18 <= len(hub.requests_to("/runtime")) <= 24


def test_the_app_s_address_is_the_one_that_the_hub_gives(deploy: Deployer, hub: LocalHub) -> None:
    outcome = deploy()
    assert outcome.app_url == hub.space(SPACE).url
    assert outcome.space_url == f"{hub.url}/spaces/{SPACE}"


def test_the_address_is_found_where_the_host_route_is_missing(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.faults = [Fault("GET", "/host", times=99, status=404)]
    assert deploy().app_url == hub.space(SPACE).url


def test_a_host_answer_that_is_no_object_is_survived(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App())]
    hub.scenario.faults = [Fault("GET", "/host", times=99, status=200, body=json.dumps([1]))]
    assert deploy().app_url == hub.space(SPACE).url
