"""The job summaries of commands that change nothing: of a check, and of the status of Spaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deployer.checks.findings import Findings
from deployer.release.environment_status import EnvironmentStatus
from deployer.release.outcome import ErrorDetails
from deployer.release.status import SpaceState, Status
from deployer.report.blocks import (
    FAILED,
    PASSED,
    WARNING,
    commit_link,
    drift_block,
    finding_table,
    reasons,
    source_link,
    warning_blocks,
)
from deployer.report.findings import CREDENTIAL_FIX, access_lines, finding_counts
from deployer.report.environments import HEADER, environment_cells
from deployer.report.history import format_time
from deployer.report.markdown import advice, code, document, heading, link, plain, prose, table
from deployer.report.source_pages import SourcePages
from deployer.report.status import stage_words

_SOURCE = HEADER.index("source")


def check_summary(
    found: Findings, exit_code: int, pages: SourcePages = SourcePages(), warned: Sequence[str] = ()
) -> str:
    """The summary of a check: its findings at their lines; `warned` are warnings on the way."""
    return document((*_of_check(found, exit_code, pages), *warning_blocks(warned)))


def _of_check(found: Findings, exit_code: int, pages: SourcePages) -> Iterator[str]:
    sign = FAILED if exit_code else WARNING if found.count else PASSED
    counts, error = f"Checked {plain(finding_counts(found))}", found.error
    if error is not None and found.access_error and exit_code == found.access_error.exit_code:
        yield heading(sign, prose(error.message))
        yield reasons(error)
        yield f"{counts}\n"
        error = None
    else:
        yield heading(sign, counts)
    findings = [problem.finding for problem in found.problems]
    findings += [credential.finding for credential in found.credentials]
    yield from finding_table(findings, pages)
    if found.credentials:
        yield f"**fix**: {advice(CREDENTIAL_FIX)}\n"
    yield from warning_blocks(found.warnings)
    if found.access is not None:
        yield "".join(f"- {plain(line)}\n" for line in access_lines(found.access))
    if error is not None:
        yield f"**{prose(error.message)}**\n"
        yield reasons(error)


def status_summary(
    status: Status, exit_code: int, pages: SourcePages = SourcePages(), warned: Sequence[str] = ()
) -> str:
    """The summary of a Space's status: what it runs, its source, and whether it is healthy."""
    return document((*_of_status(status, exit_code, pages), *warning_blocks(warned)))


def _of_status(status: Status, exit_code: int, pages: SourcePages) -> Iterator[str]:
    space, state, error = status.space, status.state, status.error
    is_odd = error is not None or state is SpaceState.PAUSED
    sign = FAILED if exit_code else WARNING if is_odd else PASSED
    said = error.message if error else state.headline
    yield heading(sign, f"{code(str(space.id))} {code(state.value)}: {prose(said)}")
    app = f"**{link(status.app_url)}** · " if status.app_url else ""
    yield f"{app}{link(status.space_url, 'Space')} · {plain(stage_words(space.runtime))}\n"
    if error is not None:
        yield reasons(error)
    if status.usage is not None:
        yield f"{plain(str(status.usage))}\n"
    if status.health.detail and not status.health.checked:
        yield from warning_blocks([status.health.detail])
    yield _origin(status, pages)
    yield from drift_block(status.log.drift, status.space_url)


def _origin(status: Status, pages: SourcePages) -> str:
    """The commit that runs, else the head, and its source."""
    lines = []
    commit, entry = status.commit, status.entry
    shown = (status.running or status.space.head) if commit is None else commit.id
    lines.append(f"{status.role}: {commit_link(status.space_url, shown)}")
    if entry is not None:
        record = entry.record
        source = source_link(record.source, pages)
        lines.append(f"release {record.number}, {entry.state}, of {source}")
        if record.promoted is not None:
            lines.append(f"promoted from {plain(record.promoted.short)}")
    if commit is not None:
        by = entry.record.by if entry is not None else commit.author
        lines.append(f"committed {format_time(commit.at)} UTC by {code(by)}")
    if status.running not in (None, status.space.head):
        lines.append(f"head: {code(status.space.head[:7])}, not running")
    # no list: it may follow the one of cause and fix
    return f"{' · '.join(lines)}\n"


def environments_summary(
    statuses: Sequence[EnvironmentStatus],
    error: ErrorDetails | None,
    pages: SourcePages = SourcePages(),
    warned: Sequence[str] = (),
) -> str:
    """The summary of all environments, a row each; `error` is why the check of them failed."""
    is_odd = any(one.error is not None for one in statuses)
    sign = FAILED if error else WARNING if is_odd else PASSED
    names = ", ".join(code(one.name) for one in statuses)
    blocks = [
        heading(sign, prose(error.message) if error else names),
        table(HEADER, (_row(one, pages) for one in statuses)),
        *(_what_is_wrong(one) for one in statuses if one.error is not None),
        *warning_blocks(warned),
    ]
    return document(blocks)


def _row(one: EnvironmentStatus, pages: SourcePages) -> list[str]:
    name, space, *cells = environment_cells(one)
    shown = [code(name), code(space), *map(plain, cells)]
    if (status := one.status) is not None:
        shown[1] = link(status.space_url, code(space))
        if status.entry is not None:
            shown[_SOURCE] = source_link(status.entry.record.source, pages)
    return shown


def _what_is_wrong(one: EnvironmentStatus) -> str:
    assert one.error is not None
    return f"**{plain(one.name)}: {prose(one.error.message)}**\n\n{reasons(one.error)}"
