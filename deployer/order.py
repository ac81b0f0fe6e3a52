"""An order: everything that a person asked for, checked, before anything is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from deployer.errors import UsageProblem
from deployer.ignore import Patterns
from deployer.release import Run
from deployer.snapshot import Told
from deployer.space import DEFAULT_ENDPOINT, SpaceId, Visibility


def sound_endpoint(text: str) -> str:
    """The address of a Hub, without a slash at its end. Raises UsageProblem."""
    if re.fullmatch(
        r"https?://(?:[\w.-]+|\[[\da-fA-F:]+\])(?::\d{1,5})?(?:/[\w./-]*)?", text, re.ASCII
    ):
        return text.rstrip("/")
    raise UsageProblem(
        "That is not the address of a Hub.",
        seen=repr(text),
        do=f"Leave --endpoint and HF_ENDPOINT out for {DEFAULT_ENDPOINT}.",
    )


@dataclass(frozen=True)
class Health:
    """How to find out whether the app answers.

    `path` starts with a slash; None asks `/` and takes any answer below 500. `timeout` is in
    seconds.
    """

    path: str | None = None
    timeout: float = 60.0

    def is_well(self, status: int) -> bool:
        """Whether an answer with this HTTP status is one of a healthy app."""
        return status < 500 if self.path is None else 200 <= status < 300


@dataclass(frozen=True)
class Order:
    """One deploy, as it was asked for. `timeout` is in seconds, from the commit on."""

    space: SpaceId
    here: Path
    path: str = "."
    card: str | None = None
    include: Patterns = Patterns(())
    keep: Patterns = Patterns(())
    visibility: Visibility = Visibility.AUTO
    hardware: str | None = None
    timeout: float = 2700.0
    wait: bool = True
    health: Health = Health()
    told: Told = Told()
    run: Run = field(default_factory=Run)
