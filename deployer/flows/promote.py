"""Promote: make a Space equal to the verified release of another one, file for file.

find the candidate → plan → its gates → carry out, as a deploy does
"""

from __future__ import annotations

from dataclasses import replace

from deployer.errors import HubError
from deployer.events import PromotionStarted
from deployer.flows.candidate import find_candidate, operation_on
from deployer.flows.carry_out import carry_out
from deployer.flows.gates import GateClosed, pending_gates
from deployer.flows.health import find_app
from deployer.flows.interrupt import run
from deployer.flows.operation import Operation, PlannedRelease
from deployer.flows.plan import plan_release, planned_result
from deployer.flows.promoted_card import promoted_card
from deployer.flows.promoted_content import PromotedContent
from deployer.flows.settings_left import warn_of_missing
from deployer.flows.status import probe_once
from deployer.release.outcome import DeployResult
from deployer.release.promotion import is_same_space, same_space
from deployer.release.status import SERVING
from deployer.request import Promotion
from deployer.space.space import Sdk, Stage
from deployer.world import clock
from deployer.world.hub.errors import not_logged_in

_MAX_SHOWN = 5


def promote(operation: Operation, promotion: Promotion) -> DeployResult:
    """Commit the files of a Space's release to the operation's Space, and wait until that commit is
    healthy.

    Raises Conflict where the release may not be promoted, and the DeployError of whatever else
    keeps that from being done. A closed gate is a result, and so is how the commit ended.
    """
    if operation.client.token is None:
        raise not_logged_in()
    return run(operation, lambda noted: _promote(noted, promotion))


def _promote(operation: Operation, promotion: Promotion) -> DeployResult:
    started_at = clock.now()
    content = _find_content(operation, promotion)
    if (refusal := content.candidate.refusal) is not None:
        raise refusal
    operation, planned = _plan(operation, content)
    try:
        if planned.space is None:
            content.check_before_creation(operation, planned)
        result = carry_out(operation, content, planned, started_at)
    except GateClosed as closed:
        content.gates = closed.gates
        result = planned.not_carried_out(operation, closed.rollout(content.candidate))
    return _described(result, content)


def plan_promotion(operation: Operation, promotion: Promotion) -> DeployResult:
    """The result of a promotion that stops after the plan. Changes nothing, and wakes no Space.

    What a promotion would refuse is a warning, and so is a gate that is closed.
    """
    started_at = clock.now()
    content = _find_content(operation, promotion)
    operation, planned = _plan(operation, content)
    _warn_of_refusals(operation, content, planned)
    content.gates = pending_gates(operation, content.candidate, promotion.gates)
    result = planned_result(operation, planned)
    return replace(_described(result, content), seconds=clock.now() - started_at)


def _find_content(operation: Operation, promotion: Promotion) -> PromotedContent:
    origin = operation_on(operation, promotion)
    origin, candidate = find_candidate(origin, operation.space)
    if candidate.space.sdk not in set(Sdk):
        raise HubError(
            f"could not promote {candidate.space.id}: unknown SDK",
            cause=f"the Hub says {candidate.space.sdk!r}",
            fix="run the same command again",
        )
    if (promoted := candidate.promoted) is not None:
        operation.emit(PromotionStarted(promoted, candidate.source, operation.space))
    card = promoted_card(operation, candidate)
    own_paths = candidate.own_paths(operation.request.keep)
    return PromotedContent(origin, candidate, card, promotion, own_paths)


def _plan(operation: Operation, content: PromotedContent) -> tuple[Operation, PlannedRelease]:
    """The plan, and the operation under the name that the Space has now."""
    operation, planned = plan_release(operation, content)
    if is_same_space(operation.space, content.candidate.space.id):
        raise same_space(operation.space)
    if planned.plan.changes:
        warn_of_missing(operation, content.candidate.space, planned.space)
        _warn_of_own_files(operation, content)
    return operation, planned


def _warn_of_own_files(operation: Operation, content: PromotedContent) -> None:
    """Warn of what is not copied though the candidate's Space has it."""
    paths, space = sorted(content.own_paths), content.candidate.space.id
    if paths:
        shown = ", ".join(paths[:_MAX_SHOWN])
        more = f" and {len(paths) - _MAX_SHOWN} more" if len(paths) > _MAX_SHOWN else ""
        operation.warn(
            f"not promoted: {shown}{more}; --keep names them, and they may be {space}'s own"
        )


def _warn_of_refusals(
    operation: Operation, content: PromotedContent, planned: PlannedRelease
) -> None:
    """Warn of what would keep a promotion from being made, as far as is known without waiting."""
    candidate, space = content.candidate, content.candidate.space
    refusals = (candidate.refusal, content.find_refusal(planned))
    for refusal in filter(None, refusals):
        operation.warn(f"a promotion would be refused: {refusal.summary}; {refusal.fix}")
    if space.runtime.stage == Stage.SLEEPING:
        operation.warn(f"{space.id} is asleep; a promotion would wake it")
    elif space.runtime.stage in SERVING:
        is_static = space.sdk == Sdk.STATIC
        app = find_app(content.origin, space.head, private=space.private, static=is_static)
        health = probe_once(content.origin, app)
        if not health.healthy:
            operation.warn(f"a promotion would be refused: {space.id}: {health.detail}")


def _described(result: DeployResult, content: PromotedContent) -> DeployResult:
    candidate = content.candidate
    return replace(
        result, source=candidate.source, promoted=candidate.promoted, gates=content.gates
    )
