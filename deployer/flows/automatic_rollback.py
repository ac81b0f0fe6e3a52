"""Roll a failed deploy back to the last healthy release."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import replace

from deployer.errors import DeployError, Interrupted
from deployer.events import AutoRollbackStarted, Failed, Planned
from deployer.flows.commit import commit_once
from deployer.flows.earlier_commit import EarlierCommit, committed_sdk
from deployer.flows.find_space import find_with
from deployer.flows.interrupt import Progress, interrupted_at
from deployer.flows.operation import Operation
from deployer.flows.release_log import read_release_log
from deployer.flows.rollout import rollout_of, wait_until_healthy
from deployer.release.history import ReleaseLog, ReleaseState
from deployer.release.outcome import (
    DeployResult,
    ErrorDetails,
    LastSeen,
    Restored,
    Rollback,
    RolloutResult,
)
from deployer.release.verdict import Verdict
from deployer.space.space import Space
from deployer.world.hub import budget, commits


def roll_back_failed_deploy(
    operation: Operation, failed: DeployResult, deployed_paths: Collection[str]
) -> DeployResult:
    """The result of a deploy; where that failed, rolled back to the last healthy release.

    Only the head is rolled back: where another commit is on top, its author decides what is
    healthy. An error or an interrupt on the way is part of the result.
    """
    if not failed.rollout.calls_for_rollback or not operation.request.rollback:
        return failed
    result = _try(_roll_back, operation, failed, deployed_paths)
    if result.rolled_back is None or not result.rolled_back.rollout.calls_for_rollback:
        return result
    return _try(_roll_back_further, operation, result, deployed_paths)


def _emit_failure(operation: Operation, failed: RolloutResult) -> None:
    """Say at once what failed: a rollback may take as long as the deploy did."""
    assert failed.error is not None
    operation.emit(Failed(failed.error, failed.log))


_Step = Callable[[Operation, DeployResult, Collection[str]], DeployResult]


def _try(
    step: _Step, operation: Operation, failed: DeployResult, deployed_paths: Collection[str]
) -> DeployResult:
    """The result of a step, whose commit has a nonce of its own."""
    operation = replace(operation.after_commit().without_limits(), nonce=secrets.token_hex(8))
    progress = Progress(operation, unsent="the rollback was not committed")
    try:
        # with time of its own: what the deploy has left of its may be nothing
        with budget.limited(operation.emit):
            return step(progress.operation, failed, deployed_paths)
    except DeployError as error:
        return _not_rolled_back(failed, error)
    except KeyboardInterrupt as interrupt:
        return _cut_short(progress, interrupt, failed)


def _cut_short(
    progress: Progress, interrupt: KeyboardInterrupt, failed: DeployResult
) -> DeployResult:
    """A failure whose rollback was interrupted: rolled back all the same if its commit is there."""
    try:
        made = progress.interrupted(interrupt)
    except Interrupted as stopped:
        error = interrupted_at(
            f"{failed.commit} ended as {failed.rollout.verdict}, stage {failed.rollout.stage}; "
            f"the rollback was not finished: {stopped.cause}"
        )
        return replace(failed, rollout=_interrupted(failed, ErrorDetails.of(error)))
    assert made.commit and made.restored and made.number is not None
    return _rolled_back(failed, Rollback(made.commit, made.restored, made.number, made.rollout))


def _roll_back(
    operation: Operation, failed: DeployResult, deployed_paths: Collection[str]
) -> DeployResult:
    """Roll back to the last release that was seen healthy, or that ran before this deploy."""
    _emit_failure(operation, failed.rollout)
    verdict = failed.rollout.verdict.value
    space = find_with(operation, str(failed.commit))
    if space is None or space.head != failed.commit:
        return _not_at_head(operation, failed, space)
    log = read_release_log(operation, space.head)
    if _was_healthy(log, failed):
        return _with_warning(failed, "not rolled back: this release was healthy before")
    to = log.last_healthy(before=space.head)
    if to is None:
        return _without_target(failed)
    return _revert(operation, failed, space, EarlierCommit(log, to, verdict, deployed_paths))


def _roll_back_further(
    operation: Operation, failed: DeployResult, deployed_paths: Collection[str]
) -> DeployResult:
    """Roll back once more where the release rolled back to had run, but was never verified."""
    first = failed.rolled_back
    assert first is not None
    _emit_failure(operation, first.rollout)
    verdict = first.rollout.verdict.value
    space = find_with(operation, first.commit)
    if space is None or space.head != first.commit:
        return _not_at_head(operation, failed, space)
    log = read_release_log(operation, space.head)
    entry, to = log.at(first.to.commit), log.last_verified(before=space.head)
    if to is None or (entry is not None and entry.state is ReleaseState.VERIFIED):
        return failed
    instead = Restored.of(log, to)
    warning = f"{first.to} ran before, but ended as {verdict}; rolling back to {instead} instead"
    further = EarlierCommit(log, to, verdict, deployed_paths)
    return _revert(operation, _with_warning(failed, warning), space, further)


def _revert(
    operation: Operation, failed: DeployResult, space: Space, content: EarlierCommit
) -> DeployResult:
    """Commit an earlier commit's files on top, and wait until that is healthy."""
    planned = content.plan(operation, space)
    if not planned.plan.changes:
        return _without_target(failed)
    to = Restored.of(content.log, content.to)
    operation.emit(AutoRollbackStarted(content.verdict, to))
    operation.emit(Planned(operation.space, planned.plan))
    try:
        committed = commit_once(operation, planned.with_runtime(operation))
    except commits.HeadMoved:
        return _not_at_head(operation, failed, find_with(operation, str(failed.commit)))
    rollout = rollout_of(operation, committed, committed_sdk(operation, committed))
    result = wait_until_healthy(operation, rollout)
    assert committed.number is not None
    result = _explained(operation, committed.commit, result)
    return _rolled_back(failed, Rollback(committed.commit, to, committed.number, result))


def _rolled_back(failed: DeployResult, made: Rollback) -> DeployResult:
    """A failure and its rollback; an interrupt of that is how the run as a whole ends."""
    rollout = made.rollout
    if rollout.code != Interrupted.exit_code:
        return replace(failed, rolled_back=made)
    made = replace(made, rollout=replace(rollout, error=None))
    return replace(failed, rollout=_interrupted(failed, rollout.error), rolled_back=made)


def _not_rolled_back(failed: DeployResult, error: DeployError) -> DeployResult:
    """A failure that an error kept from being rolled back: the failed commit is what is there."""
    if failed.rolled_back is not None:
        return _with_warning(failed, f"not rolled back further: {error.summary}")
    rollout, cause = failed.rollout, failed.rollout.error
    assert cause is not None
    left = LastSeen(failed.space, str(failed.commit), rollout.stage)
    details = ErrorDetails(
        f"{cause.message}; rollback failed: {error.message}",
        f"{cause.cause}; rollback: {error.cause}; {left}",
        f"roll back by hand: hf-deploy rollback {failed.space.argument}",
    )
    return replace(failed, rollout=replace(rollout, error=details))


def _explained(operation: Operation, commit: str, result: RolloutResult) -> RolloutResult:
    """The result of the rollback's own commit; where that failed, with what to do about it."""
    error = result.error
    if error is None or not result.calls_for_rollback:
        return result
    cause = f"{error.cause}; {LastSeen(operation.space, commit, result.stage)}"
    again = f"try again: hf-deploy rollback {operation.space.argument}"
    fix = f"{again}; or choose another release: hf-deploy history {operation.space.argument}"
    return replace(result, error=ErrorDetails(f"rollback failed: {error.message}", cause, fix))


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
    if not commits.has_below(operation.client, space, str(failed.commit)):
        return _with_warning(
            failed, f"not rolled back: the head is {space.head}, without this commit"
        )
    history = commits.history_summary(operation.client, space.id, space.head)
    page = f"{operation.client.page(space.id)}/commits/main"
    ours = (failed.commit, failed.rolled_back.commit if failed.rolled_back else None)
    if history.newest is None or history.newest.id in ours:
        return _with_warning(failed, f"not rolled back: another commit is on top: {page}")
    warning = f"{failed.rollout.headline}, but a newer release is on top: {page}"
    return replace(failed, rollout=RolloutResult(Verdict.SUPERSEDED, warnings=(warning,)))


def _without_target(failed: DeployResult) -> DeployResult:
    return _with_warning(failed, "not rolled back: no earlier healthy release")


def _with_warning(failed: DeployResult, warning: str) -> DeployResult:
    rollout = failed.rollout
    return replace(failed, rollout=replace(rollout, warnings=(*rollout.warnings, warning)))
