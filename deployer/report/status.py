"""How a Space is: a few lines for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from deployer.outcome import Trouble
from deployer.report.log import drift, moment
from deployer.report.terminal import commit_line, row
from deployer.space import Stage
from deployer.status import Status

_KEYS = (
    "space stage head running release source at hardware space_url app_url verified drift health "
    "verdict exit_code error"
).split()
_SHOWN = 3


def status_json(status: Status, exit_code: int) -> str:
    """What was seen; `release`, `source`, `at` and `verified` are of what runs, else of the head."""
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


def status_lines(status: Status) -> Iterator[str]:
    """What runs and where it came from, what lies on top, whether it answers; the word at the end."""
    space = status.space
    hardware = f" on {space.runtime.hardware}" if space.runtime.hardware else ""
    stage = space.runtime.stage.lower().replace("_", " ")
    yield row("space", f"{space.id}, {stage}{hardware}: {status.space_url}")
    yield row("running" if status.running else "head", _origin(status))
    if status.running not in (None, space.head):
        yield row("head", space.head[:7])
    for commit in status.log.drift[:_SHOWN]:
        yield row("drift", commit_line(commit))
        yield row("", f"{status.space_url}/commit/{commit.id}")
    if len(status.log.drift) > _SHOWN:
        more = f"… and {len(status.log.drift) - _SHOWN} more"
        yield row("", f"{more}: {status.space_url}/commits/main")
    if status.app_url:
        yield row("app", status.app_url)
    if status.health.seen and status.health.well is not False:
        yield row("health", status.health.seen)
    yield row(status.standing.value, status.standing.sentence)
    if status.trouble is not None:
        yield row("seen", status.trouble.seen)
        yield row("do", status.trouble.do)


def _origin(status: Status) -> str:
    commit, entry = status.commit, status.entry
    if commit is None:
        return f"{(status.running or status.space.head)[:7]}, which is not in the history any more"
    when = f"{moment(commit.at)} UTC"
    if entry is None:
        return f"{commit.id[:7]} by {commit.author}, {when}, not by hf-deploy"
    unsure = "" if status.running or status.space.runtime.stage != Stage.RUNNING else _UNTOLD
    record = entry.record
    release = f"release {record.number} of {record.source.short}"
    return f"{commit.id[:7]}, {release} by {record.by}, {when}, {entry.state}{unsure}"


_UNTOLD = "; the Hub does not say which commit runs"
