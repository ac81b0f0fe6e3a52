"""Say at which commit a Space is after an interrupt."""

from __future__ import annotations

from deployer.errors import DeployError, Interrupted
from deployer.flows.commit import CommitUnderWay
from deployer.flows.operation import Operation
from deployer.world import clock
from deployer.world.hub import commits, spaces

_TIMEOUT = 4.0  # seconds; a cancelled job has 7.5


def interrupted(operation: Operation, interrupt: KeyboardInterrupt) -> Interrupted:
    """The error for an interrupt, with what is known of the Space now.

    A commit is made whole or not at all.
    """
    is_under_way = isinstance(interrupt, CommitUnderWay)
    try:
        found = clock.call_with_timeout(_TIMEOUT, lambda: _where(operation, is_under_way))
    except (DeployError, KeyboardInterrupt):
        found = None
    if found is None:
        known = (
            "the commit was being sent" if is_under_way else "no commit was sent, as far as known"
        )
        found = f"no response from the Hub about {operation.space}; {known}"
    return interrupted_at(found)


def interrupted_at(where: str) -> Interrupted:
    """The error for an interrupt at a known point."""
    return Interrupted("interrupted", cause=where, fix="run the same command, or the job, again")


def _where(operation: Operation, is_under_way: bool) -> str:
    space = spaces.find(operation.client, operation.space)
    if space is None:
        return f"{operation.space} does not exist"
    # also where nothing seemed to be under way: it may have arrived just before the interrupt
    ours = commits.find_by_nonce(operation.client, operation.space, operation.nonce)
    at = f"{operation.space} is at {space.head}"
    if ours is not None:
        return f"{at}, committed by this run" if space.head == ours else at
    if is_under_way:
        return f"{at}; the commit was being sent and may still arrive, whole"
    return f"{at}; nothing was committed"
