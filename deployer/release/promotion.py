"""Whether the release that a Space runs may be promoted, as far as its history and stage say."""

from __future__ import annotations

from deployer.errors import Conflict
from deployer.release.history import ReleaseLog, ReleaseState
from deployer.release.release import Kind
from deployer.release.status import running
from deployer.release.verdict import VERDICT_OF_STAGE
from deployer.space.space import MOVING, Space, SpaceId, Stage

_MAX_SHOWN = 3


def is_same_space(one: SpaceId, other: SpaceId) -> bool:
    """Whether two ids name one Space: the Hub ignores case."""
    return str(one).lower() == str(other).lower()


def same_space(space: SpaceId) -> Conflict:
    """The error for a promotion of a Space to itself."""
    return Conflict(
        "FROM and TO are the same Space",
        cause=f"both are {space}",
        fix="pass two Spaces: hf-deploy promote FROM TO",
    )


def find_refusal(space: Space, log: ReleaseLog) -> Conflict | None:
    """Why the head of a Space may not be promoted; None for a verified release that is running, or
    is asleep. Whether it is healthy now is not known here.
    """
    if space.runtime.stage in MOVING:
        stage = space.runtime.stage
        return _refused(space, "is building or starting", f"stage {stage}", _wait(space))
    return (
        _drifted(space, log)
        or _stopped(space)
        or _rolled_back(space, log)
        or _unverified(space, log)
    )


def _drifted(space: Space, log: ReleaseLog) -> Conflict | None:
    if log.drift:
        shown = ", ".join(f"{one.id[:7]} by {one.author}" for one in log.drift[:_MAX_SHOWN])
        fix = f"{_again(space)}, or roll back: hf-deploy rollback {space.id.argument}"
        return _refused(space, "has commits not made by hf-deploy", shown, fix)
    if log.at(space.head) is None:
        cause = f"its head {space.head[:7]} is not a release"
        return _refused(space, "has no release made by hf-deploy", cause, _again(space))
    return None


def _stopped(space: Space) -> Conflict | None:
    runtime, now = space.runtime, running(space)
    if (verdict := VERDICT_OF_STAGE.get(runtime.stage)) is not None:
        cause = runtime.message or f"stage {runtime.stage}"
        resume = " --resume" if runtime.stage in (Stage.PAUSED, Stage.STOPPED) else ""
        fix = f"{_again(space)}{resume}"
        return _refused(space, f"is not running ({verdict.headline})", cause, fix)
    if now not in (None, space.head):
        cause = f"running: {str(now)[:7]}, the head is {space.head[:7]}"
        return _refused(space, "does not run its head", cause, _wait(space))
    return None


def _rolled_back(space: Space, log: ReleaseLog) -> Conflict | None:
    """That its newest release failed, or was taken back by a person."""
    entry = log.at(space.head)
    if entry is None or entry.record.kind != Kind.ROLLBACK:
        return None
    record, reason = entry.record, entry.record.reason
    undone = f" of {reason.commit[:7]}: {reason.verdict}" if reason else ""
    cause = f"release {record.number} is a rollback{undone}"
    # the files that are there are no reason for a new release
    fix = f"fix the source and deploy it: hf-deploy deploy {space.id.argument}"
    return _refused(space, "was rolled back", cause, fix)


def _unverified(space: Space, log: ReleaseLog) -> Conflict | None:
    entry = log.at(space.head)
    if entry is None or entry.state is ReleaseState.VERIFIED:
        return None
    why = f": {entry.reason}" if entry.reason else ""
    release = f"release {entry.record.number} ({entry.record.source.short})"
    cause, fix = f"{release} is {entry.state}{why}", f"{_wait(space)}, or {_again(space)}"
    return _refused(space, "was not seen healthy with its head", cause, fix)


def _again(space: Space) -> str:
    return f"deploy it again: hf-deploy deploy {space.id.argument}"


def _wait(space: Space) -> str:
    return f"wait for it: hf-deploy status {space.id.argument} --wait --timeout 1h"


def _refused(space: Space, what: str, cause: str, fix: str) -> Conflict:
    return Conflict(f"{space.id} {what}, so it is not promoted", cause=cause, fix=fix)
