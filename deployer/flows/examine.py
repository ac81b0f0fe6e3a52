"""Find out whether the app of a running Space answers as it should."""

from __future__ import annotations

from collections.abc import Callable

from deployer.events import Event, Probing
from deployer.order import Health
from deployer.outcome import Ending, Trouble
from deployer.verdict import Verdict
from deployer.world import clock, probe
from deployer.world.hub.client import Client


def examine(
    client: Client, url: str, health: Health, *, private: bool, tell: Callable[[Event], None]
) -> Ending:
    """Visit the app until it is well or the time is up.

    An app that answers badly is `unhealthy`. One that does not answer this machine at all, or
    refuses it, was not checked: a warning, since the network between may be to blame.
    """
    address = url + (health.path or "/")
    tell(Probing(address))
    deadline = clock.Deadline(health.timeout)
    token = client.token if private else None
    answered: probe.Visit | None = None
    for wait in clock.backing_off(longest=5.0):
        seen = probe.visit(address, token, deadline.left)
        if seen.refused:
            return _not_checked(address, seen)
        if seen.status is not None:
            if health.is_well(seen.status):
                return Ending(Verdict.LIVE)
            answered = seen
        if deadline.passed:
            break
        clock.sleep(min(wait, deadline.left))
    if answered is None:
        return _not_checked(address, seen)
    return Ending(Verdict.UNHEALTHY, _unhealthy(address, answered, health))


def _unhealthy(address: str, seen: probe.Visit, health: Health) -> Trouble:
    wanted = "an answer below 500" if health.path is None else "a 2xx answer"
    return Trouble(
        Verdict.UNHEALTHY.sentence,
        f"{seen} from {address} for {health.timeout:g} seconds, where {wanted} was wanted",
        "Look at the app's own log; --health-path names what to ask, --health-timeout how long.",
    )


def _not_checked(address: str, seen: probe.Visit) -> Ending:
    warning = f"The app's health was not checked: {address} gave this machine {seen}."
    return Ending(Verdict.LIVE, warnings=(warning,))
