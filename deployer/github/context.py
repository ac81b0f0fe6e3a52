"""What a workflow run knows of itself.

https://docs.github.com/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployer.release.release import Run
from deployer.source.snapshot import SourceHints


@dataclass(frozen=True, slots=True)
class Context:
    """The run that we are part of: what it says of the source, of itself, and where it reads."""

    hints: SourceHints = SourceHints()
    run: Run = Run()
    output: Path | None = None
    summary: Path | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Context | None:
        """The context of this process; None outside of GitHub Actions."""
        if environment.get("GITHUB_ACTIONS") != "true":
            return None
        hints = SourceHints(
            repository=environment.get("GITHUB_REPOSITORY") or None,
            ref=environment.get("GITHUB_REF") or None,
            public=_is_public(_event(environment.get("GITHUB_EVENT_PATH"))),
        )
        run = Run(
            id=environment.get("GITHUB_RUN_ID") or None,
            attempt=environment.get("GITHUB_RUN_ATTEMPT") or None,
            actor=environment.get("GITHUB_ACTOR") or None,
        )
        return cls(hints, run, *(_file(environment.get(name)) for name in _FILES))


_FILES = ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")


def _file(path: str | None) -> Path | None:
    return Path(path) if path else None


def _event(path: str | None) -> dict[str, Any]:
    try:
        event = json.loads(Path(path).read_bytes()) if path else {}
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _is_public(event: Mapping[str, Any]) -> bool:
    """Only what says so itself is public; a schedule's event, say, names no visibility."""
    repository = event.get("repository")
    if not isinstance(repository, dict):
        return False
    if "visibility" in repository:
        return bool(repository["visibility"] == "public")
    return repository.get("private") is False
