"""Find the release of another Space that is to be promoted, and whether it is healthy now."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deployer.access.account import TOKENS_PAGE
from deployer.card.card import README
from deployer.errors import Conflict, HubError, NotAllowed
from deployer.flows.find_space import require_space
from deployer.flows.operation import Operation
from deployer.flows.release_log import read_release_log
from deployer.flows.rollout import Rollout, is_old, wait_until_healthy
from deployer.release.history import ReleaseCommit, ReleaseLog
from deployer.release.outcome import RolloutResult
from deployer.release.promotion import find_refusal, is_same_space, same_space
from deployer.release.release import Promoted
from deployer.release.verdict import RolloutState
from deployer.request import Promotion, Restart
from deployer.source.ignore import GIT_ATTRIBUTES, Patterns
from deployer.source.snapshot import Source
from deployer.source.tree import RemoteTree, tree_ids
from deployer.source.tree_diff import LocalTree
from deployer.space.metrics import Limits
from deployer.space.space import Sdk, Space, SpaceId
from deployer.world.hub import budget, spaces, trees


@dataclass(frozen=True, slots=True)
class Candidate:
    """The head of a Space, with the releases up to it and its files."""

    space: Space
    log: ReleaseLog
    tree: RemoteTree

    @property
    def record(self) -> ReleaseCommit | None:
        """The release that the head is; None for one that may not be promoted."""
        entry = self.log.at(self.space.head)
        return entry.record if entry else None

    @property
    def promoted(self) -> Promoted | None:
        """That release, as its promotion names it."""
        record = self.record
        return Promoted(str(self.space.id), record.id, record.number) if record else None

    @property
    def source(self) -> Source:
        """What it was made from, else its Space."""
        return self.record.source if self.record else Source(str(self.space.id), self.space.head)

    @property
    def snapshot(self) -> str | None:
        """The snapshot id that the release names, where its files are seen to be just those."""
        named = self._named_snapshot
        return named if named == self._snapshot_of_files else None

    @property
    def is_whole(self) -> bool:
        """Whether its files may be those that the release names, as far as they can be compared."""
        ids = {self._named_snapshot, self._snapshot_of_files} - {None}
        return README in self.tree.files and len(ids) < 2

    def own_paths(self, keep: Patterns) -> frozenset[str]:
        """The files to keep that may be its Space's own, not of the source: those which a deploy
        has kept there.
        """
        if self.record is None or "Kept" not in self.record.trailers:
            return frozenset()
        others = self.tree.files.keys() - {README, GIT_ATTRIBUTES}
        return frozenset(path for path in others if keep.match(path))

    @property
    def _named_snapshot(self) -> str | None:
        """Not known where the Space has other files besides."""
        trailers = self.record.trailers if self.record else {}
        return None if "Kept" in trailers else trailers.get("Snapshot")

    @property
    def _snapshot_of_files(self) -> str | None:
        """Not known where there are LFS files: the Hub has only the blob ids of their pointers."""
        files = self.tree.files.values()
        if any(file.lfs for file in files):
            return None
        return tree_ids((one.path, one.oid) for one in files if one.path != GIT_ATTRIBUTES)[""]

    @property
    def refusal(self) -> Conflict | None:
        """Why it may not be promoted, as far as its history and its stage say."""
        return find_refusal(self.space, self.log)


def operation_on(operation: Operation, promotion: Promotion) -> Operation:
    """The operation on the Space to promote from, whose app is checked as its gates say."""
    gates = promotion.gates
    request = replace(
        operation.request,
        space=promotion.origin,
        # what it uses is a gate of its own
        health=replace(promotion.health, soak=gates.soak, limits=Limits()),
        verify=gates.verify,
        wait=True,
        resume=False,
        restart=Restart.NO,
    )
    return replace(operation, request=request)


def find_candidate(operation: Operation, to: SpaceId) -> tuple[Operation, Candidate]:
    """The head of the Space that the operation is on, and the operation under its name now.

    Raises Conflict where that is the Space to promote `to`, and NotAllowed where the Hub does not
    show it; HubError where its files are not those of its release.
    """
    if is_same_space(operation.space, to):
        raise same_space(to)
    if operation.client.has_publisher_token:
        _require_public(operation, to)
    space, operation = require_space(operation)
    if is_same_space(space.id, to):
        raise same_space(to)
    log = read_release_log(operation, space.head)
    tree = trees.tree(operation.client, space.id, space.head, LocalTree({}))
    candidate = Candidate(space, log, tree)
    if candidate.record is not None and not candidate.is_whole:
        raise _other_files(candidate, candidate.record)
    return operation, candidate


def _other_files(candidate: Candidate, record: ReleaseCommit) -> HubError:
    space, files = candidate.space, candidate.tree.files
    seen = "other ones than were committed" if README in files else f"without {README}"
    count = "1 file" if len(files) == 1 else f"{len(files)} files"
    return HubError(
        f"the Hub's list of the files of {space.id} is not that of release {record.number}",
        cause=f"{count}, {seen}",
        fix="run the same command again; if that does not help, deploy it again: "
        f"hf-deploy deploy {space.id.argument}",
    )


def _require_public(operation: Operation, to: SpaceId) -> None:
    """Raise NotAllowed where the token of a Trusted Publisher can't read a private Space."""
    if spaces.find(operation.client, operation.space) is None:
        raise NotAllowed(
            f"Space not found, or private: {operation.space}",
            cause=f"the token of a Trusted Publisher is valid for {to} only, and reads no private "
            "Space besides",
            fix=f"set HF_TOKEN to a token that may read {operation.space} and write {to}: "
            f"{TOKENS_PAGE}",
        )


def check_candidate(operation: Operation, candidate: Candidate) -> RolloutResult:
    """Wait until the candidate runs, which wakes it if it is asleep, and check its health: by a
    probe, and as its gates say. Nothing is restarted.
    """
    space, record = candidate.space, candidate.record
    state = RolloutState(
        space.head,
        space.runtime,
        static=space.sdk == Sdk.STATIC,
        sent=False,
        predates_run=record is not None and is_old(record.commit.at, operation.request.grace),
        grace=operation.request.grace,
    )
    number = record.number if record else None
    with budget.lifted():
        return wait_until_healthy(operation, Rollout(state, space.private, number, True))


def require_unchanged(operation: Operation, candidate: Candidate) -> None:
    """Raise Conflict where the Space has another head by now, or does not run it any more."""
    found = spaces.find(operation.client, candidate.space.id)
    if found is None or found.head != candidate.space.head:
        now = f"its head is {found.head[:7]}" if found else "the Hub does not find it any more"
        raise Conflict(
            f"{candidate.space.id} was changed in the meantime",
            cause=f"{now}, and {candidate.space.head[:7]} was to be promoted",
            fix="run the same command again",
        )
    if (refusal := find_refusal(found, candidate.log)) is not None:
        raise refusal
