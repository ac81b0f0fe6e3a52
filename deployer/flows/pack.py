"""Take a snapshot: the files git tracks as they lie in the working tree, minus the ignore rules."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from deployer.errors import InvalidSource
from deployer.flows.listing import Listing, SourceFile
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

_REFUSED = Rule("refused by the Hub's client", f"{FORBIDDEN_FOLDER}/")
_MAX_SHOWN = 5


Refuse = Callable[[str, InvalidSource], None]


def pack(
    root: Path,
    repository: Path | None,
    include: Patterns,
    source: Callable[[], Source],
    refuse: Refuse,
) -> Snapshot:
    """The snapshot of a folder, of whose repository `repository` is the top (None without git).

    `source` is waited for only once all files are known. What can't ship, a link that leads outside
    or a name that is no UTF-8, is handed to `refuse`; where that returns, the others are packed.
    Raises InvalidSource for an empty snapshot.
    """
    listing = Listing(root, repository, include)
    selection = IgnoreRules(_ignore_files(root, repository), include)
    tracked = list(listing.root_files())
    shipped, left_out = _select(listing, selection, tracked, refuse)
    if not shipped:
        raise InvalidSource(
            "There is nothing to ship.",
            cause=f"{root}: {len(tracked)} files, {len(left_out)} left out by rules",
            fix="Track the files with `git add`, or look at the rules with `hf-deploy plan`.",
        )
    packed = _files(shipped)
    warnings = (
        *_warn_absent(listing.absent),
        *_warn_executable(shipped),
        *_warn_refused(left_out),
    )
    return Snapshot(source(), packed, left_out, warnings, tuple(listing.absent))


def _ignore_files(root: Path, repository: Path | None) -> tuple[Patterns, ...]:
    # git itself has applied .gitignore; in a plain folder nobody has
    names = (IGNORE_FILE,) if repository else (IGNORE_FILE, GIT_IGNORE_FILE)
    return tuple(
        Patterns.of_file(name, text) for name in names if (text := _text_of(root, name)) is not None
    )


def _text_of(root: Path, name: str) -> str | None:
    try:
        return files.text_of(root / name)
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSource(
            "The ignore rules can't be read.",
            cause=f"{name}: {error}",
            fix=f"Make {name} a text file in UTF-8; it says what must not leave.",
        ) from None


def _select(
    listing: Listing, selection: IgnoreRules, tracked: list[SourceFile], refuse: Refuse
) -> tuple[dict[str, SourceFile], dict[str, Rule]]:
    shipped: dict[str, SourceFile] = {}
    left_out: dict[str, Rule] = {}
    pending = list(tracked)
    while pending:
        file = pending.pop()
        try:
            rule = _rule(selection, file.path)
            if rule is not None:
                left_out[file.path] = rule
            elif file.is_link:
                pending += listing.follow(file)
            elif listing.exists(file):
                shipped[file.path] = file
        except InvalidSource as error:
            refuse(file.path, error)
    return shipped, left_out


def _rule(selection: IgnoreRules, path: str) -> Rule | None:
    if rule := selection.excluding_rule(path):
        return rule
    if FORBIDDEN_FOLDER in path and FORBIDDEN_FOLDER in path.split("/"):
        return _REFUSED
    try:
        path.encode()
    except UnicodeEncodeError:
        raise InvalidSource(
            "A file's name is no UTF-8; the Hub can't hold it.",
            cause=repr(os.fsencode(path)),
            fix=f"Rename it, or leave it out in {IGNORE_FILE}.",
        ) from None
    return None


def _files(shipped: Mapping[str, SourceFile]) -> dict[str, File]:
    sizes = _sparse_sizes(shipped)
    return {path: _file(file, sizes) for path, file in sorted(shipped.items())}


def _sparse_sizes(shipped: Mapping[str, SourceFile]) -> dict[str, int]:
    by_repository: dict[Path, list[str]] = defaultdict(list)
    for file in shipped.values():
        if file.sparse and file.entry and file.repository:
            by_repository[file.repository].append(file.entry.oid)
    sizes: dict[str, int] = {}
    for repository, oids in by_repository.items():
        sizes |= git.blob_sizes(repository, oids)
    return sizes


def _file(file: SourceFile, sparse_sizes: Mapping[str, int]) -> File:
    entry = file.entry
    if file.sparse and entry and file.repository:
        content = GitBlob(file.repository, entry.oid)
        return File(file.path, sparse_sizes[entry.oid], entry.oid, content)
    if entry is not None and entry.unmodified:
        return File(file.path, os.stat(file.on_disk).st_size, entry.oid, file.on_disk)
    return files.file_on_disk(file.path, file.on_disk)


def _warn_absent(submodules: list[str]) -> list[str]:
    return [
        f"The submodule {path} is not checked out: its files do not ship, and the Space keeps "
        "those that it has. Check out with `submodules: true`, or `git submodule update --init`."
        for path in submodules
    ]


def _warn_executable(shipped: Mapping[str, SourceFile]) -> list[str]:
    paths = [path for path, file in shipped.items() if file.entry and file.entry.is_executable]
    if not paths:
        return []
    return [
        f"The Hub keeps no executable bit: {_some(paths)}. Start it as `bash FILE`, or run "
        "`chmod +x` in the Dockerfile."
    ]


def _warn_refused(left_out: Mapping[str, Rule]) -> list[str]:
    paths = [path for path, rule in left_out.items() if rule is _REFUSED]
    if not paths:
        return []
    return [f"The Hub's client refuses {FORBIDDEN_FOLDER}/ folders: {_some(paths)}. Rename them."]


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - _MAX_SHOWN} more" if len(paths) > _MAX_SHOWN else ""
    return ", ".join(sorted(paths)[:_MAX_SHOWN]) + more
