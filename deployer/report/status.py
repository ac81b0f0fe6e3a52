"""The state of a Space: a few lines for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from deployer.release.outcome import ErrorDetails
from deployer.release.status import Status
from deployer.report.history import drift_lines, format_time
from deployer.report.json_output import (
    drift,
    error_object,
    in_percent,
    promoted_object,
    with_keys,
)
from deployer.report.text import labelled_line
from deployer.space.space import Runtime

_KEYS = (
    "space stage head running release source from at hardware space_url app_url verified drift "
    "health cpu memory state exit_code error"
).split()


def status_json(status: Status, exit_code: int) -> str:
    """The JSON object; release, source, at, verified: of the running commit, else of the head."""
    return json.dumps(status_object(status, exit_code))


def status_object(status: Status, exit_code: int) -> dict[str, Any]:
    """The same, before it is text."""
    space, record = status.space, status.entry.record if status.entry else None
    return with_keys(
        _KEYS,
        space=str(space.id),
        stage=space.runtime.stage,
        head=space.head,
        running=status.running,
        release=record.number if record else None,
        source=str(record.source) if record else None,
        **{"from": promoted_object(record.promoted) if record else None},
        at=status.commit.at.isoformat() if status.commit else None,
        hardware=space.runtime.hardware,
        space_url=status.space_url,
        app_url=status.app_url,
        verified=status.verified,
        drift=[drift(commit) for commit in status.log.drift],
        health={
            "checked": status.health.checked,
            "healthy": status.health.healthy,
            "detail": status.health.detail,
        },
        cpu=in_percent(status.usage.mean_cpu) if status.usage else None,
        memory=in_percent(status.usage.mean_memory) if status.usage else None,
        state=status.state.value,
        exit_code=exit_code,
        error=error_object(status.error),
    )


def status_error_json(error: ErrorDetails, exit_code: int, space: str | None) -> str:
    """The same keys for a Space that could not be read."""
    return json.dumps(status_error_object(error, exit_code, space))


def status_error_object(error: ErrorDetails, exit_code: int, space: str | None) -> dict[str, Any]:
    """The same, before it is text."""
    return with_keys(_KEYS, space=space, exit_code=exit_code, error=error_object(error))


def stage_words(runtime: Runtime) -> str:
    """The stage and the hardware of a Space: `running on cpu-basic`."""
    stage = stage_name(runtime)
    return f"{stage} on {runtime.hardware}" if runtime.hardware else stage


def stage_name(runtime: Runtime) -> str:
    """The stage of a Space in words: `app starting`."""
    return runtime.stage.lower().replace("_", " ")


def status_lines(status: Status) -> Iterator[str]:
    """What runs, its source, the commits on top, the app's health; the state in the last line."""
    space = status.space
    yield labelled_line("space", f"{space.id}, {stage_words(space.runtime)}")
    yield labelled_line("", status.space_url)
    yield from _origin(status)
    if status.running not in (None, space.head):
        yield labelled_line("head", f"{space.head[:7]}: not running")
    yield from drift_lines(status.log)
    if status.log.drift:
        yield labelled_line("", f"{status.space_url}/commit/{status.log.drift[0].id}")
    if status.app_url:
        yield labelled_line(
            "app", f"{status.app_url}{', healthy' if status.health.healthy else ''}"
        )
    if status.usage:
        yield labelled_line("usage", str(status.usage))
    if status.health.detail and not status.health.checked:
        yield labelled_line("warning", status.health.detail)
    state, error = status.state, status.error
    yield labelled_line(state.value, error.message if error else state.headline)
    if error is not None:
        yield labelled_line("cause", error.cause)
        yield labelled_line("fix", error.fix)


def _origin(status: Status) -> Iterator[str]:
    """The running commit, else the head, and its source."""
    label, commit, entry = status.role, status.commit, status.entry
    if commit is None:
        shown = (status.running or status.space.head)[:7]
        yield labelled_line(label, f"{shown}: not in the history any more")
        return
    record = entry.record if entry else None
    when = f"{format_time(commit.at)} UTC by {record.by if record else commit.author}"
    if entry is None or record is None:
        yield labelled_line(label, f"{commit.id[:7]}, not made by hf-deploy")
        yield labelled_line("committed", when)
        return
    yield labelled_line(label, f"{commit.id[:7]}, release {record.number}, {entry.state}")
    yield labelled_line("source", record.source.short)
    if (promoted := record.promoted) is not None:
        yield labelled_line("from", f"{promoted.short} ({promoted.commit[:7]})")
    yield labelled_line("committed", when)
