"""The report of a deploy in a terminal: every line is harmless, and a long plan is cut."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from deployer.release.outcome import (
    DeployResult,
    ErrorDetails,
    Restored,
    Rollback,
    RolloutResult,
    SeenStage,
)
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.report import terminal
from deployer.source.snapshot import File, Source
from deployer.space.space import SpaceId
from tests.unit.text import HOSTILE, is_harmless

ERROR = ErrorDetails("build failed", "HTTP 500", "see the build log")
CRASHED = RolloutResult(Verdict.CRASHED, ERROR)
OLD = Restored("b" * 40, 1, Source("julia/demo", "a" * 40))
RESULT = DeployResult(SpaceId("julia", "demo"), RolloutResult(Verdict.LIVE))


@given(HOSTILE, HOSTILE, HOSTILE)
def test_every_line_of_a_terminal_s_report_is_one_harmless_line(
    one: str, two: str, three: str
) -> None:
    rollout = RolloutResult(
        Verdict.CRASHED, ErrorDetails(one, two, three), (one, two), (three,), app_url=one
    )
    plan = Plan("head", add=(File.of_bytes(one, b""),), delete=(two,), keep=(three,))
    restored = Rollback(one, Restored(two), 3, rollout)
    result = replace(RESULT, rollout=rollout, space_url=two, rolled_back=restored)
    lines = [
        *terminal.detail_lines(result),
        terminal.verdict_line(result),
        *terminal.plan_lines(plan, whole=False),
    ]
    assert all(is_harmless(line) for line in lines)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (Verdict.BUILD_FAILED, "failed, too: the Space is down"),
        (Verdict.CRASHED, "failed, too: the Space is down"),
        (Verdict.UNHEALTHY, "failed, too: the Space is unhealthy"),
        (Verdict.TIMED_OUT, "ended as timed-out"),
    ],
)
def test_a_failed_rollback_says_what_the_space_is_left_at(verdict: Verdict, expected: str) -> None:
    back = Rollback("d" * 40, OLD, 3, RolloutResult(verdict, ERROR))
    said = f"rollback to release 1 (julia/demo@{'a' * 7})"
    end = f"{expected} (commit ddddddd)"
    result = replace(RESULT, rollout=CRASHED, rolled_back=back)
    assert terminal.headline(result) == f"app crashed; the {said} {end}"
    assert terminal.rollback_sentence(back) == f"The {said} as release 3 {end}"


def test_a_rollback_names_the_release_and_the_source() -> None:
    back = Rollback("d" * 40, OLD, 3, RolloutResult(Verdict.LIVE))
    result = replace(RESULT, rollout=CRASHED, rolled_back=back)
    end = "; rolled back to release 1 (julia/demo@aaaaaaa), which is healthy"
    assert terminal.headline(result) == f"app crashed{end}"


@pytest.mark.parametrize(
    ("verdict", "stage", "expected"),
    [
        (Verdict.BUILD_FAILED, "BUILD_ERROR", ": nothing serves users"),
        (Verdict.TIMED_OUT, "BUILDING", ": nothing serves users"),
        (Verdict.TIMED_OUT, "RUNNING_BUILDING", ": the previous version serves users"),
        (Verdict.UNHEALTHY, "RUNNING", ": this commit stays on the Space"),
        (Verdict.TIMED_OUT, "NEW_STAGE", ""),
    ],
)
def test_a_failure_that_stays_says_what_serves_users(
    verdict: Verdict, stage: str, expected: str
) -> None:
    failed = RolloutResult(verdict, ERROR, stages=(SeenStage(stage, 0.0),))
    result = replace(RESULT, rollout=failed, commit="c" * 40)
    assert terminal.headline(result).endswith(f"; not rolled back{expected}")
    for other in (replace(result, restored=OLD), replace(result, previous=result.commit)):
        assert "rolled back" not in terminal.headline(other)


def test_a_commit_that_was_not_waited_for_does_not_read_as_a_failure() -> None:
    line = terminal.verdict_line(replace(RESULT, rollout=RolloutResult(Verdict.COMMITTED)))
    assert line.startswith("committed  the commit is on the Space; it was not waited for")


def test_an_error_is_three_rows() -> None:
    labels = [line.split()[0] for line in terminal.error_lines(ERROR)]
    assert labels == ["error", "cause", "fix"]


def test_a_long_plan_is_cut_unless_all_is_asked_for() -> None:
    added = tuple(File.of_bytes(f"a{number}", b"") for number in range(100))
    plan = Plan("head", add=added, delete=tuple(f"f{number}" for number in range(12)))
    lines = list(terminal.plan_lines(plan, whole=False))
    assert len(lines) == 22
    assert lines[10].endswith("+ … and 90 more") and lines[21].endswith("- … and 2 more")
    assert len(list(terminal.plan_lines(plan, whole=True))) == 112
