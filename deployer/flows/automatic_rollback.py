"""Roll a failed deploy back to the last healthy release."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import replace

from deployer.errors import DeployError, Interrupted
from deployer.events import AutoRollbackStarted, Planned
from deployer.flows.commit import commit_once
from deployer.flows.earlier_commit import EarlierCommit
from deployer.flows.interrupt import interrupted_at
from deployer.flows.operation import Operation
from deployer.flows.release_log import read_release_log
from deployer.flows.rollout import rollout_of, wait_until_healthy
from deployer.release.history import ReleaseLog, ReleaseState
from deployer.release.outcome import DeployResult, ErrorDetails, Rollback, RolloutResult
from deployer.release.verdict import ROLLED_BACK, Verdict
from deployer.space.space import Space
from deployer.world.hub import commits, spaces


def roll_back_failed_deploy(
    operation: Operation, failed: DeployResult, deployed_paths: Collection[str]
) -> DeployResult:
    """The result of a deploy; where that failed, rolled back to the last healthy release.

    Only the head is rolled back: where another commit is on top, its author decides what is
    healthy. An error or an interrupt on the way is part of the result.
    """
    rollout = failed.rollout
    is_rolled_back = rollout.verdict in ROLLED_BACK and rollout.blames_files
    if not is_rolled_back or not operation.request.rollback:
        return failed
    try:
        operation = replace(operation, nonce=secrets.token_hex(8))
        return _roll_back(operation, failed, deployed_paths)
    except DeployError as error:
        return _with_warning(failed, f"rollback failed: {error.summary}")
    except KeyboardInterrupt:
        stopped = interrupted_at(
            f"{failed.commit} ended as {rollout.verdict}; the rollback was not finished"
        )
        return replace(failed, rollout=_interrupted(failed, ErrorDetails.of(stopped)))


def _roll_back(
    operation: Operation, failed: DeployResult, deployed_paths: Collection[str]
) -> DeployResult:
    client, verdict = operation.client, failed.rollout.verdict
    space = spaces.find(client, operation.space)
    if space is None or space.head != failed.commit:
        return _not_at_head(operation, failed, space)
    log = read_release_log(operation, space.head)
    if _was_healthy(log, failed):
        return _with_warning(failed, "not rolled back: this release was healthy before")
    to = log.last_healthy(before=space.head)
    if to is None:
        return _without_target(failed)
    content = EarlierCommit(log, to, verdict.value, deployed_paths)
    planned = content.plan(operation, space)
    if not planned.plan.changes:
        return _without_target(failed)
    operation.emit(AutoRollbackStarted(verdict.value, to))
    operation.emit(Planned(operation.space, planned.plan))
    try:
        committed = commit_once(operation, planned.with_runtime(operation))
    except commits.HeadMoved:
        return _not_at_head(operation, failed, spaces.find(client, operation.space))
    rollout = rollout_of(operation, committed, content.sdk(operation, space))
    result = wait_until_healthy(operation, rollout)
    assert committed.number is not None
    if result.code == Interrupted.exit_code:
        failed = replace(failed, rollout=_interrupted(failed, result.error))
    return replace(failed, rolled_back=Rollback(committed.commit, to, committed.number, result))


def _interrupted(failed: DeployResult, error: ErrorDetails | None) -> RolloutResult:
    """The failed deploy's result, which now ends with the interrupt of its rollback."""
    return replace(failed.rollout, error=error, code=Interrupted.exit_code)


def _was_healthy(log: ReleaseLog, failed: DeployResult) -> bool:
    """Whether nothing was committed, and the head was healthy: its files are not to blame."""
    entry = log.at(str(failed.commit))
    return not failed.changed and (entry is None or entry.state is ReleaseState.VERIFIED)


def _not_at_head(operation: Operation, failed: DeployResult, space: Space | None) -> DeployResult:
    """A failure with another commit on top: a newer release has superseded it, or a commit of
    someone else is there, with the failed files still below it.
    """
    if space is None:
        return _with_warning(failed, "not rolled back: the Space does not exist any more")
    history = commits.history_summary(operation.client, space.id, space.head)
    page = f"{operation.client.page(space.id)}/commits/main"
    if history.newest is None or history.newest.id == failed.commit:
        return _with_warning(failed, f"not rolled back: another commit is on top: {page}")
    warning = f"{failed.rollout.headline}, but a newer release is on top: {page}"
    return replace(failed, rollout=RolloutResult(Verdict.SUPERSEDED, warnings=(warning,)))


def _without_target(failed: DeployResult) -> DeployResult:
    return _with_warning(failed, "not rolled back: no earlier healthy release")


def _with_warning(failed: DeployResult, warning: str) -> DeployResult:
    rollout = failed.rollout
    return replace(failed, rollout=replace(rollout, warnings=(*rollout.warnings, warning)))
