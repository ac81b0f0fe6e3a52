"""A deploy request: all options of one run, checked before anything is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from deployer.errors import UsageError
from deployer.release.release import Run
from deployer.release.verdict import GracePeriods
from deployer.source.ignore import Patterns
from deployer.source.snapshot import SourceHints
from deployer.space.settings import RequestedSettings
from deployer.space.space import DEFAULT_ENDPOINT, SpaceId


def parse_endpoint(text: str) -> str:
    """The URL of a Hub, without a slash at its end. Raises UsageError."""
    if re.fullmatch(
        r"https?://(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?(?:/[\w./-]*)?", text, re.ASCII
    ):
        return text.rstrip("/")
    raise UsageError(
        "invalid Hub URL",
        cause=repr(text),
        fix=f"unset HF_ENDPOINT and drop --endpoint to use {DEFAULT_ENDPOINT}",
    )


@dataclass(frozen=True)
class Health:
    """How the app is probed.

    `path` starts with a slash; None probes `/` and accepts any status below 500. `timeout` is how
    many seconds the first healthy response may take, `soak` for how many more the app is probed.
    """

    path: str | None = None
    timeout: float = 60.0
    soak: float = 0.0

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
class DeployRequest:
    """The options of one run; `here` is the current directory.

    `timeout` is in seconds, from the commit on. `rollback` says whether a failed deploy is rolled
    back to the last healthy release; `resume` whether a paused Space is started.
    """

    space: SpaceId
    here: Path
    path: str = "."
    card: str | None = None
    include: Patterns = Patterns(())
    keep: Patterns = Patterns(())
    allow_credentials: Patterns = Patterns(())
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
