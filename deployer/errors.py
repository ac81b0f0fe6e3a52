"""The errors that a person can do something about, one class for each exit code.

DeployError
 ├─ UsageProblem      2  an option, a path or a config file is wrong
 ├─ InvalidSource     3  the card or the files can't become a Space; nothing was sent
 ├─ CredentialFound   4  a credential would have left; nothing was sent
 ├─ NotAllowed        5  the token, its role or the account's plan
 ├─ Conflict          6  somebody else is changing the Space
 ├─ HubUnreachable   11  the Hub, or the way to it
 └─ Interrupted     130  Ctrl-C, or a cancelled job
"""

from __future__ import annotations

BUG_EXIT_CODE = 70
BUG_REPORT_URL = "https://github.com/org/hf-deploy/issues/new"


class DeployError(Exception):
    """Three lines: what happened, what was seen, what to do now."""

    exit_code = BUG_EXIT_CODE

    def __init__(self, message: str, *, cause: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.fix = fix

    @property
    def summary(self) -> str:
        """What failed and why, in one line."""
        return f"{self.message}: {self.cause}"


class UsageError(DeployError):
    """An option, a path or a config file is wrong."""

    exit_code = 2


class InvalidSource(DeployError):
    """The card or the files can't become a Space. Raised before anything is sent."""

    exit_code = 3


class CredentialFound(DeployError):
    """A file that was about to leave holds a credential. Raised before anything is sent."""

    exit_code = 4


class NotAllowed(DeployError):
    """The token, its role or the account's plan does not allow it."""

    exit_code = 5


class Conflict(DeployError):
    """Somebody else is changing the Space, or its owner said no."""

    exit_code = 6


class HubError(DeployError):
    """The Hub failed, refused without a reason that we know, or can't be reached."""

    exit_code = 11


class Interrupted(DeployError):
    """The person or the workflow stopped us."""

    exit_code = 130
