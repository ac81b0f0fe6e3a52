"""Roll a commit out: start what needs it, wait until it runs, check its health, tag the release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from deployer.errors import DeployError, NotAllowed
from deployer.events import Event, Restarted, StageChanged
from deployer.flows.commit import CommittedRelease
from deployer.flows.health import check_health, find_app
from deployer.flows.interrupt import cut_short
from deployer.flows.operation import Operation
from deployer.flows.release_log import tag_healthy_release
from deployer.flows.watch import watch
from deployer.release.history import HistorySummary
from deployer.release.outcome import ErrorDetails, LastSeen, RolloutResult, SeenStage
from deployer.release.status import SERVING, running
from deployer.release.verdict import GracePeriods, RolloutState, Verdict
from deployer.request import Restart
from deployer.space.settings import SettingsPlan
from deployer.space.space import AT_REST, FAILED, MOVING, Sdk, Space, Stage
from deployer.world import clock
from deployer.world.hub import budget, spaces


@dataclass(frozen=True, slots=True)
class Rollout:
    """A commit that is to run, and what is known of it.

    `number` is its release's, None for a commit not made by hf-deploy. `is_private` says whether
    the app asks for the token. With `is_readonly` nothing is restarted, whatever is seen.
    `settings` are those that this run changed, in a few words each. With an `error` there is
    nothing to wait for.
    """

    state: RolloutState
    is_private: bool
    number: int | None = None
    is_readonly: bool = False
    settings: tuple[str, ...] = ()
    error: DeployError | None = None

    @property
    def was_running(self) -> bool:
        """Whether nothing was changed, and the head was running already."""
        before = self.state.before
        is_idle = not self.state.sent and not self.state.restarting
        return is_idle and before.stage == Stage.RUNNING and self._is_at_head

    @property
    def was_asleep(self) -> bool:
        """Whether nothing was changed, and the head was asleep."""
        before = self.state.before
        return not self.state.sent and before.stage == Stage.SLEEPING and self._is_at_head

    @property
    def _is_at_head(self) -> bool:
        """Whether the head is what runs, or is so old that it must be."""
        state = self.state
        if state.before.running is None:
            return state.predates_run or state.static
        return state.before.running == state.commit


def rollout_of(
    operation: Operation,
    committed: CommittedRelease,
    sdk: str | None,
    settings: SettingsPlan = SettingsPlan(),
) -> Rollout:
    """The rollout of a release that was just committed, or of the head where no file differs.

    `sdk` is that of the committed card; `settings` are those that were changed before.
    """
    space, is_static, grace = committed.space, sdk == Sdk.STATIC, operation.request.grace
    state = RolloutState(
        committed.commit,
        space.runtime,
        static=is_static,
        sent=committed.changed,
        predates_run=not committed.changed and is_old(committed.history.head_at, grace),
        restarting=settings.restarts and not is_static and space.runtime.stage not in AT_REST,
        becomes_static=is_static and space.sdk != Sdk.STATIC,
        grace=grace,
    )
    return Rollout(
        state,
        settings.private_after(space.private),
        committed.number,
        settings=settings.names,
        error=committed.error,
    )


def is_old(committed_at: datetime | None, grace: GracePeriods) -> bool:
    """Whether a head was committed so long ago that the Hub must have noticed."""
    return committed_at is not None and clock.age(committed_at) >= grace.commit


def running_before(operation: Operation, space: Space, history: HistorySummary) -> str | None:
    """The commit that runs before this operation; None where none was seen to.

    Where the Hub doesn't name it, it is the head, unless that is so new that it may be unnoticed.
    """
    stage = space.runtime.stage
    if stage not in (*SERVING, Stage.SLEEPING):
        return None
    is_settled = history.newest is None or is_old(history.head_at, operation.request.grace)
    is_at_head = stage not in MOVING and is_settled
    return running(space) or (space.head if is_at_head else None)


def wait_until_healthy(operation: Operation, rollout: Rollout) -> RolloutResult:
    """Wait until the commit runs and is healthy, or is seen to have failed.

    A release that was seen healthy is tagged. Once a commit is made, an error or an interrupt is
    part of the result; else it is raised.
    """
    if rollout.error is not None:
        details = ErrorDetails.of(rollout.error)
        return RolloutResult(Verdict.COMMITTED, details, code=rollout.error.exit_code)
    budget.finish()
    started_at = clock.now()
    operation = operation.after_commit()
    stages = _StageListener(operation)
    operation = replace(operation, emit=stages.emit)
    commit = rollout.state.commit
    try:
        result = _wait_until_healthy(operation, _start(operation, rollout))
    except DeployError as error:
        if not rollout.state.sent:
            raise
        result = RolloutResult.cut_short(error, LastSeen(operation.space, commit, stages.last))
    except KeyboardInterrupt:
        if not rollout.state.sent:
            raise
        result = cut_short(LastSeen(operation.space, commit, stages.last))
    return replace(result, stages=tuple(stages.seen), seconds=clock.now() - started_at)


class _StageListener:
    """Passes the events of an operation on, and knows the stages that they name."""

    def __init__(self, operation: Operation) -> None:
        self.seen: list[SeenStage] = []
        self._emit = operation.emit

    @property
    def last(self) -> str | None:
        """The last stage."""
        return self.seen[-1].stage if self.seen else None

    def emit(self, event: Event) -> None:
        """Pass an event on."""
        if isinstance(event, StageChanged):
            self.seen.append(SeenStage(event.stage, event.seconds))
        self._emit(event)


def _wait_until_healthy(operation: Operation, rollout: Rollout) -> RolloutResult:
    if not operation.request.wait:
        is_done = rollout.was_running or rollout.was_asleep
        return RolloutResult(Verdict.UNCHANGED if is_done else Verdict.COMMITTED)
    result = _watch_and_check(operation, rollout)
    if result.verdict is not Verdict.LIVE:
        return result
    if rollout.number is not None and not result.warnings:
        tag = tag_healthy_release(operation, rollout.state, rollout.number)
        result = replace(result, tag=tag)
    return result if rollout.state.sent else replace(result, verdict=Verdict.UNCHANGED)


def _start(operation: Operation, rollout: Rollout) -> Rollout:
    """Restart what would not start by itself, or was requested to restart."""
    request, state = operation.request, rollout.state
    stage, at_rest = state.before.stage, (Stage.PAUSED, Stage.STOPPED)
    if state.static or rollout.is_readonly:
        return rollout
    if stage in at_rest and request.resume:
        why = "a start was requested"
    elif not state.sent and stage not in at_rest and request.restart is not Restart.NO:
        why = "a restart was requested"
    elif not state.sent and stage in FAILED and request.wait:
        why = "it failed with these files"
    else:
        return rollout
    operation.emit(Restarted(stage, why))
    try:
        is_factory = request.restart is Restart.FACTORY
        spaces.restart(operation.client, operation.space, factory=is_factory)
    except NotAllowed as error:
        if request.resume or request.restart is not Restart.NO:
            raise  # it was asked for
        operation.warn_of(error)
        return rollout
    return replace(rollout, state=replace(state, restarting=True))


def _watch_and_check(operation: Operation, rollout: Rollout) -> RolloutResult:
    """The result of watching the commit, then of checking the app, with the app's URL."""
    result = RolloutResult(Verdict.LIVE)
    if not rollout.was_running:
        deadline = clock.Deadline(operation.request.timeout)
        result = watch(
            operation,
            rollout.state,
            deadline,
            is_private=rollout.is_private,
            is_readonly=rollout.is_readonly,
        )
    app = find_app(
        operation, rollout.state.commit, private=rollout.is_private, static=rollout.state.static
    )
    if result.verdict is Verdict.LIVE:
        result = check_health(operation, app)
    if result.verdict is Verdict.MISCONFIGURED and not result.blames_files:
        result = _with_changed_settings(result, rollout.settings)
    return replace(result, app_url=app.url)


def _with_changed_settings(result: RolloutResult, settings: tuple[str, ...]) -> RolloutResult:
    """The result of settings that the Hub does not accept, which names those that were changed."""
    if result.error is None or not settings:
        return result
    cause = f"{result.error.cause}; changed by this run: {', '.join(settings)}"
    return replace(result, error=replace(result.error, cause=cause))
