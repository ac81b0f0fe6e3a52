"""Check whether a running commit is healthy: probe the app, run the user's command, soak."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from deployer.errors import DeployError
from deployer.events import LogLine, ProbeStarted, VerifyStarted
from deployer.flows.operation import Operation
from deployer.flows.running_app import RunningApp
from deployer.flows.soak import soak
from deployer.release.outcome import ErrorDetails, HealthCheck, RolloutResult
from deployer.release.verdict import Verdict
from deployer.request import Verify
from deployer.world import clock, command, probe
from deployer.world.hub import spaces

_MAX_WAIT = 5.0  # seconds between two probes
_FIRST_TIMEOUT = 15.0  # seconds for a response; a request that comes too early may get none
_MAX_DENIALS = 3  # in a row; a single one proves nothing


def find_app(operation: Operation, commit: str, *, private: bool, static: bool) -> RunningApp:
    """The app of a commit that runs, with its URL, or why that is not known."""
    try:
        url = spaces.app_url(operation.client, operation.space)
        unknown = "the Hub does not say the app URL"
    except DeployError as error:
        url, unknown = None, error.summary
    token = operation.token_for_app(url, is_private=private)
    return RunningApp(commit, url, unknown, private=private, token=token, static=static)


def check_health(operation: Operation, app: RunningApp) -> RolloutResult:
    """One check after the other, up to the first that fails.

    An app that could not be probed was not checked: a warning. The other checks run all the same.
    """
    verify, health = operation.request.verify, operation.request.health
    url = app.url + (health.path or "/") if app.url else "unknown URL"
    result = _timed("probe", url, partial(_probe, operation, app))
    is_probed = not result.warnings
    if result.verdict is Verdict.LIVE and verify is not None:
        verified = _timed("verify", verify.command, partial(_verify, operation, verify, app))
        result = _joined(result, verified)
    if result.verdict is Verdict.LIVE and health.soak:
        soaked = _timed("soak", url, partial(soak, operation, app, is_probed=is_probed))
        result = _joined(result, soaked)
    return result


def _timed(name: str, target: str, check: Callable[[], RolloutResult]) -> RolloutResult:
    """The result of a check, with how long it took."""
    started_at = clock.now()
    result = check()
    passed = False if result.error else None if result.warnings else True
    return replace(result, checks=(HealthCheck(name, target, clock.now() - started_at, passed),))


def _joined(before: RolloutResult, result: RolloutResult) -> RolloutResult:
    """The result of the later of two checks, with the warnings and the times of both."""
    return replace(
        result, warnings=before.warnings + result.warnings, checks=before.checks + result.checks
    )


def _probe(operation: Operation, app: RunningApp) -> RolloutResult:
    """Probe the app until it is healthy or the time is up.

    An app that answers with an error, or accepts the connection and never answers, is `unhealthy`.
    One that can't be reached from here at all, or refuses authorization, was not checked: a
    warning, since the network between may be to blame.
    """
    health = operation.request.health
    if app.url is None:
        return _not_checked(app.unknown)
    url = app.url + (health.path or "/")
    operation.emit(ProbeStarted(url))
    deadline = clock.Deadline(health.timeout)
    answered: probe.ProbeResult | None = None
    access, timeout, denials = _Access(app), _FIRST_TIMEOUT, 0
    for wait in clock.backoff(longest=_MAX_WAIT):
        seen = probe.get(url, app.token, min(timeout, deadline.left))
        if access.is_denied(seen):
            denials += 1
        else:
            denials = 0
            if seen.status is not None and health.is_healthy(seen.status):
                return RolloutResult(Verdict.LIVE)
            if seen.is_from_app:
                answered = seen
        if denials == _MAX_DENIALS or deadline.passed:
            break
        if seen.status is None:
            timeout = health.timeout  # slow, perhaps: all the time that is left
        clock.sleep(min(wait, deadline.left))
    if denials or answered is None:
        return _not_checked(f"{url} returned {seen} to this machine")
    return RolloutResult(Verdict.UNHEALTHY, _unhealthy(operation, url, answered))


class _Access:
    """Whether this machine may see an app at all; a private one hides from a token without it."""

    def __init__(self, app: RunningApp) -> None:
        self._app = app
        self._is_open = not app.private

    def is_denied(self, seen: probe.ProbeResult) -> bool:
        """Whether a response says nothing about the app, but that access was denied."""
        if seen.is_unauthorized:
            return True
        if self._is_open or seen.status != 404 or seen.is_proxied:
            return False
        # either the app lacks this page, or the Hub hides the app
        self._is_open = not probe.is_hidden(str(self._app.url), self._app.token)
        return not self._is_open


def _unhealthy(operation: Operation, url: str, seen: probe.ProbeResult) -> ErrorDetails:
    health = operation.request.health
    expected = "a status below 500" if health.path is None else "a 2xx status"
    cause = f"{url} returned {seen} for {health.timeout:g} s (expected {expected})"
    if seen.status is None:
        cause = f"{url} accepted connections, but did not respond for {health.timeout:g} s: {seen}"
    return ErrorDetails(
        "health check failed",
        cause,
        f"see the app log: {operation.page}?logs=container; change what is probed with "
        "--health-path, and how long with --health-timeout",
    )


def _not_checked(why: str) -> RolloutResult:
    return RolloutResult(Verdict.LIVE, warnings=(f"health not checked: {why}",))


def _verify(operation: Operation, verify: Verify, app: RunningApp) -> RolloutResult:
    """Run the user's own command, which gets the app URL, and no secret that it did not name."""
    operation.emit(VerifyStarted(verify.command))
    url = app.url or operation.page
    environment = command.environment_for_child(
        os.environ,
        operation.request.settings.secrets,
        operation.client.token or "",
        verify.environment,
    ) | {
        "SPACE_URL": url,
        "SPACE_ID": str(operation.space),
        "SPACE_COMMIT": app.commit,
    }
    ran = command.run(
        verify.command, environment, verify.timeout, lambda line: operation.emit(LogLine(line))
    )
    if ran.code == 0 and not ran.timed_out:
        return RolloutResult(Verdict.LIVE)
    how = f"timed out after {verify.timeout:g} s" if ran.timed_out else f"exit code {ran.code}"
    error = ErrorDetails(
        "--verify command failed",
        f"{how}; last line: {ran.lines[-1]}" if ran.lines else f"{how}, no output",
        f"run it locally with SPACE_URL={url}; --verify-timeout sets how long it may take",
    )
    return RolloutResult(Verdict.UNHEALTHY, error, ran.lines)
