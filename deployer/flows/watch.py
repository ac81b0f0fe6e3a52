"""Watch a commit until it is seen running, or seen to have failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from queue import Empty

from deployer.errors import DeployError, HubError
from deployer.events import Event, LogLine, Restarted, StageChanged, Waiting, WakeUpStarted, Warned
from deployer.flows.diagnose import failed_rollout, log_end
from deployer.flows.wake import wake
from deployer.release.outcome import ErrorDetails, RolloutResult
from deployer.release.verdict import RolloutState, Verdict
from deployer.space.space import AT_REST, MOVING, Runtime, SpaceId, Stage
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import Client

_HEADER = re.compile(r"^=+ Build Queued at .*?(?:Commit SHA: (?P<commit>[0-9a-f]{7,40}))? =+$")
_LAST_WORDS = 0.2  # seconds; the log comes by another way than the stage, and may be behind

_ADVICE = {
    Verdict.PAUSED: "Resume it at {}/settings",
    Verdict.SUPERSEDED: "Its history is at {}/commits/main",
    Verdict.BUILD_FAILED: "Mend what the build log says, and deploy again: {}?logs=build",
    Verdict.CRASHED: "Mend what the app's log says, and deploy again: {}?logs=container",
    Verdict.MISCONFIGURED: "Mend what it says, and deploy again: {}",
    Verdict.STOPPED: "Restart it at {}/settings",
    Verdict.DELETING: "Wait until it is gone, then deploy again: {}",
    Verdict.TIMED_OUT: "It may still come: look at {} or deploy again, with a longer --timeout.",
}
# where the log tells; the Hub builds nothing from a card that it can't read, so the log that is
# there then is of the commit before
_LOGS = {Verdict.BUILD_FAILED: "?logs=build", Verdict.CRASHED: "?logs=container"}


def watch(
    client: Client,
    space: SpaceId,
    evidence: RolloutState,
    deadline: clock.Deadline,
    emit: Callable[[Event], None],
    *,
    private: bool,
    hands_off: bool = False,
) -> RolloutResult:
    """Watch until the commit has a verdict or the deadline passes; tell each change and log line.

    With `hands_off` nothing is restarted, whatever is seen.
    A Hub that fails for a while is waited for: the commit is made, only our sight of it is gone.
    """
    log = _BuildLog(client, space, emit)
    push = _Push(client, space, emit, private, hands_off=hands_off)
    last: Runtime | None = None
    waits = clock.backoff()
    while True:
        runtime = _look(client, space, deadline, emit)
        evidence = replace(evidence, logged=log.commit)
        if runtime is not None:
            if last is None or (runtime.stage, runtime.running) != (last.stage, last.running):
                emit(StageChanged(runtime.stage, runtime.running, deadline.elapsed))
                waits = clock.backoff()
                log.leave_foreign(evidence.commit)
            last, evidence = runtime, push.given(evidence.after(runtime), runtime)
            verdict = evidence.verdict(runtime, waited=push.waited)
            if _is_overtaken(client, space, evidence, runtime):
                verdict = Verdict.SUPERSEDED
            if verdict is not None:
                log.relay(_LAST_WORDS, evidence.commit)
                return _ending(client, space, verdict, runtime)
            if runtime.stage in MOVING and log.silence >= evidence.patience.silence:
                return _stuck(client, space, runtime, log.silence)
        if deadline.passed:
            return _timed_out(client, space, last, deadline)
        if last is None or last.stage in MOVING or last.running is None:
            log.listen()
        emit(Waiting(last.stage if last else "no answer", deadline.elapsed))
        log.relay(min(next(waits), deadline.left), evidence.commit)


def _look(
    client: Client, space: SpaceId, deadline: clock.Deadline, emit: Callable[[Event], None]
) -> Runtime | None:
    try:
        return spaces.runtime(client, space, deadline)
    except HubError as error:
        emit(Warned(f"{error.message} {error.cause}"))
        return None


def _is_overtaken(client: Client, space: SpaceId, evidence: RolloutState, runtime: Runtime) -> bool:
    """Whether a commit that came on top of ours is what the Space is about now."""
    if not evidence.is_about_another(runtime):
        return False
    found = spaces.find(client, space)
    return found is not None and found.head != evidence.commit


class _Push:
    """What a Space needs to get going: a visit where it sleeps, a restart where nothing happens."""

    def __init__(
        self,
        client: Client,
        space: SpaceId,
        emit: Callable[[Event], None],
        private: bool,
        *,
        hands_off: bool,
    ) -> None:
        self._client, self._space, self._tell, self._private = client, space, emit, private
        self._since = clock.now()
        self._restarted = hands_off  # as if it had been done
        self._woken = False

    @property
    def waited(self) -> float:
        """Seconds since something was last done to the Space."""
        return clock.now() - self._since

    def given(self, evidence: RolloutState, runtime: Runtime) -> RolloutState:
        """Push where that is needed, once each; gives the evidence as it is from then on."""
        if runtime.stage != Stage.SLEEPING:
            self._woken = False
        elif not self._woken:
            self._woken = True
            self._tell(WakeUpStarted())
            wake(self._client, self._space, private=self._private)
            # what wakes up is what fell asleep, and no build of ours
            evidence = replace(evidence, before=replace(runtime, stage=Stage.RUNNING))
        quiet = self.waited >= evidence.patience.apply_settings and runtime.stage not in AT_REST
        if self._restarted or not quiet or not evidence.shows_nothing(runtime):
            return evidence
        self._restarted = True
        self._tell(Restarted(runtime.stage, "shows no sign of the commit"))
        try:
            spaces.restart(self._client, self._space)
        except DeployError as error:
            self._tell(Warned(f"{error.message} {error.cause}"))
            return evidence
        self._since = clock.now()
        return replace(evidence, before=runtime, restarting=True)


class _BuildLog:
    """The build log as far as it is about our commit, line by line."""

    def __init__(self, client: Client, space: SpaceId, emit: Callable[[Event], None]) -> None:
        self.commit: str | None = None  # what the newest header names
        self._client, self._space, self._tell = client, space, emit
        self._stream: spaces.LogStream | None = None
        self._first: str | None = None
        self._seen = 0  # lines of this log that were looked at
        self._place = 0  # lines of this stream that were looked at
        self._waits = clock.backoff(first=1.0, longest=30.0)
        self._next_try = 0.0
        self._heard = clock.now()

    @property
    def silence(self) -> float:
        """Seconds since the last line, or since the stage changed."""
        return clock.now() - self._heard

    def listen(self) -> None:
        """Open the stream where none is open, and not too often: each time costs a request."""
        if self._stream is None and clock.now() >= self._next_try:
            self._stream = spaces.LogStream(self._client, self._space, build=True)
            self._next_try = clock.now() + next(self._waits)
            self._place = 0

    def leave_foreign(self, commit: str) -> None:
        """Close a stream that told of another commit, since a new build may have a new one."""
        if self.commit is not None and not commit.startswith(self.commit):
            self._stream = None
        self._heard = clock.now()
        self._waits = clock.backoff(first=1.0, longest=30.0)
        self._next_try = 0.0

    def relay(self, seconds: float, commit: str) -> None:
        """Tell the lines that come in the next seconds."""
        deadline = clock.Deadline(seconds)
        while self._stream is not None and not deadline.passed:
            try:
                line = self._stream.queue.get(timeout=deadline.left)
            except Empty:
                return
            if line is None:
                self._stream = None
            elif self._is_new(line):
                self._heard = clock.now()
                if self._is_about(line, commit):
                    self._tell(LogLine(line))
        clock.sleep(deadline.left)

    def _is_new(self, line: str) -> bool:
        # a stream that is opened again starts with what was seen, unless another build began
        if self._place == 0 and line != self._first:
            self._first, self._seen = line, 0
        self._place += 1
        if self._place <= self._seen:
            return False
        self._seen = self._place
        return True

    def _is_about(self, line: str, commit: str) -> bool:
        header = _HEADER.match(line)
        if header:
            self.commit = header["commit"]
        return self.commit is None or commit.startswith(self.commit)


def _ending(client: Client, space: SpaceId, verdict: Verdict, runtime: Runtime) -> RolloutResult:
    if verdict is Verdict.LIVE:
        return RolloutResult(verdict)
    page = client.page(space)
    if verdict in (Verdict.PAUSED, Verdict.SUPERSEDED):
        return RolloutResult(
            verdict, warnings=(f"{verdict.sentence} {_ADVICE[verdict].format(page)}",)
        )
    log: tuple[str, ...] = ()
    if verdict in _LOGS:
        log = log_end(client, space, build=verdict is Verdict.BUILD_FAILED)
    seen = runtime.message or (log[-1] if log else f"the stage {runtime.stage}")
    error = ErrorDetails(verdict.sentence, seen, _ADVICE[verdict].format(page))
    if verdict not in (*_LOGS, Verdict.MISCONFIGURED):
        return RolloutResult(verdict, error)
    return failed_rollout(verdict, error, log, runtime.message, page + _LOGS.get(verdict, ""))


def _stuck(client: Client, space: SpaceId, runtime: Runtime, silence: float) -> RolloutResult:
    error = ErrorDetails(
        "The build does not go on; this looks like the platform, not like your files.",
        f"the stage {runtime.stage}, and no line of log for {silence:.0f} seconds",
        "See https://status.huggingface.co, then deploy again with --factory-rebuild: "
        f"{client.page(space)}?logs=build",
    )
    return RolloutResult(Verdict.TIMED_OUT, error)


def _timed_out(
    client: Client, space: SpaceId, last: Runtime | None, deadline: clock.Deadline
) -> RolloutResult:
    stage = f"the stage {last.stage}" if last else "no answer from the Hub"
    if last and last.running:
        stage += f", running {last.running[:7]}"
    seen = f"{stage} after {deadline.elapsed:.0f} seconds"
    do = _ADVICE[Verdict.TIMED_OUT].format(client.page(space))
    return RolloutResult(Verdict.TIMED_OUT, ErrorDetails(Verdict.TIMED_OUT.sentence, seen, do))
