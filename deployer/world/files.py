"""Files on disk: their content, their hashes, and the paths in a folder."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deployer.source.snapshot import Content, File, GitBlob, OnDisk, OnSpace, Sha256
from deployer.world import git

_CHUNK = 1 << 20  # bytes
_MAX_TEXT = 64_000_000  # bytes; what reads a format has its own, lower limit


@dataclass(frozen=True, slots=True)
class Digest:
    """The size of a file in bytes, its git blob id and its SHA-256, both in hex."""

    size: int
    oid: str
    sha256: Sha256


def digest(path: OnDisk) -> Digest:
    """Hash a file, reading it once in chunks. Raises OSError."""
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        plain = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            blob.update(chunk)
            plain.update(chunk)
    return Digest(size, blob.hexdigest(), Sha256(plain.hexdigest()))


def sha256(content: Content) -> Sha256:
    """The SHA-256 of a file, in hex."""
    if isinstance(content, str):
        return digest(content).sha256
    return Sha256(hashlib.sha256(read(content)).hexdigest())


def read(content: Content) -> bytes:
    """The bytes of a file of a snapshot, from memory, git or the disk."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, GitBlob):
        return git.read_blob(content.repository, content.oid)
    if isinstance(content, OnSpace):
        raise TypeError("a file on the Space is copied by the Hub, not read")
    return Path(content).read_bytes()


def chunks(content: Content) -> Iterator[bytes]:
    """The bytes of a file of a snapshot, in chunks if it is on disk."""
    if not isinstance(content, str):
        yield read(content)
        return
    with Path(content).open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def read_prefix(content: Content, length: int) -> bytes:
    """The first bytes of a file of a snapshot."""
    if not isinstance(content, str):
        return read(content)[:length]
    with Path(content).open("rb") as opened:
        return opened.read(length)


def file_on_disk(path: str, path_on_disk: OnDisk) -> File:
    """The entry of a snapshot for a file on disk, which is read for its hashes."""
    found = digest(path_on_disk)
    return File(path, found.size, found.oid, path_on_disk, found.sha256)


def read_text(path: Path) -> str | None:
    """The text of a small file, with its own line endings; None if it does not exist.

    Raises OSError, also for a file that is not small or not regular (a symlink to a device has no
    end), and UnicodeDecodeError.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path.name)
        with path.open("rb") as opened:
            data = opened.read(_MAX_TEXT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if len(data) > _MAX_TEXT:
        raise OSError(errno.EFBIG, f"larger than {_MAX_TEXT:,} bytes", path.name)
    return data.decode("utf-8")


def exists(path: Path) -> bool:
    """Whether there is a file at a path."""
    return path.is_file()


def is_empty(folder: Path) -> bool:
    """Whether a directory has no entry, not even a hidden one."""
    with os.scandir(folder) as entries:
        return next(entries, None) is None


def walk(folder: Path) -> Iterator[str]:
    """All files and symlinks below a folder, relative to it, sorted in each; `.git` is skipped."""
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name != ".git" and name not in links)
        for name in sorted(names + links):
            yield (here / name).relative_to(folder).as_posix()


def is_within(path: Path, folder: Path) -> bool:
    """Whether a path is in a folder, or is that folder, after all symlinks are resolved."""
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def real_path(path: Path) -> Path:
    """The absolute path with all symlinks in its parents resolved, but not a symlink at its end."""
    plain = Path(os.path.normpath(path)) if path.name == ".." else path
    return Path(os.path.realpath(plain.parent)) / plain.name


def link_target(path: Path) -> str:
    """The target of a symlink; git writes it into a plain file where symlinks are not supported."""
    return os.readlink(path) if path.is_symlink() else path.read_bytes().decode()
