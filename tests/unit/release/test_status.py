"""How a Space is, in a word, and what a monitor ends with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deployer.release.history import Commit, ReleaseCommit, ReleaseEntry, ReleaseLog, ReleaseState
from deployer.release.outcome import ErrorDetails
from deployer.release.release import Release
from deployer.release.status import HealthResult, SpaceState, Status, running
from deployer.report.history import history_lines
from deployer.report.status import status_lines
from deployer.source.snapshot import Source
from deployer.space.space import Runtime, Space, SpaceId, Stage

HEAD, OLD = "a" * 40, "b" * 40
PAGE = "https://hub.example/spaces/julia/demo"


def _commit(name: str, *, title: str = "t", message: str = "", author: str = "julia") -> Commit:
    return Commit(name, title, message, author, datetime(2026, 7, 1, 12, 30, tzinfo=UTC))


def _entry(commit: str, number: int = 1, source: str = "julia/project") -> ReleaseEntry:
    release = Release(number, Source(source, OLD), snapshot=None, nonce="n0", base=OLD)
    record = ReleaseCommit.read(_commit(commit, message=release.message), OLD)
    assert record
    return ReleaseEntry(record, ReleaseState.VERIFIED)


def _status(
    stage: str = Stage.RUNNING,
    *,
    runs: str | None = HEAD,
    drift: tuple[Commit, ...] = (),
    well: bool | None = True,
    message: str | None = None,
    sdk: str = "gradio",
) -> Status:
    space = Space(SpaceId("julia", "demo"), HEAD, sdk, False, Runtime(stage, runs, message=message))
    log = ReleaseLog((_entry(OLD if drift else HEAD),), drift)
    return Status(space, log, _commit(HEAD), PAGE, health=HealthResult(well, "HTTP 500"))


@pytest.mark.parametrize(
    ("stage", "state", "code"),
    [
        ("RUNNING", "live", 0),
        ("SLEEPING", "sleeping", 0),
        ("PAUSED", "paused", 0),
        ("BUILDING", "building", 0),
        ("APP_STARTING", "building", 0),
        ("RUNNING_BUILDING", "building", 0),
        ("RUNNING_APP_STARTING", "building", 0),
        ("BUILD_ERROR", "build-failed", 9),
        ("RUNTIME_ERROR", "crashed", 9),
        ("CONFIG_ERROR", "misconfigured", 9),
        ("NO_APP_FILE", "misconfigured", 9),
        ("STOPPED", "stopped", 9),
        ("DELETING", "deleting", 9),
        ("DEFRAGMENTING", "unknown", 9),
    ],
)
def test_each_stage_has_a_word_and_an_exit_code(stage: str, state: str, code: int) -> None:
    status = _status(stage, well=None)
    assert (status.state, status.state.exit_code) == (state, code)
    assert status.state.headline
    assert (status.error is not None) == bool(code)


def test_every_stage_that_is_known_has_a_word() -> None:
    assert {stage for stage in Stage if _status(stage).state is SpaceState.UNKNOWN} == set()


@pytest.mark.parametrize("stage", ["RUNNING", "RUNNING_BUILDING"])
def test_an_app_with_an_error_status_is_unhealthy(stage: str) -> None:
    status = _status(stage, well=False)
    assert (status.state, status.state.exit_code) == (SpaceState.UNHEALTHY, 9)
    assert status.error and status.error.cause == "HTTP 500"


def test_an_app_that_was_not_checked_is_not_unhealthy() -> None:
    assert _status(well=None).state is SpaceState.LIVE


@pytest.mark.parametrize("stage", ["RUNNING", "SLEEPING", "RUNNING_BUILDING"])
def test_a_commit_by_someone_else_on_top_is_drift(stage: str) -> None:
    status = _status(stage, drift=(_commit(HEAD, title="mine", author="mallory"),))
    assert (status.state, status.state.exit_code) == (SpaceState.DRIFTED, 6)
    assert status.error and "mallory" in status.error.cause and HEAD[:7] in status.error.cause
    assert (status.entry, status.verified) == (None, None)


def test_a_running_commit_other_than_the_head_is_drift_unless_a_build_runs() -> None:
    assert _status(runs=OLD).state is SpaceState.DRIFTED
    assert "status" in (_status(runs=OLD).error or ErrorDetails("", "", "")).fix
    assert _status(Stage.RUNNING_BUILDING, runs=OLD).state is SpaceState.BUILDING
    assert _status(runs=None).state is SpaceState.LIVE


def test_an_unhealthy_state_comes_before_drift() -> None:
    theirs = (_commit(HEAD),)
    assert _status(drift=theirs, well=False).state is SpaceState.UNHEALTHY
    assert _status(Stage.RUNTIME_ERROR, drift=theirs).state is SpaceState.CRASHED
    assert _status(Stage.PAUSED, drift=theirs).state is SpaceState.PAUSED


def test_the_message_of_the_hub_is_the_cause() -> None:
    error = _status(Stage.CONFIG_ERROR, message="No sdk").error
    assert error and error.cause == "No sdk" and PAGE in error.fix


def test_a_static_space_serves_its_head_once_it_runs() -> None:
    assert running(_status(runs=None, sdk="static").space) == HEAD
    assert running(_status(Stage.BUILDING, runs=None, sdk="static").space) is None
    assert running(_status(runs=None).space) is None


def test_release_and_state_are_of_what_runs() -> None:
    status = _status()
    assert status.entry and status.entry.record.number == 1 and status.verified is True


def test_hostile_text_is_harmless_and_does_not_widen_the_table() -> None:
    evil = "\x1b]0;t\x07\x1b[2J\n::error::\u202e" + "x" * 300
    theirs = _commit(HEAD, title=evil, author=evil)
    entries = tuple(_entry(name * 40, int(name), source=evil) for name in "21")
    status = _status(drift=(theirs,), message=evil)
    lines = [
        *history_lines(status.space, ReleaseLog(entries, (theirs,), (1, 2)), 0),
        *status_lines(status),
        *status_lines(_status(Stage.CONFIG_ERROR, message=evil)),
    ]
    assert all(line.isprintable() for line in lines)
    table = lines[: len(entries) + 4]
    assert max(map(len, table)) <= 80


def test_a_long_history_is_cut_and_many_foreign_commits_are_counted() -> None:
    entries = tuple(_entry(f"{number:040}", number) for number in range(30, 0, -1))
    drift = tuple(_commit(f"{number:040}") for number in range(40, 50))
    space = _status(runs=f"{7:040}").space
    lines = "\n".join(history_lines(space, ReleaseLog(entries, drift), 20))
    assert "… and 10 more; -n 0 shows all" in lines
    assert "… and 5 more not made by hf-deploy" in lines
    assert len(list(history_lines(space, ReleaseLog(entries), 0))) == 31


@pytest.mark.parametrize(
    ("stage", "runs", "role"),
    [
        (Stage.RUNNING, OLD, "running"),
        (Stage.RUNNING_BUILDING, OLD, "running"),
        (Stage.SLEEPING, OLD, "last ran"),
        (Stage.SLEEPING, HEAD, "head"),
        (Stage.PAUSED, HEAD, "head"),
        (Stage.BUILD_ERROR, HEAD, "head"),
        (Stage.BUILDING, None, "head"),
    ],
)
def test_a_commit_is_running_only_where_it_serves(stage: str, runs: str | None, role: str) -> None:
    status = _status(stage, runs=runs)
    assert status.role == role
    assert any(line.startswith(f"{role} ") for line in status_lines(status))
