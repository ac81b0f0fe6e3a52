"""How a deploy ended, and what each stage of a Space says about that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from deployer.space.space import FAILED, MOVING, Runtime, Stage


class Verdict(StrEnum):
    """How a deploy ended; `exit_code` and `sentence` say the rest."""

    LIVE = "live"
    UNCHANGED = "unchanged"
    COMMITTED = "committed"
    PLANNED = "planned"
    PAUSED = "paused"
    SUPERSEDED = "superseded"
    BUILD_FAILED = "build-failed"
    CRASHED = "crashed"
    UNHEALTHY = "unhealthy"
    MISCONFIGURED = "misconfigured"
    STOPPED = "stopped"
    DELETING = "deleting"
    TIMED_OUT = "timed-out"

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends so."""
        return _EXIT_CODES.get(self, 0)

    @property
    def sentence(self) -> str:
        """What it means, in one plain sentence."""
        return _SENTENCES[self]


_EXIT_CODES = {
    Verdict.MISCONFIGURED: 3,
    Verdict.BUILD_FAILED: 7,
    Verdict.CRASHED: 9,
    Verdict.UNHEALTHY: 9,
    Verdict.STOPPED: 9,
    Verdict.DELETING: 9,
    Verdict.TIMED_OUT: 10,
}

_SENTENCES = {
    Verdict.LIVE: "The commit is running and answers.",
    Verdict.UNCHANGED: "The Space already has these files; they are running.",
    Verdict.COMMITTED: "The files are committed; nobody watched the build.",
    Verdict.PLANNED: "Nothing was sent.",
    Verdict.PAUSED: "The files are committed, but the Space is paused: nothing runs.",
    Verdict.SUPERSEDED: "Something newer is on the Space.",
    Verdict.BUILD_FAILED: "The Space could not be built.",
    Verdict.CRASHED: "The app ended with an error.",
    Verdict.UNHEALTHY: "The app runs but does not answer as it should.",
    Verdict.MISCONFIGURED: "The Hub can't start the Space from its card or files.",
    Verdict.STOPPED: "The Space was stopped.",
    Verdict.DELETING: "The Space is being deleted.",
    Verdict.TIMED_OUT: "The commit was not seen running in time.",
}

_ENDINGS: dict[str, Verdict] = {
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
    """For how many seconds nothing may be seen, before that means something.

    `apply_settings`: without any sign of our commit, a stage is a leftover of the one before, for the Hub
    needs a while to notice a commit (https://github.com/huggingface/hub-docs/issues/1633); then the
    Space is restarted once. `restart`: without any sign of a restart, it was too quick to be seen.
    `silence`: a build without a line of log hangs.
    """

    apply_settings: float = 60.0
    restart: float = 40.0
    silence: float = 1200.0


@dataclass(frozen=True, slots=True)
class RolloutState:
    """What was seen of one commit since it was made.

    `before` is how the Space was then, `logged` the commit that the newest header of
    the build log names (7 hex digits or more). `moved` says that the Space left the stage it had.
    `sent` says that the commit was made by this very deploy, `old` that it was there long before,
    so that nothing of it can be under way. `restarting` says that the machine was told to start
    anew besides: then a change of stage may be that and no more. `turning`: a static Space that was
    none before.
    """

    commit: str
    before: Runtime
    static: bool = False
    logged: str | None = None
    moved: bool = False
    sent: bool = True
    old: bool = False
    restarting: bool = False
    turning: bool = False
    patience: GracePeriods = GracePeriods()

    def after(self, runtime: Runtime) -> RolloutState:
        """What is known once this was seen, too."""
        # a build that was under way already is somebody else's, and so is its end
        if self.moved or (self.before.stage in MOVING and not self._named):
            return self
        return replace(self, moved=runtime.stage != self.before.stage)

    def verdict(self, runtime: Runtime, *, waited: float) -> Verdict | None:
        """What this sight says about the commit; None: keep watching.

        `waited` is in seconds since the commit. RUNNING alone proves nothing: the running commit
        must be ours, or where the Hub doesn't name it, the log or a change of stage must have
        shown that a new build took over.
        """
        if self._is_leftover(runtime, waited):
            return None
        if runtime.stage == Stage.RUNNING:
            return Verdict.LIVE if self._runs(runtime, waited) else None
        ending = _ENDINGS.get(runtime.stage)
        if ending is None or runtime.stage not in FAILED:
            return ending
        return ending if self._failed(runtime.stage, waited) else None

    def shows_nothing(self, runtime: Runtime) -> bool:
        """Whether nothing that was seen so far is about our commit."""
        seen = self.moved or self._named or runtime.running == self.commit or self.static
        unseen = not seen and (self.sent or runtime.running is not None)
        return unseen and runtime.stage not in MOVING and runtime.stage != Stage.CONFIG_ERROR

    def is_about_another(self, runtime: Runtime) -> bool:
        """Whether the Space may be about a commit on top of ours, so that its head must tell."""
        if runtime.stage in MOVING:
            return False
        if self.static:
            return True  # nothing but the head tells what a static Space serves
        if runtime.running is None:
            return not (runtime.stage in FAILED and self._named)
        return runtime.running not in (self.commit, self.before.running)

    def _is_leftover(self, runtime: Runtime, waited: float) -> bool:
        """Whether a restart that was asked for has not shown yet."""
        same = (runtime.stage, runtime.running) == (self.before.stage, self.before.running)
        return self.restarting and same and not self.moved and waited < self.patience.restart

    def _runs(self, runtime: Runtime, waited: float) -> bool:
        if self.static:
            return not self.turning or self.moved or waited >= self.patience.restart
        if runtime.running is not None:
            return runtime.running == self.commit
        settled = waited >= self.patience.apply_settings
        if not self.sent and (self.old or (settled and self.logged is None)):
            return True
        # a header proves that our build began, not that it took over
        return self._is_ours(waited) and (settled or (self.moved and not self._is_unclear(waited)))

    def _failed(self, stage: str, waited: float) -> bool:
        if self.old and not self.restarting:
            return True
        settled = waited >= self.patience.apply_settings
        if stage in _UNBUILT:
            # the log that is there then is of the commit before
            return self._named or settled or (self.moved and not self._is_unclear(waited))
        return self._is_ours(waited) or (settled and self.logged is None)

    def _is_ours(self, waited: float) -> bool:
        if self.logged is not None:
            return self._named
        return self.moved and not self._is_unclear(waited)

    def _is_unclear(self, waited: float) -> bool:
        """The restart that new settings cause looks just like a build of ours."""
        return self.sent and self.restarting and waited < self.patience.apply_settings

    @property
    def _named(self) -> bool:
        return self.logged is not None and self.commit.startswith(self.logged)
