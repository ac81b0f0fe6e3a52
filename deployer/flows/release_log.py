"""The release log of a Space: read, and told that a release was seen healthy."""

from __future__ import annotations

from collections.abc import Callable

from deployer.errors import DeployError
from deployer.events import Event, Verified, Warned
from deployer.release.history import ReleaseLog, release_log_of
from deployer.release.release import TAGS
from deployer.space.space import SpaceId
from deployer.world.hub import commits, refs
from deployer.world.hub.client import Client


def read_log(client: Client, space: SpaceId, head: str) -> ReleaseLog:
    """All releases up to a head, and what became of each."""
    return release_log_of(commits.whole_history(client, space, head), refs.tags(client, space))


def tag_healthy_release(
    client: Client,
    space: SpaceId,
    commit: str,
    number: int,
    emit: Callable[[Event], None],
    *,
    new: bool,
) -> None:
    """Tag a release that was seen running and healthy, unless it has its tag already.

    Some tokens may not tag: that only warns. A `new` release has none yet, so nobody is asked.
    """
    name = f"{TAGS}{number}"
    try:
        if not new and refs.tags(client, space).get(name) == commit:
            return
        refs.tag(client, space, name, commit)
    except DeployError as error:
        emit(Warned(f"The release could not be tagged {name}: {error.cause}"))
        return
    emit(Verified(name))
