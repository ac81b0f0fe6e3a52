"""Find out whether a commit that runs is well: ask the app, run the user's command, and soak."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deployer.errors import DeployError
from deployer.events import Event, LogLine, ProbeStarted, VerifyStarted
from deployer.flows.soak import RunningCommit, soak
from deployer.release.outcome import ErrorDetails, RolloutResult
from deployer.release.verdict import Verdict
from deployer.request import DeployRequest, Health, Verify
from deployer.space.space import SpaceId
from deployer.world import clock, command, probe
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


def running_commit(
    client: Client, space: SpaceId, commit: str, *, private: bool, static: bool
) -> RunningCommit:
    """A commit that runs, with the app's address, or why that is not known."""
    try:
        url, unknown = spaces.app_url(client, space), "the Hub names no address of the app."
    except DeployError as error:
        url, unknown = None, f"{error.message} {error.cause}"
    return RunningCommit(space, commit, url, unknown, private=private, static=static)


def check_health(
    client: Client, request: DeployRequest, candidate: RunningCommit, emit: Callable[[Event], None]
) -> RolloutResult:
    """One examination after the other, up to the first that ends badly.

    An app that could not be asked was not checked: a warning. The others go on all the same.
    """
    ending = _probe(client, candidate, request.health, emit)
    asked = not ending.warnings
    if ending.verdict is Verdict.LIVE and request.verify is not None:
        found = _verify(client, request, request.verify, candidate, emit)
        ending = replace(found, warnings=ending.warnings + found.warnings)
    if ending.verdict is Verdict.LIVE and request.health.soak:
        found = soak(client, candidate, request.health, visits=asked, emit=emit)
        ending = replace(found, warnings=ending.warnings + found.warnings)
    return ending


def _probe(
    client: Client, candidate: RunningCommit, health: Health, emit: Callable[[Event], None]
) -> RolloutResult:
    """Visit the app until it is well or the time is up.

    An app that answers badly is `unhealthy`. One that does not answer this machine at all, or
    refuses it, was not checked: a warning, since the network between may be to blame.
    """
    if candidate.url is None:
        warning = f"The app's health was not checked: {candidate.unknown}"
        return RolloutResult(Verdict.LIVE, warnings=(warning,))
    address = candidate.url + (health.path or "/")
    emit(ProbeStarted(address))
    deadline = clock.Deadline(health.timeout)
    token = client.token if candidate.private else None
    answered: probe.ProbeResult | None = None
    for wait in clock.backoff(longest=5.0):
        seen = probe.get(address, token, deadline.left)
        if seen.is_unauthorized or _is_hidden(candidate, token, seen):
            return _not_checked(address, seen)
        if seen.status is not None:
            if health.is_healthy(seen.status):
                return RolloutResult(Verdict.LIVE)
            answered = seen
        if deadline.passed:
            break
        clock.sleep(min(wait, deadline.left))
    if answered is None:
        return _not_checked(address, seen)
    return RolloutResult(Verdict.UNHEALTHY, _unhealthy(address, answered, health))


def _is_hidden(candidate: RunningCommit, token: str | None, seen: probe.ProbeResult) -> bool:
    """Whether a private app is not there for this token, as opposed to a path that it lacks."""
    if not candidate.private or seen.status != 404:
        return False
    return probe.get(f"{candidate.url}/", token).status == 404


def _unhealthy(address: str, seen: probe.ProbeResult, health: Health) -> ErrorDetails:
    wanted = "an answer below 500" if health.path is None else "a 2xx answer"
    return ErrorDetails(
        Verdict.UNHEALTHY.sentence,
        f"{seen} from {address} for {health.timeout:g} seconds, where {wanted} was wanted",
        "Look at the app's own log; --health-path names what to ask, --health-timeout how long.",
    )


def _not_checked(address: str, seen: probe.ProbeResult) -> RolloutResult:
    warning = f"The app's health was not checked: {address} gave this machine {seen}."
    return RolloutResult(Verdict.LIVE, warnings=(warning,))


def _verify(
    client: Client,
    request: DeployRequest,
    verify: Verify,
    candidate: RunningCommit,
    emit: Callable[[Event], None],
) -> RolloutResult:
    """Run the user's own command, which sees where the app is, and none of our secrets."""
    emit(VerifyStarted(verify.command))
    secrets = [client.token or "", *(secret.value for secret in request.settings.secrets)]
    url = candidate.url or client.page(candidate.space)
    names = {secret.name for secret in request.settings.secrets}
    around = command.environment_for_child(secrets)
    environment = {name: value for name, value in around.items() if name not in names} | {
        "SPACE_URL": url,
        "SPACE_ID": str(candidate.space),
        "SPACE_COMMIT": candidate.commit,
    }
    ran = command.run(verify.command, environment, verify.timeout, lambda line: emit(LogLine(line)))
    if ran.code == 0 and not ran.timed_out:
        return RolloutResult(Verdict.LIVE)
    how = f"no end in {verify.timeout:g} seconds" if ran.timed_out else f"exit code {ran.code}"
    error = ErrorDetails(
        "The app runs but does not pass the command of --verify.",
        f"{how}; its last line: {ran.lines[-1]}" if ran.lines else f"{how}, and it said nothing",
        f"Run it yourself, with SPACE_URL={url}; --verify-timeout says how long it may take.",
    )
    return RolloutResult(Verdict.UNHEALTHY, error, ran.lines)
