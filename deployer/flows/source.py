"""Find the folder that is deployed and say what it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deployer.errors import UsageError
from deployer.source.snapshot import Source, SourceHints
from deployer.world import files, git


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that becomes the Space's root, and its repository's top (None without git)."""

    root: Path
    repository: Path | None


def locate(here: Path, path: str) -> Place:
    """The folder `path` names, from the folder one stands in.

    Raises UsageProblem where it does not exist, or lies outside of the repository that one stands
    in (without git: of the folder one stands in).
    """
    root = here / path
    if not root.is_dir():
        raise UsageError(
            "There is no such folder to deploy.",
            cause=f"--path {path}",
            fix="Name a folder of the repository; without --path, the folder you stand in is it.",
        )
    bounds = git.top_level(here) or here
    if not files.is_within(root, bounds):
        raise UsageError(
            "The folder to deploy lies outside the repository.",
            cause=f"--path {path} is not below {bounds}",
            fix="Go into the repository that you want to deploy, and call hf-deploy there.",
        )
    return Place(root.resolve(), git.top_level(root))


def describe(place: Place, told: SourceHints) -> Source:
    """What the place is: repository, commit, branch, and whether it has uncommitted changes."""
    if place.repository is None:
        return Source(told.repository or place.root.name, ref=told.ref, public=told.public)
    return Source(
        repository=told.repository or git.remote_name(place.root) or place.repository.name,
        commit=git.head(place.root),
        ref=told.ref or git.branch(place.root),
        dirty=git.is_dirty(place.root),
        public=told.public,
    )
