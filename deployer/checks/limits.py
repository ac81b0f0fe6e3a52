"""Rules over the paths and sizes of what ships: what the Hub can't hold, or a build can't unpack.

https://huggingface.co/docs/hub/storage-limits. Files over 10 MB are no problem: sent over HTTP,
they become LFS files by themselves. How much one commit may hold is asked of the Hub, in `limits`.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping

from deployer.problem import Level, Problem
from deployer.source.snapshot import File

MAX_ENTRIES_PER_FOLDER = 10_000
MAX_FILES = 100_000
MAX_REGULAR_FILE_BYTES = 10_000_000  # bytes of one file
MAX_FILE_BYTES = 500 * 10**9
LARGE_FILE_BYTES = 200 * 10**9
MAX_NAME_BYTES = 255  # bytes; of a Linux file system
MAX_PATH_BYTES = 4_000  # bytes; Linux opens 4,096, and the Space lies below /home/user/app

Files = Mapping[str, File]


def check(files: Files) -> list[Problem]:
    """What is wrong with the paths and sizes of the files that ship."""
    return sorted(problem for rule in _RULES for problem in rule(files))


def lfs_files(files: Files) -> tuple[tuple[str, int], ...]:
    """The paths and sizes, in bytes, of the files that the Hub keeps apart from git."""
    return tuple(
        (path, file.size) for path, file in files.items() if file.size > MAX_REGULAR_FILE_BYTES
    )


def _folders(files: Files) -> Iterator[Problem]:
    for folder, entries in _entries(files).items():
        if entries > MAX_ENTRIES_PER_FOLDER:
            said = f"this folder has {entries:,} entries; the Hub takes {MAX_ENTRIES_PER_FOLDER:,}"
            yield Problem(folder or ".", None, f"{said}: spread them over folders, or pack them")


def _entries(files: Files) -> Counter[str]:
    """How many files and folders each folder holds."""
    seen: set[str] = set()
    entries: Counter[str] = Counter()
    for path in files:
        while path and path not in seen:
            seen.add(path)
            path = path.rpartition("/")[0]
            entries[path] += 1
    return entries


def _number(files: Files) -> Iterator[Problem]:
    if len(files) > MAX_FILES:
        said = f"{len(files):,} files would ship; the Hub recommends at most {MAX_FILES:,}"
        yield Problem(".", None, f"{said}: keep data in a dataset repository", Level.WARNING)


def _sizes(files: Files) -> Iterator[Problem]:
    for path, file in files.items():
        gigabytes = f"it has {file.size / 10**9:,.0f} GB"
        if file.size > MAX_FILE_BYTES:
            yield Problem(path, None, f"{gigabytes}; no file may exceed 500 GB: split it")
        elif file.size > LARGE_FILE_BYTES:
            said = f"{gigabytes}; the Hub recommends files below 200 GB: split it"
            yield Problem(path, None, said, Level.WARNING)


def _lengths(files: Files) -> Iterator[Problem]:
    for path in files:
        longest = max(len(_bytes(name)) for name in path.split("/"))
        if longest > MAX_NAME_BYTES or len(_bytes(path)) > MAX_PATH_BYTES:
            said = f"a name of {longest} bytes in a path of {len(_bytes(path))}"
            most = f"{MAX_NAME_BYTES} and {MAX_PATH_BYTES:,} are the most that a build can unpack"
            yield Problem(path, None, f"{said}; {most}: shorten it")


def _cases(files: Files) -> Iterator[Problem]:
    same: defaultdict[str, list[str]] = defaultdict(list)
    for path in files:
        same[path.casefold()].append(path)
    for paths in same.values():
        first, *others = sorted(paths)
        if others:
            said = f"it differs from {', '.join(others)} only in its capitals"
            mend = "a checkout on macOS or Windows loses one of them"
            yield Problem(first, None, f"{said}: {mend}", Level.WARNING)


def _ends(files: Files) -> Iterator[Problem]:
    for path in files:
        for name in path.split("/"):
            said = _odd(name)
            if said is not None:
                yield Problem(path, None, f"the name {name!r} {said}: rename it", Level.WARNING)
                break


def _odd(name: str) -> str | None:
    if name != name.strip():
        return "starts or ends with a blank"
    if name.endswith("."):
        return "ends with a dot"
    if name.isprintable():  # quick, and true of nearly every name
        return None
    controls = any(unicodedata.category(letter) == "Cc" for letter in name)
    return "holds a control character" if controls else None


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


_RULES: tuple[Callable[[Files], Iterator[Problem]], ...] = (
    _folders,
    _number,
    _sizes,
    _lengths,
    _cases,
    _ends,
)
