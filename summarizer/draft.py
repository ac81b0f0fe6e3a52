"""Turn what a model writes, as it comes, into lines that the text supports.

A sentence that the text does not support is replaced by the one that it comes nearest to, or else
by the next that answers the prompt; one that repeats another is left out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from summarizer.extract import MAX_SENTENCES
from summarizer.grounding import Grounds
from summarizer.languages import LANGUAGES, Language, language_of
from summarizer.request import Request
from summarizer.chunks import sentences as split_sentences
from summarizer.words import count, tokens

_COVERED = 0.6  # of a sentence's words that the text must have
_REWORDED = 0.3  # the same where the prompt asks for other words
_EASY = 16  # words in a sentence for a child
_NEAR = 6  # of the best sentences, that the nearest must be among
_SAME = 0.8  # of a sentence's words that another has, too
_TELLING = 5  # words that show a sentence's language
_MARKS = re.compile(r"^\s*(?:(?:[-*\u2022\u2013>]|\(?\d{1,3}[.)])\s+)*|\*\*|__|`")
_TITLE = re.compile(r"^\s*#+\s|:\W*$|^\W*$")
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_ENDED = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)\]*]*\s*$")


@dataclass(frozen=True)
class Line:
    """A sentence, bullet or table row of the answer; `lead` is what the model put before it."""

    text: str
    is_quoted: bool = False
    lead: str = " "


class Draft:
    """The lines of an answer that is being written."""

    def __init__(self, request: Request, sentences: list[str], best: list[str]) -> None:
        self.lines: list[Line] = []
        self.replaced = 0
        self._shape = request.shape
        self._most_words = self._shape.words or (request.length.words if self._shape.is_open else 0)
        self._most_lines = self._shape.count or MAX_SENTENCES
        self._least_lines = self._shape.count or request.length.sentences
        text_language = language_of(request.text)
        self._language = _language(self._shape.language, text_language)
        self.is_translated = self._shape.language not in (None, text_language.code)
        self._grounds = Grounds(sentences, text_language)
        self._quotes = [] if self.is_translated else best
        self._rest = ""
        self._lead = ""

    @property
    def is_full(self) -> bool:
        """Whether the answer is as long as it may be."""
        words = sum(count(line.text) for line in self.lines)
        return len(self.lines) == self._most_lines or 0 < self._most_words <= words

    def add(self, piece: str) -> None:
        """Take what the model wrote next, up to the last sentence that has ended."""
        units = list(_units(self._rest + piece, self._language))
        self._rest = "" if not units or units[-1].endswith("\n") else units.pop()
        for unit in units:
            self._take(unit)

    def end(self, cut_off: bool) -> None:
        """Take the last sentence if it is whole, and quote where too little was written."""
        if not cut_off or _ENDED.search(self._rest):
            self._take(self._rest)
        if self.lines and not self._shape.count:
            return
        while len(self.lines) < self._least_lines and not self.is_full and (quote := self._quote("")):
            self.lines.append(quote)

    def _take(self, unit: str) -> None:
        text = _MARKS.sub("", unit).strip()
        lead, self._lead = self._lead, _lead_of(unit, text)
        if self.is_full or _TITLE.search(text) or self._is_said(text):
            return
        line: Line | None
        if self._grounds.has_in_a_row(text) and self._fits(text):
            line = Line(text, not self.is_translated, lead)
        elif self._is_supported(text) and self._fits(text):
            line = Line(text, False, lead)
        else:
            self.replaced += 1
            line = self._quote(text, lead)
        if line:
            self.lines.append(line)

    def _is_supported(self, text: str) -> bool:
        if len(tokens(text)) >= _TELLING and language_of(text, self._language) != self._language:
            return False
        if not self._grounds.has_facts_of(text, self._language):
            return False
        share = _REWORDED if self._shape.easy else _COVERED
        return self.is_translated or self._grounds.supports(text, share)

    def _fits(self, text: str) -> bool:
        limit = _EASY if self._shape.easy else 1_000
        if self._shape.words:
            limit = min(limit, self._shape.words - sum(count(line.text) for line in self.lines))
        return count(text) <= limit

    def _quote(self, instead_of: str, lead: str = " ") -> Line | None:
        """The nearest sentence among those that answer the prompt, else the next of them."""
        left = [text for text in self._quotes if self._fits(text) and not self._is_said(text)]
        near = [self._grounds.sentences[place] for place in self._grounds.sources(instead_of)]
        text = next((text for text in near if text in left[:_NEAR]), left[0] if left else None)
        return Line(text, True, lead) if text else None

    def _is_said(self, text: str) -> bool:
        return any(_are_alike(text, line.text) for line in self.lines)


def _language(code: str | None, otherwise: Language) -> Language:
    return next((language for language in LANGUAGES if language.code == code), otherwise)


def _units(text: str, language: Language) -> Iterator[str]:
    """Sentences, list items and table rows, with the whitespace after them."""
    for line in text.splitlines(keepends=True):
        yield from [line] if _ROW.match(line) else split_sentences(line, language)


def _lead_of(unit: str, text: str) -> str:
    """What sets the next sentence apart from this one."""
    if not unit.endswith("\n"):
        return " "
    return "\n" if text else "\n\n"


def _are_alike(one: str, other: str) -> bool:
    ones, others = set(tokens(one)), set(tokens(other))
    fewer = min(len(ones), len(others))
    return fewer > 0 and len(ones & others) >= _SAME * fewer
