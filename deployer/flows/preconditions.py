"""What must be so before anything is changed: nothing newer, nobody's work by surprise."""

from __future__ import annotations

from collections.abc import Callable

from deployer.errors import Conflict
from deployer.events import DriftFound, Event
from deployer.flows.make_plan import PlannedRelease
from deployer.release.outcome import RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.request import DeployRequest, OnDrift
from deployer.world.hub.client import Client

Confirm = Callable[[Plan], bool]


class NewerReleaseExists(Exception):
    """A later run has released this Space: nothing is to be sent."""

    def __init__(self, draft: PlannedRelease) -> None:
        super().__init__()
        self.draft = draft

    def rollout(self, request: DeployRequest) -> RolloutResult:
        """How such a deploy ends: well, but not unseen."""
        newest, turn = self.draft.past.newest, self.draft.past.turn
        release = f"release {newest.number} of {newest.source.short}" if newest else "a release"
        run = f"run {turn[0]}, attempt {turn[1]}" if turn else "a run"
        warning = (
            f"No file was sent: {release} is newer ({run}; this is run {request.run.id}, attempt "
            f"{request.run.attempt or 1}). To go back on purpose: hf-deploy rollback {request.space}"
        )
        return RolloutResult(Verdict.SUPERSEDED, warnings=(warning,))


def check_preconditions(
    client: Client,
    request: DeployRequest,
    draft: PlannedRelease,
    emit: Callable[[Event], None],
    confirm: Confirm,
    *,
    changing: bool,
) -> None:
    """Let a plan pass that may be carried out; `changing` says that anything is to be changed.

    Raises Overtaken where a later run released already, and Conflict where somebody else committed
    and that is to stop us, or where `confirm` says no to deleting what we never deployed.
    """
    past, plan = draft.past, draft.plan
    if past.drifted:
        pages = tuple(client.commit_page(request.space, commit.id) for commit in past.drifted)
        emit(DriftFound(past.drifted, pages))
    if not changing:
        return
    if past.is_newer_than(request.run):
        raise NewerReleaseExists(draft)
    if not plan.changes:
        return
    if past.drifted and request.on_drift is OnDrift.FAIL:
        raise Conflict(
            "Somebody else committed to the Space since our last release.",
            cause=", ".join(f"{commit.id[:7]} by {commit.author}" for commit in past.drifted[:5]),
            fix="Bring their changes into the repository, or deploy over them by --on-drift deploy "
            f"(history keeps them): {client.page(request.space)}/commits/main",
        )
    if past.newest is None and plan.delete and not confirm(plan):
        raise Conflict(
            "Nothing was deployed, because you said no.",
            cause=f"{len(plan.delete)} files of {request.space} would have been deleted",
            fix="Name what must stay with --keep, or add the files to the repository.",
        )
