"""Watch a commit until it is seen running, or seen to have failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from queue import Empty

from deployer.errors import HubUnreachable
from deployer.events import Event, Logged, StageSeen, Waiting, Warned
from deployer.outcome import Ending, Trouble
from deployer.space import MOVING, Runtime, SpaceId
from deployer.verdict import Evidence, Verdict
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import Client

_HEADER = re.compile(r"^=+ Build Queued at .*?(?:Commit SHA: (?P<commit>[0-9a-f]{7,40}))? =+$")
_SHOWN_LINES = 20
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


def watch(
    client: Client,
    space: SpaceId,
    evidence: Evidence,
    deadline: clock.Deadline,
    tell: Callable[[Event], None],
) -> Ending:
    """Watch until the commit has a verdict or the deadline passes; tell each change and log line.

    A Hub that fails for a while is waited for: the commit is made, only our sight of it is gone.
    """
    log = _BuildLog(client, space, tell)
    last: Runtime | None = None
    waits = clock.backing_off()
    while True:
        runtime = _look(client, space, deadline, tell)
        evidence = replace(evidence, logged=log.commit)
        if runtime is not None:
            if last is None or (runtime.stage, runtime.running) != (last.stage, last.running):
                tell(StageSeen(runtime.stage, runtime.running, deadline.elapsed))
                waits = clock.backing_off()
                log.leave_foreign(evidence.commit)
            last, evidence = runtime, evidence.after(runtime)
            verdict = evidence.verdict(runtime, waited=deadline.elapsed)
            if verdict in (None, Verdict.LIVE) and _is_overtaken(client, space, evidence, runtime):
                verdict = Verdict.SUPERSEDED
            if verdict is not None:
                log.relay(_LAST_WORDS, evidence.commit)
                return _ending(client, space, verdict, runtime)
        if deadline.passed:
            return _timed_out(client, space, last, deadline)
        if last is None or last.stage in MOVING or last.running is None:
            log.listen()
        tell(Waiting(last.stage if last else "no answer", deadline.elapsed))
        log.relay(min(next(waits), deadline.left), evidence.commit)


def _look(
    client: Client, space: SpaceId, deadline: clock.Deadline, tell: Callable[[Event], None]
) -> Runtime | None:
    try:
        return spaces.runtime(client, space, deadline)
    except HubUnreachable as error:
        tell(Warned(f"{error.what} {error.seen}"))
        return None


def _is_overtaken(client: Client, space: SpaceId, evidence: Evidence, runtime: Runtime) -> bool:
    """Whether a commit that came on top of ours is what the Space is about now."""
    if not evidence.is_about_another(runtime):
        return False
    found = spaces.find(client, space)
    return found is not None and found.head != evidence.commit


class _BuildLog:
    """The build log as far as it is about our commit, line by line."""

    def __init__(self, client: Client, space: SpaceId, tell: Callable[[Event], None]) -> None:
        self.commit: str | None = None  # what the newest header names
        self._client, self._space, self._tell = client, space, tell
        self._stream: spaces.LogStream | None = None
        self._first: str | None = None
        self._seen = 0  # lines of this log that were looked at
        self._place = 0  # lines of this stream that were looked at
        self._waits = clock.backing_off(first=1.0, longest=30.0)
        self._next_try = 0.0

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
        self._waits = clock.backing_off(first=1.0, longest=30.0)
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
            elif self._is_new(line) and self._is_about(line, commit):
                self._tell(Logged(line))
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


def _ending(client: Client, space: SpaceId, verdict: Verdict, runtime: Runtime) -> Ending:
    if verdict is Verdict.LIVE:
        return Ending(verdict)
    page = client.page(space)
    if verdict in (Verdict.PAUSED, Verdict.SUPERSEDED):
        return Ending(verdict, warnings=(f"{verdict.sentence} {_ADVICE[verdict].format(page)}",))
    log: tuple[str, ...] = ()
    if verdict in (Verdict.BUILD_FAILED, Verdict.CRASHED):
        build = verdict is Verdict.BUILD_FAILED
        log = spaces.log_end(client, space, build=build, lines=_SHOWN_LINES)
    seen = runtime.message or (log[-1] if log else f"the stage {runtime.stage}")
    return Ending(verdict, Trouble(verdict.sentence, seen, _ADVICE[verdict].format(page)), log)


def _timed_out(
    client: Client, space: SpaceId, last: Runtime | None, deadline: clock.Deadline
) -> Ending:
    stage = f"the stage {last.stage}" if last else "no answer from the Hub"
    if last and last.running:
        stage += f", running {last.running[:7]}"
    seen = f"{stage} after {deadline.elapsed:.0f} seconds"
    do = _ADVICE[Verdict.TIMED_OUT].format(client.page(space))
    return Ending(Verdict.TIMED_OUT, Trouble(Verdict.TIMED_OUT.sentence, seen, do))
