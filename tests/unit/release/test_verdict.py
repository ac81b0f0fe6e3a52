"""The verdict on a rollout, from each state that the Hub can report."""

from __future__ import annotations

import pytest

from deployer.release.verdict import GracePeriods, RolloutState, Verdict
from deployer.space.space import MOVING, Runtime, Stage

DEPLOYED, OLD = "a" * 40, "b" * 40
GRACE = GracePeriods().commit


def _state(before: str = "RUNNING", *, running: str | None = OLD, **more: object) -> RolloutState:
    return RolloutState(DEPLOYED, Runtime(before, running), **more)  # type: ignore[arg-type]


def test_running_is_live_only_with_the_deployed_commit() -> None:
    assert _state().verdict(Runtime("RUNNING", DEPLOYED), waited=0) is Verdict.LIVE
    for waited in (0.0, 10_000.0):
        assert _state().verdict(Runtime("RUNNING", OLD), waited=waited) is None


def test_another_running_commit_is_not_live() -> None:
    moved = _state().update(Runtime("RUNNING_BUILDING", OLD))
    assert moved.moved
    assert moved.verdict(Runtime("RUNNING", "c" * 40), waited=999) is None


def test_without_the_running_commit_only_a_change_of_stage_counts() -> None:
    rollout = _state(running=None)
    assert rollout.verdict(Runtime("RUNNING"), waited=999) is None
    assert rollout.update(Runtime("RUNNING")).verdict(Runtime("RUNNING"), waited=999) is None
    moved = rollout.update(Runtime("BUILDING")).update(Runtime("RUNNING"))
    assert moved.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE


def test_a_build_that_was_already_running_does_not_count() -> None:
    for stage in MOVING:
        rollout = _state(stage, running=None).update(Runtime("RUNNING"))
        assert rollout.verdict(Runtime("RUNNING"), waited=1) is None


def test_the_log_header_names_the_commit_of_the_build() -> None:
    deployed = _state(running=None, logged=DEPLOYED[:7], moved=True)
    other = _state(running=None, logged=OLD[:7], moved=True)
    assert deployed.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE
    assert other.verdict(Runtime("RUNNING"), waited=1) is None
    assert deployed.verdict(Runtime("BUILD_ERROR"), waited=1) is Verdict.BUILD_FAILED
    assert other.verdict(Runtime("BUILD_ERROR"), waited=1) is None


def test_a_log_header_alone_only_shows_that_the_build_began() -> None:
    queued = _state(running=None, logged=DEPLOYED[:7])
    assert queued.verdict(Runtime("RUNNING"), waited=1) is None
    assert queued.verdict(Runtime("RUNNING"), waited=GRACE) is Verdict.LIVE
    moved = queued.update(Runtime("RUNNING_BUILDING"))
    assert moved.verdict(Runtime("RUNNING"), waited=2) is Verdict.LIVE


def test_a_build_queued_after_another_is_found_by_its_log_header() -> None:
    rollout = _state("BUILDING", running=None, logged=DEPLOYED[:7]).update(Runtime("RUNNING"))
    assert rollout.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE


def test_an_earlier_error_counts_after_the_grace_period() -> None:
    rollout = _state("BUILD_ERROR", running=None)
    assert rollout.verdict(Runtime("BUILD_ERROR"), waited=1) is None
    assert rollout.verdict(Runtime("BUILD_ERROR"), waited=GRACE) is Verdict.BUILD_FAILED


def test_a_build_error_of_another_commit_does_not_fail_the_deploy() -> None:
    other = _state(running=None, logged=OLD[:7], moved=True)
    found = other.verdict(Runtime("BUILD_ERROR"), waited=GRACE + 1)
    assert found is not Verdict.BUILD_FAILED


def test_a_static_space_runs_as_soon_as_it_is_running() -> None:
    rollout = _state(running=None, static=True)
    assert rollout.verdict(Runtime("RUNNING"), waited=0) is Verdict.LIVE


@pytest.mark.parametrize("stage", [*sorted(MOVING), "SLEEPING", "DEFRAGMENTING", "", "UNKNOWN"])
def test_a_stage_that_is_not_final_is_waited_for(stage: str) -> None:
    assert _state().verdict(Runtime(stage), waited=10_000) is None


@pytest.mark.parametrize("stage", [s for s in Stage if s not in MOVING | {Stage.SLEEPING}])
def test_every_final_stage_ends_the_watch(stage: Stage) -> None:
    seen = Runtime(stage, DEPLOYED if stage == Stage.RUNNING else None)
    assert _state(moved=True, logged=DEPLOYED[:7]).verdict(seen, waited=0) is not None


def test_every_verdict_has_a_headline_and_the_exit_code_of_the_table() -> None:
    assert all(verdict.headline and not verdict.headline.endswith(".") for verdict in Verdict)
    table = {
        0: {"live", "unchanged", "superseded", "paused", "committed", "planned", "skipped"},
        3: {"misconfigured"},
        7: {"build-failed"},
        9: {"crashed", "unhealthy", "stopped", "deleting"},
        10: {"timed-out", "platform-failed"},
    }
    for code, verdicts in table.items():
        assert {str(verdict) for verdict in Verdict if verdict.exit_code == code} == verdicts


@pytest.mark.parametrize("stage", ["RUNNING", "PAUSED", "RUNTIME_ERROR"])
def test_a_stage_from_before_a_restart_counts_after_a_change_or_grace_period(
    stage: str,
) -> None:
    running = DEPLOYED if stage == "RUNNING" else None
    seen = Runtime(stage, running)
    rollout = _state(stage, running=running, sent=False, restarting=True, logged=DEPLOYED[:7])
    assert rollout.update(seen).verdict(seen, waited=1) is None
    assert rollout.verdict(seen, waited=GracePeriods().restart) is not None
    moved = rollout.update(Runtime("APP_STARTING"))
    assert moved.verdict(seen, waited=1) is not None


def test_a_restart_by_new_settings_is_not_taken_for_the_build() -> None:
    rollout = _state(running=None, restarting=True).update(Runtime("APP_STARTING"))
    assert rollout.verdict(Runtime("RUNNING"), waited=1) is None
    assert rollout.verdict(Runtime("RUNTIME_ERROR"), waited=1) is None
    assert rollout.verdict(Runtime("RUNNING"), waited=GRACE) is Verdict.LIVE
    known = _state(restarting=True).update(Runtime("APP_STARTING", OLD))
    assert known.verdict(Runtime("RUNNING", DEPLOYED), waited=1) is Verdict.LIVE


def test_the_stage_the_log_or_the_running_commit_shows_the_deploy() -> None:
    assert _state("NO_APP_FILE", running=None).shows_nothing(Runtime("NO_APP_FILE"))
    assert _state().shows_nothing(Runtime("RUNNING", OLD))
    assert not _state().shows_nothing(Runtime("RUNNING", DEPLOYED))
    assert not _state().shows_nothing(Runtime("RUNNING_BUILDING", OLD))
    assert not _state(logged=DEPLOYED[:7]).shows_nothing(Runtime("RUNNING", OLD))
    assert not _state(moved=True).shows_nothing(Runtime("RUNNING", OLD))


def test_an_invalid_card_has_no_build_log() -> None:
    rollout = _state(running=None, logged=OLD[:7]).update(Runtime("CONFIG_ERROR"))
    assert rollout.verdict(Runtime("CONFIG_ERROR"), waited=1) is Verdict.MISCONFIGURED
    again = _state("CONFIG_ERROR", running=None, logged=OLD[:7])
    assert again.verdict(Runtime("CONFIG_ERROR"), waited=1) is None
    assert again.verdict(Runtime("CONFIG_ERROR"), waited=GRACE) is Verdict.MISCONFIGURED


def test_without_the_running_commit_only_an_old_head_counts_at_once() -> None:
    fresh = _state(running=None, sent=False)
    assert fresh.verdict(Runtime("RUNNING"), waited=1) is None
    assert fresh.verdict(Runtime("RUNNING"), waited=GRACE) is Verdict.LIVE
    old = _state(running=None, sent=False, predates_run=True)
    assert old.verdict(Runtime("RUNNING"), waited=0) is Verdict.LIVE
    assert old.verdict(Runtime("RUNTIME_ERROR"), waited=0) is Verdict.CRASHED


def test_a_space_that_becomes_static_serves_the_old_app_for_a_while() -> None:
    rollout = _state(static=True, becomes_static=True)
    assert rollout.verdict(Runtime("RUNNING", OLD), waited=1) is None
    assert rollout.verdict(Runtime("RUNNING"), waited=GracePeriods().restart) is Verdict.LIVE


def test_without_the_running_commit_the_head_is_requested() -> None:
    assert _state(running=None).is_about_another(Runtime("RUNNING"))
    assert _state().is_about_another(Runtime("BUILD_ERROR"))
    assert not _state(logged=DEPLOYED[:7]).is_about_another(Runtime("BUILD_ERROR"))
    assert not _state().is_about_another(Runtime("RUNNING", OLD))
    assert _state().is_about_another(Runtime("RUNNING", "c" * 40))
