"""The files of a source before ignore rules apply: what git tracks, and where links lead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from deployer.errors import InvalidSource
from deployer.source.ignore import IGNORE_FILE, Patterns
from deployer.source.snapshot import OnDisk
from deployer.world import files, git


class SourceFile(NamedTuple):  # there are many, and a dataclass takes three times as long
    """One file of the source before ignore rules apply.

    `on_disk` is its path; `entry` is None for a file that git does not track; `through` are the
    links that led here.
    """

    path: str
    on_disk: OnDisk
    entry: git.IndexEntry | None = None
    repository: Path | None = None
    through: frozenset[Path] = frozenset()

    @property
    def location(self) -> Path:
        """Its path on disk."""
        return Path(self.on_disk)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link now, or what git writes where there can't be one."""
        if self.entry is not None and (self.entry.unmodified or self.sparse):
            return self.entry.is_link
        return self.location.is_symlink()

    @property
    def sparse(self) -> bool:
        """Whether the checkout left this file out on purpose; its bytes are in git."""
        return self.entry is not None and self.entry.sparse and not self.location.exists()


class SourceFiles:
    """What git tracks, submodules included, and what `include` names; without git all files."""

    def __init__(self, root: Path, repository: Path | None, include: Patterns) -> None:
        self._root = root
        self._repository = repository
        self._include = include
        self._top = Path(os.path.realpath(repository or root))
        self.missing_submodules: list[str] = []  # submodules that are not checked out

    def root_files(self) -> Iterator[SourceFile]:
        """Every file below the Space's root, paths relative to it."""
        tracked = {file.path: file for file in self._below(self._root)}
        yield from tracked.values()
        if self._include:
            for path in files.walk(self._root):
                if path not in tracked and self._include.match(path):
                    yield SourceFile(path, _below(self._root, path))

    def _below(self, folder: Path) -> Iterator[SourceFile]:
        if self._repository is None:
            return (SourceFile(path, _below(folder, path)) for path in files.walk(folder))
        return self._in_git(folder, "")

    def _in_git(self, folder: Path, prefix: str) -> Iterator[SourceFile]:
        for entry in git.entries(folder):
            path = prefix + entry.path
            if not entry.is_submodule:
                yield SourceFile(path, _below(folder, entry.path), entry, folder)
            elif (folder / entry.path / ".git").exists():
                yield from self._in_git(folder / entry.path, f"{path}/")
            else:
                self.missing_submodules.append(path)

    @cached_property
    def _by_location(self) -> dict[Path, SourceFile]:
        """Every file that a link may lead to, by its real place."""
        known = list(self.missing_submodules)
        found = [*self._below(self._top), *self.root_files()]
        self.missing_submodules = known
        return {files.real_path(file.location): file for file in found}

    def exists(self, file: SourceFile) -> bool:
        """Whether a file is still there: in the checkout, or in git for a sparse one."""
        if (file.entry is not None and file.entry.unmodified) or file.sparse:
            return True
        # where a directory of the index is now a link to elsewhere, its files are not the source's
        return file.location.is_file() and files.is_within(file.location, self._top)

    def follow(self, link: SourceFile) -> list[SourceFile]:
        """The files, or further links, that a link stands for, at the link's own path."""
        if link.location in link.through:
            raise _bad_link(link, "points to itself")
        through = link.through | {link.location}
        target = self._target(link)
        if not target.is_relative_to(self._top):
            raise _bad_link(link, f"points outside the repository, to {target}")
        if known := self._by_location.get(target):
            return [known._replace(path=link.path, through=through)]
        inside = [
            file._replace(
                path=f"{link.path}/{path.as_posix()}",
                on_disk=OnDisk(str(location)),
                through=through,
            )
            for location, file in self._by_location.items()
            if location != target and location.is_relative_to(target)
            for path in [location.relative_to(target)]
        ]
        if not inside:
            there = os.path.lexists(target)
            kind = "folder" if target.is_dir() else "file"
            why = f"points to a {kind} that git does not track" if there else "is broken"
            raise _bad_link(link, why)
        return inside

    def _target(self, link: SourceFile) -> Path:
        if link.sparse:
            raise _bad_link(link, "is not in the sparse checkout")
        try:
            return files.real_path(link.location.parent / files.link_target(link.location))
        except (OSError, RuntimeError, UnicodeDecodeError, ValueError) as error:
            raise _bad_link(link, f"is broken ({error})") from None


def _below(folder: Path, path: str) -> OnDisk:
    return OnDisk(f"{folder}{os.sep}{path}")


def _bad_link(link: SourceFile, why: str) -> InvalidSource:
    return InvalidSource(
        "cannot deploy a symbolic link",
        cause=f"{link.path} {why}",
        fix=f"replace it with a copy of its target, or exclude it in {IGNORE_FILE}",
    )
