"""What happens during a deploy, as plain data for whoever wants to tell it."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.release.history import Commit
from deployer.release.plan import Plan
from deployer.source.snapshot import Snapshot
from deployer.space.space import SpaceId, Visibility


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The snapshot is taken and its card is sound."""

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made."""

    space: SpaceId
    plan: Plan


@dataclass(frozen=True, slots=True)
class Created:
    """A Space was made."""

    space: SpaceId
    visibility: Visibility
    reason: str


@dataclass(frozen=True, slots=True)
class SettingsPlanned:
    """Which of the Space's settings a deploy would change, in a few words each."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SettingsApplied:
    """The Space's settings were changed: what changed, in a few words each."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommitStarted:
    """The commit is about to be sent."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Replanned:
    """Somebody committed in between: the plan is made anew from that head."""

    head: str


@dataclass(frozen=True, slots=True)
class Committed:
    """The Space has our commit."""

    commit: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class StageChanged:
    """The Space's stage changed. `seconds` since the watch began."""

    stage: str
    running: str | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """Still the same stage, `seconds` after the watch began."""

    stage: str
    seconds: float


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the Space's own log: untrusted text."""

    line: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """The Space was restarted by us, in this stage, because it … (`why` goes on)."""

    stage: str
    why: str


@dataclass(frozen=True, slots=True)
class WakeUpStarted:
    """The Space was asleep and was visited."""


@dataclass(frozen=True, slots=True)
class DriftFound:
    """Somebody else committed on top of our last release; `pages` are where those commits are."""

    commits: tuple[Commit, ...]
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AutoRollbackStarted:
    """The deploy failed with a verdict, and an earlier commit's files are brought back."""

    verdict: str
    commit: str


@dataclass(frozen=True, slots=True)
class ManualRollbackStarted:
    """A person takes a Space back: from what to what, in words."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The commit was seen healthy; `tag` says so on the Space."""

    tag: str


@dataclass(frozen=True, slots=True)
class ProbeStarted:
    """The app is asked whether it answers."""

    url: str


@dataclass(frozen=True, slots=True)
class VerifyStarted:
    """The user's own command is run; what it prints comes as log lines."""

    command: str


@dataclass(frozen=True, slots=True)
class SoakStarted:
    """The app answers, and is looked at for so many seconds more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a person should know and that stops nothing."""

    message: str


Event = (
    SnapshotTaken
    | Planned
    | Created
    | SettingsPlanned
    | SettingsApplied
    | CommitStarted
    | Replanned
    | Committed
    | StageChanged
    | Waiting
    | LogLine
    | Restarted
    | WakeUpStarted
    | DriftFound
    | AutoRollbackStarted
    | ManualRollbackStarted
    | Verified
    | ProbeStarted
    | VerifyStarted
    | SoakStarted
    | Warned
)
