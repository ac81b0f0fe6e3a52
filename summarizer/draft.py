"""Turn what a model writes, as it comes, into lines that the text supports.

A sentence that the text does not support is replaced by the next sentence of the text that answers
the prompt; one that repeats another is left out.
"""

import re
from collections.abc import Iterator

from summarizer.answer import Line
from summarizer.extract import MAX_SENTENCES, Ranking
from summarizer.grounding import Grounds
from summarizer.languages import Language, language_of
from summarizer.request import Request
from summarizer.sentences import ENDED, split_sentences
from summarizer.words import count, tokens

_COVERED = 0.6  # of a clause's words that the text must have
_REWORDED = 0.3  # the same where the prompt asks for other words
_SAME = 0.8  # of a sentence's words that another has, too
_MARKS = re.compile(r"^\s*(?:(?:[-*\u2022\u2013>]|\(?\d{1,3}[.)])\s+)*|\*\*|__|`")
_TITLE = re.compile(r"^\s*#+\s|:\W*$|^\W*$")
_CHATTER = re.compile(
    r"(?:I(?:['\u2019](?:m|ll)| am| will)|Sure|Of course|Here(?:['\u2019]s| is| are))\b"
)
_ROW = re.compile(r"^\s*\|.*\|\s*$")


class Draft:
    """The lines of an answer that is being written."""

    def __init__(self, request: Request, ranking: Ranking, best: list[str]) -> None:
        self.lines: list[Line] = []
        self._shape = request.shape
        self._most_words = self._shape.words or (request.length.words if self._shape.is_open else 0)
        self._is_prose = not (self._shape.bullets or self._shape.numbered or self._shape.table)
        self._least_lines = self._shape.count or request.length.sentences
        self._is_general = not ranking.on_topic
        self._language = ranking.language
        is_reworded = ranking.asked.beyond and not (self._shape.table or request.translated_into)
        self._share = _REWORDED if is_reworded else _COVERED
        self._grounds = Grounds([one.text for one in ranking.sentences], self._language)
        self._quotes = best
        self._used: set[str] = set()  # sentences of the text that lines say in other words
        self._rest = ""

    @property
    def is_full(self) -> bool:
        """Whether the answer is as long as it may be."""
        most_lines = self._shape.count or MAX_SENTENCES
        return len(self.lines) == most_lines or 0 < self._most_words <= self._words

    @property
    def _words(self) -> int:
        return sum(count(line.text) for line in self.lines)

    def add(self, piece: str) -> None:
        """Take what the model wrote next, up to the last sentence that has ended."""
        units = list(_units(self._rest + piece, self._language))
        self._rest = "" if not units or units[-1].endswith("\n") else units.pop()
        for unit in units:
            self._take(unit)

    def end(self) -> None:
        """Take the last sentence if it is whole, and quote where too little was written."""
        if ENDED.search(self._rest):
            self._take(self._rest)
        if self.lines and not self._shape.count and not self._is_general:
            return
        while len(self.lines) < self._least_lines and not self.is_full and (quote := self._quote()):
            self.lines.append(quote)

    def _take(self, unit: str) -> None:
        text = _MARKS.sub("", unit).strip()
        ends_line = unit.endswith("\n")
        in_a_row = self._grounds.has_in_a_row(text)
        idle = _TITLE.search(text) or (_CHATTER.match(text) and not in_a_row)
        if self.is_full or idle or self._is_said(text):
            return
        is_whole = ENDED.search(text) or text != unit.strip() or not self._is_prose
        if is_whole and self._fits(text) and (in_a_row or self._is_supported(text)):
            self._used.update(self._grounds.nearest(text))
            self.lines.append(Line(text, in_a_row, ends_line))
        elif quote := self._quote(ends_line):
            self.lines.append(quote)

    def _is_supported(self, text: str) -> bool:
        if self._shape.table and not self.lines and _ROW.match(text):
            return self._grounds.has_facts_of(text)  # the head of a table
        return (
            language_of(text, self._language) == self._language
            and self._grounds.has_facts_of(text)
            and self._grounds.supports(text, self._share)
        )

    def _fits(self, text: str) -> bool:
        limit = self._shape.words
        return not limit or self._words + count(text) <= limit

    def _quote(self, ends_line: bool = False) -> Line | None:
        """The next sentence that answers the prompt and was not said."""
        for text in self._quotes:
            if self._fits(text) and text not in self._used and not self._is_said(text):
                return Line(text, True, ends_line)
        return None

    def _is_said(self, text: str) -> bool:
        words = set(tokens(text))
        others = [set(tokens(line.text)) for line in self.lines]
        shared = [len(words & other) / (min(len(words), len(other)) or 1) for other in others]
        return max(shared, default=0.0) >= _SAME


def _units(text: str, language: Language) -> Iterator[str]:
    """Sentences, list items and table rows, with the whitespace after them."""
    for line in text.splitlines(keepends=True):
        yield from [line] if _ROW.match(line) else split_sentences(line, language)
