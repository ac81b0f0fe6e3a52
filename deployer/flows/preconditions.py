"""Check preconditions of a release: no newer release, no unapproved overwrite of other commits."""

from __future__ import annotations

from deployer.errors import Conflict
from deployer.events import DriftFound
from deployer.flows.operation import Operation, PlannedRelease
from deployer.release.outcome import RolloutResult
from deployer.release.verdict import Verdict
from deployer.request import DeployRequest, OnDrift

_MAX_SHOWN = 5


class NewerReleaseExists(Exception):
    """A later workflow run has released to this Space: nothing may be committed."""

    def __init__(self, planned: PlannedRelease) -> None:
        super().__init__()
        self.planned = planned

    def rollout(self, request: DeployRequest) -> RolloutResult:
        """The result of a run that a later one superseded: a success, with a warning."""
        newest, sequence = self.planned.history.newest, self.planned.history.sequence
        release = f"release {newest.number} of {newest.source.short}" if newest else "a release"
        later = f"run {sequence[0]}, attempt {sequence[1]}" if sequence else "a later run"
        warning = (
            f"{release} from {later} is already deployed (this is run {request.run.id}, "
            f"attempt {request.run.attempt or 1}); to go back: "
            f"hf-deploy rollback {request.space.argument}"
        )
        return RolloutResult(Verdict.SUPERSEDED, warnings=(warning,))


def check_preconditions(
    operation: Operation, planned: PlannedRelease, *, is_changing: bool
) -> None:
    """Let a plan pass that may be carried out; `is_changing` says that anything will be changed.

    Raises NewerReleaseExists where a later run released already, and Conflict where commits of
    others are to stop a deploy, or where `confirm` declines to delete files that no release of ours
    ever deployed.
    """
    history, plan, request = planned.history, planned.plan, operation.request
    if history.drifted:
        commits = history.drifted
        pages = tuple(operation.client.commit_page(operation.space, one.id) for one in commits)
        operation.emit(DriftFound(commits, pages))
    if not is_changing:
        return
    if history.is_newer_than(request.run):
        raise NewerReleaseExists(planned)
    if not plan.changes:
        return
    if history.drifted and request.on_drift is OnDrift.FAIL:
        shown = history.drifted[:_MAX_SHOWN]
        raise Conflict(
            "the Space has commits not made by hf-deploy",
            cause=", ".join(f"{commit.id[:7]} by {commit.author}" for commit in shown),
            fix="merge them into the repository, or overwrite them with `--on-drift deploy` "
            f"(history keeps them): {operation.page}/commits/main",
        )
    is_unknown = history.newest is None and not planned.is_new
    if is_unknown and plan.delete and not operation.ask(plan):
        raise Conflict(
            "deploy cancelled",
            cause=f"{len(plan.delete)} files on {operation.space} would be deleted",
            fix="add them to the repository, or keep them with --keep GLOB",
        )
