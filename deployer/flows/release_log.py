"""Read the releases of a Space from its history, and tag the ones that were seen healthy."""

from __future__ import annotations

from dataclasses import replace

from deployer.errors import DeployError
from deployer.events import Verified
from deployer.flows.operation import Operation
from deployer.release.history import HistorySummary, ReleaseLog, highest_number, release_log_of
from deployer.release.release import TAGS
from deployer.release.verdict import RolloutState
from deployer.space.space import Space
from deployer.world.hub import commits, refs


def read_release_log(operation: Operation, head: str) -> ReleaseLog:
    """All releases up to a head, newest first, and the state of each."""
    history = commits.whole_history(operation.client, operation.space, head)
    return release_log_of(history, refs.tags(operation.client, operation.space))


def number_by_tags(operation: Operation, space: Space, history: HistorySummary) -> HistorySummary:
    """The summary with the highest number of a tag, where no release is among the commits."""
    if history.newest is not None:
        return history
    return replace(history, max_number=highest_number(refs.tags(operation.client, space.id)))


def tag_healthy_release(operation: Operation, state: RolloutState, number: int) -> str | None:
    """Tag a release that was seen running and healthy, unless it has its tag already.

    Returns the tag. Some tokens may not tag: that only warns, and returns None. A release that was
    just committed has no tag yet, so the Hub is not asked.
    """
    client, space, name = operation.client, operation.space, f"{TAGS}{number}"
    try:
        if not state.sent and refs.tags(client, space).get(name) == state.commit:
            return name
        refs.tag(client, space, name, state.commit)
    except DeployError as error:
        operation.warn(f"could not tag the release {name}: {error.cause}")
        return None
    operation.emit(Verified(name))
    return name
