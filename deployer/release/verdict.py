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
}

_HEADLINES = {
    Verdict.LIVE: "the commit is running and healthy",
    Verdict.UNCHANGED: "no file changed; the commit is running and healthy",
    Verdict.COMMITTED: "committed; not seen healthy",
    Verdict.PLANNED: "nothing was changed",
    Verdict.PAUSED: "the Space is paused",
    Verdict.SUPERSEDED: "a newer commit is on the Space",
    Verdict.SKIPPED: "nothing was sent to the Hub",
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
    `silence`: a build without a line of log hangs.
    """

    commit: float = 60.0
    restart: float = 40.0
    silence: float = 1200.0


@dataclass(frozen=True, slots=True)
class RolloutState:
    """What was seen of one commit since it was made.

    `before` is how the Space was then, `logged` the commit that the newest header of
    the build log names (7 hex digits or more). `moved` says that the Space left the stage it had.
    `sent` says that this very run made the commit, `predates_run` that it was there long before, so
    that no build of it can be under way. `restarting` says that the app was restarted besides: then
    a change of stage may be that and no more. `becomes_static`: a static Space that was not one
    before.
    """

    commit: str
    before: Runtime
    static: bool = False
    logged: str | None = None
    moved: bool = False
    sent: bool = True
    predates_run: bool = False
    restarting: bool = False
    becomes_static: bool = False
    grace: GracePeriods = GracePeriods()

    def update(self, runtime: Runtime) -> RolloutState:
        """The state once this runtime was seen, too."""
        # a build that was under way already is of another commit, and so is its end
        if self.moved or (self.before.stage in MOVING and not self._is_logged):
            return self
        return replace(self, moved=runtime.stage != self.before.stage)

    def verdict(self, runtime: Runtime, *, waited: float) -> Verdict | None:
        """What this runtime says about the commit; None: keep watching.

        `waited` is in seconds since the commit. RUNNING alone proves nothing: the running commit
        must be this one, or where the Hub doesn't name it, the log or a change of stage must have
        shown that a new build took over.
        """
        if self._is_leftover(runtime, waited):
            return None
        if runtime.stage == Stage.RUNNING:
            return Verdict.LIVE if self._is_running(runtime, waited) else None
        failure = VERDICT_OF_STAGE.get(runtime.stage)
        if failure is None or runtime.stage not in FAILED:
            return failure
        return failure if self._has_failed(runtime.stage, waited) else None

    def shows_nothing(self, runtime: Runtime) -> bool:
        """Whether nothing that was seen so far is about the commit."""
        is_seen = self.moved or self._is_logged or runtime.running == self.commit or self.static
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
        return runtime.running not in (self.commit, self.before.running)

    def _is_leftover(self, runtime: Runtime, waited: float) -> bool:
        """Whether a requested restart is not visible yet."""
        is_same = (runtime.stage, runtime.running) == (self.before.stage, self.before.running)
        return self.restarting and is_same and not self.moved and waited < self.grace.restart

    def _is_running(self, runtime: Runtime, waited: float) -> bool:
        if self.static:
            return not self.becomes_static or self.moved or waited >= self.grace.restart
        if runtime.running is not None:
            return runtime.running == self.commit
        is_past_grace = waited >= self.grace.commit
        if not self.sent and (self.predates_run or (is_past_grace and self.logged is None)):
            return True
        # a header proves that the build began, not that it took over
        return self._is_of_commit(waited) and (
            is_past_grace or (self.moved and not self._is_ambiguous(waited))
        )

    def _has_failed(self, stage: str, waited: float) -> bool:
        if self.predates_run and not self.restarting:
            return True
        is_past_grace = waited >= self.grace.commit
        if stage in _UNBUILT:
            # the log that is there then is of the commit before
            return (
                self._is_logged or is_past_grace or (self.moved and not self._is_ambiguous(waited))
            )
        return self._is_of_commit(waited) or (is_past_grace and self.logged is None)

    def _is_of_commit(self, waited: float) -> bool:
        if self.logged is not None:
            return self._is_logged
        return self.moved and not self._is_ambiguous(waited)

    def _is_ambiguous(self, waited: float) -> bool:
        """The restart that changed settings cause looks just like a build of the commit."""
        return self.sent and self.restarting and waited < self.grace.commit

    @property
    def _is_logged(self) -> bool:
        return self.logged is not None and self.commit.startswith(self.logged)
