"""Wake a Space that is asleep, as a visitor would."""

from __future__ import annotations

from deployer.errors import DeployError
from deployer.flows.operation import Operation
from deployer.world import probe
from deployer.world.hub import spaces


def wake(operation: Operation, *, is_private: bool) -> None:
    """Request the app once. The response does not matter: the stage shows whether it starts."""
    try:
        if url := spaces.app_url(operation.client, operation.space):
            probe.get(url, operation.token_for_app(url, is_private=is_private))
    except DeployError:
        pass  # the watch goes on, and reports what it sees
