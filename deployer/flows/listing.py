"""What lies in a source before the rules are asked: what git tracks, and where links lead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from deployer.errors import InvalidSource
from deployer.source.ignore import IGNORE_FILE, Patterns
from deployer.source.snapshot import OnDisk
from deployer.world import files, git


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of the source before the rules are asked.

    `on_disk` is where it lies; `entry` is None for what git does not track; `through` are the
    links that led here.
    """

    path: str
    on_disk: OnDisk
    entry: git.IndexEntry | None = None
    repository: Path | None = None
    through: frozenset[Path] = frozenset()

    @property
    def place(self) -> Path:
        """Where it lies, to go on from there."""
        return Path(self.on_disk)

    @property
    def is_link(self) -> bool:
        """Whether a symbolic link stands there now, or what git writes where there can't be one."""
        if self.entry is not None and (self.entry.unmodified or self.sparse):
            return self.entry.is_link
        return self.place.is_symlink()

    @property
    def sparse(self) -> bool:
        """Whether the checkout left this file out on purpose; its bytes are in git."""
        return self.entry is not None and self.entry.sparse and not self.place.exists()


class Listing:
    """What git tracks, submodules included, and what `include` names; without git all files."""

    def __init__(self, root: Path, repository: Path | None, include: Patterns) -> None:
        self._root = root
        self._repository = repository
        self._include = include
        self._top = Path(os.path.realpath(repository or root))
        self.absent: list[str] = []  # submodules that are not checked out

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
                self.absent.append(path)

    @cached_property
    def _by_place(self) -> dict[Path, SourceFile]:
        """Every file that a link may lead to, by its real place."""
        known = list(self.absent)
        found = [*self._below(self._top), *self.root_files()]
        self.absent = known
        return {files.real_path(file.place): file for file in found}

    def exists(self, file: SourceFile) -> bool:
        """Whether a file is still there: in the checkout, or in git for a sparse one."""
        if (file.entry is not None and file.entry.unmodified) or file.sparse:
            return True
        # where a folder of the index is now a link to elsewhere, other people's files lie
        return file.place.is_file() and files.is_within(file.place, self._top)

    def follow(self, link: SourceFile) -> list[SourceFile]:
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
            replace(
                file,
                path=f"{link.path}/{path.as_posix()}",
                on_disk=OnDisk(str(place)),
                through=through,
            )
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

    def _target(self, link: SourceFile) -> Path:
        if link.sparse:
            raise _bad_link(link, "is left out by the sparse checkout")
        try:
            return files.real_path(link.place.parent / files.link_target(link.place))
        except (OSError, RuntimeError, UnicodeDecodeError, ValueError) as error:
            raise _bad_link(link, f"leads nowhere ({error})") from None


def _below(folder: Path, path: str) -> OnDisk:
    return OnDisk(f"{folder}{os.sep}{path}")


def _bad_link(link: SourceFile, why: str) -> InvalidSource:
    return InvalidSource(
        "A symbolic link can't ship.",
        cause=f"{link.path} {why}",
        fix=f"Replace it by what it points to, or leave it out in {IGNORE_FILE}.",
    )
