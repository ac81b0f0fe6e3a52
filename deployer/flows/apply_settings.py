"""Change a Space's settings where they differ from those requested."""

from __future__ import annotations

from deployer.events import SettingsApplied
from deployer.flows.operation import Operation
from deployer.space.settings import SettingsPlan, compare
from deployer.space.space import Space
from deployer.world.hub import settings


def plan_settings(operation: Operation, space: Space, *, is_committing: bool) -> SettingsPlan:
    """What differs from the requested settings; `is_committing` says that a commit follows.

    Changes nothing. Raises the DeployError of a Hub that does not show them.
    """
    requested = operation.request.settings
    current = settings.current_settings(operation.client, space, requested)
    return compare(requested, current, committing=is_committing)


def apply_settings(operation: Operation, plan: SettingsPlan) -> None:
    """Change the settings as planned, and emit which; where nothing differs, nothing is sent.

    Raises the DeployError of the first one that the Hub rejects; those before it are changed then.
    """
    if plan.changes:
        settings.apply(operation.client, operation.space, plan)
        operation.emit(SettingsApplied(plan.names))
