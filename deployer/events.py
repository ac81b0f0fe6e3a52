"""What happens during a run, as plain data for the reporters."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.errors import Finding
from deployer.release.history import Commit
from deployer.release.outcome import ErrorDetails, Gate, Restored
from deployer.release.plan import Plan
from deployer.release.release import Promoted
from deployer.source.snapshot import Snapshot, Source
from deployer.space.space import SpaceId, Visibility


@dataclass(frozen=True, slots=True)
class SnapshotTaken:
    """The snapshot is taken and checked, with so many findings, warnings included."""

    snapshot: Snapshot
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan is made."""

    space: SpaceId
    plan: Plan


@dataclass(frozen=True, slots=True)
class Created:
    """A Space was created."""

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
    """The commit is being sent."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class Replanned:
    """The head has moved: the plan is made again from the new one."""

    head: str


@dataclass(frozen=True, slots=True)
class Committed:
    """The commit is made."""

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
    """The Space is being restarted in this stage; `why` says what for."""

    stage: str
    why: str


@dataclass(frozen=True, slots=True)
class WakeUpStarted:
    """The Space is asleep and is being woken up."""


@dataclass(frozen=True, slots=True)
class DriftFound:
    """The Space has commits not made by hf-deploy since the last release, at the URLs `pages`."""

    commits: tuple[Commit, ...]
    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The commit failed, and a rollback may follow: why, and the end of the log that shows it."""

    error: ErrorDetails
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AutoRollbackStarted:
    """The deploy failed with this verdict, and is being rolled back to `to`."""

    verdict: str
    to: Restored


@dataclass(frozen=True, slots=True)
class ManualRollbackStarted:
    """A person rolls a Space back to `to`: from what to what, in words."""

    before: str
    after: str
    to: Restored


@dataclass(frozen=True, slots=True)
class PromotionStarted:
    """The release of another Space is to be promoted, if its gates are open."""

    promoted: Promoted
    source: Source
    to: SpaceId


@dataclass(frozen=True, slots=True)
class GateMeasured:
    """A gate of the promotion was measured, or is not yet: the plan is all that was asked for."""

    gate: Gate


@dataclass(frozen=True, slots=True)
class Verified:
    """The release was seen healthy, and has this tag on the Space."""

    tag: str


@dataclass(frozen=True, slots=True)
class ProbeStarted:
    """The app is being probed."""

    url: str


@dataclass(frozen=True, slots=True)
class VerifyStarted:
    """The --verify command is running; its output comes as log lines."""

    command: str


@dataclass(frozen=True, slots=True)
class SoakStarted:
    """The app is healthy, and is probed for so many seconds more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning: something that a person should know and that stops nothing.

    `finding` is the line of a file that it is about, if it is about one.
    """

    message: str
    finding: Finding | None = None


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
    | Failed
    | AutoRollbackStarted
    | ManualRollbackStarted
    | PromotionStarted
    | GateMeasured
    | Verified
    | ProbeStarted
    | VerifyStarted
    | SoakStarted
    | Warned
)
