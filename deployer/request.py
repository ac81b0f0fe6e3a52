"""A deploy request: all options of one run, checked before anything is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address, ip_network
from pathlib import Path

from deployer.environments import CardKeys
from deployer.errors import UsageError
from deployer.release.release import Run
from deployer.release.verdict import GracePeriods
from deployer.source.ignore import Patterns
from deployer.source.snapshot import SourceHints
from deployer.space.metrics import Limits
from deployer.space.settings import RequestedSettings
from deployer.space.space import DEFAULT_ENDPOINT, SpaceId

_ENDPOINT = re.compile(
    r"(?P<scheme>https?)://(?P<host>[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?(?:/[\w./-]*)?", re.ASCII
)
_SAFE_TO_SHOW = re.compile(r"(?:\w+:/*)?[\w./ -]*(?::\d*(?:/[\w./-]*)?)?")
_LOOPBACK_IPV4, _LOOPBACK_IPV6 = ip_network("127.0.0.0/8"), ip_address("::1")


def parse_endpoint(text: str) -> str:
    """The URL of a Hub, without a slash at its end.

    Raises UsageError, which does not show what may hold a password, also for plain http to any
    host but this machine: whoever is between would read the token.
    """
    match = _ENDPOINT.fullmatch(text)
    if match is None:
        cause = repr(text) if _SAFE_TO_SHOW.fullmatch(text) else "value hidden"
        if "@" in text:
            cause = "a user name or password in it (hidden)"
    elif match["scheme"] == "http" and not _is_loopback(match["host"]):
        cause = f"{text}: plain http, by which anyone in between could read the token"
    else:
        return text.rstrip("/")
    raise UsageError(
        "invalid Hub URL",
        cause=cause,
        fix="pass one that starts with https://, or unset HF_ENDPOINT and drop --endpoint to use "
        f"{DEFAULT_ENDPOINT}",
    )


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower() == "localhost"
    return address in _LOOPBACK_IPV4 or address == _LOOPBACK_IPV6


@dataclass(frozen=True)
class Health:
    """How the app is probed.

    `path` starts with a slash; None probes `/` and accepts any status below 500. `timeout` is how
    many seconds the first healthy response may take, `soak` for how many more the app is probed.
    `limits` are on what it uses of its CPU and memory during the soak.
    """

    path: str | None = None
    timeout: float = 60.0
    soak: float = 0.0
    limits: Limits = Limits()

    def is_healthy(self, status: int) -> bool:
        """Whether a response with this HTTP status is one of a healthy app."""
        return status < 500 if self.path is None else 200 <= status < 300


class OnDrift(StrEnum):
    """What to do if someone else committed to the Space since the last release."""

    DEPLOY = "deploy"
    FAIL = "fail"


class Restart(StrEnum):
    """Whether to restart a Space that has all files already."""

    NO = "no"
    RESTART = "restart"
    FACTORY = "factory"


@dataclass(frozen=True)
class Verify:
    """The user's own health check: a command that bash runs, for at most `timeout` seconds.

    `environment` names the variables that it gets besides the harmless ones.
    """

    command: str
    timeout: float = 60.0
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gates:
    """What must hold of a release before it is promoted: how old it is, that it passes a command,
    and that it stays healthy and within its limits for `soak` seconds. Times are in seconds.

    With `allow_unmeasured` a gate that can't be measured is open.
    """

    min_age: float = 0.0
    verify: Verify | None = None
    soak: float = 0.0
    limits: Limits = Limits()
    allow_unmeasured: bool = False


@dataclass(frozen=True)
class Promotion:
    """Which Space's release is promoted, if its app is healthy and its gates are open.

    `health` is how that app is probed; the request's own is about the Space to promote to.
    `allow_older` lets it replace one of a later run.
    """

    origin: SpaceId
    health: Health = Health()
    gates: Gates = Gates()
    allow_older: bool = False


@dataclass(frozen=True)
class DeployRequest:
    """The options of one run; `here` is the current directory.

    `card_keys` are set in the README that is deployed. `timeout` is in seconds, from the commit on.
    `rollback` says whether a failed deploy is rolled back to the last healthy release; `resume`
    whether a paused Space is started. `set_in` has the options that a file in the checkout set,
    each with its line: `hf-deploy.toml:3`.
    """

    space: SpaceId
    here: Path
    path: str = "."
    card: str | None = None
    card_keys: CardKeys = CardKeys()
    include: Patterns = Patterns(())
    keep: Patterns = Patterns(())
    allow_credentials: Patterns = Patterns(())
    ignore: frozenset[str] = frozenset()
    settings: RequestedSettings = RequestedSettings()
    timeout: float = 2700.0
    wait: bool = True
    rollback: bool = True
    on_drift: OnDrift = OnDrift.DEPLOY
    restart: Restart = Restart.NO
    resume: bool = False
    grace: GracePeriods = GracePeriods()
    health: Health = Health()
    verify: Verify | None = None
    hints: SourceHints = SourceHints()
    run: Run = field(default_factory=Run)
    set_in: Mapping[str, str] = field(default_factory=dict)
