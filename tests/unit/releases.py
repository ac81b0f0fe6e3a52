"""Releases and commits of a Space, for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from deployer.release.history import Commit
from deployer.release.release import Release
from deployer.source.snapshot import Source

SOURCE, SNAPSHOT, BELOW = "a" * 40, "b" * 40, "0" * 40


def release_of(**more: object) -> Release:
    """Release 7 of `julia/project`, with these fields in place of the usual ones."""
    source = Source("julia/project", SOURCE, "refs/heads/main")
    usual = {"number": 7, "source": source, "snapshot": SNAPSHOT, "nonce": "n0", "base": BELOW}
    return Release(**{**usual, **more})  # type: ignore[arg-type]


def commit_of(message: str) -> Commit:
    """A commit with this message."""
    return Commit(BELOW, "t", message, "julia", datetime.now(UTC))
