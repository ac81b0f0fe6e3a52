"""One repository: its commits, branches and tags, with the ids that git would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from deployer.rehearsal.http_errors import REVISION_NOT_FOUND, HttpError
from deployer.source.tree import RemoteFile, tree_ids

MAIN = "main"
_MIN_ID_LENGTH = 5


@dataclass(frozen=True, eq=False)
class StoredCommit:
    """One commit. `message` is the text below the title; `files` are all files, by path."""

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
    def entries(self) -> list[tuple[str, RemoteFile | str]]:
        """Every path in order, with its file, or its tree id if it is a folder."""
        folders: dict[str, RemoteFile | str] = {k: v for k, v in self.folders.items() if k}
        return sorted((folders | dict(self.files)).items())


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """Title, author and message of a new commit."""

    title: str
    author: str
    message: str = ""


def format_time(moment: datetime) -> str:
    """A time in the Hub's format."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_now() -> datetime:
    """The current time, in UTC."""
    return datetime.now(UTC)


class Repository:
    """Commits by id, and the branches and tags that point to them."""

    def __init__(self) -> None:
        self._commits: dict[str, StoredCommit] = {}
        self.branches: dict[str, str] = {}
        self.tags: dict[str, str] = {}

    @property
    def head(self) -> StoredCommit:
        """The newest commit of the main branch."""
        return self._commits[self.branches[MAIN]]

    def resolve(self, revision: str) -> StoredCommit:
        """The commit of a branch, a tag or an id. Raises HttpError if there is none."""
        name = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        name = self.branches.get(name) or self.tags.get(name) or name
        if name in self._commits:
            return self._commits[name]
        found = [c for i, c in self._commits.items() if len(name) >= 7 and i.startswith(name)]
        if len(found) != 1:
            raise HttpError(404, f"Invalid rev id: {revision}", REVISION_NOT_FOUND)
        return found[0]

    def history(self, commit: StoredCommit) -> list[StoredCommit]:
        """A commit and its ancestors, newest first."""
        line = [commit]
        while line[-1].parent is not None:
            line.append(self._commits[line[-1].parent])
        return line

    def add(
        self, files: Mapping[str, RemoteFile], info: CommitInfo, branch: str = MAIN
    ) -> StoredCommit:
        """Add a commit to a branch, which must exist unless the repository is empty."""
        parent, date = self.branches.get(branch), utc_now()
        root = tree_ids((file.path, file.oid) for file in files.values())[""]
        oid = commit_id(root, parent, info, date)
        self._commits[oid] = StoredCommit(
            oid, parent, info.title, info.message, info.author, date, dict(files)
        )
        self.branches[branch] = oid
        return self._commits[oid]

    def squash(self, branch: str, info: CommitInfo) -> StoredCommit:
        """Replace a branch's whole history by one commit with the same files."""
        files = self.resolve(branch).files
        del self.branches[branch]
        return self.add(files, info, branch)


def commit_id(tree: str, parent: str | None, info: CommitInfo, date: datetime) -> str:
    """The git id of a commit. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""
    text = f"{info.title}\n\n{info.message}".rstrip("\n") + "\n"
    author = f"{info.author} <{info.author}@users.noreply.hf.co> {int(date.timestamp())} +0000"
    parents = f"parent {parent}\n" if parent else ""
    body = f"tree {tree}\n{parents}author {author}\ncommitter {author}\n\n{text}"
    data = body.encode("utf-8", "surrogateescape")
    return hashlib.sha1(b"commit %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def is_commit(oid: str, abbreviated: str) -> bool:
    """Whether an id, possibly abbreviated, is that of a commit."""
    return len(abbreviated) >= _MIN_ID_LENGTH and oid.startswith(abbreviated.lower())
