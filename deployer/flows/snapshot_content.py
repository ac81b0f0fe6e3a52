"""A snapshot of the source as the content of a release."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from deployer.card.rules import hub_problems
from deployer.checks.findings import redact_problem
from deployer.errors import InvalidSource
from deployer.flows.check_hardware import refuse_hardware
from deployer.flows.create import check_creatable
from deployer.flows.locate import in_repository
from deployer.flows.operation import Operation, PlannedRelease
from deployer.flows.preconditions import check_preconditions
from deployer.flows.release_log import number_by_tags
from deployer.flows.rollout import running_before
from deployer.flows.scan_credentials import scan_files
from deployer.flows.validate import ValidSource
from deployer.problem import Problem
from deployer.release.history import HistorySummary
from deployer.release.plan import Plan, compare, needs_sha256
from deployer.release.release import Release
from deployer.request import DeployRequest
from deployer.source.attributes import merge_attributes
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.source.snapshot import MAX_LFS_POINTER_BYTES, File, Snapshot, is_lfs_pointer
from deployer.source.tree import RemoteTree
from deployer.source.tree_diff import LocalTree
from deployer.space.space import Sdk, Space
from deployer.world import files
from deployer.world.hub import commits, downloads, trees
from deployer.world.hub.cards import CardRejected

_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SnapshotContent:
    """The files of a source that passed its checks."""

    valid: ValidSource

    @property
    def sdk(self) -> Sdk:
        """The SDK of the card."""
        return self.valid.card.sdk

    @property
    def is_public(self) -> bool:
        """Whether the source is known to be public."""
        return self.valid.snapshot.source.public

    @property
    def paths(self) -> Collection[str]:
        """The paths of the files."""
        return self.valid.snapshot.files.keys()

    def plan(self, operation: Operation, space: Space | None) -> PlannedRelease:
        """The plan for these files against the Space as it is (None: it does not exist yet).

        Raises InvalidSource where a Git LFS pointer would be uploaded instead of its file, or a
        kept file conflicts with a deployed one, and where the Space's hardware refuses a version.
        """
        snapshot, keep = self.valid.snapshot, operation.request.keep
        if space is None:
            check_creatable(operation, self.sdk)
            plan = compare(snapshot, None, keep)
            _refuse_pointers(operation.request, plan)
            return PlannedRelease(None, plan, self._release(operation, plan, HistorySummary()))
        history = commits.history_summary(operation.client, space.id, space.head)
        if history.is_up_to_date(snapshot, keep):
            plan = Plan(space.head, unchanged=len(snapshot.files))
        else:
            history = number_by_tags(operation, space, history)
            commits.import_upload(operation.client)  # while the Hub is waited for
            local = LocalTree(snapshot.files, snapshot.folder_ids)
            remote = trees.tree(operation.client, space.id, space.head, local)
            plan = self._compare(operation, remote)
        if plan.changes:
            refuse_hardware(snapshot, self.valid.card, space, operation.request)
        release = self._release(operation, plan, history)
        release = replace(release, running=running_before(operation, space, history))
        return PlannedRelease(space, plan, release, history)

    def plan_new(self, operation: Operation, space: Space, remote: RemoteTree) -> PlannedRelease:
        """The plan for a Space that was just created, with the files that the Hub put into it."""
        plan = self._compare(operation, remote).of_new_space()
        release = self._release(operation, plan, HistorySummary())
        return PlannedRelease(space, plan, release, is_new=True)

    def _compare(self, operation: Operation, remote: RemoteTree) -> Plan:
        snapshot = _with_attributes(operation, self.valid.snapshot, remote)
        hashed = [
            file._replace(lfs=files.sha256(file.content)) for file in needs_sha256(snapshot, remote)
        ]
        plan = compare(snapshot.with_files(hashed), remote, operation.request.keep)
        _refuse_pointers(operation.request, plan)
        return plan

    def scan(self, operation: Operation, planned: PlannedRelease) -> None:
        """Raise CredentialFound for a credential in what would be uploaded."""
        scan_files(operation, planned.plan.sent)

    def check_before_commit(
        self, operation: Operation, planned: PlannedRelease, *, is_changing: bool
    ) -> None:
        """As `check_preconditions`."""
        check_preconditions(operation, planned, is_changing=is_changing)

    def _release(self, operation: Operation, plan: Plan, history: HistorySummary) -> Release:
        snapshot, request = self.valid.snapshot, operation.request
        return Release(
            number=history.number + 1,
            source=snapshot.source,
            snapshot=snapshot.id,
            nonce=operation.nonce,
            run=request.run,
            kept=request.keep.id if plan.keep else None,
            attributes=snapshot.attributes,
            card=self.valid.overridden,
            base=plan.base,
        )

    def explain(self, operation: Operation, error: CardRejected) -> InvalidSource:
        """What the Hub says of the card, at the lines that it is about."""
        found = hub_problems(error.messages, self.valid.card, card_file=self.valid.card_file)
        problems = in_repository(operation.request, map(redact_problem, found))
        shown = "; ".join(map(str, problems))
        findings = (one.finding for one in problems)
        return InvalidSource(error.message, cause=shown, fix=error.fix, findings=findings)


def _with_attributes(operation: Operation, snapshot: Snapshot, remote: RemoteTree) -> Snapshot:
    """The root `.gitattributes` is shared with the Hub, whose LFS rules are in it."""
    ours, theirs = snapshot.files.get(GIT_ATTRIBUTES), remote.files.get(GIT_ATTRIBUTES)
    if ours is None or theirs is None or ours.oid == theirs.oid:
        return snapshot
    current = downloads.download(operation.client, operation.space, theirs, remote.head)
    merged = merge_attributes(files.read(ours.content), current)
    return snapshot.with_files([File.of_bytes(GIT_ATTRIBUTES, merged)])


def _refuse_pointers(request: DeployRequest, plan: Plan) -> None:
    """Raise InvalidSource where a Git LFS pointer would be uploaded."""
    small = (file for file in plan.sent if file.size < MAX_LFS_POINTER_BYTES)
    pointers = [file.path for file in small if is_lfs_pointer(files.read(file.content))]
    if pointers:
        why = "Git LFS pointer instead of the file"
        problems = [Problem(path, 1, why, name="lfs-pointer") for path in pointers]
        more = f" and {len(pointers) - _MAX_SHOWN} more" if len(pointers) > _MAX_SHOWN else ""
        raise InvalidSource(
            "Git LFS files are not checked out",
            cause=", ".join(pointers[:_MAX_SHOWN]) + more,
            fix="run `git lfs pull`; in a workflow, set `lfs: true` in the `with:` of "
            "actions/checkout",
            findings=(one.finding for one in in_repository(request, problems)),
        )
