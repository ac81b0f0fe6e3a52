"""Prove that a commit runs and is well: watch it, then ask the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from deployer.errors import NotAllowed
from deployer.events import Event, Restarted, Warned
from deployer.flows.health import candidate_of, examine
from deployer.flows.release_log import verify
from deployer.flows.watch import watch
from deployer.release.outcome import Ending
from deployer.release.verdict import Evidence, Patience, Verdict
from deployer.request import Order, Restart
from deployer.space.space import FAILED, SpaceId, Stage
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


@dataclass(frozen=True, slots=True)
class Claim:
    """That the evidence's commit runs; `number` is its release's, None for a commit not ours.

    `hands_off`: whatever is seen, nothing is restarted.
    """

    order: Order
    evidence: Evidence
    private: bool
    number: int | None = None
    hands_off: bool = False

    @property
    def space(self) -> SpaceId:
        """Where it is to run."""
        return self.order.space

    @property
    def ran_before(self) -> bool:
        """Whether nothing was done, and the head was running already."""
        before = self.evidence.before
        idle = not self.evidence.sent and not self.evidence.restarting
        return idle and before.stage == Stage.RUNNING and self._is_at_head

    @property
    def slept_before(self) -> bool:
        """Whether nothing was done, and the head was asleep."""
        before = self.evidence.before
        return not self.evidence.sent and before.stage == Stage.SLEEPING and self._is_at_head

    @property
    def _is_at_head(self) -> bool:
        """Whether the head is what runs, or is so old that it must be."""
        evidence = self.evidence
        if evidence.before.running is None:
            return evidence.old or evidence.static
        return evidence.before.running == evidence.commit


def is_old(committed: datetime | None, patience: Patience) -> bool:
    """Whether a head was committed so long ago that the Hub must have noticed."""
    return committed is not None and clock.age(committed) >= patience.settle


def prove(client: Client, claim: Claim, tell: Callable[[Event], None]) -> tuple[Ending, str | None]:
    """How the commit ended, and the app's address where it was looked for.

    A release that was seen healthy is tagged.
    """
    claim = _started(client, claim, tell)
    if not claim.order.wait:
        idle = claim.ran_before or claim.slept_before
        return Ending(Verdict.UNCHANGED if idle else Verdict.COMMITTED), None
    ending, url = _seen(client, claim, tell)
    if ending.verdict is not Verdict.LIVE:
        return ending, url
    if claim.number is not None and not ending.warnings:
        sent = claim.evidence.sent
        verify(client, claim.space, claim.evidence.commit, claim.number, tell, new=sent)
    if not claim.evidence.sent:
        ending = replace(ending, verdict=Verdict.UNCHANGED)
    return ending, url


def _started(client: Client, claim: Claim, tell: Callable[[Event], None]) -> Claim:
    """Restart what would not come up by itself, or was to be restarted."""
    order, evidence = claim.order, claim.evidence
    stage, at_rest = evidence.before.stage, (Stage.PAUSED, Stage.STOPPED)
    if evidence.static or claim.hands_off:
        return claim
    if stage in at_rest and order.resume:
        why = "was to be resumed"
    elif not evidence.sent and stage not in at_rest and order.restart is not Restart.NO:
        why = "was to be restarted"
    elif not evidence.sent and stage in FAILED and order.wait:
        why = "has these files"
    else:
        return claim
    tell(Restarted(stage, why))
    try:
        spaces.restart(client, claim.space, factory=order.restart is Restart.FACTORY)
    except NotAllowed as error:
        if order.resume or order.restart is not Restart.NO:
            raise  # somebody asked for it
        tell(Warned(f"{error.what} {error.seen}"))
        return claim
    return replace(claim, evidence=replace(evidence, restarting=True))


def _seen(client: Client, claim: Claim, tell: Callable[[Event], None]) -> tuple[Ending, str | None]:
    if claim.ran_before:
        ending = Ending(Verdict.LIVE)
    else:
        deadline = clock.Deadline(claim.order.timeout)
        ending = watch(
            client,
            claim.space,
            claim.evidence,
            deadline,
            tell,
            private=claim.private,
            hands_off=claim.hands_off,
        )
    found = candidate_of(
        client,
        claim.space,
        claim.evidence.commit,
        private=claim.private,
        static=claim.evidence.static,
    )
    if ending.verdict is Verdict.LIVE:
        ending = examine(client, claim.order, found, tell)
    return ending, found.url
