"""A snapshot: exactly which files are deployed, with their git blob ids and where the bytes are."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, NewType

from deployer.problem import Problem
from deployer.source.ignore import GIT_ATTRIBUTES, Rule
from deployer.source.tree import blob_id, tree_ids

Sha256 = NewType("Sha256", str)


@dataclass(frozen=True, slots=True)
class GitBlob:
    """Bytes in a repository's object store, not in the working tree (a sparse checkout)."""

    repository: Path
    oid: str


@dataclass(frozen=True, slots=True)
class OnSpace:
    """Bytes that a Space has at one of its commits: the very Space that is deployed to, or another
    one (`owner/name`). The Hub copies LFS files on the server.
    """

    commit: str
    space: str | None = None


OnDisk = NewType("OnDisk", str)  # a path as text: ten thousand `Path` objects would be slow
Content = OnDisk | GitBlob | OnSpace | bytes


class File(NamedTuple):  # there are many, and a dataclass takes three times as long
    """One file to deploy.

    `path` is relative to the Space's root, with slashes; `size` in bytes; `oid` is the git blob id
    of the deployed bytes; `lfs` is their SHA-256, computed only where a comparison needs it.
    `untracked`: git does not track it; `executable`: it has the executable bit, which the Hub does
    not keep.
    """

    path: str
    size: int
    oid: str
    content: Content
    lfs: Sha256 | None = None
    untracked: bool = False
    executable: bool = False

    def __repr__(self) -> str:
        return f"File({self.path!r}, {self.size}, {self.oid!r})"

    @classmethod
    def of_bytes(cls, path: str, data: bytes) -> File:
        """A file that is generated at deploy time."""
        return cls(path, len(data), blob_id(data), data)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a snapshot was taken.

    `repository` is `owner/name` where that is known, else the folder's name; `commit` is None for
    a folder without git; `dirty` is True if tracked files differ from that commit.
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
        """The inverse of `str`; any other text counts as the repository's name."""
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
    """What the CI environment knows of the source and git may not; all optional."""

    repository: str | None = None
    ref: str | None = None
    public: bool = False


@dataclass(frozen=True, slots=True)
class Checkout:
    """What git says of the files that a deploy would read.

    `head` is the commit that is checked out, None where there is none; `is_modified` says that
    tracked files differ from it; `untracked` are the files to read that git does not track.
    """

    head: str | None = None
    is_modified: bool = False
    untracked: tuple[str, ...] = ()


@dataclass(frozen=True)  # no slots: the id is cached
class Snapshot:
    """The files to deploy, by path; the excluded paths, each with its rule; warnings.

    `missing_submodules` are folders of submodules that are not checked out, so their files are
    unknown.
    """

    source: Source
    files: Mapping[str, File]
    excluded: Mapping[str, Rule] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    missing_submodules: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The git tree id of the files, without the root `.gitattributes`, which the Hub edits.

        The same files have the same id, wherever and however they were checked out.
        """
        return self.folder_ids[""]

    @cached_property
    def folder_ids(self) -> Mapping[str, str]:
        """The git tree id of each folder; of the root, as in `id`."""
        pairs = (
            (file.path, file.oid) for file in self.files.values() if file.path != GIT_ATTRIBUTES
        )
        return tree_ids(pairs)

    @property
    def attributes(self) -> str | None:
        """The blob id of the root `.gitattributes`, where the source has one."""
        file = self.files.get(GIT_ATTRIBUTES)
        return file.oid if file else None

    def with_files(self, files: Collection[File]) -> Snapshot:
        """The same snapshot with these files added, or replaced where the path exists."""
        return replace(self, files={**self.files, **{file.path: file for file in files}})


_LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"
MAX_LFS_POINTER_BYTES = 1024


def is_lfs_pointer(data: bytes) -> bool:
    """Whether these bytes are a Git LFS pointer, not the file itself.

    https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    return len(data) < MAX_LFS_POINTER_BYTES and data.startswith(_LFS_POINTER)
