"""Deploy: make the Space equal to the source by one commit, and see that commit run."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from deployer.errors import DeployError, Interrupted, NotAllowed
from deployer.events import Event, Planned, Warned
from deployer.flows.commit import CommitUnderWay, Confirm, Goal, commit
from deployer.flows.create import create
from deployer.flows.prepare import Draft, against, plan
from deployer.flows.prove import Claim, prove
from deployer.flows.wrap import Parcel
from deployer.order import Order
from deployer.outcome import Ending, Outcome
from deployer.space import Sdk, Space
from deployer.verdict import Evidence, Verdict
from deployer.world import clock
from deployer.world.hub import commits, spaces
from deployer.world.hub.client import Client
from deployer.world.hub.refusals import TOKENS_PAGE

_PATIENCE = 4.0  # seconds; a cancelled job has 7.5


def dry_run(client: Client, order: Order, parcel: Parcel, tell: Callable[[Event], None]) -> Outcome:
    """What a deploy would do. Changes nothing; a public Space needs no token."""
    begin = clock.now()
    space = spaces.find(client, order.space)
    if space is None and client.token is None:
        tell(Warned(f"{order.space} is not there, or not to be seen without a token."))
    draft = plan(client, order, parcel.snapshot, space)
    tell(Planned(order.space, draft.plan))
    return Outcome(
        space=order.space,
        ending=Ending(Verdict.PLANNED),
        plan=draft.plan,
        source=parcel.snapshot.source.short,
        commit=draft.plan.base,
        previous=draft.plan.base,
        space_url=client.page(order.space),
        seconds=clock.now() - begin,
    )


def deploy(
    client: Client,
    order: Order,
    parcel: Parcel,
    tell: Callable[[Event], None],
    confirm: Confirm,
) -> Outcome:
    """Plan, commit, watch, probe.

    `confirm` is asked before files of a Space that we never deployed to are deleted. Raises the
    DeployError of whatever keeps the deploy from being made; how it ended once it was made is in
    the outcome.
    """
    if client.token is None:
        raise NotAllowed(
            "There is no token to deploy with.",
            seen="HF_TOKEN is not set, and nobody is logged in on this machine",
            do=f"Put a token with write access into HF_TOKEN ({TOKENS_PAGE}), or run "
            "`hf auth login`; in a workflow `permissions: id-token: write` goes without one.",
        )
    goal = Goal(order, parcel, nonce=secrets.token_hex(8))
    try:
        return _deploy(client, goal, tell, confirm)
    except KeyboardInterrupt as stop:
        raise _interrupted(client, goal, under_way=isinstance(stop, CommitUnderWay)) from None


def _deploy(client: Client, goal: Goal, tell: Callable[[Event], None], confirm: Confirm) -> Outcome:
    begin = clock.now()
    order, parcel = goal.order, goal.parcel
    ready = _get_ready(client, goal, tell, confirm)
    before = spaces.runtime(client, order.space) if order.wait else ready.space.runtime
    made = commit(client, goal, ready.draft, tell, ready.confirm)
    claim = Claim(
        order,
        Evidence(made.commit, before, static=parcel.card.sdk is Sdk.STATIC),
        private=ready.space.private,
        changed=made.changed,
    )
    ending, app_url = _proved(client, claim, tell)
    return Outcome(
        space=order.space,
        ending=ending,
        plan=made.plan,
        source=parcel.snapshot.source.short,
        commit=made.commit,
        previous=made.plan.base,
        space_url=client.page(order.space),
        app_url=app_url,
        seconds=clock.now() - begin,
    )


def _proved(
    client: Client, claim: Claim, tell: Callable[[Event], None]
) -> tuple[Ending, str | None]:
    """How the commit ended, also where something keeps us from seeing it."""
    try:
        return prove(client, claim, tell)
    except DeployError as error:
        return Ending.cut_short(error), None
    except KeyboardInterrupt:
        seen = f"{claim.space} is at {claim.evidence.commit}" + (", our commit" * claim.changed)
        return Ending.cut_short(_stopped(seen)), None


@dataclass(frozen=True, slots=True)
class _Ready:
    """The Space as it is before our commit, and what is to be done to it."""

    space: Space
    draft: Draft
    confirm: Confirm


def _get_ready(
    client: Client, goal: Goal, tell: Callable[[Event], None], confirm: Confirm
) -> _Ready:
    snapshot = goal.parcel.snapshot
    space = spaces.find(client, goal.order.space)
    draft = plan(client, goal.order, snapshot, space)
    tell(Planned(goal.order.space, draft.plan))
    if space is not None:
        return _Ready(space, draft, confirm)
    space, remote = create(client, goal.order, goal.parcel, tell)
    # nobody has put a file there that is worth a question
    draft = Draft(against(client, goal.order, snapshot, remote))
    return _Ready(space, draft, lambda _: True)


def _interrupted(client: Client, goal: Goal, *, under_way: bool) -> Interrupted:
    """Say at which whole commit the Space is: a commit is made whole or not at all."""
    space = goal.order.space
    try:
        seen = clock.within(_PATIENCE, lambda: _whereabouts(client, goal, under_way))
    except (DeployError, KeyboardInterrupt):
        seen = None
    if seen is None:
        said = "our commit was under way" if under_way else "we know of nothing that we sent"
        seen = f"the Hub does not say where {space} is now; {said}"
    return _stopped(seen)


def _stopped(seen: str) -> Interrupted:
    return Interrupted("The deploy was interrupted.", seen=seen, do="Deploy again when you like.")


def _whereabouts(client: Client, goal: Goal, under_way: bool) -> str:
    space = goal.order.space
    found = spaces.find(client, space)
    if found is None:
        return f"{space} does not exist"
    # also where nothing seemed to be under way: it may have arrived just before the interrupt
    ours = commits.find_nonce(client, space, goal.nonce)
    if ours is not None:
        return f"{space} is at {found.head}" + (", our commit" if found.head == ours else "")
    if under_way:
        return f"{space} is at {found.head}; our commit was under way and may still arrive, whole"
    return f"nothing of ours was sent; {space} is at {found.head}"
