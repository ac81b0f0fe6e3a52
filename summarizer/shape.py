"""The shape of an answer (count, words, bullets) as the prompt says, and the length presets."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Length:
    """Length of an answer whose prompt names none."""

    words: int
    sentences: int


LENGTHS = {"Short": Length(40, 2), "Medium": Length(100, 4), "Long": Length(200, 8)}
DEFAULT_LENGTH = "Medium"

_NUMBERS = {
    "one": 1,
    "single": 1,
    "two": 2,
    "couple": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
}
_NUMBER = r"(?P<number>\d{1,4}|" + "|".join(_NUMBERS) + ")"
_UNITS = r"(?:sentence|bullet|point|line|item|thing|fact|takeaway|highlight|risk|reason|idea)s?"
_COUNT = re.compile(rf"\b{_NUMBER}[ -]+(?:of +)?(?:(?:the|most|very) +)*(?:[a-z]+[ -]+)?{_UNITS}\b")
_A_SENTENCE = re.compile(r"\ban?\s+(?:[a-z]+\s+)?sentence\b")
_TOP = re.compile(rf"\btop[\s-]+{_NUMBER}\b")
_WORDS = re.compile(r"\b(?P<number>\d{1,4})[\s-]+words?\b")
_BULLETS = re.compile(r"\b(?:bullets?|bulleted|lists?|points(?! of))\b")
_NO_BULLETS = re.compile(r"\b(?:no|not|without|avoid|don['\u2019]t)\b[a-z ]{0,20}\b(?:bullet|list)")
_ONLY = re.compile(r"\b(?:only|just|nothing but|solely|exclusively)\b")


@dataclass(frozen=True)
class Shape:
    """What a prompt says of the answer's shape; `count` is in sentences or bullets."""

    count: int | None = None
    words: int | None = None
    bullets: bool = False
    only: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the prompt leaves the length to the length that was picked."""
        return self.count is None and self.words is None


def shape(prompt: str) -> Shape:
    """Read "three bullets", "2 sentences", "under 50 words" and "only" out of a prompt."""
    asked = prompt.lower()
    count = _COUNT.search(asked) or _TOP.search(asked)
    limit = _WORDS.search(asked)
    in_a_sentence = 1 if _A_SENTENCE.search(asked) else None
    return Shape(
        count=_number(count["number"]) if count else in_a_sentence,
        words=_number(limit["number"]) if limit else None,
        bullets=bool(_BULLETS.search(asked)) and not _NO_BULLETS.search(asked),
        only=bool(_ONLY.search(asked)),
    )


def _number(word: str) -> int:
    return max(1, int(word)) if word.isdigit() else _NUMBERS[word]
