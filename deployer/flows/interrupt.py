"""Say at which whole commit a Space is, where somebody stopped us."""

from __future__ import annotations

from deployer.errors import DeployError, Interrupted
from deployer.space.space import SpaceId
from deployer.world import clock
from deployer.world.hub import commits, spaces
from deployer.world.hub.client import Client

_TIMEOUT = 4.0  # seconds; a cancelled job has 7.5


def interrupted(client: Client, space: SpaceId, nonce: str, *, under_way: bool) -> Interrupted:
    """What is known of the Space now: a commit is made whole or not at all."""
    try:
        seen = clock.call_with_timeout(
            _TIMEOUT, lambda: _whereabouts(client, space, nonce, under_way)
        )
    except (DeployError, KeyboardInterrupt):
        seen = None
    if seen is None:
        said = "our commit was under way" if under_way else "we know of no commit that we sent"
        seen = f"the Hub does not say where {space} is now; {said}"
    return stopped(seen)


def stopped(seen: str) -> Interrupted:
    """The three lines for whoever stopped us."""
    return Interrupted("The deploy was interrupted.", cause=seen, fix="Deploy again when you like.")


def _whereabouts(client: Client, space: SpaceId, nonce: str, under_way: bool) -> str:
    found = spaces.find(client, space)
    if found is None:
        return f"{space} does not exist"
    # also where nothing seemed to be under way: it may have arrived just before the interrupt
    ours = commits.find_by_nonce(client, space, nonce)
    if ours is not None:
        return f"{space} is at {found.head}" + (", our commit" if found.head == ours else "")
    if under_way:
        return f"{space} is at {found.head}; our commit was under way and may still arrive, whole"
    return f"no commit of ours was made; {space} is at {found.head}"
