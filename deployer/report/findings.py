"""What a check found: lines as a linter writes them, and JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from deployer.credentials import Leak
from deployer.outcome import Trouble
from deployer.problem import Level, Problem
from deployer.report.terminal import number, printable, row

_KEYS = ("files", "problems", "credentials", "warnings", "exit_code", "error")


def finding_lines(
    files: int, problems: Sequence[Problem], leaks: Sequence[Leak], warnings: Sequence[str]
) -> Iterator[str]:
    """A line for each finding, and one for all of them."""
    for problem in problems:
        mark = "" if problem.level is Level.ERROR else "warning: "
        yield printable(f"{_place(problem.path, problem.line)}: {mark}{problem.message}")
    for leak in leaks:
        yield printable(f"{_place(leak.path, leak.line)}: {leak.rule} ({leak.redacted})")
    for warning in warnings:
        yield row("warning", warning)
    errors = sum(problem.level is Level.ERROR for problem in problems)
    mild = len(problems) - errors + len(warnings)
    found = (
        f"{_some(errors, 'problem')}, {_some(len(leaks), 'credential')}, {_some(mild, 'warning')}"
    )
    yield row("checked", f"{number(files)}: {found}")


def findings_json(
    files: int,
    problems: Sequence[Problem],
    leaks: Sequence[Leak],
    warnings: Sequence[str],
    exit_code: int,
) -> str:
    """One object: always the same keys."""
    return _object(
        files=files,
        problems=[asdict(problem) for problem in problems],
        credentials=[asdict(leak) for leak in leaks],
        warnings=list(warnings),
        exit_code=exit_code,
    )


def findings_failure(trouble: Trouble, exit_code: int, _space: str | None) -> str:
    """The same keys where there was nothing to check."""
    return _object(exit_code=exit_code, error=asdict(trouble))


def _object(**known: Any) -> str:
    return json.dumps({key: known.get(key) for key in _KEYS})


def _place(path: str, line: int | None) -> str:
    return path if line is None else f"{path}:{line}"


def _some(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
