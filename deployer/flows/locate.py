"""Find the directory to deploy, and describe the repository that it is in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deployer.errors import UsageError
from deployer.source.snapshot import Source, SourceHints
from deployer.world import files, git


@dataclass(frozen=True, slots=True)
class Location:
    """The directory to deploy, and the top level of its repository (None without git)."""

    root: Path
    repository: Path | None


def locate(here: Path, path: str) -> Location:
    """The directory `path`, relative to `here`.

    Raises UsageError where it does not exist, or is outside the repository that `here` is in
    (without git: outside `here`).
    """
    root = here / path
    if not root.is_dir():
        raise UsageError(
            f"directory not found: {path}",
            cause=f"--path {path}",
            fix="pass an existing directory to --path, or drop it to deploy the current directory",
        )
    bounds = git.top_level(here) or here
    if not files.is_within(root, bounds):
        raise UsageError(
            f"directory is outside the repository: {path}",
            cause=f"--path {path} is not below {bounds}",
            fix="run hf-deploy inside the repository to deploy",
        )
    return Location(root.resolve(), git.top_level(root))


def describe(location: Location, hints: SourceHints) -> Source:
    """The source: its repository, commit, branch, and whether it has uncommitted changes."""
    if location.repository is None:
        return Source(hints.repository or location.root.name, ref=hints.ref, public=hints.public)
    return Source(
        repository=hints.repository or git.remote_name(location.root) or location.repository.name,
        commit=git.head(location.root),
        ref=hints.ref or git.branch(location.root),
        dirty=git.is_dirty(location.root),
        public=hints.public,
    )
