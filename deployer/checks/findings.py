"""Findings: all that a check found, and what it could not look at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deployer.access.account import AccessReport
from deployer.checks.credentials import Credential, hidden, redacted
from deployer.errors import CredentialFound, DeployError
from deployer.problem import Level, Problem
from deployer.release.outcome import ErrorDetails

_PROBLEMS = 1


def without_credentials(problem: Problem) -> Problem:
    """The problem, without any credential, or piece of one, that its text quotes from a file."""
    path = None if problem.path is None else redacted(problem.path)
    return replace(problem, path=path, message=hidden(problem.message))


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in so many files: problems, and credentials.

    `large` are the paths and sizes, in bytes, of the files that the Hub keeps apart from git.
    `access` is what the Hub said, where it was asked; `unseen` why it could not be.
    """

    files: int
    problems: tuple[Problem, ...]
    credentials: tuple[Credential, ...]
    warnings: tuple[str, ...] = ()
    large: tuple[tuple[str, int], ...] = ()
    access: AccessReport | None = None
    unseen: DeployError | None = None

    def __post_init__(self) -> None:
        """Whatever quotes a file must not show a credential that is in it."""
        object.__setattr__(self, "problems", tuple(map(without_credentials, self.problems)))
        object.__setattr__(self, "warnings", tuple(map(redacted, self.warnings)))

    @property
    def error(self) -> ErrorDetails | None:
        """The three lines of what could not be looked at."""
        return ErrorDetails.of(self.unseen) if self.unseen else None

    def exit_code(self, *, strict: bool) -> int:
        """4 where a credential was found, else 1 where anything is wrong, else that of `unseen`."""
        if self.credentials:
            return CredentialFound.exit_code
        wrong = any(strict or found.level is Level.ERROR for found in self.problems)
        if wrong or (strict and self.warnings):
            return _PROBLEMS
        return self.unseen.exit_code if self.unseen else 0
