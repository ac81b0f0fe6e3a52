"""Make the one commit of a release, on top of whatever the Space's head is by then."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from deployer.errors import Conflict
from deployer.events import CommitStarted, Committed, Replanned
from deployer.flows.operation import Content, Operation, PlannedRelease
from deployer.release.history import Commit, HistorySummary
from deployer.release.plan import Plan
from deployer.space.space import Space
from deployer.world import clock
from deployer.world.hub import budget, commits, limits, spaces

# each lost race is another client's progress; this many are not
_MAX_TRIES = 20
_MAX_PAUSE = 0.5  # seconds


class CommitUnderWay(KeyboardInterrupt):
    """Interrupted while the commit was being sent: nobody knows whether it arrives."""


@dataclass(frozen=True, slots=True)
class CommittedRelease:
    """A release's commit, or the head where no file differs.

    `space` is as it was just before, with its runtime then. `number` is None for a head that is no
    release; `history` is what the commits below said when it was planned.
    """

    space: Space
    plan: Plan
    commit: str
    number: int | None = None
    history: HistorySummary = HistorySummary()

    @property
    def changed(self) -> bool:
        """Whether anything was committed."""
        return self.commit != self.plan.base

    @property
    def drift(self) -> tuple[Commit, ...]:
        """The commits of others since the release below."""
        return self.history.drifted


def commit(operation: Operation, content: Content, planned: PlannedRelease) -> CommittedRelease:
    """Send the commit; where another one was faster, plan again from the new head.

    Raises Conflict where that never ends, and as `content` does.
    """
    for _ in range(_MAX_TRIES):
        try:
            return commit_once(operation, planned)
        except commits.HeadMoved:
            clock.sleep(random.uniform(0, _MAX_PAUSE))  # not in step with the others
            planned = plan_again(operation, content, planned)
    raise Conflict(
        f"another client keeps committing to {operation.space}",
        cause=f"its head moved {_MAX_TRIES} times between the plan and the commit",
        fix="try again when that is finished",
    )


def commit_once(operation: Operation, planned: PlannedRelease) -> CommittedRelease:
    """Send the commit on top of the head that it was planned from.

    Raises HeadMoved where that is not the head any more.
    """
    assert planned.space is not None
    plan, history, space = planned.plan, planned.history, planned.space
    if not plan.changes:
        newest = None if history.drift else history.newest
        number = newest.number if newest else None
        return CommittedRelease(space, plan, str(plan.base), number, history)
    limits.check(operation.client, operation.space, plan)
    release = planned.release
    operation.emit(CommitStarted(plan))
    budget.allow_upload(plan.bytes_sent)
    try:
        made = commits.create(operation.client, operation.space, plan, release)
    except KeyboardInterrupt:
        raise CommitUnderWay from None
    budget.finish()
    page = operation.client.commit_page(operation.space, made)
    operation.emit(Committed(made, release.number, page))
    return CommittedRelease(space, plan, made, release.number, history)


def plan_again(
    operation: Operation, content: Content, before: PlannedRelease, *, is_changing: bool = False
) -> PlannedRelease:
    """The plan from the head as it is now, with its preconditions checked again.

    `is_changing` says that more than files will be changed.

    Raises Conflict where the Space is gone, and as `content` does.
    """
    space = spaces.find(operation.client, operation.space)
    if space is None:
        raise Conflict(
            f"{operation.space} was deleted in the meantime",
            cause=f"the Hub does not find {operation.page} any more",
            fix="run the same command again",
        )
    operation.emit(Replanned(space.head))
    planned = content.plan(operation, space)
    # what ran, and whether the Space is new, is known from before
    release = replace(planned.release, running=before.release.running)
    planned = replace(planned, release=release, is_new=before.is_new)
    content.scan(operation, planned)
    content.check_before_commit(operation, planned, is_changing=is_changing or planned.plan.changes)
    return planned
