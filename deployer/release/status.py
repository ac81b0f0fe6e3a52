"""The state of a Space now: what it runs, which release that is, and whether it is healthy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deployer.errors import NotAllowed
from deployer.release.fault import Fault, Party, find_fault
from deployer.release.history import Commit, ReleaseEntry, ReleaseLog, ReleaseState
from deployer.release.outcome import ErrorDetails
from deployer.release.verdict import VERDICT_OF_STAGE, Verdict
from deployer.space.metrics import USE_LESS, Limits, Usage
from deployer.space.space import MOVING, Sdk, Space, Stage

SERVING = frozenset({Stage.RUNNING, Stage.RUNNING_BUILDING, Stage.RUNNING_APP_STARTING})


class SpaceState(StrEnum):
    """The state of a Space in a word; a state that is a verdict, too, has the same name."""

    LIVE = Verdict.LIVE.value
    SLEEPING = "sleeping"
    BUILDING = "building"
    PAUSED = Verdict.PAUSED.value
    DRIFTED = "drifted"
    BUILD_FAILED = Verdict.BUILD_FAILED.value
    CRASHED = Verdict.CRASHED.value
    MISCONFIGURED = Verdict.MISCONFIGURED.value
    UNHEALTHY = Verdict.UNHEALTHY.value
    STOPPED = Verdict.STOPPED.value
    DELETING = Verdict.DELETING.value
    PLATFORM_FAILED = Verdict.PLATFORM_FAILED.value
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """The exit code of a status check."""
        return 6 if self is SpaceState.DRIFTED else 0 if self in _HEALTHY else 9

    @property
    def headline(self) -> str:
        """What it means, in one clause."""
        return _HEADLINES.get(self) or Verdict(self.value).headline


_HEALTHY = frozenset({SpaceState.LIVE, SpaceState.SLEEPING, SpaceState.BUILDING, SpaceState.PAUSED})
_HEADLINES = {
    SpaceState.LIVE: "the released commit is running and healthy",
    SpaceState.SLEEPING: "asleep until the next visitor",
    SpaceState.BUILDING: "a commit is building or starting",
    SpaceState.PAUSED: "serves nothing until it is resumed",
    SpaceState.DRIFTED: "the Space has commits not made by hf-deploy, or does not run its head",
    SpaceState.UNKNOWN: "unknown stage",
}
_OF_STAGES = {stage: SpaceState(verdict.value) for stage, verdict in VERDICT_OF_STAGE.items()}
_LOGS = {SpaceState.BUILD_FAILED: "build", SpaceState.CRASHED: "container"}


@dataclass(frozen=True, slots=True)
class HealthResult:
    """Whether the app is healthy; None where it was not probed, or could not be reached."""

    healthy: bool | None = None
    detail: str | None = None

    @property
    def checked(self) -> bool:
        """Whether the app responded."""
        return self.healthy is not None


def running(space: Space) -> str | None:
    """The running commit, as far as the Hub says; a static Space always serves its head."""
    static = space.sdk == Sdk.STATIC and space.runtime.stage == Stage.RUNNING
    return space.head if static else space.runtime.running


@dataclass(frozen=True, slots=True)
class Status:
    """A Space as it was read.

    `commit` is the one that runs, else the head; None where it is not in the history any more.
    `usage` is what the running app uses of its CPU and memory, None where that is not known; above
    its `limits` it is unhealthy.
    """

    space: Space
    log: ReleaseLog
    commit: Commit | None
    space_url: str
    app_url: str | None = None
    health: HealthResult = HealthResult()
    usage: Usage | None = None
    limits: Limits = Limits()

    @property
    def running(self) -> str | None:
        """The running commit, as far as the Hub says."""
        return running(self.space)

    @property
    def role(self) -> str:
        """What the shown commit is to the Space: `running` only where it serves."""
        if self.running is None:
            return "head"
        if self.space.runtime.stage in SERVING:
            return "running"
        return "head" if self.running == self.space.head else "last ran"

    @property
    def entry(self) -> ReleaseEntry | None:
        """The release that `commit` is."""
        return self.log.at(self.commit.id) if self.commit else None

    @property
    def verified(self) -> bool | None:
        """Whether that release was ever seen healthy; None for a commit not made by hf-deploy."""
        return self.entry.state is ReleaseState.VERIFIED if self.entry else None

    @property
    def is_behind(self) -> bool:
        """Whether a commit below the head runs, with nothing building or starting."""
        is_moving = self.space.runtime.stage in MOVING
        return self.running not in (None, self.space.head) and not is_moving

    @property
    def fault(self) -> Fault | None:
        """Whose fault a failure is, where it is not the files'."""
        return find_fault(self.space.runtime)

    @property
    def exit_code(self) -> int:
        """The exit code of a status check: the state's, or 5 where the Hub stopped the Space."""
        if self.fault is not None and self.fault.party is Party.HUB:
            return NotAllowed.exit_code
        return self.state.exit_code

    @property
    def state(self) -> SpaceState:
        """The state, the worst first: a failure, then drift, then all else."""
        stage = self.space.runtime.stage
        if state := _OF_STAGES.get(stage):
            is_platform = self.fault is not None and self.fault.party is Party.PLATFORM
            return SpaceState.PLATFORM_FAILED if is_platform else state
        if self.health.healthy is False or self._exceeded:
            return SpaceState.UNHEALTHY
        if stage not in (*MOVING, Stage.RUNNING, Stage.SLEEPING):
            return SpaceState.UNKNOWN
        if self.log.drift or self.is_behind:
            return SpaceState.DRIFTED
        if stage in MOVING:
            return SpaceState.BUILDING
        return SpaceState.SLEEPING if stage == Stage.SLEEPING else SpaceState.LIVE

    @property
    def error(self) -> ErrorDetails | None:
        """The error, where the state is a failure or drift."""
        state = self.state
        if (fault := self.fault) is not None:
            headline = fault.headline(Verdict(state.value).headline)
            return ErrorDetails(headline, fault.line, fault.fix)
        if state is SpaceState.DRIFTED:
            return self._drifted
        if not state.exit_code:
            return None
        runtime, log = self.space.runtime, _LOGS.get(state)
        cause = runtime.message or f"stage {runtime.stage}"
        if state is SpaceState.UNHEALTHY:
            failed = self.health.detail if self.health.healthy is False else None
            if failed is None and self._exceeded is not None:
                return ErrorDetails(state.headline, self._exceeded, USE_LESS)
            cause, log = failed or cause, "container"
        fix = f"see its log: {self.space_url}?logs={log}" if log else f"see {self.space_url}"
        return ErrorDetails(state.headline, cause, fix)

    @property
    def _exceeded(self) -> str | None:
        """What the app uses more of than it may, in figures."""
        return self.limits.exceeded_by(self.usage) if self.usage else None

    @property
    def _drifted(self) -> ErrorDetails:
        space = self.space
        if self.log.drift:
            count, newest = len(self.log.drift), self.log.drift[0]
            commits = "1 commit" if count == 1 else f"{count} commits"
            return ErrorDetails(
                "the Space has commits not made by hf-deploy",
                f"{commits} since the last release, the newest {newest.id[:7]} by {newest.author}",
                "merge them into the repository, or deploy over them; to undo them: "
                f"hf-deploy rollback {space.id.argument}",
            )
        return ErrorDetails(
            "the Space does not run its head",
            f"{self.role}: {(self.running or '')[:7]}, the head is {space.head[:7]}",
            f"wait for the head: hf-deploy status {space.id.argument} --wait",
        )
