"""Annotations of a workflow run: few, and each where it belongs in the files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from deployer.checks.findings import Findings
from deployer.errors import Finding
from deployer.events import Warned
from deployer.problem import Level
from deployer.release.outcome import ErrorDetails
from deployer.report.text import printable

TITLE = "hf-deploy"
MAX_WARNINGS = 5
MAX_FINDINGS = 10  # of each kind; GitHub shows no more of one step


@dataclass(frozen=True, slots=True)
class Annotation:
    """An `error`, `warning` or `notice` that shows on the run's page, and at the line of a file.

    Its text from outside is printable.
    """

    kind: str
    title: str
    message: str
    path: str | None = None
    line: int | None = None


def error_annotation(how: str, error: ErrorDetails, more: Iterable[str] = ()) -> Annotation:
    """The one error of a run, at the first line that is at fault."""
    lines = (error.message, f"cause: {error.cause}", f"fix: {error.fix}", *more)
    at = error.findings[0] if error.findings else None
    return _at("error", f"{TITLE}: {how}", "\n".join(map(printable, lines)), at)


def warning_annotations(warnings: Iterable[Warned]) -> Sequence[Annotation]:
    """The warnings of a run, the first of them if there are many."""
    found = []
    for one in dict.fromkeys(warnings):
        at = one.finding
        message = one.message.removeprefix(f"{at.location}: ") if at else one.message
        found.append(_at("warning", TITLE, printable(message), at))
    return _first(found, MAX_WARNINGS)


def finding_annotations(found: Findings) -> Sequence[Annotation]:
    """The findings of a check, the first of each kind if there are many."""
    every = list(_of_check(found))
    kinds = ([one for one in every if one.kind == level] for level in Level)
    return [one for kind in kinds for one in _first(kind, MAX_FINDINGS)]


def _of_check(found: Findings) -> Iterator[Annotation]:
    if found.error is not None:
        yield error_annotation("check failed", found.error)
    for credential in found.credentials:
        text = f"credential: {credential.rule} ({credential.redacted})"
        yield _at("error", TITLE, printable(text), credential.finding)
    for problem in found.problems:
        title, message = f"{TITLE}: {problem.name}", printable(problem.message)
        yield _at(problem.level.value, title, message, problem.finding)
    for warning in found.warnings:
        yield _at("warning", TITLE, printable(warning), None)


def _at(kind: str, title: str, message: str, at: Finding | None) -> Annotation:
    if at is None or at.path is None:
        return Annotation(kind, title, message)
    return Annotation(kind, title, message, printable(at.path), at.line)


def _first(found: Sequence[Annotation], most: int) -> Sequence[Annotation]:
    """At most so many; the last says how many more there are."""
    if len(found) <= most:
        return found
    kind, more = found[0].kind, len(found) - most + 1
    rest = Annotation(kind, TITLE, f"and {more} more {kind}s: see the summary or the log")
    return [*found[: most - 1], rest]
