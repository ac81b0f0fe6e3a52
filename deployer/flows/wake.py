"""Wake a Space that fell asleep, as a visitor would."""

from __future__ import annotations

from deployer.errors import DeployError
from deployer.space.space import SpaceId
from deployer.world import probe
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


def wake(client: Client, space: SpaceId, *, private: bool) -> None:
    """Visit the app once. What it answers does not matter: the stage will tell."""
    try:
        if url := spaces.app_url(client, space):
            probe.get(url, client.token if private else None)
    except DeployError:
        pass  # the watch goes on, and will say what it sees
