"""The release log: which commits of a history are releases, their states, and drift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.release.history import (
    Commit,
    ReleaseCommit,
    ReleaseState,
    parse_trailers,
    release_log_of,
    summarize_history,
)
from deployer.release.release import Kind, Release, RollbackReason, Run
from tests.unit.releases import BELOW, commit_of, release_of


@pytest.mark.parametrize(
    "message",
    ["", "Release: 3", "Release: x\nNonce: a\nTool: b", "release: 3\nnonce: a\ntool: b",
     "Release: -3\nNonce: a\nTool: b", "Release: \nNonce: a\nTool: b"],
)  # fmt: skip
def test_a_commit_not_made_by_hf_deploy_has_no_number(message: str) -> None:
    assert ReleaseCommit.read(commit_of(message), BELOW) is None


def test_the_newest_number_is_found_without_reading_further() -> None:
    def history() -> Iterator[Commit]:
        yield from _history("by hand", _of(7, run=Run("5")))
        raise AssertionError("read too far")

    past = summarize_history(history())
    assert past.number == 7
    assert [commit.message for commit in past.drift] == ["by hand"]
    assert summarize_history(_history("by hand")).newest is None


@pytest.mark.parametrize(
    ("titles", "is_untouched"),
    [(["initial commit"], True), (["Add app.py", "initial commit"], False), (["Squash"], False)],
)
def test_a_new_space_has_the_commit_of_the_hub_and_no_other(
    titles: Sequence[str], is_untouched: bool
) -> None:
    commits = [replace(commit_of(""), title=title) for title in titles]
    assert summarize_history(commits).is_untouched is is_untouched


def test_only_a_head_made_by_hf_deploy_has_trailers() -> None:
    assert summarize_history(_history(_of(7))).head_trailers["Snapshot"] == release_of().snapshot
    assert not summarize_history(_history("by hand", _of(7))).head_trailers


def test_a_message_copied_to_another_commit_is_not_a_release() -> None:
    history = _history(_of(7))
    ours, below = history[0], history[1]
    copied = replace(ours, id="f" * 40)
    past = summarize_history([copied, ours, below])
    assert (past.drift, past.newest and past.newest.id) == ((copied,), ours.id)
    assert [entry.record.id for entry in release_log_of([copied, ours, below], {}).entries] == [
        ours.id
    ]
    assert summarize_history([ours]).newest is None


def test_windows_line_endings_do_not_hide_a_release() -> None:
    record = ReleaseCommit.read(commit_of(release_of().message.replace("\n", "\r\n")), BELOW)
    assert record and record.number == 7


@pytest.mark.parametrize(
    ("newest", "run", "newer"),
    [
        (Run("11", "1"), Run("10", "2"), True),
        (Run("9", "3"), Run("10", "1"), False),
        (Run("10", "2"), Run("10", "1"), True),
        (Run("10", "1"), Run("10", "1"), False),
        (Run("10"), Run("9"), True),
        (Run("100"), Run("99"), True),
        (Run(), Run("10"), False),
        (Run("11"), Run(), False),
        (Run("x"), Run("10"), False),
    ],
)
def test_a_later_run_is_newer_and_then_a_later_attempt(newest: Run, run: Run, newer: bool) -> None:
    assert summarize_history(_history(_of(7, run=newest))).is_newer_than(run) is newer


def test_a_release_by_hand_does_not_hide_the_newest_run_below_it() -> None:
    runs = (Run(), Run(), Run("11"), Run("12"))
    assert summarize_history(_history(*(_of(7, run=run) for run in runs))).sequence == (11, 1)


@pytest.mark.parametrize("words", ["Run: " + "9" * 5000, "Attempt: " + "9" * 5000, "Run: ²"])
def test_no_run_is_too_long_to_read(words: str) -> None:
    history = _history(_of(7, run=Run("11")))
    ours, below = history[0], history[1]
    assert (
        summarize_history([replace(ours, message=f"{words}\n{ours.message}"), below]).newest
        is not None
    )


def test_a_number_without_a_next_one_is_ignored() -> None:
    assert summarize_history(_history(_of(999_999_999), _of(3))).number == 3


def _history(*releases: str | Release) -> list[Commit]:
    """Commits, newest first, as ids 9, 8, … on top of a first one, 0; a text is one by hand."""
    made = [commit_of("the first")]
    for number, release in enumerate(reversed(releases), 1):
        if isinstance(release, Release):
            release = replace(release, base=made[0].id).message
        made.insert(0, replace(commit_of(release), id=str(number) * 40))
    return made


def _of(number: int, **more: object) -> Release:
    return release_of(number=number, nonce=f"n{number}", **more)


def _tags(*numbers: int) -> dict[str, str]:
    return {f"hf-deploy/{number}": str(number) * 40 for number in numbers}


def test_a_release_is_verified_by_its_own_tag_only() -> None:
    log = release_log_of(
        _history(_of(2), _of(1)), {"hf-deploy/1": "1" * 40, "hf-deploy/2": "1" * 40}
    )
    assert [entry.state for entry in log.entries] == [
        ReleaseState.UNVERIFIED,
        ReleaseState.VERIFIED,
    ]


def test_commits_on_top_are_drift_and_those_in_between_are_not() -> None:
    log = release_log_of(_history("x", "y", _of(2), "z", _of(1)), {})
    assert [commit.message for commit in log.drift] == ["x", "y"]
    assert not release_log_of(_history("x", "y"), {}).drift


def test_a_release_that_was_rolled_back_has_the_reason() -> None:
    back = _of(3, kind=Kind.ROLLBACK, reason=RollbackReason("2" * 40, "crashed"))
    log = release_log_of(_history(back, _of(2), _of(1)), _tags(1, 2, 3))
    taken = log.entry(2)
    assert taken and (taken.state, taken.reason) == (ReleaseState.ROLLED_BACK, "crashed")


@pytest.mark.parametrize(
    ("releases", "verified", "healthy"),
    [
        ([_of(3), _of(2), _of(1)], [1, 2], "2"),
        ([_of(3), _of(2), _of(1)], [1], "1"),
        ([_of(3), _of(2), _of(1)], [1, 2, 3], "2"),
        ([_of(3), _of(2, reason=RollbackReason("1" * 40, "crashed")), _of(1)], [1, 2], "2"),
        ([_of(3, reason=RollbackReason("2" * 40, "by-hand")), _of(2), _of(1)], [1, 2, 3], "1"),
        ([_of(1)], [], None),
        ([_of(1, running="f" * 40)], [], "f"),
        ([_of(2), _of(1, running="f" * 40)], [], "f"),
        ([_of(2, running="1" * 40), _of(1, running="f" * 40)], [], "1"),
        ([_of(2, running="f" * 40), _of(1)], [1], "1"),
        ([_of(3, running="2" * 40), _of(2), _of(1)], [1], "2"),
        ([_of(4), _of(3, running="2" * 40), _of(2), _of(1)], [1], "2"),
        ([_of(4), _of(3, running="2" * 40), _of(2), _of(1)], [1, 3], "3"),
        ([_of(4, running="1" * 40), _of(3, running="1" * 40), _of(2), _of(1)], [2], "2"),
        (
            [
                _of(4, running="2" * 40),
                _of(3, reason=RollbackReason("2" * 40, "crashed")),
                _of(2),
                _of(1),
            ],
            [1],
            "1",
        ),
        ([_of(1, running="1" * 40)], [], None),
    ],
)
def test_a_rollback_goes_to_the_last_healthy_release_or_to_what_ran(
    releases: Sequence[Release], verified: Sequence[int], healthy: str | None
) -> None:
    history = _history(*releases)
    found = release_log_of(history, _tags(*verified)).last_healthy(before=history[0].id)
    assert found == (healthy * 40 if healthy else None)


def test_a_release_that_ran_but_was_never_verified_is_not_the_last_verified_one() -> None:
    history = _history(_of(3, running="2" * 40), _of(2), _of(1))
    assert release_log_of(history, _tags(1)).last_verified(before="3" * 40) == "1" * 40
    assert release_log_of(history, {}).last_verified(before="3" * 40) is None


def test_a_release_of_the_same_files_that_ran_is_passed_over_on_request() -> None:
    history = _history(_of(2, running="1" * 40), _of(1))
    log = release_log_of(history, {})
    assert log.last_healthy(before="2" * 40) == "1" * 40
    assert log.last_healthy(before="2" * 40, other=True) is None


def test_verified_releases_lost_in_a_squash_are_known_by_their_tags() -> None:
    log = release_log_of(
        _history("squashed"), {**_tags(2, 3), "v1": "f" * 40, "hf-deploy/x": "e" * 40}
    )
    assert log.squashed == (2, 3)
    assert log.number == 3


@given(some.text(max_size=60))
def test_any_message_is_a_release_or_none(message: str) -> None:
    for text in (message, f"Release: {message}\nNonce: a\nTool: b", f"Because: {message}"):
        ReleaseCommit.read(commit_of(text), BELOW)
        RollbackReason.read(parse_trailers(text).get("Because"))
