"""What must be so before anything is changed: nothing newer, nobody's work by surprise."""

from __future__ import annotations

from collections.abc import Callable

from deployer.errors import Conflict
from deployer.events import Drifted, Event
from deployer.flows.make_plan import Draft
from deployer.release.outcome import Ending
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.request import OnDrift, Order
from deployer.world.hub.client import Client

Confirm = Callable[[Plan], bool]


class Overtaken(Exception):
    """A later run has released this Space: nothing is to be sent."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self.draft = draft

    def ending(self, order: Order) -> Ending:
        """How such a deploy ends: well, but not unseen."""
        newest, turn = self.draft.past.newest, self.draft.past.turn
        release = f"release {newest.number} of {newest.source.short}" if newest else "a release"
        run = f"run {turn[0]}, attempt {turn[1]}" if turn else "a run"
        warning = (
            f"No file was sent: {release} is newer ({run}; this is run {order.run.id}, attempt "
            f"{order.run.attempt or 1}). To go back on purpose: hf-deploy rollback {order.space}"
        )
        return Ending(Verdict.SUPERSEDED, warnings=(warning,))


def guard(
    client: Client,
    order: Order,
    draft: Draft,
    tell: Callable[[Event], None],
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
        pages = tuple(client.commit_page(order.space, commit.id) for commit in past.drifted)
        tell(Drifted(past.drifted, pages))
    if not changing:
        return
    if past.is_newer_than(order.run):
        raise Overtaken(draft)
    if not plan.changes:
        return
    if past.drifted and order.on_drift is OnDrift.FAIL:
        raise Conflict(
            "Somebody else committed to the Space since our last release.",
            seen=", ".join(f"{commit.id[:7]} by {commit.author}" for commit in past.drifted[:5]),
            do="Bring their changes into the repository, or deploy over them by --on-drift deploy "
            f"(history keeps them): {client.page(order.space)}/commits/main",
        )
    if past.newest is None and plan.delete and not confirm(plan):
        raise Conflict(
            "Nothing was deployed, because you said no.",
            seen=f"{len(plan.delete)} files of {order.space} would have been deleted",
            do="Name what must stay with --keep, or add the files to the repository.",
        )
