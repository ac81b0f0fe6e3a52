"""Bring an earlier commit's files back, by one commit on top, and see that one run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from deployer.card.card import README, parse
from deployer.card.yaml import BadCard
from deployer.errors import DeployError
from deployer.events import Committed, Event, Planned, Sending, TakingBack
from deployer.flows.release_log import read_log
from deployer.flows.rollout import Claim, prove
from deployer.release.history import Log, State
from deployer.release.outcome import Ending, Outcome, Restored
from deployer.release.plan import Plan, restoration
from deployer.release.release import Because, Kind, Release
from deployer.release.verdict import TAKEN_BACK, Evidence, Verdict
from deployer.request import Order
from deployer.source.snapshot import Source
from deployer.space.space import Sdk, Space
from deployer.world.hub import commits, spaces, trees
from deployer.world.hub.client import Client


@dataclass(frozen=True, slots=True)
class Return:
    """The way back from a head to an earlier commit.

    `shipped` are the paths of the deploy that is taken back, `because` is why; `nonce` marks the
    commit.
    """

    order: Order
    log: Log
    head: str
    to: str
    because: Because
    shipped: Collection[str] = ()
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def release(self, plan: Plan) -> Release:
        """The release that goes it. What it holds is known where it is all of a known release."""
        entry = self.log.at(self.to)
        said = entry.record.said if entry and not plan.keep else {}
        return Release(
            number=self.log.number + 1,
            source=entry.record.source if entry else Source(str(self.order.space), self.to),
            snapshot=said.get("Snapshot"),
            nonce=self.nonce,
            run=self.order.run,
            kind=Kind.ROLLBACK,
            because=self.because,
            kept=said.get("Kept"),
            attributes=said.get("Attributes"),
            base=self.head,
        )


def way_back(client: Client, way: Return) -> Plan:
    """What differs between the head and the commit to go back to. Changes nothing."""
    space = way.order.space
    there, now = (trees.tree(client, space, commit, {}) for commit in (way.to, way.head))
    return restoration(there, now, way.order.keep, way.shipped)


def go_back(
    client: Client, way: Return, plan: Plan, space: Space, tell: Callable[[Event], None]
) -> tuple[Restored, str | None]:
    """Commit the way back and watch it like any deploy; gives the app's address, too.

    Raises HeadMoved where somebody else committed on top of the head.
    """
    release = way.release(plan)
    tell(Sending(plan))
    before = spaces.runtime(client, space.id)
    made = commits.send(client, space.id, plan, release)
    tell(Committed(made, release.number, client.commit_page(space.id, made)))
    static = sdk_at(client, space, way.to) == Sdk.STATIC
    evidence = Evidence(
        made,
        before,
        static=static,
        turning=static and space.sdk != Sdk.STATIC,
        patience=way.order.patience,
    )
    claim = Claim(way.order, evidence, space.private, release.number)
    try:
        ending, url = prove(client, claim, tell)
    except DeployError as error:
        ending, url = Ending.cut_short(error), None
    return Restored(made, way.to, release.number, ending), url


def sdk_at(client: Client, space: Space, commit: str) -> str | None:
    """The SDK that a commit's card names; the Space's own where that can't be read."""
    try:
        card = parse(commits.read(client, space.id, README, commit).decode())
    except (DeployError, UnicodeDecodeError, BadCard):
        return space.sdk
    return str(card.meta.get("sdk")) if card else space.sdk


def take_back(
    client: Client,
    order: Order,
    failed: Outcome,
    shipped: Collection[str],
    tell: Callable[[Event], None],
) -> Outcome:
    """The outcome of a failed deploy, with the last good files brought back where there are any.

    Only the head is taken back: where somebody committed on top, it is theirs to say what is good.
    """
    if failed.ending.verdict not in TAKEN_BACK or not order.rollback:
        return failed
    space = spaces.find(client, order.space)
    if space is None or space.head != failed.commit:
        return _on_top(client, failed, space)
    log = read_log(client, order.space, space.head)
    if _was_well(log, failed):
        return _noted(failed, "This release was seen healthy before, so its files stay.")
    verdict = failed.ending.verdict.value
    good = log.good(before=space.head)
    way = Return(order, log, space.head, good or "", Because(space.head, verdict), shipped)
    plan = way_back(client, way) if good else Plan(space.head)
    if not plan.changes:
        return _noted(failed, "There are no other files to go back to that were seen healthy.")
    tell(TakingBack(verdict, way.to))
    tell(Planned(order.space, plan))
    try:
        restored, _ = go_back(client, way, plan, space, tell)
    except commits.HeadMoved:
        return _on_top(client, failed, spaces.find(client, order.space))
    return replace(failed, restored=restored)


def _was_well(log: Log, failed: Outcome) -> bool:
    """Whether nothing was sent, and what is there was well before: its files are not to blame."""
    entry = log.at(str(failed.commit))
    return not failed.changed and (entry is None or entry.state is State.VERIFIED)


def _on_top(client: Client, failed: Outcome, space: Space | None) -> Outcome:
    """A failure with another commit on top: a newer release of ours has taken over, or somebody
    else's commit, with our files still below it.
    """
    if space is None:
        return _noted(failed, "The Space is not there any more, so nothing was taken back.")
    past = commits.past(client, space.id, space.head)
    history = f"{client.page(space.id)}/commits/main"
    if past.newest is None or past.newest.id == failed.commit:
        return _noted(failed, f"Somebody committed on top, so nothing was taken back: {history}")
    newer = f"{failed.ending.verdict.sentence} But a newer release is on top: {history}"
    return replace(failed, ending=Ending(Verdict.SUPERSEDED, warnings=(newer,)))


def _noted(failed: Outcome, why: str) -> Outcome:
    ending = failed.ending
    return replace(failed, ending=replace(ending, warnings=(*ending.warnings, why)))
