"""Carry a planned release out: what a deploy and a promotion have in common.

create → preconditions → settings → commit
       → roll out (watch, health, tag) → roll back if that failed
"""

from __future__ import annotations

from dataclasses import replace

from deployer.card.card import README
from deployer.flows.apply_settings import apply_settings
from deployer.flows.automatic_rollback import roll_back_failed_deploy
from deployer.flows.commit import commit, plan_again
from deployer.flows.create import create
from deployer.flows.operation import Operation, PlannedRelease, WholeContent
from deployer.flows.plan import plan_for, plan_release_settings
from deployer.flows.preconditions import NewerReleaseExists
from deployer.flows.rollout import rollout_of, wait_until_healthy
from deployer.release.outcome import DeployResult
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.space.settings import SettingsPlan
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.cards import CardRejected


def carry_out(
    operation: Operation, content: WholeContent, planned: PlannedRelease, started_at: float
) -> DeployResult:
    """Make the planned commit, and wait until it is healthy; `started_at` is when planning began.

    Raises the DeployError of whatever keeps the commit from being made.
    """
    applied = SettingsPlan()
    try:
        if planned.space is None:
            operation, planned = _create(operation, content)
        settings = plan_release_settings(operation, planned)
        is_changing = planned.plan.changes or settings.changes
        content.check_before_commit(operation, planned, is_changing=is_changing)
        planned = _apply_settings(operation, content, planned, settings)
        applied = settings
        # what changed settings restart must not be taken for the commit's doing
        if operation.request.wait and not settings.changes:
            planned = planned.with_runtime(operation)
        committed = commit(operation, content, planned)
    except NewerReleaseExists as newer:
        superseded = newer.planned.not_carried_out(operation, newer.rollout(operation.request))
        return replace(superseded, settings=applied.names)
    except CardRejected as error:
        raise content.explain(operation, error) from None
    seconds_to_commit = clock.now() - started_at
    rollout = rollout_of(operation, committed, content.sdk, settings)
    result = DeployResult(
        space=operation.space,
        rollout=wait_until_healthy(operation, rollout),
        plan=committed.plan,
        commit=committed.commit,
        previous=committed.plan.base,
        number=committed.number,
        drift=committed.drift,
        settings=settings.names,
        seconds_to_commit=seconds_to_commit,
    )
    return roll_back_failed_deploy(operation, result, content.paths)


def _create(operation: Operation, content: WholeContent) -> tuple[Operation, PlannedRelease]:
    """Create the Space; the plan against the few files that the Hub puts into it.

    A Space that exists, though the Hub did not find it, is planned for as any other, and so is one
    that has other files by now: another run was faster. It counts as new where nobody has committed
    to it: an earlier attempt of this run created it.
    """
    space, files = create(operation, content.sdk, is_source_public=content.is_public)
    if files is not None and files.files.keys() <= {README, GIT_ATTRIBUTES}:
        return operation, content.plan_new(operation, space, files)
    operation, planned = plan_for(operation, content, space)
    return operation, replace(planned, is_new=planned.history.is_untouched)


def _apply_settings(
    operation: Operation, content: WholeContent, planned: PlannedRelease, settings: SettingsPlan
) -> PlannedRelease:
    """Change the settings that differ; the plan from the head as it was just before.

    Settings have no parent as commits have, so the head is read once more before they change.
    """
    if not settings.changes:
        return planned
    found = spaces.find(operation.client, operation.space)
    if found is None or found.head != planned.plan.base:
        planned = plan_again(operation, content, planned, is_changing=True)
    apply_settings(operation, settings)
    return planned
