"""The report of a deploy in a terminal: every line is harmless, and a long plan is cut."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given

from deployer.release.outcome import DeployResult, ErrorDetails, Restored, Rollback, RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.report import terminal
from deployer.source.snapshot import File
from deployer.space.space import SpaceId
from tests.unit.text import HOSTILE, is_harmless

ERROR = ErrorDetails("build failed", "HTTP 500", "see the build log")
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
