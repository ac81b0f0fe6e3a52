"""Roll a Space back by hand: to a release, or to the last healthy one. Needs no source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deployer.errors import Conflict, UsageError
from deployer.events import ManualRollbackStarted, Planned
from deployer.flows.commit import commit
from deployer.flows.earlier_commit import EarlierCommit, committed_sdk
from deployer.flows.find_space import require_space
from deployer.flows.interrupt import run
from deployer.flows.operation import Operation, PlannedRelease
from deployer.flows.release_log import read_release_log
from deployer.flows.rollout import rollout_of, wait_until_healthy
from deployer.release.history import BY_HAND, ReleaseLog, ReleaseState
from deployer.release.outcome import DeployResult, Restored
from deployer.release.release import TAGS
from deployer.space.space import Space
from deployer.world import clock
from deployer.world.hub import commits, refs
from deployer.world.hub.errors import not_logged_in

_MAX_SHOWN = 10
_MIN_ID = 7  # hex digits of a commit's id


def roll_back(operation: Operation, wanted: str | None) -> DeployResult:
    """Commit the files of an earlier release on top, and wait until that commit is healthy.

    `wanted` is a release's number or a commit of the Space (7 hex digits or more); None is the last
    healthy release. Raises the DeployError of whatever keeps that from being done.
    """
    if operation.client.token is None:
        raise not_logged_in()
    return run(operation, lambda noted: _roll_back(noted, wanted))


def _roll_back(operation: Operation, wanted: str | None) -> DeployResult:
    started_at = clock.now()
    space, operation = require_space(operation)
    log = read_release_log(operation, space.head)
    content = _ManualRollback(_find_target(operation, log, space, wanted))
    planned = content.plan_from(operation, space, log)
    content.check_before_commit(operation, planned, is_changing=planned.plan.changes)
    if planned.plan.changes:
        planned = planned.with_runtime(operation)
    committed = commit(operation, content, planned)
    seconds_to_commit = clock.now() - started_at
    rollout = rollout_of(operation, committed, committed_sdk(operation, committed))
    restored = Restored.of(log, content.to)
    return DeployResult(
        space=operation.space,
        rollout=wait_until_healthy(operation, rollout),
        plan=committed.plan,
        commit=committed.commit,
        previous=committed.plan.base,
        number=committed.number,
        source=restored.source,
        restored=restored,
        seconds_to_commit=seconds_to_commit,
    )


@dataclass(frozen=True, slots=True)
class _ManualRollback:
    """The files of the commit `to`, whatever the head is by then; a person confirms each plan."""

    to: str

    def plan(self, operation: Operation, space: Space | None) -> PlannedRelease:
        """What differs between the Space's head and that commit. Changes nothing."""
        assert space is not None
        return self.plan_from(operation, space, read_release_log(operation, space.head))

    def plan_from(self, operation: Operation, space: Space, log: ReleaseLog) -> PlannedRelease:
        """The same, where the releases up to the head are known."""
        planned = EarlierCommit(log, self.to, BY_HAND).plan(operation, space)
        before, after = (_name(log, commit_id) for commit_id in (space.head, self.to))
        operation.emit(ManualRollbackStarted(before, after, Restored.of(log, self.to)))
        operation.emit(Planned(operation.space, planned.plan))
        return planned

    def scan(self, _operation: Operation, _planned: PlannedRelease) -> None:
        """Nothing is uploaded: the Hub has these files."""

    def check_before_commit(
        self, operation: Operation, planned: PlannedRelease, *, is_changing: bool
    ) -> None:
        """Raise Conflict where the rollback is declined."""
        if is_changing and not operation.ask(planned.plan):
            raise Conflict(
                "rollback cancelled",
                cause=f"{operation.space} stays at {planned.plan.base}",
                fix=f"choose a release: hf-deploy history {operation.space.argument}",
            )


def _find_target(operation: Operation, log: ReleaseLog, space: Space, wanted: str | None) -> str:
    """The commit to roll back to. Raises UsageError where there is none."""
    if log.squashed:
        operation.warn(f"the history was squashed: releases {_join(log.squashed)} are not in it")
    to = _last_healthy(log, space.head) if wanted is None else _find(operation, log, space, wanted)
    if to is None:
        raise UsageError(
            "no earlier healthy release",
            cause=f"no release of {space.id} but the current one was seen healthy",
            fix=f"choose a release or a commit: hf-deploy history {space.id.argument}",
        )
    entry = log.at(to)
    if entry is not None and entry.state is not ReleaseState.VERIFIED and to != space.head:
        operation.warn(f"release {entry.record.number} is {entry.state}")
    last = log.at(space.head)
    if last is not None and "Kept" in last.record.trailers and not operation.request.keep:
        operation.warn("the last deploy kept files with --keep; without it they are rolled back")
    return to


def _last_healthy(log: ReleaseLog, head: str) -> str | None:
    """The last healthy commit; the head itself where it is a rollback whose end nobody saw."""
    entry = log.at(head)
    if entry is not None and entry.state is ReleaseState.UNVERIFIED:
        because = entry.record.reason
        if because is not None and because.verdict == BY_HAND:
            return head
    return log.last_healthy(before=head, other=True)


def _find(operation: Operation, log: ReleaseLog, space: Space, wanted: str) -> str:
    """The commit of a release's number, or of the first digits of a commit's id."""
    number = wanted.removeprefix(TAGS)
    if re.fullmatch(r"[0-9]{1,9}", number):
        if entry := log.entry(int(number)):
            return entry.record.id
        if int(number) in log.squashed:
            return refs.tags(operation.client, space.id)[f"{TAGS}{number}"]
    history = commits.whole_history(operation.client, space.id, space.head)
    ids = {one.id for one in history}
    found = [one for one in ids if len(wanted) >= _MIN_ID and one.startswith(wanted.lower())]
    if len(found) == 1:
        return found[0]
    numbers = [entry.record.number for entry in log.entries]
    raise UsageError(
        f"release not found: {wanted}",
        cause=f"{space.id} has releases {_join(numbers)}" if numbers else "there are no releases",
        fix=f"choose a release or a commit: hf-deploy history {space.id.argument}",
    )


def _join(numbers: Sequence[int]) -> str:
    more = ", …" if len(numbers) > _MAX_SHOWN else ""
    return ", ".join(str(number) for number in numbers[:_MAX_SHOWN]) + more


def _name(log: ReleaseLog, commit_id: str) -> str:
    entry = log.at(commit_id)
    if entry is None:
        return f"{commit_id[:7]}, not made by hf-deploy"
    return f"release {entry.record.number}, {entry.record.source.short} ({commit_id[:7]})"
