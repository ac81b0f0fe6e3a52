"""The errors that a user can act on, one class for each exit code.

DeployError
 ├─ UsageError        2  invalid option, path or config file
 ├─ InvalidSource     3  invalid card or files; nothing was uploaded
 ├─ CredentialFound   4  a credential in the files to deploy; nothing was uploaded
 ├─ NotAllowed        5  the token, its role or the account's plan
 ├─ Conflict          6  someone else is changing the Space
 ├─ HubError         11  the Hub, or the network
 └─ Interrupted     130  Ctrl-C, or a cancelled job
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

BUG_EXIT_CODE = 70
BUG_REPORT_URL = "https://github.com/org/hf-deploy/issues/new"


class Finding(NamedTuple):
    """What is wrong at a line of a file.

    `line` counts from 1, None where no single line is at fault; `path` is relative to the
    repository, None where no file is.
    """

    path: str | None
    line: int | None
    text: str

    @property
    def location(self) -> str:
        """`README.md:4`, or `README.md`; empty where no file is at fault."""
        path = self.path or ""
        return path if self.line is None else f"{path}:{self.line}"


class DeployError(Exception):
    """Three lines: what failed, the cause that was seen, and how to fix it.

    `findings` are the lines of files that are at fault, the first of them first.
    """

    exit_code = BUG_EXIT_CODE

    def __init__(
        self, message: str, *, cause: str, fix: str, findings: Iterable[Finding] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.fix = fix
        self.findings = tuple(findings)

    @property
    def summary(self) -> str:
        """What failed and why, in one line."""
        return f"{self.message}: {self.cause}"


class UsageError(DeployError):
    """An option, a path or a config file is invalid."""

    exit_code = 2


class InvalidSource(DeployError):
    """The card or the files can't become a Space. Raised before anything is uploaded."""

    exit_code = 3


class CredentialFound(DeployError):
    """A file to deploy holds a credential. Raised before anything is uploaded."""

    exit_code = 4


class NotAllowed(DeployError):
    """The token, its role or the account's plan does not allow it."""

    exit_code = 5


class Conflict(DeployError):
    """Someone else is changing the Space, or the user declined the prompt."""

    exit_code = 6


class HubError(DeployError):
    """The Hub failed, can't be reached, or answered with an error that has no class of its own."""

    exit_code = 11


class Interrupted(DeployError):
    """The user (Ctrl-C) or the workflow (a cancelled job) stopped the run."""

    exit_code = 130
