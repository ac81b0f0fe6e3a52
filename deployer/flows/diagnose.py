"""Diagnose a failed commit: the end of the log that shows the failure, its likely cause, or whose
fault it is where it is not the files'.
"""

from __future__ import annotations

from deployer.errors import NotAllowed
from deployer.flows.operation import Operation
from deployer.release.fault import Fault, Party
from deployer.release.outcome import ErrorDetails, RolloutResult
from deployer.release.verdict import Verdict
from deployer.world.hub import spaces

_MAX_LINES_READ = 200
_MAX_LINES_SHOWN = 20
_LINKS = {
    Party.PLATFORM: "https://status.huggingface.co",
    Party.SETTINGS: "{}/settings",
    Party.HUB: "{}",
}


def log_end(operation: Operation, *, build: bool) -> tuple[str, ...]:
    """The end of the build log or the app log, long enough for a diagnosis; empty without one."""
    return spaces.log_tail(operation.client, operation.space, build=build, lines=_MAX_LINES_READ)


def failed_rollout(
    verdict: Verdict, error: ErrorDetails, log: tuple[str, ...], message: str | None, link: str
) -> RolloutResult:
    """The result of a commit that failed.

    `error` is what to say where neither the log nor the Hub's `message` shows a known cause; `link`
    is the URL of the whole log.
    """
    from deployer.release.diagnosis import diagnose  # pylint: disable=import-outside-toplevel

    found = diagnose(log, message)
    if found is not None:
        message = f"{error.message}: {found.message}"
        error = ErrorDetails(message, found.line, f"{found.fix.rstrip('.')}; log: {link}")
    return RolloutResult(verdict, error, log[-_MAX_LINES_SHOWN:])


def rollout_without_blame(
    verdict: Verdict, fault: Fault, log: tuple[str, ...], page: str
) -> RolloutResult:
    """The result of a commit that failed through no fault of its files: they stay.

    `page` is the URL of the Space.
    """
    log = log[-_MAX_LINES_SHOWN:]
    if fault.party is Party.PLATFORM:
        verdict = Verdict.PLATFORM_FAILED
    error = ErrorDetails(
        fault.headline(verdict.headline),
        fault.line,
        f"{fault.fix}; see {_LINKS[fault.party].format(page)}",
    )
    code = NotAllowed.exit_code if fault.party is Party.HUB else None
    return RolloutResult(verdict, error, log, code=code, blames_files=False)
