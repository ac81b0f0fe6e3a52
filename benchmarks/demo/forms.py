"""Thirty prompts that ask for a form, such as bullets or a length, and how an answer is checked.

The cases are in `tests/demo/forms`: prompts on a text of the file, or of `tests/demo/aspects`.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from summarizer.languages import language_of
from summarizer.sentences import split_sentences
from summarizer.words import count

_CASES = Path(__file__).parents[2] / "tests" / "demo"
_BULLET = re.compile(r"\s*[-*\u2022\u2013]\s+\S")
_NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s+\S")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-{2,}")
_EASY = 14  # words in a sentence, on average


@dataclass(frozen=True)
class Form:
    """A prompt on a text, and what the form that it asks for demands of an answer."""

    name: str
    text: str
    prompt: str
    demands: dict[str, Any]

    def unmet(self, answer: str) -> list[str]:
        """The names of the demands that the answer does not meet; none: it has the form."""
        return [
            name
            for name, value in self.demands.items()
            if not (answer.strip() and _CHECKS[name](answer, value))
        ]


def forms() -> list[Form]:
    """All cases, in the order of their files."""
    found = []
    for file in sorted((_CASES / "forms").glob("*.toml")):
        read = tomllib.loads(file.read_text("utf-8"))
        for case in read["cases"]:
            name = case.pop("text", file.stem)
            text = read.get("text") or _text_of(name)
            found.append(Form(name, text, case.pop("prompt"), case))
    return found


def _text_of(name: str) -> str:
    text: str = tomllib.loads((_CASES / "aspects" / f"{name}.toml").read_text("utf-8"))["text"]
    return text


def _lines(answer: str) -> list[str]:
    return [line for line in answer.splitlines() if line.strip()]


def _are(mark: re.Pattern[str], answer: str, number: int) -> bool:
    """Whether all lines have this mark, and there are that many (0: two or more)."""
    lines = _lines(answer)
    return all(map(mark.match, lines)) and (len(lines) == number if number else len(lines) >= 2)


def _is_table(answer: str, _wanted: bool) -> bool:
    rows = [line for line in _lines(answer) if line.count("|") >= 2]
    return len(rows) >= 3 and len(rows) == len(_lines(answer)) and bool(_TABLE_RULE.match(rows[1]))


def _is_prose(answer: str, _wanted: bool) -> bool:
    return not any(_BULLET.match(line) or _NUMBERED.match(line) for line in _lines(answer))


def _sentences(answer: str) -> list[str]:
    return [
        sentence for sentence in split_sentences(answer, language_of(answer)) if sentence.strip()
    ]


def _is_easy(answer: str, _wanted: bool) -> bool:
    return count(answer) <= _EASY * len(_sentences(answer))


_CHECKS: dict[str, Callable[[str, Any], bool]] = {
    "bullets": lambda answer, number: _are(_BULLET, answer, number),
    "numbered": lambda answer, number: _are(_NUMBERED, answer, number),
    "sentences": lambda answer, number: len(_sentences(answer)) == number,
    "paragraphs": lambda answer, number: len(re.split(r"\n\s*\n", answer.strip())) == number,
    "lines": lambda answer, number: len(_lines(answer)) == number,
    "max_words": lambda answer, limit: count(answer) <= limit,
    "language": lambda answer, code: language_of(answer).code == code,
    "table": _is_table,
    "prose": _is_prose,
    "easy": _is_easy,
}
