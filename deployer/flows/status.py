"""Look at a Space: what it runs, and whether it is well. Nothing of it is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deployer.errors import DeployError, NotAllowed
from deployer.events import Event, Waiting
from deployer.flows.examine import examine
from deployer.flows.following import following
from deployer.flows.prove import Claim, prove
from deployer.flows.record import read_log
from deployer.flows.soak import Candidate
from deployer.history import Commit, Log, log_of
from deployer.order import Order
from deployer.outcome import Outcome
from deployer.space import FAILED, Sdk, Space, SpaceId
from deployer.status import SERVING, Checkup, Status, running
from deployer.verdict import Evidence, Patience, Verdict
from deployer.world import clock
from deployer.world.hub import commits, refs, spaces
from deployer.world.hub.client import Client
from deployer.world.hub.refusals import TOKENS_PAGE


def look_back(client: Client, order: Order, tell: Callable[[Event], None]) -> tuple[Space, Log]:
    """A Space, and what was released to it."""
    space, _ = _there(client, order, tell)
    return space, read_log(client, space.id, space.head)


def look(client: Client, order: Order, tell: Callable[[Event], None]) -> Status:
    """How a Space is now. The app is asked where it runs; one that sleeps is left asleep."""
    space, order = _there(client, order, tell)
    history = commits.whole_history(client, space.id, space.head)
    log = log_of(history, refs.tags(client, space.id))
    url, unknown = _address(client, space.id)
    now = running(space) or space.head
    status = Status(
        space,
        log,
        commit=next((commit for commit in history if commit.id == now), None),
        space_url=client.page(space.id),
        app_url=url,
    )
    if space.runtime.stage not in SERVING:
        return status
    return replace(status, health=_checked(client, order, status, unknown, tell))


def attach(client: Client, order: Order, tell: Callable[[Event], None]) -> Outcome:
    """Watch the head of a Space until it runs and is well, or is seen to have failed.

    A release that was seen healthy is tagged, and one that is asleep is visited; nothing is ever
    restarted.
    """
    begin = clock.now()
    space, order = _there(client, order, tell)
    history = commits.whole_history(client, space.id, space.head)
    log = log_of(history, refs.tags(client, space.id))
    space, patience = _past_leftovers(client, space, history[0], order.patience, tell)
    entry = log.at(space.head)
    evidence = Evidence(
        space.head,
        space.runtime,
        static=space.sdk == Sdk.STATIC,
        sent=False,
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


def _there(client: Client, order: Order, tell: Callable[[Event], None]) -> tuple[Space, Order]:
    """The Space, by whatever name it has now, and the order for it. Raises NotAllowed."""
    space = spaces.find(client, order.space)
    if space is None:
        seen = "no token" if client.token is None else "the token that was given"
        raise NotAllowed(
            "There is no such Space, or it is not to be seen.",
            seen=f"{client.page(order.space)}, asked for with {seen}",
            do=f"Check the Space's id, and what the token in HF_TOKEN may see: {TOKENS_PAGE}",
        )
    return space, following(order, space, tell)


def _past_leftovers(
    client: Client, space: Space, head: Commit, patience: Patience, tell: Callable[[Event], None]
) -> tuple[Space, Patience]:
    """The Space once its failure must be the head's, or is over.

    The Hub needs a while to notice a commit; until then a failure is of the one before.
    """
    deadline = clock.Deadline(patience.settle - clock.age(head.at))
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
    client: Client, order: Order, status: Status, unknown: str, tell: Callable[[Event], None]
) -> Checkup:
    """Ask the app, as after a deploy, but neither a command of the user's nor for long."""
    space, url = status.space, status.app_url
    candidate = Candidate(
        space.id,
        status.running or space.head,
        url,
        unknown,
        private=space.private,
        static=space.sdk == Sdk.STATIC,
    )
    brief = replace(order, verify=None, health=replace(order.health, soak=0.0))
    ending = examine(client, brief, candidate, tell)
    if ending.warnings:
        return Checkup(None, ending.warnings[0])
    if ending.verdict is not Verdict.LIVE:
        return Checkup(False, ending.trouble.seen if ending.trouble else None)
    return Checkup(True, f"a good answer from {url}{order.health.path or '/'}")


def _address(client: Client, space: SpaceId) -> tuple[str | None, str]:
    try:
        return spaces.address(client, space), "the Hub names no address of the app."
    except DeployError as error:
        return None, f"{error.what} {error.seen}"
