"""Space ids, runtimes, what each sight proves, and what a release says of itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.errors import UsageProblem
from deployer.release import Commit, Release, Run, carries_nonce, number_of, past_of, trailers
from deployer.snapshot import Source
from deployer.space import MOVING, Runtime, SpaceId, Stage, Visibility
from deployer.verdict import SETTLE_SECONDS, Evidence, Verdict

OURS, OLD = "a" * 40, "b" * 40


@pytest.mark.parametrize(
    "text",
    ["o/n", "Org-1/my_app.v2", " julia/demo ", "https://huggingface.co/spaces/julia/demo",
     "http://127.0.0.1:8000/spaces/julia/demo/", "_o/n_"],
)  # fmt: skip
def test_a_space_s_id_is_read(text: str) -> None:
    space = SpaceId.parse(text)
    assert str(space) == f"{space.owner}/{space.name}"
    assert str(space) in text


@pytest.mark.parametrize(
    "text",
    ["", "/", "o", "o/", "/n", "o/n/m", "o/-n", "o/n-", "o/.n", "o/n.", "o/a--b", "o/a..b",
     "o/n.git", "o /n", "o/n\n", "o/ñ", "o/n?x", "../..", "spaces/julia/demo", "o/" + "n" * 95,
     "https://evil.example/julia/demo", "o/n\x1b[31m"],
)  # fmt: skip
def test_what_the_hub_would_refuse_is_no_id(text: str) -> None:
    if text.strip() == "o/n":
        assert str(SpaceId.parse(text)) == "o/n"
        return
    with pytest.raises(UsageProblem) as raised:
        SpaceId.parse(text)
    assert "\x1b" not in raised.value.seen


@given(some.text(max_size=200))
def test_any_text_is_an_id_or_a_usage_problem(text: str) -> None:
    try:
        space = SpaceId.parse(text)
    except UsageProblem as error:
        assert len(error.seen) < 1000
    else:
        assert SpaceId.parse(str(space)) == space
        assert str(space).isascii() and len(str(space)) <= 96


def test_auto_is_private_unless_the_source_is_public() -> None:
    assert Visibility.AUTO.decided(source_is_public=False) is Visibility.PRIVATE
    assert Visibility.AUTO.decided(source_is_public=True) is Visibility.PUBLIC
    for choice in (Visibility.PUBLIC, Visibility.PROTECTED, Visibility.PRIVATE):
        assert choice.decided(source_is_public=True) is choice
        assert choice.decided(source_is_public=False) is choice


def test_a_runtime_is_read_with_whatever_is_missing() -> None:
    assert Runtime.read({}) == Runtime("UNKNOWN")
    assert Runtime.read({"stage": None, "hardware": None, "sha": ""}) == Runtime("UNKNOWN")
    full = {"stage": "RUNNING", "sha": OURS, "hardware": {"current": "t4", "requested": "a10"}}
    assert Runtime.read(full | {"errorMessage": "x"}) == Runtime("RUNNING", OURS, "t4", "x")
    assert Runtime.read({"stage": "BUILDING", "hardware": {"requested": "a10"}}).hardware == "a10"


def _evidence(before: str = "RUNNING", *, running: str | None = OLD, **more: object) -> Evidence:
    return Evidence(OURS, Runtime(before, running), **more)  # type: ignore[arg-type]


def test_running_is_live_only_with_our_commit() -> None:
    assert _evidence().verdict(Runtime("RUNNING", OURS), waited=0) is Verdict.LIVE
    for waited in (0.0, 10_000.0):
        assert _evidence().verdict(Runtime("RUNNING", OLD), waited=waited) is None


def test_another_commit_running_is_not_ours_however_the_space_moved() -> None:
    moved = _evidence().after(Runtime("RUNNING_BUILDING", OLD))
    assert moved.moved
    assert moved.verdict(Runtime("RUNNING", "c" * 40), waited=999) is None


def test_without_the_commit_a_change_of_stage_counts_and_nothing_else_does() -> None:
    evidence = _evidence(running=None)
    assert evidence.verdict(Runtime("RUNNING"), waited=999) is None
    assert evidence.after(Runtime("RUNNING")).verdict(Runtime("RUNNING"), waited=999) is None
    moved = evidence.after(Runtime("BUILDING")).after(Runtime("RUNNING"))
    assert moved.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE


def test_a_build_that_was_under_way_already_proves_nothing() -> None:
    for stage in MOVING:
        evidence = _evidence(stage, running=None).after(Runtime("RUNNING"))
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
    assert queued.verdict(Runtime("RUNNING"), waited=SETTLE_SECONDS) is Verdict.LIVE
    moved = queued.after(Runtime("RUNNING_BUILDING"))
    assert moved.verdict(Runtime("RUNNING"), waited=2) is Verdict.LIVE


def test_our_build_after_one_that_was_under_way_is_seen_by_its_header() -> None:
    evidence = _evidence("BUILDING", running=None, logged=OURS[:7]).after(Runtime("RUNNING"))
    assert evidence.verdict(Runtime("RUNNING"), waited=1) is Verdict.LIVE


def test_an_error_that_was_there_before_is_believed_after_a_while() -> None:
    evidence = _evidence("BUILD_ERROR", running=None)
    assert evidence.verdict(Runtime("BUILD_ERROR"), waited=1) is None
    assert evidence.verdict(Runtime("BUILD_ERROR"), waited=SETTLE_SECONDS) is Verdict.BUILD_FAILED


def test_a_build_error_of_somebody_else_s_commit_is_never_ours() -> None:
    theirs = _evidence(running=None, logged=OLD[:7], moved=True)
    found = theirs.verdict(Runtime("BUILD_ERROR"), waited=SETTLE_SECONDS + 1)
    assert found is not Verdict.BUILD_FAILED


def test_a_static_space_runs_as_soon_as_it_is_running() -> None:
    evidence = _evidence(running=None, static=True)
    assert evidence.verdict(Runtime("RUNNING"), waited=0) is Verdict.LIVE


@pytest.mark.parametrize("stage", [*sorted(MOVING), "DEFRAGMENTING", "", "UNKNOWN"])
def test_a_stage_that_is_no_end_is_waited_for(stage: str) -> None:
    assert _evidence().verdict(Runtime(stage), waited=10_000) is None


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in MOVING])
def test_every_other_stage_ends_the_watch(stage: Stage) -> None:
    seen = Runtime(stage, OURS if stage in ("RUNNING", "SLEEPING") else None)
    assert _evidence(moved=True, logged=OURS[:7]).verdict(seen, waited=0) is not None


def test_every_verdict_has_a_sentence_and_the_exit_code_of_the_table() -> None:
    assert all(verdict.sentence.endswith(".") for verdict in Verdict)
    table = {
        0: {"live", "unchanged", "superseded", "paused", "committed", "planned"},
        3: {"misconfigured"},
        7: {"build-failed"},
        9: {"crashed", "unhealthy", "stopped", "deleting"},
        10: {"timed-out"},
    }
    for code, verdicts in table.items():
        assert {str(verdict) for verdict in Verdict if verdict.exit_code == code} == verdicts


def _release(**more: object) -> Release:
    source = Source("julia/project", OURS, "refs/heads/main")
    return Release(**{"number": 7, "source": source, "snapshot": OLD, "nonce": "n0", **more})  # type: ignore[arg-type]


def _commit(message: str) -> Commit:
    return Commit("c", "t", message, "julia", datetime.now(UTC))


def test_a_release_s_words_are_read_back() -> None:
    release = _release(run=Run("4711", "2", "julia"))
    said = trailers(release.message)
    assert said["Release"] == "7" and said["Run"] == "4711" and said["Attempt"] == "2"
    assert said["Source"] == f"julia/project@{OURS}" and said["Snapshot"] == OLD
    assert number_of(_commit(release.message)) == 7
    assert carries_nonce(_commit(release.message), "n0")
    assert not carries_nonce(_commit(release.message), "n")
    assert release.title == "Deploy julia/project@aaaaaaa"


def test_what_is_not_known_has_no_line() -> None:
    message = _release(source=Source("folder")).message
    assert {"Ref", "Run", "Attempt", "Actor"}.isdisjoint(trailers(message))


@given(some.text(max_size=40), some.text(max_size=40), some.text(max_size=40))
def test_no_name_forges_another_line(repository: str, ref: str, actor: str) -> None:
    release = _release(source=Source(repository, OURS, ref), run=Run("1", "1", actor))
    said = trailers(release.message)
    assert (said["Release"], said["Nonce"], said["Kind"]) == ("7", "n0", "deploy")
    known = {
        "Release",
        "Kind",
        "Source",
        "Ref",
        "Run",
        "Attempt",
        "Actor",
        "Snapshot",
        "Attributes",
        "Base",
        "Kept",
        "Nonce",
        "Tool",
    }
    assert set(said) <= known
    assert len(release.title.splitlines()) == 1


@pytest.mark.parametrize(
    "message",
    ["", "Release: 3", "Release: x\nNonce: a\nTool: b", "release: 3\nnonce: a\ntool: b",
     "Release: -3\nNonce: a\nTool: b", "Release: \nNonce: a\nTool: b"],
)  # fmt: skip
def test_a_commit_that_is_not_ours_has_no_number(message: str) -> None:
    assert number_of(_commit(message)) is None


def test_the_newest_number_is_found_without_reading_further() -> None:
    def history() -> object:
        yield _commit("by hand")
        yield _commit(_release().message)
        raise AssertionError("read too far")

    assert past_of(history()).number == 7  # type: ignore[arg-type]
    assert past_of([_commit("by hand")]).number is None


def test_only_a_head_that_is_ours_and_in_its_place_tells_what_the_space_holds() -> None:
    below = _commit("by hand")
    ours = _commit(replace(_release(), base=below.id).message)
    assert past_of([ours, below]).top["Snapshot"] == _release().snapshot
    assert not past_of([below, ours]).top
    assert not past_of([ours, replace(below, id="elsewhere")]).top
    assert not past_of([ours]).top


def test_windows_line_endings_do_not_hide_a_release() -> None:
    assert number_of(_commit(_release().message.replace("\n", "\r\n"))) == 7
