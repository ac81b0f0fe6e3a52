"""Make the one commit of a deploy, on top of whatever the Space's head is by then."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from deployer.card.rules import hub_problems
from deployer.checks.findings import redact_problem
from deployer.errors import Conflict, InvalidSource
from deployer.events import CommitStarted, Committed, Event, Replanned
from deployer.flows.make_plan import PlannedRelease, plan
from deployer.flows.preconditions import Confirm, check_preconditions
from deployer.flows.scan_credentials import scan_files
from deployer.flows.validate import ValidSource
from deployer.release.history import HistorySummary
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.request import DeployRequest
from deployer.world import clock
from deployer.world.hub import commits, limits, spaces
from deployer.world.hub.cards import CardRejected
from deployer.world.hub.client import Client

# each lost race is somebody's progress; this many are nobody's
_TRIES = 20
_MAX_PAUSE = 0.5  # seconds


class CommitUnderWay(KeyboardInterrupt):
    """Interrupted while the commit was being sent: nobody knows whether it arrives."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a deploy is to bring about; `nonce` marks whatever it commits.

    `running` is the commit that ran when it was planned.
    """

    request: DeployRequest
    parcel: ValidSource
    nonce: str
    running: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The commit of this deploy, or the head that needed none, and the plan it came from.

    `number` is the release's, None for a head that is no release of ours; `past` is what the
    history below said when it was planned.
    """

    plan: Plan
    commit: str
    past: HistorySummary
    number: int | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was committed."""
        return self.commit != self.plan.base


def commit(
    client: Client,
    goal: Goal,
    draft: PlannedRelease,
    emit: Callable[[Event], None],
    confirm: Confirm,
) -> Made:
    """Send the commit; where somebody else was faster, plan again from the new head.

    Raises Conflict where that never ends, and as `check_preconditions` does.
    """
    for _ in range(_TRIES):
        if not draft.plan.changes:
            return _unchanged(draft)
        limits.check(client, goal.request.space, draft.plan)
        release = _release(goal, draft)
        emit(CommitStarted(draft.plan))
        try:
            made = commits.send(client, goal.request.space, draft.plan, release)
        except CardRejected as error:
            raise _at_its_lines(error, goal.parcel) from None
        except commits.HeadMoved:
            clock.sleep(random.uniform(0, _MAX_PAUSE))  # not in step with the others
            draft = plan_again(client, goal, emit)
            check_preconditions(
                client, goal.request, draft, emit, confirm, changing=draft.plan.changes
            )
            continue
        except KeyboardInterrupt:
            raise CommitUnderWay from None
        page = client.commit_page(goal.request.space, made)
        emit(Committed(made, release.number, page))
        return Made(draft.plan, made, draft.past, release.number)
    raise Conflict(
        "Somebody else keeps committing to the Space.",
        cause=f"{_TRIES} times the head moved between the plan and the commit",
        fix="Deploy again when that is finished.",
    )


def _unchanged(draft: PlannedRelease) -> Made:
    newest = None if draft.past.drift else draft.past.newest
    number = newest.number if newest else None
    return Made(draft.plan, str(draft.plan.base), draft.past, number)


def _release(goal: Goal, draft: PlannedRelease) -> Release:
    made, snapshot = draft.plan, goal.parcel.snapshot
    return Release(
        number=draft.past.number + 1,
        source=snapshot.source,
        snapshot=snapshot.id,
        nonce=goal.nonce,
        run=goal.request.run,
        kept=goal.request.keep.id if made.keep else None,
        attributes=snapshot.attributes,
        base=made.base,
        running=goal.running,
    )


def plan_again(client: Client, goal: Goal, emit: Callable[[Event], None]) -> PlannedRelease:
    """The plan from the head as it is now. Raises Conflict where the Space went away."""
    space = spaces.find(client, goal.request.space)
    if space is None:
        raise Conflict(
            "The Space went away while it was deployed to.",
            cause=f"{client.page(goal.request.space)} is not there any more",
            fix="Deploy again to create it anew.",
        )
    emit(Replanned(space.head))
    draft = plan(client, goal.request, goal.parcel.snapshot, space)
    scan_files(draft.plan.sent, goal.request.allow_credentials)
    return draft


def _at_its_lines(error: CardRejected, parcel: ValidSource) -> InvalidSource:
    """What the Hub said of the card, as our own rules say it."""
    found = hub_problems(error.sentences, parcel.card, card_file=parcel.apart)
    return InvalidSource(
        error.message,
        cause="; ".join(str(redact_problem(one)) for one in found),
        fix=error.fix,
    )
