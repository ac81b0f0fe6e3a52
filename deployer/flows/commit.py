"""Make the one commit of a deploy, on top of whatever the Space's head is by then."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from deployer.card.rules import hub_says
from deployer.errors import Conflict, InvalidSource
from deployer.events import Committed, Event, PlannedAgain, Sending
from deployer.flows.make_plan import Draft, plan
from deployer.flows.preconditions import Confirm, guard
from deployer.flows.scan_credentials import refuse_leaks
from deployer.flows.validate import Parcel
from deployer.release.history import Past
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.request import Order
from deployer.world import clock
from deployer.world.hub import commits, limits, spaces
from deployer.world.hub.cards import CardRefused
from deployer.world.hub.client import Client

# each lost race is somebody's progress; this many are nobody's
_TRIES = 20
_LONGEST_PAUSE = 0.5  # seconds


class CommitUnderWay(KeyboardInterrupt):
    """Interrupted while the commit was being sent: nobody knows whether it arrives."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a deploy is to bring about; `nonce` marks whatever it commits.

    `running` is the commit that ran when it was planned.
    """

    order: Order
    parcel: Parcel
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
    past: Past
    number: int | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was committed."""
        return self.commit != self.plan.base


def commit(
    client: Client, goal: Goal, draft: Draft, tell: Callable[[Event], None], confirm: Confirm
) -> Made:
    """Send the commit; where somebody else was faster, plan again from the new head.

    Raises Conflict where that never ends, and as `guard` does.
    """
    for _ in range(_TRIES):
        if not draft.plan.changes:
            return _unchanged(draft)
        limits.check(client, goal.order.space, draft.plan)
        release = _release(goal, draft)
        tell(Sending(draft.plan))
        try:
            made = commits.send(client, goal.order.space, draft.plan, release)
        except CardRefused as error:
            raise _at_its_lines(error, goal.parcel) from None
        except commits.HeadMoved:
            clock.sleep(random.uniform(0, _LONGEST_PAUSE))  # not in step with the others
            draft = plan_again(client, goal, tell)
            guard(client, goal.order, draft, tell, confirm, changing=draft.plan.changes)
            continue
        except KeyboardInterrupt:
            raise CommitUnderWay from None
        page = client.commit_page(goal.order.space, made)
        tell(Committed(made, release.number, page))
        return Made(draft.plan, made, draft.past, release.number)
    raise Conflict(
        "Somebody else keeps committing to the Space.",
        seen=f"{_TRIES} times the head moved between the plan and the commit",
        do="Deploy again when that is finished.",
    )


def _unchanged(draft: Draft) -> Made:
    newest = None if draft.past.drift else draft.past.newest
    number = newest.number if newest else None
    return Made(draft.plan, str(draft.plan.base), draft.past, number)


def _release(goal: Goal, draft: Draft) -> Release:
    made, snapshot = draft.plan, goal.parcel.snapshot
    return Release(
        number=draft.past.number + 1,
        source=snapshot.source,
        snapshot=snapshot.id,
        nonce=goal.nonce,
        run=goal.order.run,
        kept=goal.order.keep.id if made.keep else None,
        attributes=snapshot.attributes,
        base=made.base,
        running=goal.running,
    )


def plan_again(client: Client, goal: Goal, tell: Callable[[Event], None]) -> Draft:
    """The plan from the head as it is now. Raises Conflict where the Space went away."""
    space = spaces.find(client, goal.order.space)
    if space is None:
        raise Conflict(
            "The Space went away while it was deployed to.",
            seen=f"{client.page(goal.order.space)} is not there any more",
            do="Deploy again to create it anew.",
        )
    tell(PlannedAgain(space.head))
    draft = plan(client, goal.order, goal.parcel.snapshot, space)
    refuse_leaks(draft.plan.sent, goal.order.allow_credentials)
    return draft


def _at_its_lines(error: CardRefused, parcel: Parcel) -> InvalidSource:
    """What the Hub said of the card, as our own rules say it."""
    found = hub_says(error.sentences, parcel.card, card_file=parcel.apart)
    return InvalidSource(error.what, seen="; ".join(map(str, found)), do=error.do)
