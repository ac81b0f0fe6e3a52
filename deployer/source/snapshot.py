"""A snapshot: exactly which files ship, with their git blob ids and where their bytes lie."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NewType

from deployer.source.ignore import GIT_ATTRIBUTES, Rule
from deployer.source.tree import blob_id, tree_ids

Sha256 = NewType("Sha256", str)


@dataclass(frozen=True, slots=True)
class GitBlob:
    """Bytes that lie in a repository's object store, not on the disk (a sparse checkout)."""

    repository: Path
    oid: str


@dataclass(frozen=True, slots=True)
class OnSpace:
    """Bytes that the Space has at another of its commits: the Hub copies them."""

    commit: str


OnDisk = NewType("OnDisk", str)  # a path: ten thousand `Path`s would take their time
Content = OnDisk | GitBlob | OnSpace | bytes


@dataclass(frozen=True, slots=True)
class File:
    """One file that ships.

    `path` is below the Space's root, with slashes; `size` in bytes; `oid` is the git blob id of
    the bytes that ship; `lfs` is their SHA-256, where somebody needed to know it.
    """

    path: str
    size: int
    oid: str
    content: Content = field(repr=False)
    lfs: Sha256 | None = None

    @classmethod
    def of_bytes(cls, path: str, data: bytes) -> File:
        """A file that is made at deploy time."""
        return cls(path, len(data), blob_id(data), data)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a snapshot was taken.

    `repository` is `owner/name` where that is known, else the folder's name; `commit` is None for
    a folder without git; `dirty` says that tracked files differ from that commit.
    """

    repository: str
    commit: str | None = None
    ref: str | None = None
    dirty: bool = False
    public: bool = False

    def __str__(self) -> str:
        if self.commit is None:
            return self.repository
        return f"{self.repository}@{self.commit}{'-dirty' if self.dirty else ''}"

    @classmethod
    def read(cls, text: str, ref: str | None = None) -> Source:
        """From what `str` gives; whatever else it is counts as the repository's name."""
        repository, at, commit = text.rpartition("@")
        plain = commit.removesuffix("-dirty")
        if not at or not re.fullmatch(r"[0-9a-f]{40}", plain):
            return cls(text, ref=ref)
        return cls(repository, plain, ref, dirty=plain != commit)

    @property
    def short(self) -> str:
        """`owner/name@1a2b3c4`."""
        if self.commit is None:
            return self.repository
        return f"{self.repository}@{self.commit[:7]}{'-dirty' if self.dirty else ''}"


@dataclass(frozen=True, slots=True)
class SourceHints:
    """What a workflow knows of its source and git may not: all optional."""

    repository: str | None = None
    ref: str | None = None
    public: bool = False


@dataclass(frozen=True)  # no slots: the id is worth remembering
class Snapshot:
    """What ships from a source, by path; what stayed out and by which rule; what to warn about.

    `absent` are folders of submodules that are not checked out: nothing is known of their files.
    """

    source: Source
    files: Mapping[str, File]
    left_out: Mapping[str, Rule] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @cached_property
    def id(self) -> str:
        """The git tree id of what ships, without the `.gitattributes` that the Hub shares.

        The same files have the same id, wherever and however they were checked out.
        """
        ours = (
            (file.path, file.oid) for file in self.files.values() if file.path != GIT_ATTRIBUTES
        )
        return tree_ids(ours)[""]

    @property
    def attributes(self) -> str | None:
        """The blob id of the root `.gitattributes`, where the source has one."""
        file = self.files.get(GIT_ATTRIBUTES)
        return file.oid if file else None

    def with_files(self, files: Collection[File]) -> Snapshot:
        """The same snapshot with these files in place of their namesakes, or besides."""
        return replace(self, files={**self.files, **{file.path: file for file in files}})


_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
MAX_LFS_POINTER_BYTES = 1024


def is_lfs_pointer(data: bytes) -> bool:
    """Whether these bytes only point to a Git LFS file.

    https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    return len(data) < MAX_LFS_POINTER_BYTES and data.startswith(_LFS_POINTER)
