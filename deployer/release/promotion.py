"""Whether the release that a Space runs may be promoted, as far as its history and stage say."""

from __future__ import annotations

from deployer.errors import Conflict
from deployer.release.history import ReleaseEntry, ReleaseLog, ReleaseState
from deployer.release.status import running
from deployer.release.verdict import VERDICT_OF_STAGE
from deployer.space.space import MOVING, Space, SpaceId

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
    entry, stage = log.at(space.head), space.runtime.stage
    again = f"deploy it again: hf-deploy deploy {space.id}"
    wait = f"wait for it: hf-deploy status {space.id} --wait --timeout 1h"
    if stage in MOVING:
        return _refused(space, "is building or starting", f"stage {stage}", wait)
    if log.drift:
        shown = ", ".join(f"{one.id[:7]} by {one.author}" for one in log.drift[:_MAX_SHOWN])
        back = f"hf-deploy rollback {space.id}"
        return _refused(
            space, "has commits not made by hf-deploy", shown, f"{again}, or roll back: {back}"
        )
    if entry is None:
        cause = f"no release at its head {space.head[:7]}"
        return _refused(space, "has no release made by hf-deploy", cause, again)
    if (verdict := VERDICT_OF_STAGE.get(stage)) is not None:
        message = f": {space.runtime.message}" if space.runtime.message else ""
        return _refused(space, f"is not running: {verdict.headline}", f"{stage}{message}", again)
    if running(space) not in (None, space.head):
        cause = f"running: {str(running(space))[:7]}, the head is {space.head[:7]}"
        return _refused(space, "does not run its head", cause, wait)
    if entry.state is not ReleaseState.VERIFIED:
        return _refused(space, "was never seen healthy", _described(entry), f"{wait}, or {again}")
    return None


def _described(entry: ReleaseEntry) -> str:
    why = f": {entry.reason}" if entry.reason else ""
    return f"release {entry.record.number} ({entry.record.source.short}) is {entry.state}{why}"


def _refused(space: Space, what: str, cause: str, fix: str) -> Conflict:
    return Conflict(f"{space.id} {what}, so it is not promoted", cause=cause, fix=fix)
