"""Text for people: lines that can do nothing to a terminal, and numbers as people read them."""

from __future__ import annotations

import re
import unicodedata

from deployer.checks.credentials import redact

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_COLUMN = 10
_MAX_LINE = 2000  # characters


def printable(text: str) -> str:
    """A line that can do nothing to a terminal, and holds no credential.

    Escape sequences are removed, invisible characters are spelled out:
    https://trojansource.codes.
    """
    plain = redact(_ANSI.sub("", text.replace("\t", "    ").rstrip("\r\n")))[:_MAX_LINE]
    return "".join(
        character if unicodedata.category(character) not in _HIDDEN else _spell_out(character)
        for character in plain
    )


def _spell_out(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def fit(text: str, columns: int) -> str:
    """The beginning of a printable line that takes at most so many columns of a terminal.

    Which characters take two of them, terminals do not agree on: all that are not ASCII count so.
    """
    if len(text) <= columns and text.isascii():
        return text
    shown, left = "", columns - 2  # for the ellipsis
    for character in text:
        left -= 1 if character.isascii() else 2
        if left < 0:
            return f"{shown}…" if columns >= 2 else ""
        shown += character
    return shown


def truncate_end(text: str, longest: int) -> str:
    """The beginning of a text, if it is longer than so many characters."""
    return text if len(text) <= longest else f"{text[:longest - 1]}…"


def truncate_start(text: str, longest: int) -> str:
    """The end of a text, where the commit of a source is."""
    return text if len(text) <= longest else f"…{text[1 - longest:]}"


def labelled_line(label: str, text: str) -> str:
    """One line: a label in its column, then the text, made printable."""
    return f"{label:<{_COLUMN}} {printable(text)}"


def format_size(size: int) -> str:
    """A size in bytes as people read it: `12.3 kB`."""
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def file_count(files: int) -> str:
    """`1 file`, `2 files`."""
    return "1 file" if files == 1 else f"{files} files"


def duration(seconds: float) -> str:
    """Seconds as people read them: `42 s`, `3 min 5 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
