"""Take a snapshot: the files git tracks as they lie in the working tree, minus the ignore rules."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from deployer.errors import InvalidSource
from deployer.ignore import (
    GIT_IGNORE_FILE,
    IGNORE_FILE,
    REFUSED_FOLDER,
    Patterns,
    Rule,
    Selection,
)
from deployer.snapshot import File, GitBlob, Snapshot, Source
from deployer.world import files, git

_REFUSED = Rule("refused by the Hub's client", f"{REFUSED_FOLDER}/")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Tracked:
    """One file of the source before the rules are asked.

    `entry` is None for what git does not track; `through` are the links that led here.
    """

    path: str
    place: Path
    entry: git.Entry | None = None
    repository: Path | None = None
    through: frozenset[Path] = frozenset()

    @property
    def is_link(self) -> bool:
        """Whether a symbolic link stands there now, or what git writes where there can't be one."""
        if self.entry is not None and (self.entry.vouched or self.sparse):
            return self.entry.is_link
        return self.place.is_symlink()

    @property
    def sparse(self) -> bool:
        """Whether the checkout left this file out on purpose; its bytes are in git."""
        return self.entry is not None and self.entry.sparse and not self.place.exists()


def pack(root: Path, repository: Path | None, include: Patterns, source: Source) -> Snapshot:
    """The snapshot of a folder, of whose repository `repository` is the top (None without git).

    Raises InvalidSource for what can't ship: an empty snapshot, a link that leads outside, a name
    that is no UTF-8.
    """
    listing = _Listing(root, repository, include)
    selection = Selection(_ignore_files(root, repository), include)
    tracked = list(listing.root_files())
    shipped, left_out = _select(listing, selection, tracked)
    if not shipped:
        raise InvalidSource(
            "There is nothing to ship.",
            seen=f"{root}: {len(tracked)} files, {len(left_out)} left out by rules",
            do="Track the files with `git add`, or look at the rules with `hf-deploy plan`.",
        )
    packed = _files(shipped)
    warnings = (*listing.warnings, *_warn_executable(shipped), *_warn_refused(left_out))
    return Snapshot(source, packed, left_out, warnings)


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
            seen=f"{name}: {error}",
            do=f"Make {name} a text file in UTF-8; it says what must not leave.",
        ) from None


def _select(
    listing: _Listing, selection: Selection, tracked: list[Tracked]
) -> tuple[dict[str, Tracked], dict[str, Rule]]:
    shipped: dict[str, Tracked] = {}
    left_out: dict[str, Rule] = {}
    pending = list(tracked)
    while pending:
        file = pending.pop()
        rule = _rule(selection, file.path)
        if rule is not None:
            left_out[file.path] = rule
        elif file.is_link:
            pending += listing.follow(file)
        elif listing.exists(file):
            shipped[file.path] = file
    return shipped, left_out


def _rule(selection: Selection, path: str) -> Rule | None:
    if rule := selection.left_out_by(path):
        return rule
    if REFUSED_FOLDER in path.split("/"):
        return _REFUSED
    try:
        path.encode()
    except UnicodeEncodeError:
        raise InvalidSource(
            "A file's name is no UTF-8; the Hub can't hold it.",
            seen=repr(os.fsencode(path)),
            do=f"Rename it, or leave it out in {IGNORE_FILE}.",
        ) from None
    return None


class _Listing:
    """What git tracks, submodules included, and what `include` names; without git all files."""

    def __init__(self, root: Path, repository: Path | None, include: Patterns) -> None:
        self._root = root
        self._repository = repository
        self._include = include
        self._top = Path(os.path.realpath(repository or root))
        self.warnings: list[str] = []

    def root_files(self) -> Iterator[Tracked]:
        """Every file below the Space's root, paths relative to it."""
        tracked = {file.path: file for file in self._below(self._root)}
        yield from tracked.values()
        if self._include:
            for path in files.walk(self._root):
                if path not in tracked and self._include.match(path):
                    yield Tracked(path, self._root / path)

    def _below(self, folder: Path) -> Iterator[Tracked]:
        if self._repository is None:
            return (Tracked(path, folder / path) for path in files.walk(folder))
        return self._in_git(folder, "")

    def _in_git(self, folder: Path, prefix: str) -> Iterator[Tracked]:
        for entry in git.entries(folder):
            place = folder / entry.path
            path = prefix + entry.path
            if not entry.is_submodule:
                yield Tracked(path, place, entry, folder)
            elif (place / ".git").exists():
                yield from self._in_git(place, f"{path}/")
            else:
                self.warnings.append(
                    f"The submodule {path} is not checked out, so its files do not ship: "
                    "check out with `submodules: true`, or run `git submodule update --init`."
                )

    @cached_property
    def _by_place(self) -> dict[Path, Tracked]:
        """Every file that a link may lead to, by its real place."""
        warned = len(self.warnings)
        found = [*self._below(self._top), *self.root_files()]
        del self.warnings[warned:]
        return {files.real_place(file.place): file for file in found}

    def exists(self, file: Tracked) -> bool:
        """Whether a file is still there: in the checkout, or in git for a sparse one."""
        if (file.entry is not None and file.entry.vouched) or file.sparse:
            return True
        # where a folder of the index is now a link to elsewhere, other people's files lie
        return file.place.is_file() and files.is_within(file.place, self._top)

    def follow(self, link: Tracked) -> list[Tracked]:
        """The files, or further links, that a link stands for, at the link's own path."""
        if link.place in link.through:
            raise _bad_link(link, "goes in circles")
        through = link.through | {link.place}
        target = self._target(link)
        if not target.is_relative_to(self._top):
            raise _bad_link(link, f"leads outside, to {target}")
        if known := self._by_place.get(target):
            return [replace(known, path=link.path, through=through)]
        inside = [
            replace(file, path=f"{link.path}/{path.as_posix()}", place=place, through=through)
            for place, file in self._by_place.items()
            if place != target and place.is_relative_to(target)
            for path in [place.relative_to(target)]
        ]
        if not inside:
            there = os.path.lexists(target)
            kind = "folder" if target.is_dir() else "file"
            why = f"leads to a {kind} that git does not track" if there else "leads nowhere"
            raise _bad_link(link, why)
        return inside

    def _target(self, link: Tracked) -> Path:
        if link.sparse:
            raise _bad_link(link, "is left out by the sparse checkout")
        try:
            return files.real_place(link.place.parent / files.link_text(link.place))
        except (OSError, RuntimeError, UnicodeDecodeError, ValueError) as error:
            raise _bad_link(link, f"leads nowhere ({error})") from None


def _bad_link(link: Tracked, why: str) -> InvalidSource:
    return InvalidSource(
        "A symbolic link can't ship.",
        seen=f"{link.path} {why}",
        do=f"Replace it by what it points to, or leave it out in {IGNORE_FILE}.",
    )


def _files(shipped: Mapping[str, Tracked]) -> dict[str, File]:
    sizes = _sparse_sizes(shipped)
    return {path: _file(file, sizes) for path, file in sorted(shipped.items())}


def _sparse_sizes(shipped: Mapping[str, Tracked]) -> dict[str, int]:
    by_repository: dict[Path, list[str]] = defaultdict(list)
    for file in shipped.values():
        if file.sparse and file.entry and file.repository:
            by_repository[file.repository].append(file.entry.oid)
    sizes: dict[str, int] = {}
    for repository, oids in by_repository.items():
        sizes |= git.blob_sizes(repository, oids)
    return sizes


def _file(file: Tracked, sparse_sizes: Mapping[str, int]) -> File:
    entry = file.entry
    if file.sparse and entry and file.repository:
        content = GitBlob(file.repository, entry.oid)
        return File(file.path, sparse_sizes[entry.oid], entry.oid, content)
    if entry is not None and entry.vouched:
        return File(file.path, file.place.stat().st_size, entry.oid, file.place)
    return files.file_on_disk(file.path, file.place)


def _warn_executable(shipped: Mapping[str, Tracked]) -> list[str]:
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
    return [f"The Hub's client refuses {REFUSED_FOLDER}/ folders: {_some(paths)}. Rename them."]


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(sorted(paths)[:_SHOWN]) + more
