"""The state of every environment: a table for people, JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deployer.release.environment_status import EnvironmentStatus, error_of_all, worst_exit_code
from deployer.release.outcome import ErrorDetails
from deployer.release.status import SpaceState, Status
from deployer.report.json_output import error_object, json_object
from deployer.report.status import stage_name, status_error_object, status_object
from deployer.report.text import labelled_line, printable, truncate_start

HEADER = ("environment", "Space", "stage", "release", "source", "healthy", "drift")
_KEYS = ("environments", "exit_code", "error")
_MAX_SOURCE = 24  # characters


def environments_json(statuses: Sequence[EnvironmentStatus]) -> str:
    """One object with a list: of each environment its name, and the keys of a Space's status."""
    return json_object(
        _KEYS,
        environments=[_object(one) for one in statuses],
        exit_code=worst_exit_code(statuses),
        error=error_object(error_of_all(statuses)),
    )


def environments_error_json(error: ErrorDetails, exit_code: int, _space: str | None) -> str:
    """The same keys where none could be read."""
    return json_object(_KEYS, exit_code=exit_code, error=error_object(error))


def _object(one: EnvironmentStatus) -> dict[str, object]:
    if one.status is not None:
        return {"environment": one.name, **status_object(one.status, one.exit_code)}
    assert one.error is not None
    return {
        "environment": one.name,
        **status_error_object(one.error, one.exit_code, one.space),
    }


def environment_lines(statuses: Sequence[EnvironmentStatus]) -> Iterator[str]:
    """A row for each environment; then what is wrong, and how to fix it."""
    table = [HEADER, *map(environment_cells, statuses)]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(HEADER))]
    for cells in table:
        padded = (text.ljust(width) for text, width in zip(cells, widths, strict=True))
        yield "  ".join(padded).rstrip()
    for one in statuses:
        if one.error is not None:
            yield labelled_line(one.name, f"{one.error.message}: {one.error.cause}")
            yield labelled_line("fix", one.error.fix)


def environment_cells(one: EnvironmentStatus) -> tuple[str, ...]:
    """The row of an environment, in the columns of HEADER."""
    space, status = printable(one.space), one.status
    if status is None:
        return (one.name, space, "unknown", "", "", "", "")
    entry = status.entry
    return (
        one.name,
        space,
        printable(stage_name(status.space.runtime)),
        f"{entry.record.number}, {entry.state}" if entry else "none",
        truncate_start(printable(entry.record.source.short), _MAX_SOURCE) if entry else "",
        _healthy(status),
        _drift(status),
    )


def _healthy(status: Status) -> str:
    if status.health.healthy is None:
        is_failed = status.state.exit_code and status.state is not SpaceState.DRIFTED
        return "no" if is_failed else "unknown"
    return "yes" if status.health.healthy else "no"


def _drift(status: Status) -> str:
    count = len(status.log.drift)
    if count:
        return "1 commit" if count == 1 else f"{count} commits"
    return "head not running" if status.is_behind else "no"
