"""Watch a commit until it is seen running, or seen to have failed."""

from __future__ import annotations

from dataclasses import replace

from deployer.errors import DeployError, HubError
from deployer.events import Restarted, StageChanged, Waiting, WakeUpStarted
from deployer.flows.build_log import BuildLog
from deployer.flows.diagnose import failed_rollout, log_end, rollout_without_blame
from deployer.flows.operation import Operation
from deployer.flows.wake import wake
from deployer.release.fault import find_fault
from deployer.release.outcome import ErrorDetails, LastSeen, RolloutResult
from deployer.release.verdict import RolloutState, Verdict
from deployer.space.space import AT_REST, MOVING, Runtime, Stage
from deployer.world import clock
from deployer.world.hub import commits, spaces

_MAX_LAG = 5.0  # seconds
_LOG_DELAY = 0.2  # seconds; the log comes by another way than the stage, and may be behind

_ADVICE = {
    Verdict.PAUSED: "resume it: {}/settings",
    Verdict.BUILD_FAILED: "fix the build error and deploy again; build log: {}?logs=build",
    Verdict.CRASHED: "fix the error and deploy again; app log: {}?logs=container",
    Verdict.MISCONFIGURED: "fix the card or the files and deploy again; Space: {}",
    Verdict.STOPPED: "restart it: {}/settings",
    Verdict.DELETING: "wait until it is deleted, then deploy again: {}",
}
# where the log shows the cause; the Hub builds nothing from a card that it can't read, so the log
# that is there then is of the commit before
_LOGS = {Verdict.BUILD_FAILED: "?logs=build", Verdict.CRASHED: "?logs=container"}
_STATUS_PAGE = "https://status.huggingface.co"
_KEYLESS = (
    "not restarted: the token of a Trusted Publisher cannot restart a Space; restart it on its page"
)


def watch(
    operation: Operation,
    state: RolloutState,
    deadline: clock.Deadline,
    *,
    is_private: bool,
    is_readonly: bool,
) -> RolloutResult:
    """Watch until the commit has a verdict or the deadline passes; emit stages and log lines.

    With `is_readonly` nothing is restarted, whatever is seen. A Hub error is retried until the
    deadline: the commit exists, only its state is unknown.
    """
    log = BuildLog(operation)
    starter = _Starter(operation, is_private=is_private, is_readonly=is_readonly)
    last: Runtime | None = None
    confirmation = _Confirmation()
    waits = clock.backoff()
    while True:
        runtime = _runtime(operation, deadline)
        state = replace(state, logged=log.commit, log_ended=log.has_ended)
        if runtime is not None:
            if last is None or (runtime.stage, runtime.running) != (last.stage, last.running):
                operation.emit(StageChanged(runtime.stage, runtime.running, deadline.elapsed))
                waits = clock.backoff()
                log.close_foreign(state.commit)
            last, state = runtime, starter.apply(state.update(runtime), runtime)
            verdict = _verdict(operation, state, runtime, starter.waited, log.silence)
            is_certain = confirmation.is_reached(verdict, state, runtime) or deadline.passed
            if verdict is not None and is_certain:
                log.emit_lines(_LOG_DELAY, state.commit)
                result = _result(operation, verdict, runtime, state.commit)
                if (retried := starter.retry(state, runtime, result)) is None:
                    return result
                state = retried
            if runtime.stage in MOVING and log.silence >= state.grace.silence:
                return _stalled(operation, runtime, state.commit, log.silence)
        if deadline.passed:
            return _timed_out(operation, last, state.commit, deadline)
        if last is None or last.stage in MOVING or last.running is None:
            log.open(state.commit)
        operation.emit(Waiting(last.stage if last else "no response", deadline.elapsed))
        if log.emit_lines(min(next(waits), deadline.left), state.commit):
            waits = clock.backoff()  # the stage is about to change


def _runtime(operation: Operation, deadline: clock.Deadline) -> Runtime | None:
    try:
        return spaces.runtime(operation.client, operation.space, deadline)
    except HubError as error:
        operation.warn_of(error)
        return None


def _verdict(
    operation: Operation, state: RolloutState, runtime: Runtime, waited: float, silence: float
) -> Verdict | None:
    if _is_superseded(operation, state, runtime):
        return Verdict.SUPERSEDED
    return state.verdict(runtime, waited=waited, quiet=min(waited, silence))


def _is_superseded(operation: Operation, state: RolloutState, runtime: Runtime) -> bool:
    """Whether the Space is now about a commit on top of ours."""
    if not state.is_about_another(runtime):
        return False
    found = spaces.find(operation.client, operation.space)
    # a head without this commit below is an old answer
    if found is None or found.head == state.commit:
        return False
    return commits.has_below(operation.client, found, state.commit)


class _Confirmation:
    """What makes a verdict certain: a replica that lags says for a while what was before."""

    def __init__(self) -> None:
        self._verdict: Verdict | None = None
        self._since = 0.0

    def is_reached(self, verdict: Verdict | None, state: RolloutState, runtime: Runtime) -> bool:
        """Whether a verdict was answered twice, or names the commit that runs.

        RUNNING without that commit must stay for a while.
        """
        is_new = verdict is not self._verdict
        if is_new:
            self._verdict, self._since = verdict, clock.now()
        if verdict is not Verdict.LIVE:
            return not is_new
        is_unnamed = runtime.running is None and state.sent and not state.static
        return not is_unnamed or clock.now() - self._since >= _MAX_LAG


class _Starter:
    """What a Space needs to start: a visit where it sleeps, a restart where nothing happens."""

    def __init__(self, operation: Operation, *, is_private: bool, is_readonly: bool) -> None:
        self._operation, self._is_private = operation, is_private
        self._since = clock.now()
        self._is_restarted = self._is_retried = is_readonly  # as if it had been done
        self._is_woken = False

    @property
    def waited(self) -> float:
        """Seconds since something was last done to the Space."""
        return clock.now() - self._since

    def apply(self, state: RolloutState, runtime: Runtime) -> RolloutState:
        """Wake or restart the Space where that is needed, once each; returns the new state."""
        if runtime.stage != Stage.SLEEPING:
            self._is_woken = False
        elif not self._is_woken:
            self._is_woken = True
            self._operation.emit(WakeUpStarted())
            wake(self._operation, is_private=self._is_private)
            # the Space restarts the version that slept: that is no build of this commit
            state = replace(state, before=replace(runtime, stage=Stage.RUNNING))
        is_quiet = self.waited >= state.grace.commit and runtime.stage not in AT_REST
        if self._is_restarted or not is_quiet or not state.shows_nothing(runtime):
            return state
        self._is_restarted = True
        return self._restart(state, runtime, "no sign of the commit") or state

    def retry(
        self, state: RolloutState, runtime: Runtime, result: RolloutResult
    ) -> RolloutState | None:
        """Restart the Space after the first failure of the platform, and return the new state; None
        where the result is final.
        """
        if result.verdict is not Verdict.PLATFORM_FAILED or self._is_retried:
            return None
        self._is_retried = True
        if self._operation.client.has_publisher_token:
            self._operation.warn(_KEYLESS)
            return None
        restarted = self._restart(state, runtime, "the platform failed")
        # the commit is there already: each change of stage is about it
        return restarted and replace(restarted, sent=False, moved=False)

    def _restart(self, state: RolloutState, runtime: Runtime, why: str) -> RolloutState | None:
        """The new state; None where the Hub refuses, which is warned of."""
        self._operation.emit(Restarted(runtime.stage, why))
        try:
            spaces.restart(self._operation.client, self._operation.space)
        except DeployError as error:
            self._operation.warn_of(error)
            return None
        self._since = clock.now()
        return replace(state, before=runtime, restarting=True)


def _result(operation: Operation, verdict: Verdict, runtime: Runtime, commit: str) -> RolloutResult:
    if verdict is Verdict.LIVE:
        return RolloutResult(verdict)
    if verdict is Verdict.SUPERSEDED:
        return superseded(operation, runtime, commit)
    page = operation.page
    advice = _ADVICE[verdict].format(page)
    log: tuple[str, ...] = ()
    if verdict in _LOGS:
        log = log_end(operation, build=verdict is Verdict.BUILD_FAILED)
    if fault := find_fault(runtime, log if verdict is Verdict.BUILD_FAILED else ()):
        return rollout_without_blame(verdict, fault, log, page)
    if verdict is Verdict.PAUSED:
        why = f": {runtime.message}" if runtime.message else ""
        return RolloutResult(verdict, warnings=(f"{verdict.headline}{why}; {advice}",))
    cause = runtime.message or (log[-1] if log else f"stage {runtime.stage}")
    error = ErrorDetails(verdict.headline, cause, advice)
    if verdict not in (*_LOGS, Verdict.MISCONFIGURED):
        return RolloutResult(verdict, error)
    return failed_rollout(verdict, error, log, runtime.message, page + _LOGS.get(verdict, ""))


def superseded(operation: Operation, runtime: Runtime, commit: str) -> RolloutResult:
    """The result of a commit with another one on top, which is named where it runs."""
    found = runtime.running if runtime.running not in (None, commit) else None
    newer = f": {operation.client.commit_page(operation.space, found)}" if found else ""
    history = f"history: {operation.page}/commits/main"
    warning = f"{Verdict.SUPERSEDED.headline}{newer}; {history}"
    return RolloutResult(Verdict.SUPERSEDED, warnings=(warning,))


def _stalled(operation: Operation, runtime: Runtime, commit: str, silence: float) -> RolloutResult:
    seen = LastSeen(operation.space, commit, runtime.stage)
    error = ErrorDetails(
        "build stalled, probably a platform problem",
        f"{seen}, no log output for {silence:.0f} s ({_STATUS_PAGE})",
        f"deploy again: hf-deploy deploy {operation.space.argument} --factory-rebuild",
    )
    return RolloutResult(Verdict.TIMED_OUT, error)


def _timed_out(
    operation: Operation, last: Runtime | None, commit: str, deadline: clock.Deadline
) -> RolloutResult:
    seen = LastSeen(operation.space, commit, last.stage if last else None)
    cause = f"{seen}" if last else f"{seen}; no response from the Hub"
    if last and last.running:
        cause += f", running {last.running[:7]}"
    cause += f" after {deadline.elapsed:.0f} s"
    fix = f"keep waiting: {seen.next_command}"
    return RolloutResult(Verdict.TIMED_OUT, ErrorDetails(Verdict.TIMED_OUT.headline, cause, fix))
