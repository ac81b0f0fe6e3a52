"""A problem: what is wrong in a file that would ship, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

_CLOSE = 0.75


class Level(StrEnum):
    """How bad: an ERROR keeps the Space from running, a WARNING may not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `line` counts from 1; None where no single line is to blame.

    `path` is None where no file is, but the account or the Space.
    """

    path: str | None
    line: int | None
    message: str
    level: Level = Level.ERROR

    def __str__(self) -> str:
        """`README.md:4: what is wrong`."""
        return f"{self.place}: {self.message}"

    @property
    def place(self) -> str:
        """`README.md:4`, or `README.md`; `account` where no file is to blame."""
        path = "account" if self.path is None else self.path
        return path if self.line is None else f"{path}:{self.line}"

    def __lt__(self, other: Problem) -> bool:
        return self._place < other._place

    @property
    def _place(self) -> tuple[str, int, str]:
        return self.path or "", self.line or 0, self.message


def near(word: str, known: Iterable[str], *, cutoff: float = _CLOSE) -> str | None:
    """The known word that was probably meant: one that differs in case or dashes, or is close."""
    by_form = {_form(one): one for one in known}
    close = get_close_matches(_form(word), by_form, n=1, cutoff=cutoff)
    return by_form[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or nothing where no known word is close."""
    meant = near(word, known)
    return "" if meant is None else f"; did you mean `{meant}`?"


def _form(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "").replace("colour", "color")
