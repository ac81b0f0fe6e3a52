"""Our side of a comparison, folder by folder: enough to know which of the Hub's need a look.

Equal tree ids mean equal files, so such a folder need not be listed. Neither need one whose id is
explained by the ids of the folders in it: then all that differs lies further down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from deployer.source.snapshot import File
from deployer.source.tree import RemoteFile, folder_id, tree_ids

PAGE = 1000  # entries of a listing
MAX_FOLDERS_ASKED = 256  # folders of one question: a few kilobytes


@dataclass(frozen=True, slots=True)
class TreeDiff:
    """What the Hub's tree ids told.

    `known` are the Space's files that ours prove to be there; `shallow` are folders to list by
    themselves, `deep` those to list with all that is below.
    """

    known: Mapping[str, RemoteFile]
    shallow: tuple[str, ...]
    deep: tuple[str, ...]


class LocalTree:
    """The folders of what ships, each with its tree id, its files and its folders."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self._ids = tree_ids((file.path, file.oid) for file in files.values())
        self._files: dict[str, list[File]] = defaultdict(list)
        self._folders: dict[str, list[str]] = defaultdict(list)
        for file in files.values():
            self._files[file.path.rpartition("/")[0]].append(file)
        for folder in self._ids.keys() - {""}:
            self._folders[folder.rpartition("/")[0]].append(folder)
        self.pages = _pages(len(files) + len(self._ids))  # of a listing of all this
        self.asked = self._shallow_ones()

    def _shallow_ones(self) -> list[str]:
        """The folders to ask for: whole levels of them, as many as one short question names."""
        asked: list[str] = []
        level = self._folders[""]
        while level and len(asked) + len(level) <= MAX_FOLDERS_ASKED:
            asked += level
            level = [inside for folder in level for inside in self._folders[folder]]
        return sorted(asked)

    def has(self, folder: str) -> bool:
        """Whether we ship anything in this folder."""
        return folder in self._ids

    def cost(self, survey: TreeDiff) -> int:
        """The requests that listing takes, if the Hub's folders are about as large as ours."""
        shallow = (len(self._files[f]) + len(self._folders[f]) for f in survey.shallow)
        deep = (sum(1 for _ in self._below(folder)) for folder in survey.deep)
        return sum(map(_pages, shallow)) + sum(map(_pages, deep))

    def survey(self, theirs: Mapping[str, str]) -> TreeDiff:
        """Compare with the Hub's tree ids of the folders asked for; what is not there is absent.

        The root is always to be listed: the Hub's `.gitattributes` lies in it.
        """
        asked = frozenset(self.asked)
        known: dict[str, RemoteFile] = {}
        shallow: list[str] = []
        deep: list[str] = []
        pending = [""]
        while pending:
            folder = pending.pop()
            inside = self._folders[folder]
            if folder and folder not in theirs:
                continue  # all of it is new
            if folder and theirs[folder] == self._ids[folder]:
                known.update(_as_theirs(self._below(folder)))
            elif not asked.issuperset(inside):
                deep.append(folder)
            else:
                pending += inside
                if folder and self._explains(folder, theirs):
                    known.update(_as_theirs(self._files[folder]))
                else:
                    shallow.append(folder)
        return TreeDiff(known, tuple(shallow), tuple(deep))

    def _explains(self, folder: str, theirs: Mapping[str, str]) -> bool:
        """Whether their folder holds our files and their folders of our names, and nothing else."""
        files = {_name(file.path): file.oid for file in self._files[folder]}
        folders = {_name(path): theirs[path] for path in self._folders[folder] if path in theirs}
        return folder_id(files, folders) == theirs[folder]

    def _below(self, folder: str) -> Iterator[File]:
        pending = [folder]
        while pending:
            inside = pending.pop()
            yield from self._files[inside]
            pending += self._folders[inside]


def _pages(entries: int) -> int:
    return max(1, -(-entries // PAGE))


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _as_theirs(files: Iterable[File]) -> dict[str, RemoteFile]:
    return {file.path: RemoteFile(file.path, file.size, file.oid) for file in files}
