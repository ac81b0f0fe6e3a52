"""The bytes behind the trees: git blobs in memory, large files in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from deployer.rehearsal.http_errors import HttpError
from deployer.source.tree import RemoteFile, blob_id


def pointer(oid: str, size: int) -> bytes:
    """The text that stands in git for a large file.

    https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


class Objects:
    """Every blob and large file of the Hub, by its content's id."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blobs: dict[str, bytes] = {}

    def file(self, path: str, data: bytes) -> RemoteFile:
        """Keep some bytes as a regular file."""
        oid = blob_id(data)
        self._blobs[oid] = data
        return RemoteFile(path, len(data), oid)

    def large_file(self, path: str, oid: str) -> RemoteFile:
        """A file whose bytes were stored before, by their SHA-256. Raises KeyError."""
        stored = self.place(oid)
        if not stored.is_file():
            raise KeyError(oid)
        size = stored.stat().st_size
        text = pointer(oid, size)
        self._blobs[blob_id(text)] = text
        return RemoteFile(path, size, blob_id(text), lfs=oid)

    def keep_large(self, data: bytes) -> str:
        """Store a large file; gives its SHA-256."""
        oid = hashlib.sha256(data).hexdigest()
        self.place(oid).write_bytes(data)
        return oid

    async def receive(self, oid: str, chunks: AsyncIterator[bytes]) -> None:
        """Store an upload; Refusal where its bytes are not the ones announced."""
        digest = hashlib.sha256()
        with NamedTemporaryFile(dir=self._folder, delete=False) as arriving:
            try:
                async for chunk in chunks:
                    digest.update(chunk)
                    arriving.write(chunk)
                if digest.hexdigest() != oid:
                    raise HttpError(400, "The content does not match the announced SHA-256")
                arriving.flush()
                Path(arriving.name).rename(self.place(oid))
            except BaseException:
                Path(arriving.name).unlink(missing_ok=True)
                raise

    def place(self, oid: str) -> Path:
        """Where the bytes of a large file are or would be."""
        return self._folder / oid

    def raw(self, file: RemoteFile) -> bytes:
        """The bytes as git has them: of a large file its pointer."""
        return self._blobs[file.oid]

    def read(self, file: RemoteFile) -> bytes:
        """The bytes themselves."""
        return self._blobs[file.oid] if file.lfs is None else self.place(file.lfs).read_bytes()
