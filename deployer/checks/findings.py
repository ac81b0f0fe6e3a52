"""Findings: everything that a check found, and what it could not check."""

from __future__ import annotations

from dataclasses import dataclass, replace

from deployer.access.account import AccessReport
from deployer.checks.credentials import Credential, redact, redact_fragments
from deployer.errors import CredentialFound, DeployError
from deployer.problem import Level, Problem
from deployer.release.outcome import ErrorDetails

_PROBLEMS_EXIT_CODE = 1


def redact_problem(problem: Problem) -> Problem:
    """The problem, without credentials or fragments of them that it quotes from a file."""
    path = None if problem.path is None else redact(problem.path)
    return replace(problem, path=path, message=redact_fragments(problem.message))


@dataclass(frozen=True, slots=True)
class Findings:
    """The problems and credentials that were found in a number of files.

    `large` are the paths and sizes, in bytes, of the files that become LFS files. `access` is the
    Hub's report on the account, if it was requested; `access_error` is why that failed.
    """

    files: int
    problems: tuple[Problem, ...]
    credentials: tuple[Credential, ...]
    warnings: tuple[str, ...] = ()
    large: tuple[tuple[str, int], ...] = ()
    access: AccessReport | None = None
    access_error: DeployError | None = None

    def __post_init__(self) -> None:
        """Text that quotes a file must not show a credential in it."""
        object.__setattr__(self, "problems", tuple(map(redact_problem, self.problems)))
        object.__setattr__(self, "warnings", tuple(map(redact, self.warnings)))

    @property
    def count(self) -> int:
        """How many findings there are, warnings too."""
        return len(self.problems) + len(self.credentials) + len(self.warnings)

    @property
    def error(self) -> ErrorDetails | None:
        """Why the account could not be checked."""
        return ErrorDetails.of(self.access_error) if self.access_error else None

    def exit_code(self, *, strict: bool) -> int:
        """4 for a credential, else 1 for a problem, else the exit code of `access_error`.

        With `strict`, warnings count as problems.
        """
        if self.credentials:
            return CredentialFound.exit_code
        has_problems = any(strict or found.level is Level.ERROR for found in self.problems)
        if has_problems or (strict and self.warnings):
            return _PROBLEMS_EXIT_CODE
        return self.access_error.exit_code if self.access_error else 0
