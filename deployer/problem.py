"""A problem: what is wrong in a file to deploy, at which line, and how to fix it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import KW_ONLY, dataclass
from enum import StrEnum

from deployer.errors import Finding
from deployer.finding_names import FindingName

_MIN_SIMILARITY = 0.75  # as difflib measures it, from 0 to 1


class Level(StrEnum):
    """How bad a problem is: an ERROR keeps the Space from running, a WARNING may not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding of a check.

    `line` counts from 1, None where no single line is at fault; `path` is None where no file is,
    but the account or the Space. `name` is the check's, by which it can be ignored.
    """

    path: str | None
    line: int | None
    message: str
    level: Level = Level.ERROR
    _: KW_ONLY
    name: FindingName

    def __str__(self) -> str:
        """`README.md:4: what is wrong [name]`."""
        return f"{self.location}: {self.text}"

    @property
    def text(self) -> str:
        """`what is wrong [name]`."""
        return f"{self.message} [{self.name}]"

    @property
    def location(self) -> str:
        """`README.md:4`, or `README.md`; `account` where no file is at fault."""
        path = "account" if self.path is None else self.path
        return path if self.line is None else f"{path}:{self.line}"

    @property
    def finding(self) -> Finding:
        """Where it is, and what is wrong there."""
        return Finding(self.path, self.line, self.text)

    def __lt__(self, other: Problem) -> bool:
        return self._sort_key < other._sort_key

    @property
    def _sort_key(self) -> tuple[str, int, str]:
        return self.path or "", self.line or 0, self.message


def not_ignored(problems: Iterable[Problem], ignored: Collection[str]) -> list[Problem]:
    """The problems whose names are not among the ignored ones."""
    return [problem for problem in problems if problem.name not in ignored]


def closest_match(
    word: str, known: Iterable[str], *, cutoff: float = _MIN_SIMILARITY
) -> str | None:
    """The known word that was probably meant: one that differs in case or dashes, or is similar."""
    from difflib import get_close_matches  # pylint: disable=import-outside-toplevel

    by_key = {_normalized(one): one for one in known}
    similar = get_close_matches(_normalized(word), by_key, n=1, cutoff=cutoff)
    return by_key[similar[0]] if similar else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean ...?`, or an empty string where no known word is similar."""
    match = closest_match(word, known)
    return "" if match is None else f"; did you mean `{match}`?"


def _normalized(word: str) -> str:
    return word.lower().replace("-", "").replace("_", "").replace("colour", "color")
