"""The contents of all files: git blobs in memory, LFS files in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from deployer.rehearsal.http_errors import HttpError
from deployer.source.tree import RemoteFile, blob_id


def lfs_pointer(oid: str, size: int) -> bytes:
    """The pointer file that git holds for an LFS file.

    https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


class Objects:
    """Every blob and LFS file of the Hub, by git blob id or SHA-256."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blobs: dict[str, bytes] = {}

    def add_file(self, path: str, data: bytes) -> RemoteFile:
        """Store the contents of a regular file."""
        oid = blob_id(data)
        self._blobs[oid] = data
        return RemoteFile(path, len(data), oid)

    def lfs_file(self, path: str, oid: str) -> RemoteFile:
        """A file whose bytes were stored before, by their SHA-256. Raises KeyError."""
        stored = self.lfs_path(oid)
        if not stored.is_file():
            raise KeyError(oid)
        size = stored.stat().st_size
        pointer = lfs_pointer(oid, size)
        self._blobs[blob_id(pointer)] = pointer
        return RemoteFile(path, size, blob_id(pointer), lfs=oid)

    def add_lfs(self, data: bytes) -> str:
        """Store the bytes of an LFS file; gives their SHA-256."""
        oid = hashlib.sha256(data).hexdigest()
        self.lfs_path(oid).write_bytes(data)
        return oid

    async def receive_lfs(self, oid: str, chunks: AsyncIterator[bytes], size: int) -> None:
        """Store an upload. Raises HttpError if its SHA-256 is another or it exceeds its size."""
        digest, received = hashlib.sha256(), 0
        with NamedTemporaryFile(dir=self._folder, delete=False) as partial:
            try:
                async for chunk in chunks:
                    received += len(chunk)
                    if received > size:
                        raise HttpError(413, "The content is larger than announced")
                    digest.update(chunk)
                    partial.write(chunk)
                if digest.hexdigest() != oid:
                    raise HttpError(400, "The content does not match the announced SHA-256")
                partial.flush()
                Path(partial.name).rename(self.lfs_path(oid))
            except BaseException:
                Path(partial.name).unlink(missing_ok=True)
                raise

    def lfs_path(self, oid: str) -> Path:
        """Where the bytes of an LFS file are, or would be."""
        return self._folder / oid

    def read_blob(self, file: RemoteFile) -> bytes:
        """The bytes in git: for an LFS file its pointer."""
        return self._blobs[file.oid]

    def read(self, file: RemoteFile) -> bytes:
        """The bytes of a file, LFS or not."""
        return self._blobs[file.oid] if file.lfs is None else self.lfs_path(file.lfs).read_bytes()
