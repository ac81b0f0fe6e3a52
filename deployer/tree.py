"""Files by their git ids, here and on the Space.

Ids are git's own: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PLAIN_FILE = b"100644"
_FOLDER = b"40000"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a Space: its git blob id, and for an LFS file the SHA-256 of its bytes.

    `size` is in bytes, the real size of an LFS file; `oid` is then the blob id of its pointer.
    """

    path: str
    size: int
    oid: str
    lfs: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteTree:
    """All files of a Space at one commit, by path."""

    head: str
    files: Mapping[str, RemoteFile]


def blob_id(data: bytes) -> str:
    """The git blob id of some bytes: 40 hex digits."""
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def tree_ids(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The git tree id of every folder that holds these (path, blob id) pairs; the root is "".

    Every file counts as a plain one (mode 100644): that is all that the Hub's commits can hold.
    """
    folders: dict[str, list[tuple[bytes, bytes, str]]] = {"": []}
    for path, oid in files:
        _enter(folders, path, _PLAIN_FILE, oid)
    ids: dict[str, str] = {}
    for folder in sorted(folders, key=lambda name: name.count("/") + bool(name), reverse=True):
        ids[folder] = _tree_id(folders[folder])
        if folder:
            parent, _, name = folder.rpartition("/")
            folders[parent].append((name.encode("utf-8", "surrogateescape"), _FOLDER, ids[folder]))
    return ids


def _enter(
    folders: dict[str, list[tuple[bytes, bytes, str]]], path: str, mode: bytes, oid: str
) -> None:
    folder, _, name = path.rpartition("/")
    folders.setdefault(folder, []).append((name.encode("utf-8", "surrogateescape"), mode, oid))
    while folder:
        folder = folder.rpartition("/")[0]
        folders.setdefault(folder, [])


def _tree_id(entries: list[tuple[bytes, bytes, str]]) -> str:
    # git sorts a folder as if its name ended in a slash
    entries.sort(key=lambda entry: entry[0] + b"/" if entry[1] == _FOLDER else entry[0])
    body = b"".join(b"%b %b\0%b" % (mode, name, bytes.fromhex(oid)) for name, mode, oid in entries)
    return hashlib.sha1(b"tree %d\0%b" % (len(body), body), usedforsecurity=False).hexdigest()
