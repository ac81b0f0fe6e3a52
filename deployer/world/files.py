"""The disk: what lies in a folder, and what bytes a file has."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deployer.source.snapshot import Content, File, GitBlob, OnDisk, OnSpace, Sha256
from deployer.world import git

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Digest:
    """A file's size in bytes, its git blob id and the SHA-256 of its bytes, both in hex."""

    size: int
    oid: str
    sha256: Sha256


def digest(place: OnDisk) -> Digest:
    """Read a file once, a piece at a time. Raises OSError."""
    with Path(place).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        blob = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        plain = hashlib.sha256()
        while chunk := file.read(_CHUNK):
            blob.update(chunk)
            plain.update(chunk)
    return Digest(size, blob.hexdigest(), Sha256(plain.hexdigest()))


def sha256(content: Content) -> Sha256:
    """The SHA-256 of a file's bytes, in hex."""
    if isinstance(content, str):
        return digest(content).sha256
    return Sha256(hashlib.sha256(read(content)).hexdigest())


def read(content: Content) -> bytes:
    """The bytes of a file that ships, wherever on this machine they lie."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, GitBlob):
        return git.read_blob(content.repository, content.oid)
    if isinstance(content, OnSpace):
        raise TypeError("these bytes are the Hub's to copy")
    return Path(content).read_bytes()


def chunks(content: Content) -> Iterator[bytes]:
    """The bytes of a file that ships, a piece at a time where it lies on the disk."""
    if not isinstance(content, str):
        yield read(content)
        return
    with Path(content).open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk


def read_prefix(content: Content, length: int) -> bytes:
    """The first bytes of a file that ships."""
    if not isinstance(content, str):
        return read(content)[:length]
    with Path(content).open("rb") as opened:
        return opened.read(length)


def file_on_disk(path: str, place: OnDisk) -> File:
    """A file of the working tree, read to know its ids."""
    known = digest(place)
    return File(path, known.size, known.oid, place, known.sha256)


def text_of(path: Path) -> str | None:
    """A small text file, newlines as they are; None where it does not exist.

    Raises OSError and UnicodeDecodeError.
    """
    try:
        return path.read_bytes().decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None


def exists(place: Path) -> bool:
    """Whether a file is there."""
    return place.is_file()


def walk(folder: Path) -> Iterator[str]:
    """All files and links below a folder, as sorted paths relative to it; `.git` is not entered."""
    for place, folders, names in os.walk(folder):
        here = Path(place)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(name for name in folders if name != ".git" and name not in links)
        for name in sorted(names + links):
            yield (here / name).relative_to(folder).as_posix()


def is_within(place: Path, folder: Path) -> bool:
    """Whether a place really lies in a folder, or is it, once all links are followed."""
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(folder))


def real_place(place: Path) -> Path:
    """The absolute place of a file or a link, all folders on the way followed, but not itself."""
    plain = Path(os.path.normpath(place)) if place.name == ".." else place
    return Path(os.path.realpath(plain.parent)) / plain.name


def link_text(place: Path) -> str:
    """What a link says; git writes it into a plain file where it can't make links."""
    return os.readlink(place) if place.is_symlink() else place.read_bytes().decode()
