"""Say why a commit failed: the end of the log that shows it, and what is usually wrong there."""

from __future__ import annotations

from deployer.release.diagnosis import diagnose
from deployer.release.outcome import ErrorDetails, RolloutResult
from deployer.release.verdict import Verdict
from deployer.space.space import SpaceId
from deployer.world.hub import spaces
from deployer.world.hub.client import Client

_READ_LINES = 200
_MAX_LINES_SHOWN = 20


def log_end(client: Client, space: SpaceId, *, build: bool) -> tuple[str, ...]:
    """The end of the build's or the app's log, long enough for a diagnosis; empty without one."""
    return spaces.log_end(client, space, build=build, lines=_READ_LINES)


def failed_rollout(
    verdict: Verdict, error: ErrorDetails, log: tuple[str, ...], message: str | None, link: str
) -> RolloutResult:
    """The ending of a commit that failed.

    `error` is what to say where the log and the Hub's message tell nothing that we know; `link`
    is where all of the log can be read.
    """
    found = diagnose(log, message)
    if found is not None:
        error = ErrorDetails(
            f"{error.message}: {found.message}", found.line, f"{found.fix}; log: {link}"
        )
    return RolloutResult(verdict, error, log[-_MAX_LINES_SHOWN:])
