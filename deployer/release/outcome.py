"""The result of a run: what flows return, and the only thing that reports read."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.errors import DeployError, Finding
from deployer.release.fault import SETTINGS_HEADLINE
from deployer.release.history import Commit, ReleaseLog
from deployer.release.plan import Plan
from deployer.release.release import Promoted
from deployer.release.verdict import ROLLED_BACK, Verdict
from deployer.source.snapshot import Source
from deployer.space.metrics import Usage
from deployer.space.space import SpaceId

ROLLED_BACK_EXIT_CODE = 8


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """An error as data: what failed, what was seen, what to do, and the lines at fault."""

    message: str
    cause: str
    fix: str
    findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, error: DeployError) -> ErrorDetails:
        """From an expected error."""
        return cls(error.message, error.cause, error.fix, error.findings)


@dataclass(slots=True)
class Known:
    """What a run has found out so far: all that is known of it where an error ends it.

    `findings` is how many the checks had, None before them. `drift` are the commits of others below
    the planned one, `warned` the warnings that were emitted; `seconds` is the whole run. `promoted`
    is the release of another Space that is to be promoted, `gates` what was measured of it.
    """

    space_url: str | None = None
    source: Source | None = None
    findings: int | None = None
    plan: Plan | None = None
    drift: tuple[Commit, ...] = ()
    warned: tuple[str, ...] = ()
    seconds: float = 0.0
    promoted: Promoted | None = None
    gates: tuple[Gate, ...] = ()

    @property
    def previous(self) -> str | None:
        """The Space's head that was planned from."""
        return self.plan.base if self.plan else None


@dataclass(frozen=True, slots=True)
class LastSeen:
    """Where a commit was seen last, for an end after which nothing more is known of it.

    `stage` is None where the Hub has not said any since the commit.
    """

    space: SpaceId
    commit: str
    stage: str | None

    def __str__(self) -> str:
        return f"commit {self.commit[:7]}, last seen stage: {self.stage or 'none'}"

    @property
    def next_command(self) -> str:
        """The command to run next: it waits, and changes nothing."""
        return f"hf-deploy status {self.space.argument} --wait --timeout 1h"


@dataclass(frozen=True, slots=True)
class SeenStage:
    """A stage of the Space, and when it was first seen: seconds since the watch began."""

    stage: str
    seconds: float


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One check of a running app: `probe`, `verify` or `soak`, and how many seconds it took.

    `target` is what was asked: a URL, a command, a time. `passed` is None where nothing could be
    checked.
    """

    name: str
    target: str
    seconds: float
    passed: bool | None


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate of a promotion, by the name of its option: what it asks for, and what was measured.

    `measured` is None where nothing could be, or was not yet; `is_open` is None for the latter.
    """

    name: str
    target: str
    measured: str | None = None
    is_open: bool | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.target}: {self.shown}"

    @property
    def shown(self) -> str:
        """What was measured, in words."""
        return self.measured or ("not measured yet" if self.is_open is None else "not measured")


@dataclass(frozen=True, slots=True)
class RolloutResult:
    """How the rollout of one commit ended.

    `error` is set for every verdict that is a failure, `log` holds the last lines of the log that
    shows the cause (untrusted text), `warnings` what could not be checked; `code` is an exit code
    other than the verdict's own. `app_url` is the URL of the app, where it was looked up. `notice`
    says why nothing was done, and what to do instead. Where the files are not at fault, so that a
    rollback could not help, `blames_files` is False. `stages` are those that were seen, `checks`
    the health checks that were made, and `seconds` what all of it took. `usage` is what the app
    used of its CPU and memory during the soak. `tag` is the release's, if it was tagged as
    verified.
    """

    verdict: Verdict
    error: ErrorDetails | None = None
    log: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    code: int | None = None
    app_url: str | None = None
    notice: str | None = None
    blames_files: bool = True
    stages: tuple[SeenStage, ...] = ()
    checks: tuple[HealthCheck, ...] = ()
    seconds: float = 0.0
    usage: Usage | None = None
    tag: str | None = None

    @property
    def stage(self) -> str | None:
        """The last stage that was seen."""
        return self.stages[-1].stage if self.stages else None

    @classmethod
    def cut_short(cls, error: DeployError, seen: LastSeen) -> RolloutResult:
        """The commit is made, and an error kept its rollout from being watched to its end."""
        details = ErrorDetails(
            error.message, f"{error.cause}; {seen}", f"see how it ends: {seen.next_command}"
        )
        return cls(Verdict.COMMITTED, details, code=error.exit_code)

    @property
    def calls_for_rollback(self) -> bool:
        """Whether the files are at fault, so that those of an earlier release may be healthy."""
        return self.verdict in ROLLED_BACK and self.blames_files

    @property
    def headline(self) -> str:
        """What it means, in one clause."""
        if self.verdict is Verdict.LIVE and self.warnings:
            return "the commit is running; not all health checks could be made"
        if self.verdict is Verdict.UNCHANGED and (self.warnings or self.app_url is None):
            return "no file changed; health not checked"
        if self.verdict is Verdict.COMMITTED and self.error is None:
            return "the commit is on the Space; it was not waited for, as requested"
        if self.verdict is Verdict.MISCONFIGURED and not self.blames_files:
            return SETTINGS_HEADLINE
        return self.verdict.headline

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with it."""
        return self.verdict.exit_code if self.code is None else self.code


@dataclass(frozen=True, slots=True)
class Restored:
    """The earlier commit of the Space whose files a rollback committed again.

    `number` and `source` are those of the release that it is; None where it is none.
    """

    commit: str
    number: int | None = None
    source: Source | None = None

    @classmethod
    def of(cls, log: ReleaseLog, commit: str) -> Restored:
        """A commit with what the releases up to the head say of it."""
        entry = log.at(commit)
        return cls(commit, entry.record.number, entry.record.source) if entry else cls(commit)

    def __str__(self) -> str:
        if self.number is None or self.source is None:
            return self.commit[:7]
        return f"release {self.number} ({self.source.short})"


@dataclass(frozen=True, slots=True)
class Rollback:
    """A failed deploy was rolled back to what `to` is, by a release of its own.

    `commit` and `number` are that release's, `rollout` is how it went.
    """

    commit: str
    to: Restored
    number: int
    rollout: RolloutResult

    @property
    def healthy(self) -> bool:
        """Whether the Space is back at the last healthy release."""
        return self.rollout.verdict is Verdict.LIVE


@dataclass(frozen=True, slots=True)
class DeployResult:
    """How a run ended.

    `commit` is the Space's head that the verdict is about, `previous` the head before; `number` is
    the release's, `source` what was deployed, `drift` the commits of others below it, `settings`
    what changed in a few words each, `rolled_back` the rollback after a failure; `restored` is what
    a rollback by hand went back to; `promoted` is the release of another Space that was promoted,
    and `gates` what was measured of that before. `seconds` is the whole run, `seconds_to_commit`
    its part until the commit was made. `warned` are the warnings that were emitted on the way,
    `findings` is the number of those of the checks before, None without any check.
    """

    space: SpaceId
    rollout: RolloutResult
    plan: Plan | None = None
    source: Source | None = None
    commit: str | None = None
    previous: str | None = None
    space_url: str | None = None
    number: int | None = None
    drift: tuple[Commit, ...] = ()
    settings: tuple[str, ...] = ()
    rolled_back: Rollback | None = None
    restored: Restored | None = None
    promoted: Promoted | None = None
    gates: tuple[Gate, ...] = ()
    seconds: float = 0.0
    seconds_to_commit: float = 0.0
    warned: tuple[str, ...] = ()
    findings: int | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings of the run, each once: emitted on the way, of the rollout, of a rollback."""
        rolled_back = self.rolled_back.rollout.warnings if self.rolled_back else ()
        return tuple(dict.fromkeys((*self.warned, *self.rollout.warnings, *rolled_back)))

    @property
    def commit_url(self) -> str | None:
        """The URL of the commit on the Space."""
        is_known = self.space_url is not None and self.commit is not None
        return f"{self.space_url}/commit/{self.commit}" if is_known else None

    @property
    def app_url(self) -> str | None:
        """The URL of the app, where it was looked up."""
        return self.rollout.app_url

    @property
    def changed(self) -> bool:
        """Whether this run made a commit on the Space."""
        return self.commit is not None and self.commit != self.previous

    @property
    def has_changes(self) -> bool:
        """Whether a plan would change files or settings."""
        return bool(self.settings or (self.plan and self.plan.changes))

    @property
    def exit_code(self) -> int:
        """The command's exit code."""
        if self.rolled_back is not None and self.rolled_back.healthy:
            return ROLLED_BACK_EXIT_CODE
        return self.rollout.exit_code
