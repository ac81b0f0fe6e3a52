"""Findings of a check: lines as a linter writes them, and JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from deployer.access.account import AccessReport
from deployer.checks.credentials import PRAGMA
from deployer.checks.findings import Findings
from deployer.problem import Level
from deployer.release.outcome import ErrorDetails
from deployer.report.json_output import error_object, json_object
from deployer.report.status import stage_words
from deployer.report.terminal import error_lines
from deployer.report.text import file_count, format_size, labelled_line, printable

_KEYS = "files problems credentials warnings large account exit_code error".split()
_MAX_SHOWN = 5
CREDENTIAL_FIX = (
    "remove and rotate them (git history keeps the old value); for a false positive add "
    f"`{PRAGMA.decode()}` next to it, or pass --allow-credentials FILE"
)


def finding_lines(found: Findings) -> Iterator[str]:
    """A line for each finding, what the Hub said, and one line that counts them."""
    for problem in found.problems:
        mark = "" if problem.level is Level.ERROR else "warning: "
        yield printable(f"{problem.location}: {mark}{problem.message} [{problem.name}]")
    for credential in found.credentials:
        yield printable(
            f"{credential.location}: credential: {credential.rule} ({credential.redacted})"
        )
    if found.credentials:
        yield labelled_line("fix", CREDENTIAL_FIX)
    for warning in found.warnings:
        yield labelled_line("warning", warning)
    if found.large:
        yield labelled_line("lfs", _large(found.large))
    if found.access is not None:
        yield from access_lines(found.access)
    if found.error is not None:
        yield from error_lines(found.error)
    yield labelled_line("checked", finding_counts(found))


def finding_counts(found: Findings) -> str:
    """How many files were checked, and what was found: `2 files: 1 problem, no credentials, …`."""
    errors = sum(problem.level is Level.ERROR for problem in found.problems)
    warnings = len(found.problems) - errors + len(found.warnings)
    counted = _some(errors, "problem"), _some(len(found.credentials), "credential")
    return f"{file_count(found.files)}: {', '.join(counted)}, {_some(warnings, 'warning')}"


def _large(files: Sequence[tuple[str, int]]) -> str:
    shown = ", ".join(f"{path} ({format_size(size)})" for path, size in files[:_MAX_SHOWN])
    more = f" and {len(files) - _MAX_SHOWN} more" if len(files) > _MAX_SHOWN else ""
    return f"{shown}{more}: over 10 MB, stored by the Hub as LFS files"


def access_lines(access: AccessReport) -> Iterator[str]:
    """What the Hub said of the account and the Space."""
    claims = f" ({access.claims})" if access.claims else ""
    account = f"Trusted Publisher{claims}" if access.account is None else str(access.account)
    yield labelled_line("token", f"{account}{', may write' if access.writable else ''}")
    if access.found is None:
        yield labelled_line("space", f"{access.space} does not exist yet, or is not visible")
        return
    newest = access.history.newest
    words = [str(access.space), str(access.found.sdk), stage_words(access.found.runtime)]
    if newest is not None:
        words.append(f"release {newest.number} of {newest.source.short}")
    yield labelled_line("space", ", ".join(words))


def findings_json(found: Findings, exit_code: int) -> str:
    """The JSON object of a check."""
    return json_object(
        _KEYS,
        files=found.files,
        problems=[asdict(problem) for problem in found.problems],
        credentials=[asdict(credential) for credential in found.credentials],
        warnings=list(found.warnings),
        large=[{"path": path, "size": size} for path, size in found.large],
        account=_access(found.access) if found.access else None,
        exit_code=exit_code,
        error=error_object(found.error),
    )


def _access(access: AccessReport) -> dict[str, Any]:
    account, found, newest = access.account, access.found, access.history.newest
    return {
        "space": str(access.space),
        "exists": found is not None,
        "may_write": access.writable,
        "trusted_publisher": account is None,
        "name": account and account.name,
        "token": account and account.token,
        "role": account and account.role,
        "sdk": found and found.sdk,
        "stage": found and found.runtime.stage,
        "release": newest and newest.number,
        "source": newest and str(newest.source),
    }


def findings_error_json(error: ErrorDetails, exit_code: int, _space: str | None) -> str:
    """The same keys where the check could not be made."""
    return json_object(_KEYS, exit_code=exit_code, error=error_object(error))


def _some(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"
