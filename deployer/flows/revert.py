"""Bring an earlier commit's files back, by one commit on top, and see that one run."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from deployer.card.card import README, parse
from deployer.card.yaml import InvalidCard
from deployer.errors import DeployError
from deployer.events import AutoRollbackStarted, CommitStarted, Committed, Event, Planned
from deployer.flows.release_log import read_log
from deployer.flows.rollout import Rollout, wait_until_healthy
from deployer.release.history import ReleaseLog, ReleaseState
from deployer.release.outcome import DeployResult, Rollback, RolloutResult
from deployer.release.plan import Plan, plan_rollback
from deployer.release.release import Kind, Release, RollbackReason
from deployer.release.verdict import ROLLED_BACK, RolloutState, Verdict
from deployer.request import DeployRequest
from deployer.source.snapshot import Source
from deployer.space.space import Sdk, Space
from deployer.world.hub import commits, spaces, trees
from deployer.world.hub.client import Client


@dataclass(frozen=True, slots=True)
class Revert:
    """The way back from a head to an earlier commit.

    `shipped` are the paths of the deploy that is taken back, `because` is why; `nonce` marks the
    commit.
    """

    request: DeployRequest
    log: ReleaseLog
    head: str
    to: str
    because: RollbackReason
    shipped: Collection[str] = ()
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    def release(self, plan: Plan) -> Release:
        """The release that goes it. What it holds is known where it is all of a known release."""
        entry = self.log.at(self.to)
        said = entry.record.said if entry and not plan.keep else {}
        return Release(
            number=self.log.number + 1,
            source=entry.record.source if entry else Source(str(self.request.space), self.to),
            snapshot=said.get("Snapshot"),
            nonce=self.nonce,
            run=self.request.run,
            kind=Kind.ROLLBACK,
            because=self.because,
            kept=said.get("Kept"),
            attributes=said.get("Attributes"),
            base=self.head,
        )


def plan_revert(client: Client, way: Revert) -> Plan:
    """What differs between the head and the commit to go back to. Changes nothing."""
    space = way.request.space
    there, now = (trees.tree(client, space, commit, {}) for commit in (way.to, way.head))
    return plan_rollback(there, now, way.request.keep, way.shipped)


def commit_revert(
    client: Client, way: Revert, plan: Plan, space: Space, emit: Callable[[Event], None]
) -> tuple[Rollback, str | None]:
    """Commit the way back and watch it like any deploy; gives the app's address, too.

    Raises HeadMoved where somebody else committed on top of the head.
    """
    release = way.release(plan)
    emit(CommitStarted(plan))
    before = spaces.runtime(client, space.id)
    made = commits.create(client, space.id, plan, release)
    emit(Committed(made, release.number, client.commit_page(space.id, made)))
    static = sdk_at(client, space, way.to) == Sdk.STATIC
    evidence = RolloutState(
        made,
        before,
        static=static,
        turning=static and space.sdk != Sdk.STATIC,
        patience=way.request.patience,
    )
    claim = Rollout(way.request, evidence, space.private, release.number)
    try:
        ending, url = wait_until_healthy(client, claim, emit)
    except DeployError as error:
        ending, url = RolloutResult.cut_short(error), None
    return Rollback(made, way.to, release.number, ending), url


def sdk_at(client: Client, space: Space, commit: str) -> str | None:
    """The SDK that a commit's card names; the Space's own where that can't be read."""
    try:
        card = parse(commits.read(client, space.id, README, commit).decode())
    except (DeployError, UnicodeDecodeError, InvalidCard):
        return space.sdk
    return str(card.meta.get("sdk")) if card else space.sdk


def roll_back_failed_deploy(
    client: Client,
    request: DeployRequest,
    failed: DeployResult,
    shipped: Collection[str],
    emit: Callable[[Event], None],
) -> DeployResult:
    """The outcome of a failed deploy, with the last good files brought back where there are any.

    Only the head is taken back: where somebody committed on top, it is theirs to say what is good.
    """
    if failed.rollout.verdict not in ROLLED_BACK or not request.rollback:
        return failed
    space = spaces.find(client, request.space)
    if space is None or space.head != failed.commit:
        return _on_top(client, failed, space)
    log = read_log(client, request.space, space.head)
    if _was_well(log, failed):
        return _noted(failed, "This release was seen healthy before, so its files stay.")
    verdict = failed.rollout.verdict.value
    good = log.good(before=space.head)
    way = Revert(request, log, space.head, good or "", RollbackReason(space.head, verdict), shipped)
    plan = plan_revert(client, way) if good else Plan(space.head)
    if not plan.changes:
        return _noted(failed, "There are no other files to go back to that were seen healthy.")
    emit(AutoRollbackStarted(verdict, way.to))
    emit(Planned(request.space, plan))
    try:
        restored, _ = commit_revert(client, way, plan, space, emit)
    except commits.HeadMoved:
        return _on_top(client, failed, spaces.find(client, request.space))
    return replace(failed, rolled_back=restored)


def _was_well(log: ReleaseLog, failed: DeployResult) -> bool:
    """Whether nothing was sent, and what is there was well before: its files are not to blame."""
    entry = log.at(str(failed.commit))
    return not failed.changed and (entry is None or entry.state is ReleaseState.VERIFIED)


def _on_top(client: Client, failed: DeployResult, space: Space | None) -> DeployResult:
    """A failure with another commit on top: a newer release of ours has taken over, or somebody
    else's commit, with our files still below it.
    """
    if space is None:
        return _noted(failed, "The Space is not there any more, so nothing was taken back.")
    past = commits.history_summary(client, space.id, space.head)
    history = f"{client.page(space.id)}/commits/main"
    if past.newest is None or past.newest.id == failed.commit:
        return _noted(failed, f"Somebody committed on top, so nothing was taken back: {history}")
    newer = f"{failed.rollout.verdict.sentence} But a newer release is on top: {history}"
    return replace(failed, rollout=RolloutResult(Verdict.SUPERSEDED, warnings=(newer,)))


def _noted(failed: DeployResult, why: str) -> DeployResult:
    ending = failed.rollout
    return replace(failed, rollout=replace(ending, warnings=(*ending.warnings, why)))
