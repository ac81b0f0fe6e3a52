"""An earlier commit of the Space as the content of a release: what a rollback commits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from deployer.card.card import README, parse
from deployer.card.yaml import InvalidCard
from deployer.errors import DeployError
from deployer.flows.commit import CommittedRelease
from deployer.flows.operation import Operation, PlannedRelease
from deployer.release.history import HistorySummary, ReleaseLog
from deployer.release.plan import Plan, files_of, plan_copy
from deployer.release.release import Kind, Release, RollbackReason, Run
from deployer.source.snapshot import Source
from deployer.source.tree_diff import LocalTree
from deployer.space.space import Space
from deployer.world.hub import downloads, trees


@dataclass(frozen=True, slots=True)
class EarlierCommit:
    """The files of the commit `to`, committed on top of a head whose history is `log`.

    `deployed_paths` are the paths of the deploy that is rolled back: `keep` patterns don't hold
    for them.
    """

    log: ReleaseLog
    to: str
    verdict: str
    deployed_paths: Collection[str] = ()

    def plan(self, operation: Operation, space: Space | None) -> PlannedRelease:
        """What differs between the Space's head and the earlier commit. Changes nothing."""
        assert space is not None
        earlier, head = (
            trees.tree(operation.client, operation.space, commit, LocalTree({}))
            for commit in (self.to, space.head)
        )
        keep = operation.request.keep
        plan = plan_copy(files_of(earlier), head, keep, self.deployed_paths)
        entry = self.log.at(space.head)
        history = HistorySummary(entry.record if entry else None)
        return PlannedRelease(space, plan, self._release(operation, plan, space.head), history)

    def scan(self, _operation: Operation, _planned: PlannedRelease) -> None:
        """Nothing is uploaded: the Hub has these files."""

    def check_before_commit(
        self, _operation: Operation, _planned: PlannedRelease, *, is_changing: bool
    ) -> None:
        """What was deployed before may be deployed again."""

    def _release(self, operation: Operation, plan: Plan, head: str) -> Release:
        """What the commit holds is known where that is all of a known release."""
        entry = self.log.at(self.to)
        trailers = entry.record.trailers if entry and not plan.keep else {}
        return Release(
            number=self.log.number + 1,
            source=entry.record.source if entry else Source(str(operation.space), self.to),
            snapshot=trailers.get("Snapshot"),
            nonce=operation.nonce,
            run=operation.request.run,
            kind=Kind.ROLLBACK,
            reason=RollbackReason(head, self.verdict),
            kept=trailers.get("Kept"),
            attributes=trailers.get("Attributes"),
            card=entry.record.card if entry else None,
            base=head,
            promoted=entry.record.promoted if entry else None,
            source_run=entry.record.source_run if entry else Run(),
        )


def committed_sdk(operation: Operation, committed: CommittedRelease) -> str | None:
    """The SDK of a rollback's card; that of the Space where it is the same or can't be read."""
    space = committed.space
    readme = next((file for file in committed.plan.sent if file.path == README), None)
    if readme is None:
        return space.sdk
    try:
        data = downloads.download(operation.client, space.id, readme, committed.commit)
        card = parse(data.decode())
    except (DeployError, UnicodeDecodeError, InvalidCard):
        return space.sdk
    return str(card.meta.get("sdk")) if card else space.sdk
