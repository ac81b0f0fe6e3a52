"""A commit in the making: operations are applied to a copy of the files, or refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from deployer.rehearsal.http_errors import ENTRY, HttpError
from deployer.rehearsal.largefiles import MAX_REGULAR_FILE_BYTES, LargeFiles, rule_for, text_of
from deployer.rehearsal.objects import Objects
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.source.tree import RemoteFile


class CommitBuilder:
    """The files as they will be. `known` are the large files that this repository may use."""

    def __init__(
        self, files: Mapping[str, RemoteFile], *, objects: Objects, known: Collection[str]
    ) -> None:
        self.files = dict(files)
        self._objects = objects
        self._known = known

    def put(self, path: str, data: bytes) -> None:
        """Add or replace a regular file."""
        if len(data) > MAX_REGULAR_FILE_BYTES:
            raise HttpError(400, f"Your commit contains files larger than 10 MiB: {path}")
        self.files[checked(path)] = self._objects.file(path, data)

    def put_large(self, path: str, oid: str) -> None:
        """Add or replace a file by the SHA-256 of bytes that were uploaded before."""
        if oid not in self._known:
            raise HttpError(400, f"LFS object {oid} of {path} was never uploaded")
        self.files[checked(path)] = self._objects.large_file(path, oid)

    def delete(self, path: str) -> None:
        """Remove a file."""
        if self.files.pop(path, None) is None:
            raise HttpError(404, f"A file with this name doesn't exist: {path}", ENTRY)

    def delete_folder(self, path: str) -> None:
        """Remove all files below a folder."""
        inside = [name for name in self.files if name.startswith(path.rstrip("/") + "/")]
        if not inside:
            raise HttpError(404, f"A folder with this name doesn't exist: {path}", ENTRY)
        for name in inside:
            del self.files[name]

    def finished(self) -> dict[str, RemoteFile]:
        """The files, with a rule in .gitattributes for every large one."""
        for path in self.files:
            folder = path.rpartition("/")[0]
            while folder:
                if folder in self.files:
                    raise HttpError(400, f"{folder} can't be a file and a folder")
                folder = folder.rpartition("/")[0]
        attributes = text_of(self.files, GIT_ATTRIBUTES, self._objects)
        rules = LargeFiles(attributes)
        large = (path for path, file in self.files.items() if file.lfs)
        missing = "".join(rule_for(path) for path in sorted(large) if not rules.claim(path))
        if missing:
            gap = "\n" if attributes and not attributes.endswith("\n") else ""
            text = (attributes + gap + missing).encode()
            self.files[GIT_ATTRIBUTES] = self._objects.file(GIT_ATTRIBUTES, text)
        return self.files


def checked(path: str) -> str:
    """A path that may stand in a commit; Refusal otherwise."""
    parts = path.split("/")
    unfit = "\0" in path or any("\ud800" <= letter <= "\udfff" for letter in path)
    if not path or unfit or any(p in ("", ".", "..") or p.lower() == ".git" for p in parts):
        raise HttpError(400, f"Invalid path in repository: {path!r}")
    return path
