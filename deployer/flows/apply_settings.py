"""Make a Space's settings what was asked for, where they differ."""

from __future__ import annotations

from collections.abc import Callable

from deployer.events import Event, SettingsApplied
from deployer.space.settings import RequestedSettings, SettingsPlan, compare
from deployer.space.space import Space, SpaceId
from deployer.world.hub import settings
from deployer.world.hub.client import Client


def plan_settings(
    client: Client, space: Space, asked: RequestedSettings, *, committing: bool
) -> SettingsPlan:
    """What differs from the settings asked for; `committing` says that a commit will be sent.

    Changes nothing. Raises the DeployError of a Hub that does not show them.
    """
    return compare(asked, settings.current_settings(client, space, asked), committing=committing)


def apply_settings(
    client: Client, space: SpaceId, plan: SettingsPlan, emit: Callable[[Event], None]
) -> None:
    """Change the settings as planned, and tell which; where nothing differs, nothing is sent.

    Raises the DeployError of the first that the Hub refuses; those before it are changed then.
    """
    if plan.changes:
        settings.apply(client, space, plan)
        emit(SettingsApplied(plan.names))
