"""Build a commit: apply file operations to a copy of the parent's files, or reject them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from deployer.rehearsal.http_errors import ENTRY_NOT_FOUND, HttpError
from deployer.rehearsal.lfs import MAX_REGULAR_FILE_BYTES, LfsRules, read_text, rule_for
from deployer.rehearsal.objects import Objects
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.source.tree import RemoteFile


class CommitBuilder:
    """The files of the commit so far. `lfs_objects` are the SHA-256 that it may refer to."""

    def __init__(
        self, files: Mapping[str, RemoteFile], *, objects: Objects, lfs_objects: Collection[str]
    ) -> None:
        self.files = dict(files)
        self._objects = objects
        self._lfs_objects = lfs_objects

    def add_file(self, path: str, data: bytes) -> None:
        """Add or replace a regular file. Raises HttpError if it is too large."""
        if len(data) > MAX_REGULAR_FILE_BYTES:
            raise HttpError(400, f"Your commit contains files larger than 10 MiB: {path}")
        self.files[check_path(path)] = self._objects.add_file(path, data)

    def add_lfs_file(self, path: str, oid: str) -> None:
        """Add or replace a file by the SHA-256 of uploaded bytes. Raises HttpError if unknown."""
        if oid not in self._lfs_objects:
            raise HttpError(400, f"LFS object {oid} of {path} was never uploaded")
        self.files[check_path(path)] = self._objects.lfs_file(path, oid)

    def delete_file(self, path: str) -> None:
        """Delete a file. Raises HttpError if it is missing."""
        if self.files.pop(path, None) is None:
            raise HttpError(404, f"A file with this name doesn't exist: {path}", ENTRY_NOT_FOUND)

    def delete_folder(self, path: str) -> None:
        """Delete all files below a folder. Raises HttpError if there is none."""
        inside = [name for name in self.files if name.startswith(path.rstrip("/") + "/")]
        if not inside:
            raise HttpError(404, f"A folder with this name doesn't exist: {path}", ENTRY_NOT_FOUND)
        for name in inside:
            del self.files[name]

    def build(self) -> dict[str, RemoteFile]:
        """The files of the commit, with a rule in .gitattributes for every LFS file.

        Raises HttpError if a path is a file and a folder.
        """
        for path in self.files:
            folder = path.rpartition("/")[0]
            while folder:
                if folder in self.files:
                    raise HttpError(400, f"{folder} can't be a file and a folder")
                folder = folder.rpartition("/")[0]
        attributes = read_text(self.files, GIT_ATTRIBUTES, self._objects)
        rules = LfsRules(attributes)
        lfs_paths = (path for path, file in self.files.items() if file.lfs)
        missing = "".join(rule_for(path) for path in sorted(lfs_paths) if not rules.matches(path))
        if missing:
            gap = "\n" if attributes and not attributes.endswith("\n") else ""
            text = (attributes + gap + missing).encode()
            self.files[GIT_ATTRIBUTES] = self._objects.add_file(GIT_ATTRIBUTES, text)
        return self.files


def check_path(path: str) -> str:
    """Give the path back if a commit may contain it. Raises HttpError otherwise."""
    parts = path.split("/")
    unfit = "\0" in path or any("\ud800" <= character <= "\udfff" for character in path)
    if not path or unfit or any(p in ("", ".", "..") or p.lower() == ".git" for p in parts):
        raise HttpError(400, f"Invalid path in repository: {path!r}")
    return path
