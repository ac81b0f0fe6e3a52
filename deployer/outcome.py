"""What a flow returns, and the only thing that reports read."""

from __future__ import annotations

from dataclasses import dataclass

from deployer.errors import DeployError
from deployer.plan import Plan
from deployer.space import SpaceId
from deployer.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error's three lines, as data: what happened, what was seen, what to do now."""

    what: str
    seen: str
    do: str

    @classmethod
    def of(cls, error: DeployError) -> Trouble:
        """The three lines of an expected error."""
        return cls(error.what, error.seen, error.do)


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
    def exit_code(self) -> int:
        """The exit code of a command that ends so."""
        return self.verdict.exit_code if self.code is None else self.code


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a deploy ended.

    `commit` is the Space's head that the verdict is about, `previous` the head before; `seconds`
    is the whole run.
    """

    space: SpaceId
    ending: Ending
    plan: Plan | None = None
    source: str | None = None
    commit: str | None = None
    previous: str | None = None
    space_url: str | None = None
    app_url: str | None = None
    seconds: float = 0.0

    @property
    def changed(self) -> bool:
        """Whether this run made a commit on the Space."""
        return self.commit is not None and self.commit != self.previous

    @property
    def exit_code(self) -> int:
        """The command's exit code."""
        return self.ending.exit_code
