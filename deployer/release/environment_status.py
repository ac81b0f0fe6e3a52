"""The state of the Space of each environment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deployer.release.outcome import ErrorDetails
from deployer.release.status import Status


@dataclass(frozen=True, slots=True)
class EnvironmentStatus:
    """The state of an environment's Space, or why it could not be read.

    `exit_code` is that of a status check of this Space alone.
    """

    name: str
    space: str
    status: Status | None
    error: ErrorDetails | None
    exit_code: int


def worst_exit_code(statuses: Sequence[EnvironmentStatus]) -> int:
    """The exit code of a status check of all; the highest is the worst."""
    return max((one.exit_code for one in statuses), default=0)


def error_of_all(statuses: Sequence[EnvironmentStatus]) -> ErrorDetails | None:
    """The errors of all that fail a check as one; None where none does."""
    failed = {one.name: one.error for one in statuses if one.exit_code and one.error is not None}
    if not failed:
        return None
    return ErrorDetails(
        f"{len(failed)} of {len(statuses)} environments failed: {', '.join(failed)}",
        "; ".join(f"{name}: {error.message}: {error.cause}" for name, error in failed.items()),
        "see each: " + ", ".join(f"`hf-deploy status {name}`" for name in failed),
    )
