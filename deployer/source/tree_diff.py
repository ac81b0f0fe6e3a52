"""Compare local tree ids with the Hub's, to list only the folders that differ.

Equal tree ids mean equal files, so such a folder need not be listed. A folder whose id follows from
its files and the ids of its subfolders need not be listed either: only the subfolders differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from deployer.source.snapshot import File
from deployer.source.tree import RemoteFile, folder_id, tree_ids

PAGE_ENTRIES = 1000  # of a listing
MAX_FOLDERS_QUERIED = 256  # in one request: a few kilobytes


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """What the Hub's tree ids prove, and what is left to list.

    `known` are the Space's files that are equal to local ones; `shallow` are folders to list
    without their subfolders, `deep` those to list recursively.
    """

    known: Mapping[str, RemoteFile]
    shallow: tuple[str, ...]
    deep: tuple[str, ...]


class LocalTree:
    """The folders to deploy, each with its tree id, its files and its subfolders.

    `pages` is the number of pages that a listing of all of it has; `queried` are the folders whose
    tree ids to ask the Hub for.
    """

    def __init__(self, files: Mapping[str, File], ids: Mapping[str, str] | None = None) -> None:
        """`ids` are the tree ids of the folders, where known; that of the root does not matter."""
        self._ids = ids or tree_ids((file.path, file.oid) for file in files.values())
        self._files: dict[str, list[File]] = defaultdict(list)
        self._folders: dict[str, list[str]] = defaultdict(list)
        for file in files.values():
            self._files[file.path.rpartition("/")[0]].append(file)
        for folder in self._ids.keys() - {""}:
            self._folders[folder.rpartition("/")[0]].append(folder)
        self.pages = _pages(len(files) + len(self._ids))
        self.queried = self._top_levels()

    def _top_levels(self) -> list[str]:
        """Whole levels of folders, from the top, as many as fit into one request."""
        queried: list[str] = []
        level = self._folders[""]
        while level and len(queried) + len(level) <= MAX_FOLDERS_QUERIED:
            queried += level
            level = [inside for folder in level for inside in self._folders[folder]]
        return sorted(queried)

    def has(self, folder: str) -> bool:
        """Whether any file in this folder is deployed."""
        return folder in self._ids

    def count_requests(self, diff: TreeDiff) -> int:
        """The requests that listing a diff takes, if the Hub's folders are about as large."""
        shallow = (len(self._files[f]) + len(self._folders[f]) for f in diff.shallow)
        deep = (sum(1 for _ in self._below(folder)) for folder in diff.deep)
        return sum(map(_pages, shallow)) + sum(map(_pages, deep))

    def diff(self, remote_ids: Mapping[str, str]) -> TreeDiff:
        """Compare with the Hub's tree ids of the queried folders; a missing one does not exist.

        The root is always to be listed: the Hub's `.gitattributes` is in it.
        """
        queried = frozenset(self.queried)
        known: dict[str, RemoteFile] = {}
        shallow: list[str] = []
        deep: list[str] = []
        pending = [""]
        while pending:
            folder = pending.pop()
            subfolders = self._folders[folder]
            if folder and folder not in remote_ids:
                continue  # all of it is new
            if folder and remote_ids[folder] == self._ids[folder]:
                known.update(_as_remote(self._below(folder)))
            elif not queried.issuperset(subfolders):
                deep.append(folder)
            else:
                pending += subfolders
                if folder and self._has_same_files(folder, remote_ids):
                    known.update(_as_remote(self._files[folder]))
                else:
                    shallow.append(folder)
        return TreeDiff(known, tuple(shallow), tuple(deep))

    def _has_same_files(self, folder: str, remote_ids: Mapping[str, str]) -> bool:
        """Whether the Hub's folder holds the local files and subfolders (by name), and no more."""
        files = {_name(file.path): file.oid for file in self._files[folder]}
        folders = {
            _name(path): remote_ids[path] for path in self._folders[folder] if path in remote_ids
        }
        return folder_id(files, folders) == remote_ids[folder]

    def _below(self, folder: str) -> Iterator[File]:
        pending = [folder]
        while pending:
            inside = pending.pop()
            yield from self._files[inside]
            pending += self._folders[inside]


def _pages(entries: int) -> int:
    return max(1, -(-entries // PAGE_ENTRIES))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _as_remote(files: Iterable[File]) -> dict[str, RemoteFile]:
    return {file.path: RemoteFile(file.path, file.size, file.oid) for file in files}
