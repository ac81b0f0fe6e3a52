"""An order: everything that a person asked for, checked, before anything is looked at."""

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
    """The address of a Hub, without a slash at its end. Raises UsageProblem."""
    if re.fullmatch(
        r"https?://(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?(?:/[\w./-]*)?", text, re.ASCII
    ):
        return text.rstrip("/")
    raise UsageError(
        "That is not the address of a Hub.",
        cause=repr(text),
        fix=f"Leave --endpoint and HF_ENDPOINT out for {DEFAULT_ENDPOINT}.",
    )


@dataclass(frozen=True)
class Health:
    """How to find out whether the app answers.

    `path` starts with a slash; None asks `/` and takes any answer below 500. `timeout` is how many
    seconds it may take, `soak` for how many more the app is then looked at.
    """

    path: str | None = None
    timeout: float = 60.0
    soak: float = 0.0

    def is_healthy(self, status: int) -> bool:
        """Whether an answer with this HTTP status is one of a healthy app."""
        return status < 500 if self.path is None else 200 <= status < 300


class OnDrift(StrEnum):
    """What to do where somebody else committed since our last release."""

    DEPLOY = "deploy"
    FAIL = "fail"


class Restart(StrEnum):
    """What to do with the machine of a Space that has all files already."""

    NO = "no"
    RESTART = "restart"
    FACTORY = "factory"


@dataclass(frozen=True)
class Verify:
    """A command of the user's that proves an app: bash runs it, for `timeout` seconds at most."""

    command: str
    timeout: float = 60.0


@dataclass(frozen=True)
class DeployRequest:
    """One deploy, as it was asked for. `timeout` is in seconds, from the commit on.

    `rollback` says whether the last good files come back after a failure; `resume` whether a Space
    that is paused is started.
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
    patience: GracePeriods = GracePeriods()
    health: Health = Health()
    verify: Verify | None = None
    told: SourceHints = SourceHints()
    run: Run = field(default_factory=Run)
