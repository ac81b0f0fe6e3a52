"""How a Space is: a few lines for people, JSON for scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deployer.release.outcome import ErrorDetails
from deployer.release.status import Status
from deployer.report.history import drift_lines, moment
from deployer.report.json_output import drift, error_object, json_object
from deployer.report.terminal import labelled_line
from deployer.space.space import Runtime

_KEYS = (
    "space stage head running release source at hardware space_url app_url verified drift health "
    "verdict exit_code error"
).split()


def status_json(status: Status, exit_code: int) -> str:
    """What was seen; release, source, at and verified are of what runs, else of the head."""
    space, record = status.space, status.entry.record if status.entry else None
    return json_object(
        _KEYS,
        space=str(space.id),
        stage=space.runtime.stage,
        head=space.head,
        running=status.running,
        release=record.number if record else None,
        source=str(record.source) if record else None,
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
        verdict=status.standing.value,
        exit_code=exit_code,
        error=error_object(status.error if exit_code else None),
    )


def status_failure(error: ErrorDetails, exit_code: int, space: str | None) -> str:
    """The same keys for a Space that could not be looked at."""
    return json_object(_KEYS, space=space, exit_code=exit_code, error=error_object(error))


def stage_words(runtime: Runtime) -> str:
    """What a Space's machine does, and on which hardware: `running on cpu-basic`."""
    stage = runtime.stage.lower().replace("_", " ")
    return f"{stage} on {runtime.hardware}" if runtime.hardware else stage


def status_lines(status: Status) -> Iterator[str]:
    """What runs, where it came from, what lies on top, whether it answers; a word at the end."""
    space = status.space
    yield labelled_line("space", f"{space.id}, {stage_words(space.runtime)}")
    yield labelled_line("", status.space_url)
    yield from _origin(status)
    if status.running not in (None, space.head):
        yield labelled_line("head", f"{space.head[:7]}, which does not run")
    yield from drift_lines(status.log)
    if status.log.drift:
        yield labelled_line("", f"{status.space_url}/commit/{status.log.drift[0].id}")
    if status.app_url:
        yield labelled_line(
            "app", f"{status.app_url}{', answers well' if status.health.healthy else ''}"
        )
    if status.health.detail and not status.health.checked:
        yield labelled_line("warning", status.health.detail)
    standing, error = status.standing, status.error
    yield labelled_line(standing.value, error.message if error else standing.sentence)
    if error is not None:
        yield labelled_line("cause", error.cause)
        yield labelled_line("fix", error.fix)


def _origin(status: Status) -> Iterator[str]:
    """What runs, else the head: the commit, and what it was made from."""
    label = "running" if status.running else "head"
    commit, entry = status.commit, status.entry
    if commit is None:
        shown = (status.running or status.space.head)[:7]
        yield labelled_line(label, f"{shown}, which is not in the history any more")
        return
    record = entry.record if entry else None
    when = f"{moment(commit.at)} UTC by {record.by if record else commit.author}"
    if entry is None or record is None:
        yield labelled_line(label, f"{commit.id[:7]}, not by hf-deploy")
        yield labelled_line("committed", when)
        return
    yield labelled_line(label, f"{commit.id[:7]}, release {record.number}, {entry.state}")
    yield labelled_line("source", record.source.short)
    yield labelled_line("committed", when)
