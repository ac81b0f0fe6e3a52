"""Plan a deploy: what one commit, and the requested settings, would change. Changes nothing."""

from __future__ import annotations

from dataclasses import replace

from deployer.errors import CredentialFound
from deployer.events import Planned, SettingsPlanned
from deployer.flows.apply_settings import plan_settings
from deployer.flows.operation import Content, Operation, PlannedRelease
from deployer.flows.preconditions import NewerReleaseExists, check_preconditions
from deployer.flows.scan_credentials import scan_files, scan_variables, variable_warnings
from deployer.flows.snapshot_content import SnapshotContent
from deployer.flows.validate import ValidSource
from deployer.release.fault import stopped_by_hub
from deployer.release.outcome import DeployResult, RolloutResult
from deployer.release.verdict import Verdict
from deployer.request import OnDrift
from deployer.space.settings import SettingsPlan
from deployer.space.space import Space
from deployer.world import clock
from deployer.world.hub import spaces


def plan_deploy(operation: Operation, valid: ValidSource) -> DeployResult:
    """The result of a deploy that stops after the plan. Changes nothing; a public Space needs no
    token.
    """
    started_at = clock.now()
    operation, planned = plan_release(operation, SnapshotContent(valid))
    _warn_of_credentials(operation, planned)
    result = planned_result(operation, planned)
    seconds = clock.now() - started_at
    return replace(result, source=valid.snapshot.source, seconds=seconds)


def planned_result(operation: Operation, planned: PlannedRelease) -> DeployResult:
    """The result of a run that stops after this plan, with the settings that it would change."""
    if planned.space is None and operation.client.token is None:
        operation.warn(f"{operation.space} does not exist, or is not visible without a token")
    settings = SettingsPlan()
    if operation.client.token is not None:
        settings = plan_release_settings(operation, planned)
    if settings.changes:
        operation.emit(SettingsPlanned(settings.names))
    rollout = RolloutResult(Verdict.PLANNED)
    try:
        is_changing = planned.plan.changes or settings.changes
        check_preconditions(_without_prompts(operation), planned, is_changing=is_changing)
    except NewerReleaseExists as newer:
        rollout = replace(rollout, warnings=newer.rollout(operation.request).warnings)
    result = planned.not_carried_out(operation, rollout)
    return replace(result, settings=settings.names, space_url=operation.page)


def _warn_of_credentials(operation: Operation, planned: PlannedRelease) -> None:
    request = operation.request
    for warning in variable_warnings(request):
        operation.warn(warning)
    try:
        scan_variables(request)
        scan_files(operation, planned.plan.sent)
    except CredentialFound as found:
        operation.warn(f"a deploy would be refused: {found.summary}")


def _without_prompts(operation: Operation) -> Operation:
    """The operation, with drift accepted and every deletion confirmed."""
    request = replace(operation.request, on_drift=OnDrift.DEPLOY)
    return replace(operation, request=request, confirm=lambda _: True)


def plan_release(operation: Operation, content: Content) -> tuple[Operation, PlannedRelease]:
    """The plan, and the operation under the name that the Space has now."""
    return plan_for(operation, content, spaces.find(operation.client, operation.space))


def plan_for(
    operation: Operation, content: Content, space: Space | None
) -> tuple[Operation, PlannedRelease]:
    """The same for a Space as it was found; None where it was not."""
    operation = operation.with_current_name(space) if space else operation
    planned = content.plan(operation, space)
    operation.emit(Planned(operation.space, planned.plan))
    if space is not None and (stopped := stopped_by_hub(space.id, space.runtime)):
        operation.warn(stopped)
    return operation, planned


def plan_release_settings(operation: Operation, planned: PlannedRelease) -> SettingsPlan:
    """What of the requested settings differs; nothing for a Space that does not exist yet."""
    if planned.space is None:
        return SettingsPlan()
    return plan_settings(operation, planned.space, is_committing=planned.plan.changes)
