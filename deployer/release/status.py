"""How a Space is right now: what it runs, which release that is, and whether it is well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deployer.release.history import Commit, ReleaseEntry, ReleaseLog, ReleaseState
from deployer.release.outcome import ErrorDetails
from deployer.release.verdict import Verdict
from deployer.space.space import MOVING, Sdk, Space, Stage

SERVING = frozenset({Stage.RUNNING, Stage.RUNNING_BUILDING, Stage.RUNNING_APP_STARTING})


class SpaceState(StrEnum):
    """How a Space is, in a word; those that a deploy may end with, too, are its verdicts."""

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
    UNKNOWN = "unknown"

    @property
    def exit_code(self) -> int:
        """What a monitor ends with."""
        return 6 if self is SpaceState.DRIFTED else 0 if self in _WELL else 9

    @property
    def sentence(self) -> str:
        """What it means, in one plain sentence."""
        return _SENTENCES.get(self) or Verdict(self.value).sentence


_WELL = frozenset({SpaceState.LIVE, SpaceState.SLEEPING, SpaceState.BUILDING, SpaceState.PAUSED})
_SENTENCES = {
    SpaceState.LIVE: "It runs what it should.",
    SpaceState.SLEEPING: "It is asleep; the next visitor wakes it.",
    SpaceState.BUILDING: "A commit is on its way up.",
    SpaceState.PAUSED: "It is paused: nothing runs until somebody resumes it.",
    SpaceState.DRIFTED: "It does not run just what was released.",
    SpaceState.UNKNOWN: "It is in a stage that nobody knows.",
}
_OF_STAGES: dict[str, SpaceState] = {
    Stage.NO_APP_FILE: SpaceState.MISCONFIGURED,
    Stage.CONFIG_ERROR: SpaceState.MISCONFIGURED,
    Stage.BUILD_ERROR: SpaceState.BUILD_FAILED,
    Stage.RUNTIME_ERROR: SpaceState.CRASHED,
    Stage.PAUSED: SpaceState.PAUSED,
    Stage.STOPPED: SpaceState.STOPPED,
    Stage.DELETING: SpaceState.DELETING,
}
_LOGS = {SpaceState.BUILD_FAILED: "build", SpaceState.CRASHED: "container"}


@dataclass(frozen=True, slots=True)
class HealthResult:
    """Whether the app answers as it should; None where it was not asked, or not reached."""

    healthy: bool | None = None
    detail: str | None = None

    @property
    def checked(self) -> bool:
        """Whether the app was heard."""
        return self.healthy is not None


def running(space: Space) -> str | None:
    """The commit that runs now, as far as the Hub tells; a static Space always serves its head."""
    static = space.sdk == Sdk.STATIC and space.runtime.stage == Stage.RUNNING
    return space.head if static else space.runtime.running


@dataclass(frozen=True, slots=True)
class Status:
    """A Space as it was looked at.

    `commit` is the one that runs, else the head; None where it is not in the history any more.
    """

    space: Space
    log: ReleaseLog
    commit: Commit | None
    space_url: str
    app_url: str | None = None
    health: HealthResult = HealthResult()

    @property
    def running(self) -> str | None:
        """The commit that runs now, as far as the Hub tells."""
        return running(self.space)

    @property
    def entry(self) -> ReleaseEntry | None:
        """The release that `commit` is."""
        return self.log.at(self.commit.id) if self.commit else None

    @property
    def verified(self) -> bool | None:
        """Whether that release was ever seen healthy; None for a commit that is not ours."""
        return self.entry.state is ReleaseState.VERIFIED if self.entry else None

    @property
    def is_behind(self) -> bool:
        """Whether something else than the head runs, with nothing on its way up."""
        moving = self.space.runtime.stage in MOVING
        return self.running not in (None, self.space.head) and not moving

    @property
    def standing(self) -> SpaceState:
        """How it is, the worst first: not well, then drifted, then all else."""
        stage = self.space.runtime.stage
        if standing := _OF_STAGES.get(stage):
            return standing
        if self.health.healthy is False:
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
        """What was seen and what to do, where it is not as it should be."""
        standing = self.standing
        if standing is SpaceState.DRIFTED:
            return self._drifted
        if not standing.exit_code:
            return None
        runtime, log = self.space.runtime, _LOGS.get(standing)
        seen = runtime.message or f"the stage {runtime.stage}"
        if standing is SpaceState.UNHEALTHY:
            seen = self.health.detail or seen
            log = "container"
        do = f"Look at its log: {self.space_url}?logs={log}" if log else f"Look at {self.space_url}"
        return ErrorDetails(standing.sentence, seen, do)

    @property
    def _drifted(self) -> ErrorDetails:
        space = self.space
        if self.log.drift:
            count, newest = len(self.log.drift), self.log.drift[0]
            commits = "1 commit" if count == 1 else f"{count} commits"
            return ErrorDetails(
                "Somebody else committed since the last release.",
                f"{commits} on top of it, the newest {newest.id[:7]} by {newest.author}",
                "Bring that into the repository, or deploy over it; to undo it: "
                f"hf-deploy rollback {space.id}",
            )
        return ErrorDetails(
            "The head is not what runs.",
            f"{(self.running or '')[:7]} runs, the head is {space.head[:7]}",
            f"See whether it comes up: hf-deploy status {space.id} --wait",
        )
