"""Check paths and sizes: what the Hub can't store, or a build can't unpack.

https://huggingface.co/docs/hub/storage-limits. Files over 10 MB are allowed: sent over HTTP, they
become LFS files automatically. What one commit may hold is asked of the Hub, in `world/hub/limits`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping

from deployer.problem import Level, Problem
from deployer.source.snapshot import File

MAX_ENTRIES_PER_FOLDER = 10_000
MAX_FILES = 100_000
MAX_REGULAR_FILE_BYTES = 10_000_000
MAX_FILE_BYTES = 500 * 10**9
MAX_RECOMMENDED_FILE_BYTES = 200 * 10**9
# Public reports of "Repository storage limit reached (Max: 1 GB)", and the Hub's staff at
# https://huggingface.co/spaces/lightonai/MCPyLate/discussions/1. Some Spaces are granted more.
MAX_FREE_BYTES = 10**9
MAX_NAME_BYTES = 255  # of a Linux file system
MAX_PATH_BYTES = 4_000  # Linux opens 4,096, and the Space is in /home/user/app

Files = Mapping[str, File]


def check(files: Files) -> list[Problem]:
    """The problems with the paths and sizes of the files to deploy."""
    return sorted(problem for rule in _RULES for problem in rule(files))


def lfs_files(files: Files) -> tuple[tuple[str, int], ...]:
    """The paths and sizes, in bytes, of the files that the Hub stores by Git LFS (Xet)."""
    return tuple(
        (path, file.size) for path, file in files.items() if file.size > MAX_REGULAR_FILE_BYTES
    )


def _folders(files: Files) -> Iterator[Problem]:
    for folder, entries in _entries(files).items():
        if entries > MAX_ENTRIES_PER_FOLDER:
            message = (
                f"{entries:,} entries in one folder, the Hub allows {MAX_ENTRIES_PER_FOLDER:,}"
            )
            fix = "split it into subfolders, or pack the files into an archive"
            yield Problem(folder or ".", None, f"{message}; {fix}", name="path-count")


def _entries(files: Files) -> Counter[str]:
    """The number of files and folders directly in each folder."""
    seen: set[str] = set()
    entries: Counter[str] = Counter()
    for path in files:
        while path and path not in seen:
            seen.add(path)
            path = path.rpartition("/")[0]
            entries[path] += 1
    return entries


def _count(files: Files) -> Iterator[Problem]:
    if len(files) > MAX_FILES:
        message = f"{len(files):,} files to deploy, the Hub recommends at most {MAX_FILES:,}"
        message = f"{message}; move data to a dataset repository"
        yield Problem(".", None, message, Level.WARNING, name="path-count")


def _sizes(files: Files) -> Iterator[Problem]:
    for path, file in files.items():
        if file.size <= MAX_RECOMMENDED_FILE_BYTES:
            continue
        size = f"{file.size / 10**9:,.0f} GB"
        if file.size > MAX_FILE_BYTES:
            message = f"{size}, the Hub allows 500 GB per file; split it"
            yield Problem(path, None, message, name="file-size")
        else:
            message = f"{size}, the Hub recommends at most 200 GB per file; split it"
            yield Problem(path, None, message, Level.WARNING, name="file-size")


def _total(files: Files) -> Iterator[Problem]:
    total = sum(file.size for file in files.values())
    if total > MAX_FREE_BYTES:
        largest = max(files.values(), key=lambda file: file.size)
        size = f"{total / 10**9:,.1f} GB to deploy"
        message = f"{size}, but a free Space may hold 1 GB, its history included"
        fix = f"move {largest.path} to a model or dataset repository, and load it from there"
        message = f"{message}; {fix}"
        yield Problem(largest.path, None, message, Level.WARNING, name="space-size")


def _lengths(files: Files) -> Iterator[Problem]:
    for path in files:
        if len(_bytes(path)) <= MAX_NAME_BYTES:
            continue
        longest = max(len(_bytes(name)) for name in path.split("/"))
        if longest > MAX_NAME_BYTES or len(_bytes(path)) > MAX_PATH_BYTES:
            message = f"a name of {longest} bytes in a path of {len(_bytes(path)):,} bytes"
            limits = f"a build can unpack at most {MAX_NAME_BYTES} and {MAX_PATH_BYTES:,}"
            yield Problem(path, None, f"{message}, {limits}; shorten it", name="path-length")


def _cases(files: Files) -> Iterator[Problem]:
    by_folded: defaultdict[str, list[str]] = defaultdict(list)
    for path in files:
        by_folded[path.casefold()].append(path)
    for paths in by_folded.values():
        if len(paths) > 1:
            first, *others = sorted(paths)
            message = f"differs from {', '.join(others)} only in case"
            reason = "a checkout on macOS or Windows loses one of them"
            message = f"{message}, and {reason}; rename one"
            yield Problem(first, None, message, Level.WARNING, name="path-case")


def _names(files: Files) -> Iterator[Problem]:
    names = {name for path in files for name in path.split("/")}
    flaws = {name: flaw for name in names if (flaw := _flaw(name)) is not None}
    for path in files if flaws else ():
        for name in path.split("/"):
            if name in flaws:
                message = f"the name {name!r} {flaws[name]}; rename it"
                yield Problem(path, None, message, Level.WARNING, name="path-name")
                break


def _flaw(name: str) -> str | None:
    if name != name.strip():
        return "starts or ends with whitespace"
    if name.endswith("."):
        return "ends with a dot"
    if name.isprintable():  # fast, and true of nearly every name
        return None
    controls = any(unicodedata.category(character) == "Cc" for character in name)
    return "contains a control character" if controls else None


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


_RULES: tuple[Callable[[Files], Iterator[Problem]], ...] = (
    _folders,
    _count,
    _sizes,
    _total,
    _lengths,
    _cases,
    _names,
)
