"""The release of another Space as the content of a release."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from deployer.errors import Conflict, DeployError
from deployer.flows.candidate import Candidate, require_unchanged
from deployer.flows.create import check_creatable
from deployer.flows.gates import measure_gates
from deployer.flows.operation import Operation, PlannedRelease
from deployer.flows.preconditions import check_preconditions
from deployer.flows.promoted_card import PromotedCard
from deployer.flows.release_log import number_by_tags
from deployer.flows.rollout import running_before
from deployer.flows.write_access import require_write_access
from deployer.release.history import HistorySummary
from deployer.release.outcome import Gate
from deployer.release.plan import Plan, files_of, plan_copy
from deployer.release.release import Kind, Release, Run
from deployer.request import Promotion
from deployer.source.attributes import merge_attributes
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.source.snapshot import File
from deployer.source.tree import RemoteTree
from deployer.source.tree_diff import LocalTree
from deployer.space.space import Sdk, Space
from deployer.world.hub import commits, downloads, spaces, trees
from deployer.world.hub.cards import CardRejected


@dataclass(slots=True)
class PromotedContent:
    """The files of a candidate, to be committed to another Space if its gates are open.

    `origin` is the operation on the candidate's Space; `card` is the one to commit, `own_paths` are
    files of that Space which stay there, `gates` are those that were measured.
    """

    origin: Operation
    candidate: Candidate
    card: PromotedCard
    promotion: Promotion
    own_paths: Collection[str] = ()
    gates: tuple[Gate, ...] = ()
    _is_cleared: bool = field(default=False, init=False)

    @property
    def sdk(self) -> Sdk:
        """The SDK of the candidate's Space."""
        return Sdk(str(self.candidate.space.sdk))

    @property
    def is_public(self) -> bool:
        """Not known: it is the source that would have to be public."""
        return False

    @property
    def paths(self) -> Collection[str]:
        """The paths of the files."""
        return self._files.keys()

    def plan(self, operation: Operation, space: Space | None) -> PlannedRelease:
        """What differs between the Space's head and the candidate. Changes nothing."""
        if space is None:
            spaces.check_may_create(operation.client, operation.space)
            check_creatable(operation, self.sdk)
            files = sorted(self._files.values(), key=lambda file: file.path)
            plan = Plan(None, add=tuple(files))
            return PlannedRelease(None, plan, self._release(operation, plan, HistorySummary()))
        history = commits.history_summary(operation.client, space.id, space.head)
        history = number_by_tags(operation, space, history)
        local = LocalTree(self._files)
        remote = trees.tree(operation.client, space.id, space.head, local)
        plan = self._compare(operation, remote)
        release = self._release(operation, plan, history)
        release = replace(release, running=running_before(operation, space, history))
        return PlannedRelease(space, plan, release, history)

    def plan_new(self, operation: Operation, space: Space, remote: RemoteTree) -> PlannedRelease:
        """The plan for a Space that was just created, with the files that the Hub put into it."""
        plan = self._compare(operation, remote).of_new_space()
        release = self._release(operation, plan, HistorySummary())
        return PlannedRelease(space, plan, release, is_new=True)

    def scan(self, _operation: Operation, _planned: PlannedRelease) -> None:
        """The Hub has these files, and they were scanned when they were deployed."""

    def check_before_commit(
        self, operation: Operation, planned: PlannedRelease, *, is_changing: bool
    ) -> None:
        """As `check_preconditions`; then the gates are measured, once, and the candidate is looked
        at again. Raises Conflict where it must not replace what is there, and GateClosed.
        """
        if is_changing and (refusal := self.find_refusal(planned)) is not None:
            raise refusal
        check_preconditions(operation, planned, is_changing=is_changing)
        if is_changing:
            self.clear(operation, planned.space)

    def check_before_creation(self, operation: Operation, planned: PlannedRelease) -> None:
        """The same for a Space that does not exist yet."""
        if (refusal := self.find_refusal(planned)) is not None:
            raise refusal
        self.clear(operation, None)

    def clear(self, operation: Operation, space: Space | None) -> None:
        """Let the candidate pass if it is healthy, its gates are open, and it is still the head.

        Raises NotAllowed at once where the token may not write to the Space; None is a new one.
        """
        if not self._is_cleared:
            require_write_access(operation, space)
            self.gates = measure_gates(self.origin, self.candidate, self.promotion.gates)
            self._is_cleared = True
        require_unchanged(self.origin, self.candidate)

    def find_refusal(self, planned: PlannedRelease) -> Conflict | None:
        """Why the candidate must not replace what the Space has; None if it may."""
        return self._other_sdk(planned) or self._older(planned) or self._later(planned)

    def _other_sdk(self, planned: PlannedRelease) -> Conflict | None:
        origin, space = self.candidate.space, planned.space
        if space is None or planned.is_new or space.sdk in (None, origin.sdk):
            return None
        return Conflict(
            f"{space.id} has another SDK than {origin.id}",
            cause=f"{space.sdk}, and {origin.sdk}",
            fix="promote to a Space with the same SDK, or to a new one",
        )

    def _older(self, planned: PlannedRelease) -> Conflict | None:
        """That the source of a later workflow run is there, for run ids only grow."""
        origin, newest = self.candidate.space, planned.history.newest
        if newest is None or not planned.plan.changes or self.promotion.allow_older:
            return None
        ours, theirs = self._source_run.sequence, newest.source_run.sequence
        if ours is None or theirs is None or ours >= theirs:
            return None
        return Conflict(
            f"{origin.id} has an older release than the Space that it is promoted to",
            cause=f"{self.candidate.source.short} of run {self._source_run.trailer}, and release "
            f"{newest.number} there is {newest.source.short} of run {newest.source_run.trailer}",
            fix=f"deploy to {origin.id} again, or pass --allow-older",
        )

    def _later(self, planned: PlannedRelease) -> Conflict | None:
        """That a later workflow run deployed the candidate: who let this run go on saw another."""
        origin, ours, theirs = self.candidate.space, self.origin.request.run, self._source_run
        is_superseded = planned.history.is_newer_than(ours)
        if is_superseded or not planned.plan.changes:
            return None
        if ours.sequence is None or theirs.sequence is None or theirs.sequence <= ours.sequence:
            return None
        return Conflict(
            f"{origin.id} was deployed by a later run",
            cause=f"{self.candidate.source.short} of run {theirs.trailer}, and this is run "
            f"{ours.trailer}",
            fix="promote it from that run",
        )

    def explain(self, _operation: Operation, error: CardRejected) -> DeployError:
        """The Hub's own words: the card is in no file here."""
        return error

    @property
    def _files(self) -> dict[str, File]:
        every = files_of(self.candidate.tree, str(self.candidate.space.id))
        files = {path: file for path, file in every.items() if path not in self.own_paths}
        readme = self.card.readme
        return files | {readme.path: readme} if readme else files

    @property
    def _source_run(self) -> Run:
        return self.candidate.record.source_run if self.candidate.record else Run()

    def _compare(self, operation: Operation, remote: RemoteTree) -> Plan:
        files = self._with_attributes(operation, remote)
        return plan_copy(files, remote, operation.request.keep, files.keys())

    def _with_attributes(self, operation: Operation, remote: RemoteTree) -> Mapping[str, File]:
        """The files, with the LFS rules of the Space that is promoted to."""
        files, tree, theirs = self._files, self.candidate.tree, remote.files.get(GIT_ATTRIBUTES)
        ours = tree.files.get(GIT_ATTRIBUTES)
        if ours is None or theirs is None or ours.oid == theirs.oid:
            return files
        client, origin = operation.client, self.candidate.space.id
        merged = merge_attributes(
            downloads.download(client, origin, ours, tree.head),
            downloads.download(client, operation.space, theirs, remote.head),
        )
        return files | {GIT_ATTRIBUTES: File.of_bytes(GIT_ATTRIBUTES, merged)}

    def _release(self, operation: Operation, plan: Plan, history: HistorySummary) -> Release:
        """What the commit holds is known where that is the candidate as it was deployed."""
        record = self.candidate.record
        trailers = record.trailers if record else {}
        return Release(
            number=history.number + 1,
            source=self.candidate.source,
            snapshot=None if self.card.readme else self.candidate.snapshot,
            nonce=operation.nonce,
            run=operation.request.run,
            kind=Kind.PROMOTE,
            kept=operation.request.keep.id if plan.keep else trailers.get("Kept"),
            attributes=trailers.get("Attributes"),
            card=self.card.before,
            base=plan.base,
            promoted=self.candidate.promoted,
            source_run=self._source_run,
        )
