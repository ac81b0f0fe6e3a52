"""How a Space is right now: what it runs, which release that is, and whether it is well."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from deployer.release.history import Commit, Entry, Log, State
from deployer.release.outcome import Trouble
from deployer.release.verdict import Verdict
from deployer.space.space import MOVING, Sdk, Space, Stage

SERVING = frozenset({Stage.RUNNING, Stage.RUNNING_BUILDING, Stage.RUNNING_APP_STARTING})


class Standing(StrEnum):
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
        return 6 if self is Standing.DRIFTED else 0 if self in _WELL else 9

    @property
    def sentence(self) -> str:
        """What it means, in one plain sentence."""
        return _SENTENCES.get(self) or Verdict(self.value).sentence


_WELL = frozenset({Standing.LIVE, Standing.SLEEPING, Standing.BUILDING, Standing.PAUSED})
_SENTENCES = {
    Standing.LIVE: "It runs what it should.",
    Standing.SLEEPING: "It is asleep; the next visitor wakes it.",
    Standing.BUILDING: "A commit is on its way up.",
    Standing.PAUSED: "It is paused: nothing runs until somebody resumes it.",
    Standing.DRIFTED: "It does not run just what was released.",
    Standing.UNKNOWN: "It is in a stage that nobody knows.",
}
_OF_STAGES: dict[str, Standing] = {
    Stage.NO_APP_FILE: Standing.MISCONFIGURED,
    Stage.CONFIG_ERROR: Standing.MISCONFIGURED,
    Stage.BUILD_ERROR: Standing.BUILD_FAILED,
    Stage.RUNTIME_ERROR: Standing.CRASHED,
    Stage.PAUSED: Standing.PAUSED,
    Stage.STOPPED: Standing.STOPPED,
    Stage.DELETING: Standing.DELETING,
}
_LOGS = {Standing.BUILD_FAILED: "build", Standing.CRASHED: "container"}


@dataclass(frozen=True, slots=True)
class Checkup:
    """Whether the app answers as it should; None where it was not asked, or not reached."""

    well: bool | None = None
    seen: str | None = None

    @property
    def checked(self) -> bool:
        """Whether the app was heard."""
        return self.well is not None


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
    log: Log
    commit: Commit | None
    space_url: str
    app_url: str | None = None
    health: Checkup = Checkup()

    @property
    def running(self) -> str | None:
        """The commit that runs now, as far as the Hub tells."""
        return running(self.space)

    @property
    def entry(self) -> Entry | None:
        """The release that `commit` is."""
        return self.log.at(self.commit.id) if self.commit else None

    @property
    def verified(self) -> bool | None:
        """Whether that release was ever seen healthy; None for a commit that is not ours."""
        return self.entry.state is State.VERIFIED if self.entry else None

    @property
    def is_behind(self) -> bool:
        """Whether something else than the head runs, with nothing on its way up."""
        moving = self.space.runtime.stage in MOVING
        return self.running not in (None, self.space.head) and not moving

    @property
    def standing(self) -> Standing:
        """How it is, the worst first: not well, then drifted, then all else."""
        stage = self.space.runtime.stage
        if standing := _OF_STAGES.get(stage):
            return standing
        if self.health.well is False:
            return Standing.UNHEALTHY
        if stage not in (*MOVING, Stage.RUNNING, Stage.SLEEPING):
            return Standing.UNKNOWN
        if self.log.drift or self.is_behind:
            return Standing.DRIFTED
        if stage in MOVING:
            return Standing.BUILDING
        return Standing.SLEEPING if stage == Stage.SLEEPING else Standing.LIVE

    @property
    def trouble(self) -> Trouble | None:
        """What was seen and what to do, where it is not as it should be."""
        standing = self.standing
        if standing is Standing.DRIFTED:
            return self._drifted
        if not standing.exit_code:
            return None
        runtime, log = self.space.runtime, _LOGS.get(standing)
        seen = runtime.message or f"the stage {runtime.stage}"
        if standing is Standing.UNHEALTHY:
            seen = self.health.seen or seen
            log = "container"
        do = f"Look at its log: {self.space_url}?logs={log}" if log else f"Look at {self.space_url}"
        return Trouble(standing.sentence, seen, do)

    @property
    def _drifted(self) -> Trouble:
        space = self.space
        if self.log.drift:
            count, newest = len(self.log.drift), self.log.drift[0]
            commits = "1 commit" if count == 1 else f"{count} commits"
            return Trouble(
                "Somebody else committed since the last release.",
                f"{commits} on top of it, the newest {newest.id[:7]} by {newest.author}",
                "Bring that into the repository, or deploy over it; to undo it: "
                f"hf-deploy rollback {space.id}",
            )
        return Trouble(
            "The head is not what runs.",
            f"{(self.running or '')[:7]} runs, the head is {space.head[:7]}",
            f"See whether it comes up: hf-deploy status {space.id} --wait",
        )
