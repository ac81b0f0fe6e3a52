"""Inspect the checkout: its commit, and whether a deploy would read anything that is not in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from deployer.flows.locate import locate
from deployer.flows.source_files import SourceFiles
from deployer.source.ignore import IGNORE_FILE, Patterns
from deployer.source.snapshot import Checkout
from deployer.world import files, git


def inspect_checkout(
    here: Path, path: str, include: Patterns, also_read: Iterable[Path]
) -> Checkout:
    """The checkout that the directory `path`, relative to `here`, is in.

    `also_read` are files that a deploy reads besides, where they exist: a config file, a card.
    Raises as `locate` does, and InvalidSource if a merge is in progress.
    """
    location = locate(here, path)
    repository = location.repository
    if repository is None:
        return Checkout()
    found = list(SourceFiles(location.root, repository, include).root_files())
    submodules = {file.repository for file in found if file.repository} - {location.root}
    untracked = [file.path for file in found if file.entry is None]
    for one in (repository, *sorted(submodules)):
        untracked += git.untracked_attributes(one)
    untracked += [
        file.name
        for file in (*also_read, location.root / IGNORE_FILE)
        if os.path.lexists(file) and not _is_tracked(repository, file)
    ]
    return Checkout(
        git.head(location.root),
        git.is_modified(repository),
        tuple(untracked),
    )


def _is_tracked(repository: Path, file: Path) -> bool:
    """Whether git tracks a file, and what it leads to where it is a symlink."""
    places = {files.real_path(file), Path(os.path.realpath(file))}
    return all(git.is_tracked(repository, place) for place in places)
