"""Prove that a commit runs and is well: watch it, then ask the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from deployer.errors import NotAllowed
from deployer.events import Event, Restarted, Warned
from deployer.flows.health import check_health, running_commit
from deployer.flows.release_log import tag_healthy_release
from deployer.flows.watch import watch
from deployer.release.outcome import RolloutResult
from deployer.release.verdict import GracePeriods, RolloutState, Verdict
from deployer.request import DeployRequest, Restart
from deployer.space.space import FAILED, SpaceId, Stage
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


@dataclass(frozen=True, slots=True)
class Rollout:
    """That the evidence's commit runs; `number` is its release's, None for a commit not ours.

    `hands_off`: whatever is seen, nothing is restarted.
    """

    request: DeployRequest
    evidence: RolloutState
    private: bool
    number: int | None = None
    hands_off: bool = False

    @property
    def space(self) -> SpaceId:
        """Where it is to run."""
        return self.request.space

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


def is_old(committed: datetime | None, patience: GracePeriods) -> bool:
    """Whether a head was committed so long ago that the Hub must have noticed."""
    return committed is not None and clock.age(committed) >= patience.apply_settings


def wait_until_healthy(
    client: Client, claim: Rollout, emit: Callable[[Event], None]
) -> tuple[RolloutResult, str | None]:
    """How the commit ended, and the app's address where it was looked for.

    A release that was seen healthy is tagged.
    """
    claim = _started(client, claim, emit)
    if not claim.request.wait:
        idle = claim.ran_before or claim.slept_before
        return RolloutResult(Verdict.UNCHANGED if idle else Verdict.COMMITTED), None
    ending, url = _seen(client, claim, emit)
    if ending.verdict is not Verdict.LIVE:
        return ending, url
    if claim.number is not None and not ending.warnings:
        sent = claim.evidence.sent
        tag_healthy_release(
            client, claim.space, claim.evidence.commit, claim.number, emit, new=sent
        )
    if not claim.evidence.sent:
        ending = replace(ending, verdict=Verdict.UNCHANGED)
    return ending, url


def _started(client: Client, claim: Rollout, emit: Callable[[Event], None]) -> Rollout:
    """Restart what would not come up by itself, or was to be restarted."""
    request, evidence = claim.request, claim.evidence
    stage, at_rest = evidence.before.stage, (Stage.PAUSED, Stage.STOPPED)
    if evidence.static or claim.hands_off:
        return claim
    if stage in at_rest and request.resume:
        why = "was to be resumed"
    elif not evidence.sent and stage not in at_rest and request.restart is not Restart.NO:
        why = "was to be restarted"
    elif not evidence.sent and stage in FAILED and request.wait:
        why = "has these files"
    else:
        return claim
    emit(Restarted(stage, why))
    try:
        spaces.restart(client, claim.space, factory=request.restart is Restart.FACTORY)
    except NotAllowed as error:
        if request.resume or request.restart is not Restart.NO:
            raise  # somebody asked for it
        emit(Warned(f"{error.message} {error.cause}"))
        return claim
    return replace(claim, evidence=replace(evidence, restarting=True))


def _seen(
    client: Client, claim: Rollout, emit: Callable[[Event], None]
) -> tuple[RolloutResult, str | None]:
    if claim.ran_before:
        ending = RolloutResult(Verdict.LIVE)
    else:
        deadline = clock.Deadline(claim.request.timeout)
        ending = watch(
            client,
            claim.space,
            claim.evidence,
            deadline,
            emit,
            private=claim.private,
            hands_off=claim.hands_off,
        )
    found = running_commit(
        client,
        claim.space,
        claim.evidence.commit,
        private=claim.private,
        static=claim.evidence.static,
    )
    if ending.verdict is Verdict.LIVE:
        ending = check_health(client, claim.request, found, emit)
    return ending, found.url
