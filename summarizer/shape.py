"""The shape of an answer (count, words, bullets) as the prompt says, and the length presets."""

import re
from dataclasses import dataclass

from summarizer.languages import LANGUAGES, asked_language


@dataclass(frozen=True)
class Length:
    """Length of an answer whose prompt names none."""

    words: int
    sentences: int


LENGTHS = {"Short": Length(40, 2), "Medium": Length(100, 4), "Long": Length(200, 8)}
DEFAULT_LENGTH = "Medium"

_NUMBERS = {word: number for one in LANGUAGES for word, number in one.numbers.items()}
_NUMBER = rf"(?P<number>\d{{1,4}}|{'|'.join(_NUMBERS)})"


def _any_of(part: str) -> str:
    return "|".join(one.form[part] for one in LANGUAGES)


_COUNT = re.compile(
    rf"\b{_NUMBER}[ -]+(?:of +)?(?:(?:the|most|very) +)*(?:\w+[ -]+)?(?:{_any_of('units')})\b"
)
_A_SENTENCE = re.compile(r"\ban?\s+(?:[a-z]+\s+)?sentence\b")
_TOP = re.compile(rf"\btop[\s-]+{_NUMBER}\b")
_WORDS = re.compile(
    rf"(?:\b(?P<each>{_any_of('each')})\b[\w ]{{0,20}} )?\b{_NUMBER}[\s-]+(?:{_any_of('words')})\b"
)
_BULLETS = re.compile(rf"\b(?:{_any_of('bullets')})\b")
_NO_BULLETS = re.compile(rf"\b(?:{_any_of('no')})\b[\w ]{{0,20}}\b(?:bullet|{_any_of('bullets')})")
_ONLY = re.compile(rf"\b(?:{_any_of('only')})\b")
_NUMBERED = re.compile(rf"\b(?:{_any_of('numbered')})\b")
_PARAGRAPHS = re.compile(rf"\b{_NUMBER}[ -]+(?:\w+[ -]+)?(?:{_any_of('paragraphs')})\b")
_TABLE = re.compile(rf"\b(?:{_any_of('table')})\b")
_EASY = re.compile(rf"\b(?:{_any_of('easy')})\b")


@dataclass(frozen=True)
class Shape:
    """What a prompt says of the answer's shape; `count` is in sentences or bullets."""

    count: int | None = None
    words: int | None = None
    bullets: bool = False
    only: bool = False
    numbered: bool = False
    paragraphs: int | None = None
    table: bool = False
    easy: bool = False  # for a child, or in simple words
    language: str | None = None  # code of the language of the answer

    @property
    def is_open(self) -> bool:
        """Whether the prompt leaves the length to the length that was picked."""
        return self.count is None and self.words is None


def shape(prompt: str) -> Shape:
    """Read "three bullets", "2 sentences", "under 50 words" and "only" out of a prompt."""
    asked = prompt.lower()
    count = _COUNT.search(asked) or _TOP.search(asked)
    limit = _WORDS.search(asked)
    paragraphs = _PARAGRAPHS.search(asked)
    in_a_sentence = 1 if _A_SENTENCE.search(asked) else None
    number = _number(count["number"]) if count else in_a_sentence
    times = number or 1 if limit and limit["each"] else 1
    return Shape(
        count=number,
        words=times * _number(limit["number"]) if limit else None,
        bullets=bool(_BULLETS.search(asked)) and not _NO_BULLETS.search(asked),
        only=bool(_ONLY.search(asked)),
        numbered=bool(_NUMBERED.search(asked)),
        paragraphs=_number(paragraphs["number"]) if paragraphs else None,
        table=bool(_TABLE.search(asked)),
        easy=bool(_EASY.search(asked)),
        language=asked_language(asked),
    )


def _number(word: str) -> int:
    return max(1, int(word)) if word.isdigit() else _NUMBERS[word]
