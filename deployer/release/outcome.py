"""What a flow returns, and the only thing that reports read."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.errors import DeployError
from deployer.release.history import Commit
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.space.space import SpaceId

ROLLED_BACK_EXIT_CODE = 8


@dataclass(frozen=True, slots=True)
class ErrorDetails:
    """An error's three lines, as data: what happened, what was seen, what to do now."""

    message: str
    cause: str
    fix: str

    @classmethod
    def of(cls, error: DeployError) -> ErrorDetails:
        """The three lines of an expected error."""
        return cls(error.message, error.cause, error.fix)


@dataclass(frozen=True, slots=True)
class RolloutResult:
    """How the watch over a commit ended.

    `error` is set for every verdict that is not well, `log` holds the last lines of the log that
    explains it (untrusted text), `warnings` what could not be checked; `code` is an exit code
    other than the verdict's own.
    """

    verdict: Verdict
    error: ErrorDetails | None = None
    log: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    code: int | None = None

    @classmethod
    def cut_short(cls, error: DeployError) -> RolloutResult:
        """The commit is made, and an error kept us from seeing what became of it."""
        return cls(Verdict.COMMITTED, ErrorDetails.of(error), code=error.exit_code)

    @property
    def sentence(self) -> str:
        """What it means, in one plain sentence."""
        if self.verdict is Verdict.LIVE and self.warnings:
            return "The commit is running; not all of its health could be checked."
        return self.verdict.sentence

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends so."""
        return self.verdict.exit_code if self.code is None else self.code


@dataclass(frozen=True, slots=True)
class Rollback:
    """An earlier commit's files were brought back, by a release of its own.

    `commit` is that release's, `to` the commit whose files they are, `rollout` how it went.
    """

    commit: str
    to: str
    number: int
    rollout: RolloutResult

    @property
    def healthy(self) -> bool:
        """Whether the last good files are seen running."""
        return self.rollout.verdict is Verdict.LIVE


@dataclass(frozen=True, slots=True)
class DeployResult:
    """How a deploy ended.

    `commit` is the Space's head that the verdict is about, `previous` the head before; `number` is
    the release's, `drift` what others committed below it, `rolled_back` what came back after a
    failure; `seconds` is the whole run.
    """

    space: SpaceId
    rollout: RolloutResult
    plan: Plan | None = None
    source: str | None = None
    commit: str | None = None
    previous: str | None = None
    space_url: str | None = None
    app_url: str | None = None
    number: int | None = None
    drift: tuple[Commit, ...] = ()
    settings: tuple[str, ...] = ()
    rolled_back: Rollback | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether this run made a commit on the Space."""
        return self.commit is not None and self.commit != self.previous

    @property
    def exit_code(self) -> int:
        """The command's exit code."""
        if self.rolled_back is not None and self.rolled_back.healthy:
            return ROLLED_BACK_EXIT_CODE
        return self.rollout.exit_code
