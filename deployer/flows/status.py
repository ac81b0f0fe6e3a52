"""Look at a Space: what it runs, and whether it is well. Nothing of it is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deployer.events import Event, Waiting
from deployer.flows.health import candidate_of, examine
from deployer.flows.release_log import read_log
from deployer.flows.resolve_space import there
from deployer.flows.rollout import Claim, is_old, prove
from deployer.flows.soak import Candidate
from deployer.release.history import Commit, Log, log_of
from deployer.release.outcome import Outcome
from deployer.release.status import SERVING, Checkup, Status, running
from deployer.release.verdict import Evidence, Patience, Verdict
from deployer.request import Order
from deployer.space.space import FAILED, Sdk, Space
from deployer.world import clock
from deployer.world.hub import commits, refs, spaces
from deployer.world.hub.client import Client


def look_back(client: Client, order: Order, tell: Callable[[Event], None]) -> tuple[Space, Log]:
    """A Space, and what was released to it."""
    space, _ = there(client, order, tell)
    return space, read_log(client, space.id, space.head)


def look(client: Client, order: Order, tell: Callable[[Event], None]) -> Status:
    """How a Space is now. The app is asked where it runs; one that sleeps is left asleep."""
    space, order = there(client, order, tell)
    history = commits.whole_history(client, space.id, space.head)
    log = log_of(history, refs.tags(client, space.id))
    now = running(space) or space.head
    found = candidate_of(
        client, space.id, now, private=space.private, static=space.sdk == Sdk.STATIC
    )
    status = Status(
        space,
        log,
        commit=next((commit for commit in history if commit.id == now), None),
        space_url=client.page(space.id),
        app_url=found.url,
    )
    if space.runtime.stage not in SERVING:
        return status
    return replace(status, health=_checked(client, order, found, tell))


def attach(client: Client, order: Order, tell: Callable[[Event], None]) -> Outcome:
    """Watch the head of a Space until it runs and is well, or is seen to have failed.

    A release that was seen healthy is tagged, and one that is asleep is visited; nothing is ever
    restarted.
    """
    begin = clock.now()
    space, order = there(client, order, tell)
    history = commits.whole_history(client, space.id, space.head)
    log = log_of(history, refs.tags(client, space.id))
    space, patience = _past_leftovers(client, space, history[0], order.patience, tell)
    entry = log.at(space.head)
    evidence = Evidence(
        space.head,
        space.runtime,
        static=space.sdk == Sdk.STATIC,
        sent=False,
        old=is_old(history[0].at, patience),
        patience=patience,
    )
    number = entry.record.number if entry else None
    claim = Claim(replace(order, wait=True), evidence, space.private, number, hands_off=True)
    ending, url = prove(client, claim, tell)
    return Outcome(
        space=space.id,
        ending=ending,
        source=entry.record.source.short if entry else None,
        commit=space.head,
        previous=space.head,
        space_url=client.page(space.id),
        app_url=url,
        number=number,
        drift=log.drift,
        seconds=clock.now() - begin,
    )


def _past_leftovers(
    client: Client, space: Space, head: Commit, patience: Patience, tell: Callable[[Event], None]
) -> tuple[Space, Patience]:
    """The Space once its failure must be the head's, or is over.

    The Hub needs a while to notice a commit; until then a failure is of the one before.
    """
    # whoever commits names the date, and may name any
    left = min(patience.settle, patience.settle - clock.age(head.at))
    deadline = clock.Deadline(left)
    for wait in clock.backing_off():
        if space.sdk == Sdk.STATIC or space.runtime.stage not in FAILED:
            return space, patience
        if deadline.passed:
            break
        tell(Waiting(space.runtime.stage, deadline.elapsed))
        clock.sleep(min(wait, deadline.left))
        space = replace(space, runtime=spaces.runtime(client, space.id))
    return space, replace(patience, settle=0.0)


def _checked(
    client: Client, order: Order, found: Candidate, tell: Callable[[Event], None]
) -> Checkup:
    """Ask the app, as after a deploy, but neither a command of the user's nor for long."""
    brief = replace(order, verify=None, health=replace(order.health, soak=0.0))
    ending = examine(client, brief, found, tell)
    if ending.warnings:
        return Checkup(None, ending.warnings[0])
    if ending.verdict is not Verdict.LIVE:
        return Checkup(False, ending.trouble.seen if ending.trouble else None)
    return Checkup(True, f"a good answer from {found.url}{order.health.path or '/'}")
