"""Prove that a commit runs and is well: watch it, then ask the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from deployer.errors import DeployError
from deployer.events import Event, Restarted
from deployer.flows.examine import examine
from deployer.flows.watch import watch
from deployer.order import Order
from deployer.outcome import Ending
from deployer.space import FAILED, SpaceId, Stage
from deployer.verdict import Evidence, Verdict
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


@dataclass(frozen=True, slots=True)
class Claim:
    """That the evidence's commit runs. `changed` says that this deploy made it."""

    order: Order
    evidence: Evidence
    private: bool
    changed: bool

    @property
    def space(self) -> SpaceId:
        """Where it is to run."""
        return self.order.space

    @property
    def ran_before(self) -> bool:
        """Whether nothing was sent, and the head was running already."""
        before = self.evidence.before
        up = before.stage in (Stage.RUNNING, Stage.SLEEPING)
        return not self.changed and up and before.running in (None, self.evidence.commit)


def prove(client: Client, claim: Claim, tell: Callable[[Event], None]) -> tuple[Ending, str | None]:
    """How the commit ended, and the app's address where it was looked for."""
    if not claim.order.wait:
        return Ending(Verdict.UNCHANGED if claim.ran_before else Verdict.COMMITTED), None
    ending = Ending(Verdict.LIVE) if claim.ran_before else _watch(client, claim, tell)
    url, unknown = _address(client, claim.space)
    if ending.verdict is not Verdict.LIVE:
        return ending, url
    if url is None:
        ending = replace(ending, warnings=(f"The app's health was not checked: {unknown}",))
    else:
        ending = examine(client, url, claim.order.health, private=claim.private, tell=tell)
    if ending.verdict is Verdict.LIVE and not claim.changed:
        ending = replace(ending, verdict=Verdict.UNCHANGED)
    return ending, url


def _address(client: Client, space: SpaceId) -> tuple[str | None, str]:
    """Where the app answers, or why that is not known."""
    try:
        return spaces.address(client, space), "the Hub names no address of the app."
    except DeployError as error:
        return None, f"{error.what} {error.seen}"


def _watch(client: Client, claim: Claim, tell: Callable[[Event], None]) -> Ending:
    evidence = claim.evidence
    if not claim.changed and evidence.before.stage in FAILED and not evidence.static:
        tell(Restarted(evidence.before.stage))
        spaces.restart(client, claim.space)
    return watch(client, claim.space, evidence, clock.Deadline(claim.order.timeout), tell)
