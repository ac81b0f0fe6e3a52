"""The line of each key in a TOML file, which tomllib does not say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Path = tuple[str, ...]

_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*(?P<path>{_DOTTED})[ \t]*\]")
_KEY = re.compile(rf"[ \t]*(?P<path>{_DOTTED})[ \t]*=")
# comments and short texts come into it, since what looks like a long text may begin in them
_LONG_TEXT = re.compile(
    r"""
    (?P<long> \"""(?:\\.|[^\\])*?"{3,5} | '{3}.*?'{3,5} )
    | \#[^\n]* | "(?:\\.|[^"\\\n])*" | '[^'\n]*'
    """,
    re.DOTALL | re.VERBOSE,
)


class TomlLines:
    """The lines of a TOML file's keys, counted from 1; where one stands in braces, of those."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        for number, path in _paths(text):
            for end in range(1, len(path) + 1):
                self._lines.setdefault(path[:end], number)

    def of(self, path: Sequence[str]) -> int | None:
        """The line of a key, else of the nearest table around it; None where none is known."""
        found = (self._lines.get(tuple(path[:end])) for end in range(len(path), 0, -1))
        return next((line for line in found if line is not None), None)


def _paths(text: str) -> Iterator[tuple[int, Path]]:
    """The line and the path of each header and each key, as far as they begin a line."""
    table: Path = ()
    for number, line in enumerate(_LONG_TEXT.sub(_without_long, text).split("\n"), 1):
        if header := _HEADER.match(line):
            table = _split(header["path"])
            yield number, table
        elif key := _KEY.match(line):
            yield number, (*table, *_split(key["path"]))


def _without_long(found: re.Match[str]) -> str:
    """The line breaks of a long text, and all of anything else."""
    return "\n" * found[0].count("\n") if found["long"] else found[0]


def _split(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))
