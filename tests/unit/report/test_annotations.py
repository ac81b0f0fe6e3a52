"""Annotations: one error, few warnings, each at its line; nothing in them is cut off silently."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from deployer.checks.credentials import Credential
from deployer.checks.findings import Findings
from deployer.errors import Finding
from deployer.events import Warned
from deployer.problem import Level, Problem
from deployer.release.outcome import ErrorDetails
from deployer.report.annotations import (
    MAX_FINDINGS,
    MAX_WARNINGS,
    error_annotation,
    finding_annotations,
    warning_annotations,
)
from tests.unit.text import HOSTILE, is_harmless


def test_an_error_is_at_the_first_line_that_is_at_fault() -> None:
    findings = (Finding("space/README.md", 4, "bad"), Finding("app.py", 1, "worse"))
    shown = error_annotation("not deployed", ErrorDetails("2 problems", "c", "f", findings))
    assert (shown.path, shown.line) == ("space/README.md", 4)
    assert shown.message == "2 problems\ncause: c\nfix: f"
    nowhere = error_annotation("not deployed", ErrorDetails("no login", "c", "f"))
    assert (nowhere.path, nowhere.line) == (None, None)


def test_a_warning_is_at_its_line_which_its_message_does_not_repeat() -> None:
    (shown,) = warning_annotations([Warned("a/b.py:3: odd", Finding("a/b.py", 3, "odd"))])
    assert (shown.path, shown.line, shown.message) == ("a/b.py", 3, "odd")


@given(some.lists(some.integers(0, 20)))
def test_few_warnings_are_annotated_once_each_and_the_others_are_counted(
    numbers: list[int],
) -> None:
    different = list(dict.fromkeys(numbers))
    shown = warning_annotations(Warned(f"w{number}") for number in numbers)
    assert len(shown) == min(len(different), MAX_WARNINGS)
    if len(different) > MAX_WARNINGS:
        assert shown[-1].message.startswith(f"and {len(different) - MAX_WARNINGS + 1} more")
    else:
        assert [one.message for one in shown] == [f"w{number}" for number in different]


@given(some.integers(0, 30), some.integers(0, 30), some.integers(0, 30))
def test_no_finding_of_a_check_exceeds_what_github_shows(
    errors: int, warnings: int, credentials: int
) -> None:
    problems = [Problem("a", line, "e", name="file-size") for line in range(errors)]
    problems += [
        Problem("a", line, "w", Level.WARNING, name="file-size") for line in range(warnings)
    ]
    secrets = tuple(Credential("a", line, "token", "h…") for line in range(credentials))
    shown = finding_annotations(Findings(1, tuple(problems), secrets))
    for kind, count in (("error", errors + credentials), ("warning", warnings)):
        ours = [one.message for one in shown if one.kind == kind]
        assert len(ours) == min(count, MAX_FINDINGS)
        if count > MAX_FINDINGS:
            assert ours[-1].startswith(f"and {count - MAX_FINDINGS + 1} more {kind}s")


def test_what_must_not_be_missed_comes_first() -> None:
    problems = tuple(Problem("a", line, "e", name="file-size") for line in range(30))
    shown = finding_annotations(Findings(1, problems, (Credential("b", 7, "token", "h…"),)))
    assert (shown[0].path, shown[0].line) == ("b", 7)


@given(HOSTILE, HOSTILE)
def test_every_annotation_is_harmless(one: str, two: str) -> None:
    at = Finding(one, 3, two)
    error = error_annotation("failed", ErrorDetails(one, two, one, (at,)), [two])
    findings = Findings(1, (Problem(one, 1, two, name="file-size"),), (), (two,))
    shown = [*warning_annotations([Warned(one, at)]), *finding_annotations(findings), error]
    for part in shown:
        assert is_harmless(part.path or "") and is_harmless(part.message.replace("\n", ""))
