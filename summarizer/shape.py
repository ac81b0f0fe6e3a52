"""The shape of an answer (count, words, bullets) as the prompt says, and the length presets."""

import re
from dataclasses import dataclass

from summarizer.languages import LANGUAGES, NUMBERS, asked_language


@dataclass(frozen=True)
class Length:
    """Length of an answer whose prompt names none."""

    words: int
    sentences: int


LENGTHS = {"Short": Length(40, 2), "Medium": Length(100, 4), "Long": Length(200, 8)}
DEFAULT_LENGTH = "Medium"


def _any(part: str) -> str:
    """A pattern of what the languages say of this part of a form."""
    return rf"\b(?:{'|'.join(one.form[part] for one in LANGUAGES)})\b"


_NUMBER = rf"\b(?P<number>\d{{1,4}}|{'|'.join(NUMBERS)})"
_COUNT = re.compile(rf"{_NUMBER}[ -]+(?:of +)?(?:(?:the|most|very) +)*(?:\w+[ -]+)?{_any('units')}")
_A_SENTENCE = re.compile(r"\ban?\s+(?:[a-z]+\s+)?sentence\b")
_TOP = re.compile(rf"\btop[\s-]+{_NUMBER}\b")
_EACH = _any("each")
_WORDS = re.compile(
    rf"(?:(?P<each>{_EACH})[\w ]{{0,20}} )?{_NUMBER}[\s-]+{_any('words')}(?P<after> {_EACH})?"
)
_NO_BULLETS = re.compile(rf"{_any('no')}[\w ]{{0,20}}{_any('bullets')}")
_PARAGRAPHS = re.compile(rf"{_NUMBER}[ -]+(?:\w+[ -]+)?{_any('paragraphs')}")


@dataclass(frozen=True)
class Shape:
    """What a prompt says of the answer's shape; `count` is in sentences or bullets."""

    count: int | None = None
    words: int | None = None
    each: int | None = None  # words of a sentence or bullet
    bullets: bool = False
    only: bool = False
    numbered: bool = False
    paragraphs: int | None = None
    table: bool = False
    language: str | None = None  # name of the language of the answer

    @property
    def is_open(self) -> bool:
        """Whether the prompt leaves the length to the length that was picked."""
        return self.count is None and self.words is None


def shape(prompt: str) -> Shape:
    """Read "three bullets", "2 sentences", "under 50 words" and "only" out of a prompt."""
    asked = prompt.lower()
    count = _number(_COUNT.search(asked) or _TOP.search(asked))
    if count is None and _A_SENTENCE.search(asked):
        count = 1
    words = _number(limit := _WORDS.search(asked))
    each = words if limit and (limit["each"] or limit["after"]) else None
    return Shape(
        count=count,
        words=each * (count or 1) if each else words,
        each=each,
        bullets=says("bullets", asked) and not _NO_BULLETS.search(asked),
        only=says("only", asked),
        numbered=says("numbered", asked),
        paragraphs=_number(_PARAGRAPHS.search(asked)),
        table=says("table", asked),
        language=asked_language(asked),
    )


def says(part: str, asked: str) -> bool:
    """Whether a prompt in lower case has what a language says of this part of a form."""
    return re.search(_any(part), asked) is not None


def _number(found: re.Match[str] | None) -> int | None:
    if found is None:
        return None
    word = found["number"]
    return max(1, int(word)) if word.isdigit() else NUMBERS[word]
