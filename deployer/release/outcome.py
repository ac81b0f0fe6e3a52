"""What a flow returns, and the only thing that reports read."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.checks.credentials import redacted
from deployer.errors import DeployError
from deployer.release.history import Commit
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.space.space import SpaceId

RESTORED_EXIT_CODE = 8


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error's three lines, as data: what happened, what was seen, what to do now."""

    what: str
    seen: str
    do: str

    @classmethod
    def of(cls, error: DeployError) -> Trouble:
        """The three lines of an expected error."""
        return cls(error.what, redacted(error.seen), error.do)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the watch over a commit ended.

    `trouble` is set for every verdict that is not well, `log` holds the last lines of the log that
    explains it (untrusted text), `warnings` what could not be checked; `code` is an exit code
    other than the verdict's own.
    """

    verdict: Verdict
    trouble: Trouble | None = None
    log: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    code: int | None = None

    @classmethod
    def cut_short(cls, error: DeployError) -> Ending:
        """The commit is made, and an error kept us from seeing what became of it."""
        return cls(Verdict.COMMITTED, Trouble.of(error), code=error.exit_code)

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
class Restored:
    """An earlier commit's files were brought back, by a release of its own.

    `commit` is that release's, `to` the commit whose files they are, `ending` how it went.
    """

    commit: str
    to: str
    number: int
    ending: Ending

    @property
    def well(self) -> bool:
        """Whether the last good files are seen running."""
        return self.ending.verdict is Verdict.LIVE


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a deploy ended.

    `commit` is the Space's head that the verdict is about, `previous` the head before; `number` is
    the release's, `drift` what others committed below it, `restored` what came back after a
    failure; `seconds` is the whole run.
    """

    space: SpaceId
    ending: Ending
    plan: Plan | None = None
    source: str | None = None
    commit: str | None = None
    previous: str | None = None
    space_url: str | None = None
    app_url: str | None = None
    number: int | None = None
    drift: tuple[Commit, ...] = ()
    settings: tuple[str, ...] = ()
    restored: Restored | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether this run made a commit on the Space."""
        return self.commit is not None and self.commit != self.previous

    @property
    def exit_code(self) -> int:
        """The command's exit code."""
        if self.restored is not None and self.restored.well:
            return RESTORED_EXIT_CODE
        return self.ending.exit_code
