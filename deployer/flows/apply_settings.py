"""Make a Space's settings what was asked for, where they differ."""

from __future__ import annotations

from collections.abc import Callable

from deployer.events import Event, Settled
from deployer.space.settings import Asked, SettingsPlan, compare
from deployer.space.space import Space, SpaceId
from deployer.world.hub import settings
from deployer.world.hub.client import Client


def plan_settings(client: Client, space: Space, asked: Asked, *, committing: bool) -> SettingsPlan:
    """What differs from the settings asked for; `committing` says that a commit will be sent.

    Changes nothing. Raises the DeployError of a Hub that does not show them.
    """
    return compare(asked, settings.present(client, space, asked), committing=committing)


def settle(
    client: Client, space: SpaceId, plan: SettingsPlan, tell: Callable[[Event], None]
) -> None:
    """Change the settings as planned, and tell which; where nothing differs, nothing is sent.

    Raises the DeployError of the first that the Hub refuses; those before it are changed then.
    """
    if plan.changes:
        settings.apply(client, space, plan)
        tell(Settled(plan.names))
