"""One repository: its commits, branches and tags, with the ids that git would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from deployer.rehearsal.http_errors import REVISION, HttpError
from deployer.source.tree import RemoteFile, tree_ids

MAIN = "main"
_MIN_ID = 5


@dataclass(frozen=True, eq=False)
class StoredCommit:
    """One commit. `message` is what stands below the title; `files` are all files, by path."""

    id: str
    parent: str | None
    title: str
    message: str
    author: str
    date: datetime
    files: Mapping[str, RemoteFile]

    @cached_property
    def folders(self) -> dict[str, str]:
        """The git tree id of every folder; the root is ""."""
        return tree_ids((file.path, file.oid) for file in self.files.values())

    @cached_property
    def listing(self) -> list[tuple[str, RemoteFile | str]]:
        """Every path in order, with its file, or its tree id where it is a folder."""
        folders: dict[str, RemoteFile | str] = {k: v for k, v in self.folders.items() if k}
        return sorted((folders | dict(self.files)).items())


@dataclass(frozen=True, slots=True)
class CommitNote:
    """What a commit says of itself."""

    title: str
    author: str
    message: str = ""


def stamp(moment: datetime) -> str:
    """A time as the Hub writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Repository:
    """Commits by id, and the names that point to them."""

    def __init__(self) -> None:
        self._commits: dict[str, StoredCommit] = {}
        self.branches: dict[str, str] = {}
        self.tags: dict[str, str] = {}

    @property
    def head(self) -> StoredCommit:
        """Where the main branch stands."""
        return self._commits[self.branches[MAIN]]

    def resolve(self, revision: str) -> StoredCommit:
        """The commit that a branch, a tag or an id names. Refusal where there is none."""
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        name = self.branches.get(name) or self.tags.get(name) or name
        if name in self._commits:
            return self._commits[name]
        found = [c for i, c in self._commits.items() if len(name) >= 7 and i.startswith(name)]
        if len(found) != 1:
            raise HttpError(404, f"Invalid rev id: {revision}", REVISION)
        return found[0]

    def history(self, commit: StoredCommit) -> list[StoredCommit]:
        """A commit and all before it, newest first."""
        line = [commit]
        while line[-1].parent is not None:
            line.append(self._commits[line[-1].parent])
        return line

    def add(
        self, files: Mapping[str, RemoteFile], note: CommitNote, branch: str = MAIN
    ) -> StoredCommit:
        """Put a commit on a branch, which must exist unless the repository is empty."""
        parent, date = self.branches.get(branch), now()
        root = tree_ids((file.path, file.oid) for file in files.values())[""]
        oid = commit_id(root, parent, note, date)
        self._commits[oid] = StoredCommit(
            oid, parent, note.title, note.message, note.author, date, dict(files)
        )
        self.branches[branch] = oid
        return self._commits[oid]

    def squash(self, branch: str, note: CommitNote) -> StoredCommit:
        """Put a first commit with the branch's files in place of its whole history."""
        files = self.resolve(branch).files
        del self.branches[branch]
        return self.add(files, note, branch)


def commit_id(tree: str, parent: str | None, note: CommitNote, date: datetime) -> str:
    """The git id of a commit. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""
    text = f"{note.title}\n\n{note.message}".rstrip("\n") + "\n"
    who = f"{note.author} <{note.author}@users.noreply.hf.co> {int(date.timestamp())} +0000"
    parents = f"parent {parent}\n" if parent else ""
    body = f"tree {tree}\n{parents}author {who}\ncommitter {who}\n\n{text}"
    data = body.encode("utf-8", "surrogateescape")
    return hashlib.sha1(b"commit %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def names_head(head: str, parent: str) -> bool:
    """Whether a parentCommit, perhaps shortened, is this head."""
    return len(parent) >= _MIN_ID and head.startswith(parent.lower())
