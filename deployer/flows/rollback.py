"""Roll a Space back by hand: to a release, or to the last good one. Needs no source repository."""

from __future__ import annotations

from collections.abc import Callable

from deployer.errors import Conflict, NotAllowed, UsageProblem
from deployer.events import Event, Planned, PlannedAgain, RollingBack, Warned
from deployer.flows.following import there
from deployer.flows.record import read_log
from deployer.flows.restore import Return, go_back, way_back
from deployer.history import BY_HAND, Log, State
from deployer.order import Order
from deployer.outcome import Ending, Outcome
from deployer.plan import Plan
from deployer.release import TAGS, Because
from deployer.space import Space
from deployer.verdict import Verdict
from deployer.world import clock
from deployer.world.hub import commits, refs
from deployer.world.hub.client import Client
from deployer.world.hub.refusals import TOKENS_PAGE

_TRIES = 5
_SHOWN = 10


def roll_back(
    client: Client,
    order: Order,
    wanted: str | None,
    tell: Callable[[Event], None],
    confirm: Callable[[Plan], bool],
) -> Outcome:
    """Bring the files of a release back by one commit on top, and see that one run.

    `wanted` is a release's number or a commit of the Space (7 hex digits or more); None is the
    last good one. Raises the DeployError of whatever keeps that from being done.
    """
    if client.token is None:
        raise NotAllowed(
            "There is no token to roll back with.",
            seen="HF_TOKEN is not set, and nobody is logged in on this machine",
            do=f"Put a token with write access into HF_TOKEN ({TOKENS_PAGE}), or run "
            "`hf auth login`.",
        )
    begin = clock.now()
    for attempt in range(_TRIES):
        space, order = there(client, order, tell)
        way = _way(client, order, space, wanted, tell)
        plan = way_back(client, way)
        tell(RollingBack(_named(way.log, way.head), _named(way.log, way.to)))
        tell(Planned(order.space, plan))
        if not plan.changes:
            return _outcome(client, order, plan, Ending(Verdict.UNCHANGED), clock.now() - begin)
        if attempt == 0 and not confirm(plan):
            raise Conflict(
                "Nothing was rolled back, because you said no.",
                seen=f"{order.space} stays at {space.head}",
                do="Look at `hf-deploy history`, and name the release that you want.",
            )
        try:
            restored, url = go_back(client, way, plan, space, tell)
        except commits.HeadMoved:
            tell(PlannedAgain(space.head))
            continue
        seconds = clock.now() - begin
        return _outcome(
            client,
            order,
            plan,
            restored.ending,
            seconds,
            commit=restored.commit,
            number=restored.number,
            url=url,
        )
    raise Conflict(
        "Somebody else keeps committing to the Space.",
        seen=f"{_TRIES} times the head moved between the plan and the commit",
        do="Roll back again when that is finished.",
    )


def _way(
    client: Client, order: Order, space: Space, wanted: str | None, tell: Callable[[Event], None]
) -> Return:
    log = read_log(client, space.id, space.head)
    if log.lost:
        tell(Warned(f"Somebody squashed the history: releases {_listed(log.lost)} are not in it."))
    to = (
        log.good(before=space.head, other=True)
        if wanted is None
        else _chosen(client, log, space, wanted)
    )
    if to is None:
        raise UsageProblem(
            "There is nothing to go back to.",
            seen="no earlier release was seen healthy",
            do=f"Name a release or a commit yourself: hf-deploy history {space.id}",
        )
    entry = log.at(to)
    if entry is not None and entry.state is not State.VERIFIED:
        tell(Warned(f"Release {entry.record.number} was {entry.state}."))
    return Return(order, log, space.head, to, Because(space.head, BY_HAND))


def _chosen(client: Client, log: Log, space: Space, wanted: str) -> str:
    number = wanted.removeprefix(TAGS)
    if number.isascii() and number.isdecimal():
        if entry := log.entry(int(number)):
            return entry.record.id
        if int(number) in log.lost:
            return refs.tags(client, space.id)[f"{TAGS}{number}"]
    ids = {commit.id for commit in commits.whole_history(client, space.id, space.head)}
    found = [one for one in ids if len(wanted) >= 7 and one.startswith(wanted.lower())]
    if len(found) == 1:
        return found[0]
    numbers = [entry.record.number for entry in log.entries]
    raise UsageProblem(
        "There is no such release.",
        seen=f"{wanted!r}; there are {_listed(numbers) or 'none'}",
        do=f"Name one of them, or a commit: hf-deploy history {space.id}",
    )


def _listed(numbers: list[int] | tuple[int, ...]) -> str:
    more = ", …" if len(numbers) > _SHOWN else ""
    return ", ".join(str(number) for number in numbers[:_SHOWN]) + more


def _named(log: Log, commit: str) -> str:
    entry = log.at(commit)
    if entry is None:
        return f"{commit[:7]}, not by hf-deploy"
    return f"release {entry.record.number}, {entry.record.source.short} ({commit[:7]})"


def _outcome(
    client: Client,
    order: Order,
    plan: Plan,
    ending: Ending,
    seconds: float,
    *,
    commit: str | None = None,
    number: int | None = None,
    url: str | None = None,
) -> Outcome:
    return Outcome(
        space=order.space,
        ending=ending,
        plan=plan,
        commit=commit or plan.base,
        previous=plan.base,
        space_url=client.page(order.space),
        app_url=url,
        number=number,
        seconds=seconds,
    )
