"""How a run ended, and what each stage of a Space says about that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from deployer.space.space import FAILED, MOVING, Runtime, Stage


class Verdict(StrEnum):
    """How a run ended, with its `exit_code` and its `headline`."""

    LIVE = "live"
    UNCHANGED = "unchanged"
    COMMITTED = "committed"
    PLANNED = "planned"
    PAUSED = "paused"
    SUPERSEDED = "superseded"
    SKIPPED = "skipped"
    GATE_CLOSED = "gate-closed"
    BUILD_FAILED = "build-failed"
    CRASHED = "crashed"
    UNHEALTHY = "unhealthy"
    MISCONFIGURED = "misconfigured"
    STOPPED = "stopped"
    DELETING = "deleting"
    TIMED_OUT = "timed-out"
    PLATFORM_FAILED = "platform-failed"

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with it."""
        return _EXIT_CODES.get(self, 0)

    @property
    def headline(self) -> str:
        """What it means, in one clause."""
        return _HEADLINES[self]


_EXIT_CODES = {
    Verdict.MISCONFIGURED: 3,
    Verdict.BUILD_FAILED: 7,
    Verdict.CRASHED: 9,
    Verdict.UNHEALTHY: 9,
    Verdict.STOPPED: 9,
    Verdict.DELETING: 9,
    Verdict.TIMED_OUT: 10,
    Verdict.PLATFORM_FAILED: 10,
    Verdict.GATE_CLOSED: 12,
}

_HEADLINES = {
    Verdict.LIVE: "the commit is running and healthy",
    Verdict.UNCHANGED: "no file changed; the commit is running and healthy",
    Verdict.COMMITTED: "the commit is on the Space; whether it runs was not seen",
    Verdict.PLANNED: "nothing was changed",
    Verdict.PAUSED: "the Space is paused",
    Verdict.SUPERSEDED: "a newer commit is on the Space",
    Verdict.SKIPPED: "nothing was sent to the Hub",
    Verdict.GATE_CLOSED: "a gate is closed; nothing was promoted",
    Verdict.BUILD_FAILED: "build failed",
    Verdict.CRASHED: "app crashed",
    Verdict.UNHEALTHY: "health check failed",
    Verdict.MISCONFIGURED: "the Hub cannot start the Space with this card and these files",
    Verdict.STOPPED: "the Space was stopped",
    Verdict.DELETING: "the Space is being deleted",
    Verdict.TIMED_OUT: "timed out waiting for the commit to run",
    Verdict.PLATFORM_FAILED: "the platform failed, which is not the files' fault",
}

VERDICT_OF_STAGE: dict[str, Verdict] = {
    Stage.NO_APP_FILE: Verdict.MISCONFIGURED,
    Stage.CONFIG_ERROR: Verdict.MISCONFIGURED,
    Stage.BUILD_ERROR: Verdict.BUILD_FAILED,
    Stage.RUNTIME_ERROR: Verdict.CRASHED,
    Stage.PAUSED: Verdict.PAUSED,
    Stage.STOPPED: Verdict.STOPPED,
    Stage.DELETING: Verdict.DELETING,
}

_UNBUILT = (Stage.CONFIG_ERROR, Stage.NO_APP_FILE)
ROLLED_BACK = frozenset(
    {Verdict.BUILD_FAILED, Verdict.CRASHED, Verdict.UNHEALTHY, Verdict.MISCONFIGURED}
)


@dataclass(frozen=True, slots=True)
class GracePeriods:
    """For how many seconds nothing may be seen before that means something.

    `commit`: without any sign of the commit, a stage is a leftover of the one before, for the Hub
    needs a while to notice a commit (https://github.com/huggingface/hub-docs/issues/1633); then the
    Space is restarted once. `restart`: without any sign of a restart, it was too quick to be seen.
    `log`: the stage is behind the end of the build log, seen 1.5 s, never so long. `silence`: a
    build without a line of log hangs.
    """

    commit: float = 60.0
    restart: float = 40.0
    log: float = 10.0
    silence: float = 1200.0


@dataclass(frozen=True, slots=True)
class RolloutState:
    """What was seen of one commit since it was made.

    `before` is how the Space was then, `logged` the commit that the newest header of
    the build log names (7 hex digits or more), `log_ended` whether that log is complete. `moved`
    says that the Space was building or starting since.
    `sent` says that this very run made the commit, `predates_run` that it was there long before, so
    that no build of it can be under way. `restarting` says that the app was restarted besides: then
    a change of stage may be that and no more. `becomes_static`: a static Space that was not one
    before.
    """

    commit: str
    before: Runtime
    static: bool = False
    logged: str | None = None
    log_ended: bool = False
    moved: bool = False
    sent: bool = True
    predates_run: bool = False
    restarting: bool = False
    becomes_static: bool = False
    grace: GracePeriods = GracePeriods()

    def update(self, runtime: Runtime) -> RolloutState:
        """The state once this runtime was seen, too."""
        if self.before.stage not in MOVING:
            return replace(self, moved=self.moved or runtime.stage in MOVING)
        if runtime.stage in MOVING or runtime.running == self.commit:
            return self
        if self._is_logged and not self.sent:
            return replace(self, moved=True)
        # what was being built before the commit is another one, and so may be how it ended
        return replace(self, before=runtime)

    def verdict(self, runtime: Runtime, *, waited: float, quiet: float) -> Verdict | None:
        """What this runtime says about the commit; None: keep watching.

        `waited` is in seconds since the commit, `quiet` since anything was seen to happen: the
        commit, a change of stage, a line of the log. RUNNING alone proves nothing: the running
        commit must be this one, or where the Hub doesn't name it, the log or a change of stage must
        have shown that a new build took over. Nor does a stage of failure that was there before.
        """
        if self._is_leftover(runtime, waited):
            return None
        if runtime.stage == Stage.RUNNING:
            return Verdict.LIVE if self._is_running(runtime, waited, quiet) else None
        failure = VERDICT_OF_STAGE.get(runtime.stage)
        if failure is None or runtime.stage not in FAILED:
            return failure
        return failure if self._has_failed(runtime, waited, quiet) else None

    def shows_nothing(self, runtime: Runtime) -> bool:
        """Whether nothing that was seen so far is about the commit."""
        is_seen = (
            self._has_left(runtime)
            or self._is_logged
            or runtime.running == self.commit
            or self.static
        )
        is_unseen = not is_seen and (self.sent or runtime.running is not None)
        return is_unseen and runtime.stage not in MOVING and runtime.stage != Stage.CONFIG_ERROR

    def is_about_another(self, runtime: Runtime) -> bool:
        """Whether the Space may run a commit on top of this one, so that its head must be read."""
        if runtime.stage in MOVING:
            return False
        if self.static:
            return True  # nothing but the head tells what a static Space serves
        if runtime.running is None:
            return not (runtime.stage in FAILED and self._is_logged)
        # what ran before a commit may go on for a while; where none was sent, it is another's
        is_before = self.sent and runtime.running == self.before.running
        return runtime.running != self.commit and not is_before

    def _is_leftover(self, runtime: Runtime, waited: float) -> bool:
        """Whether a requested restart is not visible yet."""
        is_same = (runtime.stage, runtime.running) == (self.before.stage, self.before.running)
        return self.restarting and is_same and not self.moved and waited < self.grace.restart

    def _is_running(self, runtime: Runtime, waited: float, quiet: float) -> bool:
        if self.static:
            is_new = self._has_left(runtime) or waited >= self.grace.restart
            return not self.becomes_static or is_new
        if runtime.running is not None:
            return runtime.running == self.commit
        is_unlogged = waited >= self.grace.commit and self.logged is None
        if not self.sent and (self.predates_run or is_unlogged):
            return True
        if self._is_logged:
            return self._has_moved(runtime, waited) or self._has_settled(quiet)
        return self.logged is None and self._has_moved(runtime, waited)

    def _has_failed(self, runtime: Runtime, waited: float, quiet: float) -> bool:
        if runtime.running == self.commit or (self.predates_run and not self.restarting):
            return True
        # the Hub builds nothing without a valid card: the log that is there is of a commit before
        if self.logged is not None and not self._is_logged and runtime.stage not in _UNBUILT:
            return False
        # an app of another commit that crashes while this one is being built
        is_foreign = runtime.stage == Stage.RUNTIME_ERROR and runtime.running is not None
        return (self._has_moved(runtime, waited) and not is_foreign) or self._has_settled(quiet)

    def _has_left(self, runtime: Runtime) -> bool:
        """Whether the Space left the stage it had. A single other stage, which a replica that lags
        may say, does not count any more once it is back in that one without a build.
        """
        is_other = self.before.stage not in MOVING and runtime.stage != self.before.stage
        return self.moved or is_other

    def _has_moved(self, runtime: Runtime, waited: float) -> bool:
        """Whether a new build took over; the restart that changed settings cause looks just so."""
        is_ambiguous = self.sent and self.restarting and waited < self.grace.commit
        return self._has_left(runtime) and not is_ambiguous

    def _has_settled(self, quiet: float) -> bool:
        """Whether nothing more is to come: a stage that never moved is the commit's own by now.

        A header of the log proves only that the build is queued; its end proves that it is over.
        Where this run made no commit, the queue is behind it.
        """
        is_over = self._is_logged and (self.log_ended or not self.sent)
        if is_over and quiet >= self.grace.log:
            return True
        is_restart = self.restarting and not self.sent
        return quiet >= (self.grace.restart if is_restart else self.grace.commit)

    @property
    def _is_logged(self) -> bool:
        return self.logged is not None and self.commit.startswith(self.logged)
