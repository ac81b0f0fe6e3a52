"""Make the one commit of a release, on top of whatever the Space's head is by then."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, replace

from deployer.errors import Conflict, DeployError, HubError
from deployer.events import CommitStarted, Committed, Replanned
from deployer.flows.committed_files import differs_in, find_wrong_files
from deployer.flows.find_space import ask_until_found
from deployer.flows.operation import Content, Operation, PlannedRelease
from deployer.release.history import Commit, HistorySummary
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.space.space import Space
from deployer.world import clock
from deployer.world.hub import budget, commits, limits, spaces

# each lost race is another client's progress; this many are not
_MAX_TRIES = 20
_MAX_PAUSE = 0.5  # seconds


class CommitUnderWay(KeyboardInterrupt):
    """Interrupted while the commit of a release was being sent: nobody knows whether it arrives."""

    def __init__(self, release: Release) -> None:
        super().__init__()
        self.release = release


@dataclass(frozen=True, slots=True)
class CommittedRelease:
    """A release's commit, or the head where no file differs.

    `space` is as it was just before, with its runtime then. `number` is None for a head that is no
    release; `history` is what the commits below said when it was planned. `error` says that the
    Space does not have what was sent.
    """

    space: Space
    plan: Plan
    commit: str
    number: int | None = None
    history: HistorySummary = HistorySummary()
    error: DeployError | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was committed."""
        return self.commit != self.plan.base

    @property
    def drift(self) -> tuple[Commit, ...]:
        """The commits of others since the release below."""
        return self.history.drifted


def commit(operation: Operation, content: Content, planned: PlannedRelease) -> CommittedRelease:
    """Send the commit; where another one was faster, plan again from the new head.

    Raises Conflict where that never ends, and as `content` does.
    """
    for _ in range(_MAX_TRIES):
        try:
            return commit_once(operation, planned)
        except commits.HeadMoved:
            clock.sleep(random.uniform(0, _MAX_PAUSE))  # not in step with the others
            planned = plan_again(operation, content, planned)
    raise Conflict(
        f"another client keeps committing to {operation.space}",
        cause=f"its head moved {_MAX_TRIES} times between the plan and the commit",
        fix="try again when that is finished",
    )


def commit_once(operation: Operation, planned: PlannedRelease) -> CommittedRelease:
    """Send the commit on top of the head that it was planned from, and look up what is there then.

    Files that are not as they were sent are committed once more. Raises HeadMoved where that is
    not the head any more.
    """
    plan = planned.plan
    if not plan.changes:
        return _head_of(planned)
    limits.check(operation.client, operation.space, plan)
    operation.emit(CommitStarted(plan))
    committed = _send(operation, planned)
    if not committed.changed:
        return committed
    operation = operation.after_commit()
    wrong = find_wrong_files(operation, committed.plan, committed.commit)
    return _repair(operation, planned, committed, wrong) if wrong.changes else committed


def _head_of(planned: PlannedRelease) -> CommittedRelease:
    """The head, which has all files already."""
    assert planned.space is not None
    plan, history = planned.plan, planned.history
    return CommittedRelease(planned.space, plan, str(plan.base), history.head_number, history)


def _send(operation: Operation, planned: PlannedRelease) -> CommittedRelease:
    """Make the commit; none where the Hub answers that the head has all files already."""
    assert planned.space is not None
    plan, release = planned.plan, planned.release
    budget.allow_upload(plan.bytes_sent)
    try:
        sent = commits.create(operation.client, operation.space, plan, release)
        if sent.id == plan.base:
            return _head_of(planned)
        budget.finish()
        page = operation.client.commit_page(operation.space, sent.id)
        operation.emit(Committed(sent.id, release.number, page))
    except KeyboardInterrupt:
        raise CommitUnderWay(release) from None
    plan = plan.with_sha256(sent.sha256)
    return CommittedRelease(planned.space, plan, sent.id, release.number, planned.history)


def _repair(
    operation: Operation, planned: PlannedRelease, committed: CommittedRelease, wrong: Plan
) -> CommittedRelease:
    """The release after one more commit, of the files that the first one did not change as meant.

    It says nothing of its snapshot, so that the next deploy compares all files.
    """
    operation.warn(f"{committed.commit[:7]} {differs_in(wrong)}; committing them again")
    release = replace(
        planned.release,
        number=planned.release.number + 1,
        snapshot=None,
        nonce=secrets.token_hex(8),
        base=committed.commit,
    )
    again = replace(planned, plan=wrong, release=release)
    try:
        repaired = _send(operation, again.with_runtime(operation))
    except commits.HeadMoved:
        operation.warn("not committed again: another commit is on top")
        return committed
    except DeployError as error:
        operation.warn_of(error)
        return replace(committed, error=_not_as_sent(operation, committed.commit, wrong))
    if not repaired.changed:
        operation.warn("not committed again: the Hub answers that it has these files")
        return committed
    wrong = find_wrong_files(operation, repaired.plan, repaired.commit)
    repaired = replace(repaired, plan=committed.plan)
    if wrong.changes:
        return replace(repaired, error=_not_as_sent(operation, repaired.commit, wrong))
    return repaired


def _not_as_sent(operation: Operation, commit_id: str, wrong: Plan) -> HubError:
    return HubError(
        f"the Hub did not commit to {operation.space} what was sent",
        cause=f"{commit_id[:7]} {differs_in(wrong)}",
        fix=f"deploy again, or roll back: hf-deploy rollback {operation.space.argument}",
    )


def plan_again(
    operation: Operation, content: Content, before: PlannedRelease, *, is_changing: bool = False
) -> PlannedRelease:
    """The plan from the head as it is now, with its preconditions checked again.

    `is_changing` says that more than files will be changed.

    Raises Conflict where the Space is gone, and as `content` does.
    """
    space = ask_until_found(lambda: spaces.find(operation.client, operation.space))
    if space is None:
        raise Conflict(
            f"{operation.space} was deleted in the meantime",
            cause=f"the Hub does not find {operation.page} any more",
            fix="run the same command again",
        )
    operation.emit(Replanned(space.head))
    planned = content.plan(operation, space)
    # what ran, and whether the Space is new, is known from before
    release = replace(planned.release, running=before.release.running)
    planned = replace(planned, release=release, is_new=before.is_new)
    content.scan(operation, planned)
    content.check_before_commit(operation, planned, is_changing=is_changing or planned.plan.changes)
    return planned
