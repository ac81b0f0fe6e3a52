"""How a Space is: a few lines for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from deployer.release.outcome import Trouble
from deployer.release.status import Status
from deployer.report.history import drift_lines, moment
from deployer.report.json_output import drift
from deployer.report.terminal import row
from deployer.space.space import Runtime

_KEYS = (
    "space stage head running release source at hardware space_url app_url verified drift health "
    "verdict exit_code error"
).split()


def status_json(status: Status, exit_code: int) -> str:
    """What was seen; release, source, at and verified are of what runs, else of the head."""
    space, record = status.space, status.entry.record if status.entry else None
    return _object(
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
            "well": status.health.well,
            "seen": status.health.seen,
        },
        verdict=status.standing.value,
        exit_code=exit_code,
        error=asdict(status.trouble) if exit_code and status.trouble else None,
    )


def status_failure(trouble: Trouble, exit_code: int, space: str | None) -> str:
    """The same keys for a Space that could not be looked at."""
    return _object(space=space, exit_code=exit_code, error=asdict(trouble))


def _object(**known: Any) -> str:
    return json.dumps({key: known.get(key) for key in _KEYS})


def stage_words(runtime: Runtime) -> str:
    """What a Space's machine does, and on which hardware: `running on cpu-basic`."""
    stage = runtime.stage.lower().replace("_", " ")
    return f"{stage} on {runtime.hardware}" if runtime.hardware else stage


def status_lines(status: Status) -> Iterator[str]:
    """What runs, where it came from, what lies on top, whether it answers; a word at the end."""
    space = status.space
    yield row("space", f"{space.id}, {stage_words(space.runtime)}")
    yield row("", status.space_url)
    yield from _origin(status)
    if status.running not in (None, space.head):
        yield row("head", f"{space.head[:7]}, which does not run")
    yield from drift_lines(status.log)
    if status.log.drift:
        yield row("", f"{status.space_url}/commit/{status.log.drift[0].id}")
    if status.app_url:
        yield row("app", f"{status.app_url}{', answers well' if status.health.well else ''}")
    if status.health.seen and not status.health.checked:
        yield row("warning", status.health.seen)
    standing, trouble = status.standing, status.trouble
    yield row(standing.value, trouble.what if trouble else standing.sentence)
    if trouble is not None:
        yield row("seen", trouble.seen)
        yield row("do", trouble.do)


def _origin(status: Status) -> Iterator[str]:
    """What runs, else the head: the commit, and what it was made from."""
    label = "running" if status.running else "head"
    commit, entry = status.commit, status.entry
    if commit is None:
        shown = (status.running or status.space.head)[:7]
        yield row(label, f"{shown}, which is not in the history any more")
        return
    record = entry.record if entry else None
    when = f"{moment(commit.at)} UTC by {record.by if record else commit.author}"
    if entry is None or record is None:
        yield row(label, f"{commit.id[:7]}, not by hf-deploy")
        yield row("committed", when)
        return
    yield row(label, f"{commit.id[:7]}, release {record.number}, {entry.state}")
    yield row("source", record.source.short)
    yield row("committed", when)
