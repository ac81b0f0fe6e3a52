"""Find the directory to deploy, and describe the repository that it is in."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from deployer.checks.credentials import Credential
from deployer.errors import UsageError
from deployer.file_options import split_location
from deployer.problem import Problem
from deployer.request import DeployRequest
from deployer.source.snapshot import Source, SourceHints
from deployer.world import files, git

_Finding = TypeVar("_Finding", Problem, Credential)


@dataclass(frozen=True, slots=True)
class Location:
    """The directory to deploy, and the top level of its repository (None without git)."""

    root: Path
    repository: Path | None


def locate(here: Path, path: str, set_in: str | None = None) -> Location:
    """The directory `path`, relative to `here`; `set_in` is the line of a file that names it.

    Raises UsageError where it does not exist, or is outside the repository that `here` is in
    (without git: outside `here`), or nothing is checked out. A file may name no repository in it,
    either, but a submodule: only the caller knows whose config that other repository has.
    """
    root = here / path
    own = git.top_level(here)
    if files.is_empty(here) and own is None:
        raise UsageError(
            "nothing to deploy",
            cause=f"{here} is empty",
            fix="run hf-deploy in the repository to deploy; in a workflow, add a step with "
            "actions/checkout before this one",
        )
    if not root.is_dir():
        raise UsageError(
            f"directory not found: {path}",
            cause=f"`--path {path}`",
            fix="pass an existing directory to --path, or drop it to deploy the current directory"
            + ("" if own else "; in a workflow, add a step with actions/checkout before this one"),
        )
    bounds = own or here
    if not files.is_within(root, bounds):
        raise UsageError(
            f"directory is outside the repository: {path}",
            cause=f"`--path {path}` is not below {bounds}",
            fix="run hf-deploy inside the repository to deploy",
        )
    repository = own if root.samefile(here) else git.top_level(root)
    if set_in is not None and not _is_part(repository, own):
        raise UsageError(
            f"directory is a git repository of its own: {path}",
            cause=f"{set_in} names it, and it is not a submodule of {bounds}",
            fix=f"pass it yourself, not in a file: `--path {path}`",
        )
    return Location(root.resolve(), repository)


def missing_checkout(request: DeployRequest) -> str | None:
    """In a workflow, what to do where no repository is checked out; None where one is."""
    here = request.here
    if request.hints.repository is None or git.top_level(here / request.path) is not None:
        return None
    inside = sorted(entry.name for entry in here.iterdir() if (entry / ".git").exists())
    if inside:
        return f"to deploy the git repository in {inside[0]}/, pass `--path {inside[0]}`"
    return "add a step with actions/checkout before this one"


def _is_part(repository: Path | None, own: Path | None) -> bool:
    """Whether a repository is the one that is deployed, or a submodule somewhere in it."""
    while repository is not None and repository != own:
        if not git.is_submodule(repository):
            return False
        repository = git.top_level(repository.parent)
    return repository == own


def check_inside(here: Path, option: str, path: str, set_in: str | None) -> None:
    """Raise UsageError where a file, at `set_in`, names a path outside the repository."""
    bounds = git.top_level(here) or here if set_in is not None else here
    if set_in is not None and not files.is_within(here / path, bounds):
        raise UsageError(
            f"{option} is outside the repository: {path}",
            cause=f"{set_in} names it, and it is not below {bounds}",
            fix=f"move it into the repository, or pass it yourself: `--{option} {path}`",
        )


def locate_card_keys(request: DeployRequest) -> dict[str, tuple[str, int | None]]:
    """Where the environment sets each of its keys of the card: the path of the config file from the
    root of the files to deploy, and a line in it.
    """
    here = request.here.resolve()
    root = (here / request.path).resolve()
    found = {key: split_location(where) for key, where in request.card_keys.set_in.items()}
    return {
        key: (os.path.relpath(here / name, root).replace(os.sep, "/"), line)
        for key, (name, line) in found.items()
    }


def describe(location: Location, hints: SourceHints) -> Source:
    """The source: its repository, commit, branch, and whether it has uncommitted changes."""
    if location.repository is None:
        return Source(hints.repository or location.root.name, ref=hints.ref, public=hints.public)
    state = git.state(location.root)
    return Source(
        repository=hints.repository or git.remote_name(location.root) or location.repository.name,
        commit=state.commit,
        ref=hints.ref or git.branch(location.root),
        dirty=state.is_dirty,
        public=hints.public,
    )


def in_repository(request: DeployRequest, found: Iterable[_Finding]) -> tuple[_Finding, ...]:
    """The findings, with paths relative to the repository's root: what annotations need.

    Those of the Space's files come relative to its root, that of the card's own file to the current
    directory. Without git, all become relative to the current directory.
    """
    every = tuple(found)
    if not any(one.path for one in every):
        return every
    top, here = git.top_level(request.here), os.path.realpath(request.here)
    base = os.path.relpath(here, os.path.realpath(top)) if top else "."
    return tuple(one if one.path is None else _below(base, request, one) for one in every)


def _below(base: str, request: DeployRequest, found: _Finding) -> _Finding:
    folder = "." if found.path == request.card else request.path
    path = posixpath.join(base.replace(os.sep, "/"), folder, str(found.path))
    return replace(found, path=posixpath.normpath(path))
