"""The releases of a Space and their status: a table for people, JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from deployer.release.history import ReleaseEntry, ReleaseLog
from deployer.release.outcome import ErrorDetails
from deployer.release.release import Kind
from deployer.release.status import running
from deployer.report.json_output import drift, error_object, json_object, promoted_object
from deployer.report.terminal import commit_line
from deployer.report.text import labelled_line, printable, truncate_end, truncate_start
from deployer.space.space import Space

_KEYS = ("space", "releases", "drift", "squashed", "exit_code", "error")
_MAX_SHOWN = 5


def history_json(space: Space, log: ReleaseLog, limit: int) -> str:
    """The releases, newest first."""
    return json_object(
        _KEYS,
        space=str(space.id),
        releases=[_release(entry, space) for entry in _newest(log, limit)],
        drift=[drift(commit) for commit in log.drift],
        squashed=list(log.squashed),
        exit_code=0,
    )


def history_error_json(error: ErrorDetails, exit_code: int, space: str | None) -> str:
    """The same keys for a Space that could not be read."""
    return json_object(_KEYS, space=space, exit_code=exit_code, error=error_object(error))


def _release(entry: ReleaseEntry, space: Space) -> dict[str, Any]:
    record = entry.record
    return {
        "number": record.number,
        "at": record.commit.at.isoformat(),
        "commit": record.id,
        "source": str(record.source),
        "kind": record.kind,
        "by": record.by,
        "state": entry.state.value,
        "reason": entry.reason,
        "from": promoted_object(record.promoted),
        "running": record.id == running(space),
    }


def _newest(log: ReleaseLog, limit: int) -> tuple[ReleaseEntry, ...]:
    return log.entries[:limit] if limit else log.entries


def history_lines(space: Space, log: ReleaseLog, limit: int) -> Iterator[str]:
    """The commits on top, then a line for each release, newest first."""
    yield from drift_lines(log)
    if log.squashed:
        numbers = ", ".join(map(str, log.squashed[-_MAX_SHOWN:]))
        yield labelled_line("squashed", f"not in the history any more: verified release {numbers}")
    if not log.entries:
        yield labelled_line("history", f"{space.id} has no release made by hf-deploy")
        return
    entries = _newest(log, limit)
    table = [("release", "when (UTC)", "source", "by", "status")]
    table += [_cells(entry, space) for entry in entries]
    widths = [max(len(cells[column]) for cells in table) for column in range(4)]
    for number, *others, state in table:
        padded = (text.ljust(width) for text, width in zip(others, widths[1:], strict=True))
        yield "  ".join([number.rjust(widths[0]), *padded, state])
    now = running(space)
    if now is not None and log.at(now) is None:
        yield labelled_line("running", f"{now[:7]}: not a release")
    if len(entries) < len(log.entries):
        yield labelled_line("", f"… and {len(log.entries) - len(entries)} more; -n 0 shows all")


def drift_lines(log: ReleaseLog) -> Iterator[str]:
    """The commits on top that were not made by hf-deploy."""
    for commit in log.drift[:_MAX_SHOWN]:
        author, title = (printable(text) for text in (commit.author, commit.title))
        short = replace(commit, author=truncate_end(author, 12), title=truncate_end(title, 26))
        yield labelled_line("drift", commit_line(short))
    if len(log.drift) > _MAX_SHOWN:
        yield labelled_line("", f"… and {len(log.drift) - _MAX_SHOWN} more not made by hf-deploy")


def _cells(entry: ReleaseEntry, space: Space) -> tuple[str, str, str, str, str]:
    record = entry.record
    state = f"{entry.state}: {entry.reason}" if entry.reason else entry.state.value
    kind = "" if record.kind == Kind.DEPLOY else f"{record.kind}, "
    origin = f", from {record.promoted.short}" if record.promoted else ""
    now = ", running" if record.id == running(space) else ""
    return (
        str(record.number),
        format_time(record.commit.at),
        truncate_start(printable(record.source.short), 24),
        truncate_end(printable(record.by), 12),
        printable(f"{kind}{state}{now}{origin}"),
    )


def format_time(at: datetime) -> str:
    """A time in UTC, to the minute."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M}"
