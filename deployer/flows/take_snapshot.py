"""Take a snapshot: the files git tracks, as in the working tree, minus the ignore rules."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from deployer.errors import InvalidSource
from deployer.flows.locate import describe, locate, missing_checkout
from deployer.flows.source_files import SourceFile, SourceFiles
from deployer.problem import Level, Problem
from deployer.request import DeployRequest
from deployer.source.ignore import (
    FORBIDDEN_FOLDER,
    GIT_IGNORE_FILE,
    IGNORE_FILE,
    IgnoreRules,
    Patterns,
    Rule,
)
from deployer.source.snapshot import File, GitBlob, Snapshot, Source
from deployer.world import files, git
from deployer.world.parallel import submit

_REJECTED = Rule("rejected by the Hub's client", f"{FORBIDDEN_FOLDER}/")
_CHECK_OUT = (
    "run `git submodule update --init`; in a workflow, set `submodules: true` in the `with:` of "
    "actions/checkout"
)
_MAX_SHOWN = 5

Reject = Callable[[str, InvalidSource], None]


def _raise(_path: str, error: InvalidSource) -> None:
    raise error


def snapshot_of(request: DeployRequest, reject: Reject = _raise) -> Snapshot:
    """The snapshot of the requested folder; `reject` gets what can't be deployed.

    Raises UsageError, and InvalidSource where no file is left.
    """
    location = locate(request.here, request.path, request.set_in.get("path"))
    source = submit(lambda: describe(location, request.hints))
    taken = take_snapshot(location.root, location.repository, request.include, source, reject)
    if location.repository is None and (fix := missing_checkout(request)):
        message = f"no git repository here, so every file is deployed, and of no commit: {fix}"
        warning = Problem(None, None, message, Level.WARNING, name="checkout-missing")
        return replace(taken, warnings=(warning, *taken.warnings))
    return taken


def take_snapshot(
    root: Path,
    repository: Path | None,
    include: Patterns,
    source: Callable[[], Source],
    reject: Reject,
) -> Snapshot:
    """The snapshot of a directory; `repository` is the top level of its git repository, or None.

    `source` is waited for only once all files are known. What can't be deployed, a link that leads
    outside or a name that is not UTF-8, is passed to `reject`; where that returns, the other files
    are taken. Raises InvalidSource for an empty snapshot.
    """
    source_files = SourceFiles(root, repository, include)
    rules = IgnoreRules(_ignore_files(root, repository), include)
    tracked = list(source_files.root_files())
    deployed, excluded = _select(source_files, rules, tracked, reject)
    if not deployed:
        if source_files.missing_submodules:
            raise InvalidSource(
                "no files to deploy", cause="submodules are not checked out", fix=_CHECK_OUT
            )
        raise InvalidSource(
            "no files to deploy",
            cause=f"{len(tracked)} files in {root}, {len(excluded)} excluded",
            fix="run `git add`, or see `hf-deploy plan --explain PATH`",
        )
    files_by_path = _files(deployed)
    warnings = (
        *_warn_missing_submodules(source_files.missing_submodules),
        *_warn_rejected(excluded),
    )
    submodules = {file.repository for file in tracked if file.repository} - {root}
    found = source()
    found = replace(found, dirty=found.dirty or any(map(git.is_dirty, submodules)))
    return Snapshot(
        found, files_by_path, excluded, warnings, tuple(source_files.missing_submodules)
    )


def _ignore_files(root: Path, repository: Path | None) -> tuple[Patterns, ...]:
    # git itself has applied .gitignore; in a plain folder nobody has
    names = (IGNORE_FILE,) if repository else (IGNORE_FILE, GIT_IGNORE_FILE)
    return tuple(
        Patterns.of_file(name, text) for name in names if (text := _text_of(root, name)) is not None
    )


def _text_of(root: Path, name: str) -> str | None:
    try:
        return files.read_text(root / name)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSource(
            f"cannot read {name}",
            cause=str(error),
            fix=f"save {name} as UTF-8 text; it names the files to exclude",
        ) from None


def _select(
    source_files: SourceFiles, rules: IgnoreRules, tracked: list[SourceFile], reject: Reject
) -> tuple[dict[str, SourceFile], dict[str, Rule]]:
    deployed: dict[str, SourceFile] = {}
    excluded: dict[str, Rule] = {}
    pending = list(tracked)
    while pending:
        file = pending.pop()
        try:
            rule = _rule(rules, file.path)
            if rule is not None:
                excluded[file.path] = rule
            elif file.is_link:
                pending += source_files.follow(file)
            elif source_files.exists(file):
                deployed[file.path] = file
        except InvalidSource as error:
            reject(file.path, error)
    return deployed, excluded


def _rule(rules: IgnoreRules, path: str) -> Rule | None:
    if rule := rules.excluding_rule(path):
        return rule
    if FORBIDDEN_FOLDER in path and FORBIDDEN_FOLDER in path.split("/"):
        return _REJECTED
    try:
        path.encode()
    except UnicodeEncodeError:
        raise InvalidSource(
            "file name is not UTF-8, which the Hub requires",
            cause=repr(os.fsencode(path)),
            fix=f"rename it, or exclude it in {IGNORE_FILE}",
        ) from None
    return None


def _files(deployed: Mapping[str, SourceFile]) -> dict[str, File]:
    sizes = _sparse_sizes(deployed)
    return {path: _file(file, sizes) for path, file in sorted(deployed.items())}


def _sparse_sizes(deployed: Mapping[str, SourceFile]) -> dict[str, int]:
    by_repository: dict[Path, list[str]] = defaultdict(list)
    for file in deployed.values():
        if file.sparse and file.entry and file.repository:
            by_repository[file.repository].append(file.entry.oid)
    sizes: dict[str, int] = {}
    for repository, oids in by_repository.items():
        sizes |= git.blob_sizes(repository, oids)
    return sizes


def _file(file: SourceFile, sparse_sizes: Mapping[str, int]) -> File:
    entry = file.entry
    executable = entry is not None and entry.is_executable
    if file.sparse and entry and file.repository:
        content = GitBlob(file.repository, entry.oid)
        return File(file.path, sparse_sizes[entry.oid], entry.oid, content, executable=executable)
    if entry is not None and entry.unmodified:
        size = os.stat(file.on_disk).st_size
        return File(file.path, size, entry.oid, file.on_disk, executable=executable)
    found = files.file_on_disk(file.path, file.on_disk)
    return found._replace(untracked=entry is None, executable=executable)


def _warn_missing_submodules(submodules: list[str]) -> Iterator[Problem]:
    for path in submodules:
        message = (
            f"submodule {path} is not checked out: its files are not deployed, and those on the "
            f"Space stay; {_CHECK_OUT}"
        )
        yield Problem(path, None, message, Level.WARNING, name="submodule-missing")


def _warn_rejected(excluded: Mapping[str, Rule]) -> Iterator[Problem]:
    paths = sorted(path for path, rule in excluded.items() if rule is _REJECTED)
    if paths:
        message = f"the Hub's client rejects {FORBIDDEN_FOLDER}/ directories: {_some(paths)}"
        message = f"{message}; rename them"
        yield Problem(paths[0], None, message, Level.WARNING, name="path-rejected")


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - _MAX_SHOWN} more" if len(paths) > _MAX_SHOWN else ""
    return ", ".join(sorted(paths)[:_MAX_SHOWN]) + more
