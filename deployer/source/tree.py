"""Git blob and tree ids, computed here and read from the Space.

The format: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

_PLAIN_FILE = b"100644"
_FOLDER = b"40000"


class RemoteFile(NamedTuple):  # there are many, and a dataclass takes three times as long
    """One file of a Space: its git blob id, and for an LFS file the SHA-256 of its bytes.

    `size` is in bytes; of an LFS file it is the real size, and `oid` the blob id of its pointer.
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


def folder_id(files: Mapping[str, str], folders: Mapping[str, str]) -> str:
    """The git tree id of a folder from the ids of the files and the folders in it, by name.

    Every file counts as a plain one (mode 100644), the only mode in the Hub's commits.
    """
    entries = [(_bytes(name), _PLAIN_FILE, oid) for name, oid in files.items()]
    entries += [(_bytes(name), _FOLDER, oid) for name, oid in folders.items()]
    # git sorts a folder as if its name ended in a slash
    entries.sort(key=lambda entry: entry[0] + b"/" if entry[1] == _FOLDER else entry[0])
    body = b"".join(b"%b %b\0%b" % (mode, name, bytes.fromhex(oid)) for name, mode, oid in entries)
    return hashlib.sha1(b"tree %d\0%b" % (len(body), body), usedforsecurity=False).hexdigest()


def tree_ids(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The git tree id of every folder that holds these (path, blob id) pairs; the root is ""."""
    file_ids: dict[str, dict[str, str]] = {"": {}}
    for path, oid in files:
        folder, _, name = path.rpartition("/")
        _add_folder(file_ids, folder)
        file_ids[folder][name] = oid
    ids: dict[str, str] = {}
    folder_ids: dict[str, dict[str, str]] = defaultdict(dict)
    for folder in sorted(file_ids, key=lambda name: name.count("/") + bool(name), reverse=True):
        ids[folder] = folder_id(file_ids[folder], folder_ids[folder])
        if folder:
            parent, _, name = folder.rpartition("/")
            folder_ids[parent][name] = ids[folder]
    return ids


def _add_folder(folders: dict[str, dict[str, str]], folder: str) -> None:
    while folder not in folders:
        folders[folder] = {}
        folder = folder.rpartition("/")[0]


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")
