"""Run an operation to its end, or say what it has done when it is interrupted, and ask the Hub."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from deployer.errors import DeployError, Interrupted
from deployer.events import (
    AutoRollbackStarted,
    CommitStarted,
    Committed,
    Created,
    DriftFound,
    Event,
    ManualRollbackStarted,
    PromotionStarted,
    SettingsApplied,
)
from deployer.flows.commit import CommitUnderWay
from deployer.flows.operation import Operation
from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, LastSeen, Restored, RolloutResult
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.world import clock
from deployer.world.hub import budget, commits, spaces

_TIMEOUT = 5.0  # seconds; a cancelled job has 7.5
_PAUSE = 0.5  # seconds, between two looks for a commit


def run(operation: Operation, body: Callable[[Operation], DeployResult]) -> DeployResult:
    """What `body` returns, or how it ends where it is interrupted; with the Space's page, and the
    seconds that it took. Its requests have a limited time.
    """
    started_at, progress = clock.now(), Progress(operation)
    try:
        with budget.limited(operation.emit):
            result = body(progress.operation)
    except KeyboardInterrupt as interrupt:
        result = progress.interrupted(interrupt)
    page = operation.client.page(result.space)
    return replace(result, space_url=page, seconds=clock.now() - started_at)


class Progress:
    """Passes the events of an operation on, and knows by them what it has changed so far.

    `unsent` says so of a commit that was not sent.
    """

    def __init__(self, operation: Operation, unsent: str = "nothing was committed") -> None:
        self.operation = replace(operation, emit=self._note)
        self._emit = operation.emit
        self._unsent = unsent
        self._is_created = False
        self._settings: tuple[str, ...] = ()
        self._drift: tuple[Commit, ...] = ()
        self._restored: Restored | None = None
        self._promotion: PromotionStarted | None = None
        self._plan: Plan | None = None
        self._committed: tuple[str, int] | None = None  # the commit, and its release's number

    def interrupted(self, interrupt: KeyboardInterrupt) -> DeployResult:
        """How the operation ends that was interrupted just now: with its commit, not watched.

        Raises Interrupted where nothing is known to be committed. A commit is made whole or not at
        all; one that was being sent may still arrive, so it is searched for, for a few seconds.
        """
        sent = interrupt.release if isinstance(interrupt, CommitUnderWay) else None
        if sent is None and self._committed is not None:
            return self._result(*self._committed)
        seen = _look(self.operation, sent)
        if sent is not None and seen.commit is not None:
            return self._result(seen.commit, sent.number)
        if self._committed is not None:
            return self._result(*self._committed)
        raise interrupted_at("; ".join((seen.where, *self._changes(sent))))

    def _result(self, commit: str, number: int) -> DeployResult:
        space, begun = self.operation.space, self._restored or self._promotion
        return DeployResult(
            space,
            cut_short(LastSeen(space, commit, None)),
            plan=self._plan,
            commit=commit,
            previous=self._plan.base if self._plan else None,
            number=number,
            drift=self._drift,
            settings=self._settings,
            source=begun.source if begun else None,
            restored=self._restored,
            promoted=self._promotion.promoted if self._promotion else None,
        )

    def _changes(self, sent: Release | None) -> Iterator[str]:
        is_sent = "the commit was being sent and may still arrive, whole"
        yield is_sent if sent is not None else self._unsent
        if self._is_created:
            yield "the Space was created by this run"
        if self._settings:
            yield f"settings changed: {', '.join(self._settings)}"

    def _note(self, event: Event) -> None:
        if isinstance(event, Created):
            self._is_created = True
        elif isinstance(event, SettingsApplied):
            self._settings = event.names
        elif isinstance(event, DriftFound):
            self._drift = event.commits
        elif isinstance(event, (AutoRollbackStarted, ManualRollbackStarted)):
            self._restored = event.to
        elif isinstance(event, PromotionStarted):
            self._promotion = event
        elif isinstance(event, CommitStarted):
            self._plan = event.plan
        elif isinstance(event, Committed):
            self._committed = (event.commit, event.number)
        self._emit(event)


def cut_short(seen: LastSeen) -> RolloutResult:
    """The rollout of a commit that is made, and not watched any more because of an interrupt."""
    where = f"{seen.space} is at {seen.commit}, committed by this run"
    return RolloutResult.cut_short(interrupted_at(where), seen)


def interrupted_at(where: str) -> Interrupted:
    """The error for an interrupt at a known point."""
    return Interrupted("interrupted", cause=where, fix="run the same command, or the job, again")


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where the Space is, in words, and the commit that was searched for."""

    where: str
    commit: str | None = None


def _look(operation: Operation, sent: Release | None) -> _Seen:
    """What the Hub says; of a commit that was being sent, until it is there or the time is up.

    Another interrupt ends that.
    """
    deadline = clock.Deadline(_TIMEOUT)
    seen = _Seen(f"no response from the Hub about {operation.space}")
    try:
        while True:
            seen = _ask(operation, sent, deadline.left) or seen
            if sent is None or seen.commit is not None or deadline.left < _PAUSE:
                return seen
            clock.sleep(_PAUSE)
    except KeyboardInterrupt:
        return seen


def _ask(operation: Operation, sent: Release | None, seconds: float) -> _Seen | None:
    """What the Hub says now; None without an answer in time."""

    def ask() -> _Seen:
        space = spaces.find(operation.client, operation.space)
        if space is None:
            return _Seen(f"{operation.space} does not exist")
        where = f"{operation.space} is at {space.head}"
        if sent is None:
            return _Seen(where)
        return _Seen(where, commits.find_by_nonce(operation.client, space.id, sent.nonce))

    try:
        return clock.call_with_timeout(seconds, ask)
    except DeployError:
        return None
