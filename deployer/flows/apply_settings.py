"""Change a Space's settings where they differ from those requested."""

from __future__ import annotations

from deployer.errors import UsageError
from deployer.events import SettingsApplied
from deployer.flows.operation import Operation
from deployer.space.settings import CurrentSettings, SettingsPlan, collision, compare
from deployer.space.space import Space, Visibility
from deployer.world.hub import settings

# who can see the Space, or its app: the fewest people first
_BY_AUDIENCE: list[str] = [Visibility.PRIVATE, Visibility.PROTECTED, Visibility.PUBLIC]


def plan_settings(operation: Operation, space: Space, *, is_committing: bool) -> SettingsPlan:
    """What differs from the requested settings; `is_committing` says that a commit follows.

    Changes nothing. Raises UsageError for what may not be set, and the DeployError of a Hub that
    does not show them.
    """
    requested = operation.request.settings
    current = settings.current_settings(operation.client, space, requested)
    _check_collision(operation, current)
    plan = compare(requested, current, committing=is_committing)
    _check_visibility(operation, current, plan)
    return plan


def _check_collision(operation: Operation, current: CurrentSettings) -> None:
    """Raise UsageError where a name would be a variable and a secret at once."""
    if (found := collision(operation.request.settings, current)) is not None:
        name, kind = found
        other = "variable" if kind == "secret" else "secret"
        raise UsageError(
            f"{operation.space} has a {kind} {name}, so it cannot get a {other} of that name",
            cause="the Hub does not start a Space in which a variable and a secret have one name",
            fix=f"pass it with --{kind} {name}, or delete the {kind}: {operation.page}/settings",
        )


def _check_visibility(operation: Operation, current: CurrentSettings, plan: SettingsPlan) -> None:
    """Raise UsageError where a file in the checkout would show a Space to more people."""
    where = operation.request.set_in.get("visibility")
    if where is None or plan.visibility is None:
        return
    before = current.visibility or (Visibility.PRIVATE if current.private else Visibility.PUBLIC)
    if _BY_AUDIENCE.index(plan.visibility) > _BY_AUDIENCE.index(before):
        raise UsageError(
            f"a file may not make a {before} Space {plan.visibility}",
            cause=f"{where}: visibility; {operation.space} is {before}",
            fix=f"remove it from the file, or pass it yourself: `--visibility "
            f"{plan.visibility}`",
        )


def apply_settings(operation: Operation, plan: SettingsPlan) -> None:
    """Change the settings as planned, and emit which; where nothing differs, nothing is sent.

    Raises the DeployError of the first one that the Hub rejects. Those before it are changed then,
    and emitted; at an interrupt also the one that was being sent, which may be.
    """
    changed: list[str] = []
    try:
        for step in plan.steps:
            try:
                settings.apply(operation.client, operation.space, step)
            except KeyboardInterrupt:
                changed += (f"{name} (perhaps)" for name in step.names)
                raise
            changed += step.names
    finally:
        if changed:
            operation.emit(SettingsApplied(tuple(changed)))
