"""The verdict on a rollout, from each state that the Hub can report."""

from __future__ import annotations

import pytest

from deployer.release.verdict import GracePeriods, RolloutState, Verdict
from deployer.space.space import MOVING, Runtime, Stage

OURS, OLD = "a" * 40, "b" * 40
SETTLE = GracePeriods().commit


def _evidence(
    before: str = "RUNNING", *, running: str | None = OLD, **more: object
) -> RolloutState:
    return RolloutState(OURS, Runtime(before, running), **more)  # type: ignore[arg-type]


def test_running_is_live_only_with_our_commit() -> None:
    assert _evidence().verdict(Runtime("RUNNING", OURS), waited=0) is Verdict.LIVE
    for waited in (0.0, 10_000.0):
        assert _evidence().verdict(Runtime("RUNNING", OLD), waited=waited) is None


def test_another_commit_running_is_not_ours_however_the_space_moved() -> None:
    moved = _evidence().update(Runtime("RUNNING_BUILDING", OLD))
    assert moved.moved
    assert moved.verdict(Runtime("RUNNING", "c" * 40), waited=999) is None


def test_without_the_commit_a_change_of_stage_counts_and_nothing_else_does() -> None:
    evidence = _evidence(running=None)
    assert evidence.verdict(Runtime("RUNNING"), waited=999) is None
    assert evidence.update(Runtime("RUNNING")).verdict(Runtime("RUNNING"), waited=999) is None
    moved = evidence.update(Runtime("BUILDING")).update(Runtime("RUNNING"))
    assert moved.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE


def test_a_build_that_was_under_way_already_proves_nothing() -> None:
    for stage in MOVING:
        evidence = _evidence(stage, running=None).update(Runtime("RUNNING"))
        assert evidence.verdict(Runtime("RUNNING"), waited=1) is None


def test_the_log_s_header_decides_whose_build_it_was() -> None:
    ours = _evidence(running=None, logged=OURS[:7], moved=True)
    theirs = _evidence(running=None, logged=OLD[:7], moved=True)
    assert ours.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE
    assert theirs.verdict(Runtime("RUNNING"), waited=1) is None
    assert ours.verdict(Runtime("BUILD_ERROR"), waited=1) is Verdict.BUILD_FAILED
    assert theirs.verdict(Runtime("BUILD_ERROR"), waited=1) is None


def test_a_header_alone_proves_only_that_our_build_began() -> None:
    queued = _evidence(running=None, logged=OURS[:7])
    assert queued.verdict(Runtime("RUNNING"), waited=1) is None
    assert queued.verdict(Runtime("RUNNING"), waited=SETTLE) is Verdict.LIVE
    moved = queued.update(Runtime("RUNNING_BUILDING"))
    assert moved.verdict(Runtime("RUNNING"), waited=2) is Verdict.LIVE


def test_our_build_after_one_that_was_under_way_is_seen_by_its_header() -> None:
    evidence = _evidence("BUILDING", running=None, logged=OURS[:7]).update(Runtime("RUNNING"))
    assert evidence.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE


def test_an_error_that_was_there_before_is_believed_after_a_while() -> None:
    evidence = _evidence("BUILD_ERROR", running=None)
    assert evidence.verdict(Runtime("BUILD_ERROR"), waited=1) is None
    assert evidence.verdict(Runtime("BUILD_ERROR"), waited=SETTLE) is Verdict.BUILD_FAILED


def test_a_build_error_of_somebody_else_s_commit_is_never_ours() -> None:
    theirs = _evidence(running=None, logged=OLD[:7], moved=True)
    found = theirs.verdict(Runtime("BUILD_ERROR"), waited=SETTLE + 1)
    assert found is not Verdict.BUILD_FAILED


def test_a_static_space_runs_as_soon_as_it_is_running() -> None:
    evidence = _evidence(running=None, static=True)
    assert evidence.verdict(Runtime("RUNNING"), waited=0) is Verdict.LIVE


@pytest.mark.parametrize("stage", [*sorted(MOVING), "SLEEPING", "DEFRAGMENTING", "", "UNKNOWN"])
def test_a_stage_that_is_no_end_is_waited_for(stage: str) -> None:
    assert _evidence().verdict(Runtime(stage), waited=10_000) is None


@pytest.mark.parametrize("stage", [s for s in Stage if s not in MOVING | {Stage.SLEEPING}])
def test_every_other_stage_ends_the_watch(stage: Stage) -> None:
    seen = Runtime(stage, OURS if stage == Stage.RUNNING else None)
    assert _evidence(moved=True, logged=OURS[:7]).verdict(seen, waited=0) is not None


def test_every_verdict_has_a_headline_and_the_exit_code_of_the_table() -> None:
    assert all(verdict.headline and not verdict.headline.endswith(".") for verdict in Verdict)
    table = {
        0: {"live", "unchanged", "superseded", "paused", "committed", "planned"},
        3: {"misconfigured"},
        7: {"build-failed"},
        9: {"crashed", "unhealthy", "stopped", "deleting"},
        10: {"timed-out"},
    }
    for code, verdicts in table.items():
        assert {str(verdict) for verdict in Verdict if verdict.exit_code == code} == verdicts


@pytest.mark.parametrize("stage", ["RUNNING", "PAUSED", "RUNTIME_ERROR"])
def test_a_stage_from_before_a_restart_proves_nothing_until_it_changes_or_a_while_has_passed(
    stage: str,
) -> None:
    running = OURS if stage == "RUNNING" else None
    seen = Runtime(stage, running)
    evidence = _evidence(stage, running=running, sent=False, restarting=True, logged=OURS[:7])
    assert evidence.update(seen).verdict(seen, waited=1) is None
    assert evidence.verdict(seen, waited=GracePeriods().restart) is not None
    moved = evidence.update(Runtime("APP_STARTING"))
    assert moved.verdict(seen, waited=1) is not None


def test_what_new_settings_do_is_not_taken_for_our_build() -> None:
    evidence = _evidence(running=None, restarting=True).update(Runtime("APP_STARTING"))
    assert evidence.verdict(Runtime("RUNNING"), waited=1) is None
    assert evidence.verdict(Runtime("RUNTIME_ERROR"), waited=1) is None
    assert evidence.verdict(Runtime("RUNNING"), waited=SETTLE) is Verdict.LIVE
    known = _evidence(restarting=True).update(Runtime("APP_STARTING", OLD))
    assert known.verdict(Runtime("RUNNING", OURS), waited=1) is Verdict.LIVE


def test_nothing_is_seen_until_the_stage_the_log_or_the_commit_tells_of_ours() -> None:
    assert _evidence("NO_APP_FILE", running=None).shows_nothing(Runtime("NO_APP_FILE"))
    assert _evidence().shows_nothing(Runtime("RUNNING", OLD))
    assert not _evidence().shows_nothing(Runtime("RUNNING", OURS))
    assert not _evidence().shows_nothing(Runtime("RUNNING_BUILDING", OLD))
    assert not _evidence(logged=OURS[:7]).shows_nothing(Runtime("RUNNING", OLD))
    assert not _evidence(moved=True).shows_nothing(Runtime("RUNNING", OLD))


def test_a_card_that_the_hub_can_not_read_has_no_log_of_its_own() -> None:
    evidence = _evidence(running=None, logged=OLD[:7]).update(Runtime("CONFIG_ERROR"))
    assert evidence.verdict(Runtime("CONFIG_ERROR"), waited=1) is Verdict.MISCONFIGURED
    again = _evidence("CONFIG_ERROR", running=None, logged=OLD[:7])
    assert again.verdict(Runtime("CONFIG_ERROR"), waited=1) is None
    assert again.verdict(Runtime("CONFIG_ERROR"), waited=SETTLE) is Verdict.MISCONFIGURED


def test_without_the_running_commit_only_a_head_that_is_old_is_believed_at_once() -> None:
    fresh = _evidence(running=None, sent=False)
    assert fresh.verdict(Runtime("RUNNING"), waited=1) is None
    assert fresh.verdict(Runtime("RUNNING"), waited=SETTLE) is Verdict.LIVE
    old = _evidence(running=None, sent=False, predates_run=True)
    assert old.verdict(Runtime("RUNNING"), waited=0) is Verdict.LIVE
    assert old.verdict(Runtime("RUNTIME_ERROR"), waited=0) is Verdict.CRASHED


def test_a_space_that_turns_static_serves_the_app_of_before_for_a_while() -> None:
    evidence = _evidence(static=True, becomes_static=True)
    assert evidence.verdict(Runtime("RUNNING", OLD), waited=1) is None
    assert evidence.verdict(Runtime("RUNNING"), waited=GracePeriods().restart) is Verdict.LIVE


def test_where_the_running_commit_is_not_told_the_head_is_asked_for() -> None:
    assert _evidence(running=None).is_about_another(Runtime("RUNNING"))
    assert _evidence().is_about_another(Runtime("BUILD_ERROR"))
    assert not _evidence(logged=OURS[:7]).is_about_another(Runtime("BUILD_ERROR"))
    assert not _evidence().is_about_another(Runtime("RUNNING", OLD))
    assert _evidence().is_about_another(Runtime("RUNNING", "c" * 40))
