"""What a check found: lines as a linter writes them, and JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from deployer.access.account import Access
from deployer.checks.findings import Findings
from deployer.problem import Level
from deployer.release.outcome import Trouble
from deployer.report.status import stage_words
from deployer.report.terminal import amount, number, printable, row, trouble_lines

_KEYS = "files problems credentials warnings large account exit_code error".split()
_SHOWN = 5


def finding_lines(found: Findings) -> Iterator[str]:
    """A line for each finding, what the Hub said, and one line for all of them."""
    for problem in found.problems:
        mark = "" if problem.level is Level.ERROR else "warning: "
        yield printable(f"{problem.place}: {mark}{problem.message}")
    for leak in found.leaks:
        yield printable(str(leak))
    for warning in found.warnings:
        yield row("warning", warning)
    if found.large:
        yield row("large", _large(found.large))
    if found.access is not None:
        yield from _access_lines(found.access)
    if found.trouble is not None:
        yield from trouble_lines(found.trouble)
    errors = sum(problem.level is Level.ERROR for problem in found.problems)
    mild = len(found.problems) - errors + len(found.warnings)
    counted = _some(errors, "problem"), _some(len(found.leaks), "credential")
    yield row("checked", f"{number(found.files)}: {', '.join(counted)}, {_some(mild, 'warning')}")


def _large(files: Sequence[tuple[str, int]]) -> str:
    shown = ", ".join(f"{path} ({amount(size)})" for path, size in files[:_SHOWN])
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return f"{shown}{more}: over 10 MB, so the Hub keeps it apart from git (Git LFS, Xet)"


def _access_lines(access: Access) -> Iterator[str]:
    claims = f" ({access.identity})" if access.identity else ""
    account = f"keyless{claims}" if access.account is None else str(access.account)
    yield row("token", f"{account}{', may write' if access.writable else ''}")
    if access.found is None:
        yield row("space", f"{access.space} is not there yet, or not to be seen")
        return
    newest = access.past.newest
    said = [str(access.space), str(access.found.sdk), stage_words(access.found.runtime)]
    if newest is not None:
        said.append(f"release {newest.number} of {newest.source.short}")
    yield row("space", ", ".join(said))


def findings_json(found: Findings, exit_code: int) -> str:
    """One object: always the same keys."""
    return _object(
        files=found.files,
        problems=[asdict(problem) for problem in found.problems],
        credentials=[asdict(leak) for leak in found.leaks],
        warnings=list(found.warnings),
        large=[{"path": path, "size": size} for path, size in found.large],
        account=_access(found.access) if found.access else None,
        exit_code=exit_code,
        error=asdict(found.trouble) if found.trouble else None,
    )


def _access(access: Access) -> dict[str, Any]:
    account, found, newest = access.account, access.found, access.past.newest
    return {
        "space": str(access.space),
        "exists": found is not None,
        "may_write": access.writable,
        "keyless": account is None,
        "name": account and account.name,
        "token": account and account.token,
        "role": account and account.role,
        "sdk": found and found.sdk,
        "stage": found and found.runtime.stage,
        "release": newest and newest.number,
        "source": newest and str(newest.source),
    }


def findings_failure(trouble: Trouble, exit_code: int, _space: str | None) -> str:
    """The same keys where there was nothing to check."""
    return _object(exit_code=exit_code, error=asdict(trouble))


def _object(**known: Any) -> str:
    return json.dumps({key: known.get(key) for key in _KEYS})


def _some(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
