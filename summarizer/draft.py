"""Turn what a model writes, as it comes, into lines that the text supports.

A sentence that the text does not support is replaced by the next sentence of the text that answers
the prompt; one that repeats another is left out.
"""

import re
from collections.abc import Iterator

from summarizer.answer import Line
from summarizer.extract import MAX_SENTENCES
from summarizer.facets import query
from summarizer.grounding import Grounds
from summarizer.languages import BY_CODE, ENGLISH, Language, language_of
from summarizer.request import Request
from summarizer.sentences import split_sentences
from summarizer.words import count, tokens

_COVERED = 0.6  # of a sentence's words that the text must have
_REWORDED = 0.3  # the same where the prompt asks for other words
_EASY = 16  # words in a sentence for a child
_SENTENCE = 7  # words; fewer without a full stop are a title, or "Yours sincerely"
_SAME = 0.8  # of a sentence's words that another has, too
_MARKS = re.compile(r"^\s*(?:(?:[-*\u2022\u2013>]|\(?\d{1,3}[.)])\s+)*|\*\*|__|`")
_TITLE = re.compile(r"^\s*#+\s|:\W*$|^\W*$")
_CHATTER = re.compile(
    r"(?:I(?:['\u2019](?:m|ll)| am| will)|Sure|Of course|Here(?:['\u2019]s| is| are))\b"
)
_ROW = re.compile(r"^\s*\|.*\|\s*$")
_ENDED = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)\]*]*\s*$")


class Draft:
    """The lines of an answer that is being written."""

    def __init__(self, request: Request, sentences: list[str], best: list[str]) -> None:
        self.lines: list[Line] = []
        self._shape = request.shape
        self._most_words = self._shape.words or (request.length.words if self._shape.is_open else 0)
        self._is_prose = self._shape.is_open and not (
            self._shape.bullets or self._shape.numbered or self._shape.table
        )
        self._least_lines = self._shape.count or request.length.sentences
        text_language = language_of(request.text)
        wanted = self._shape.language
        self._language = BY_CODE.get(wanted or "", text_language)
        self._is_translated = wanted not in (None, text_language.code)
        beyond = query(request.prompt, text_language).beyond and not self._shape.table
        self._share = _REWORDED if beyond and not self._is_translated else _COVERED
        self._grounds = Grounds(sentences, text_language)
        whole = [one for one in best if _ENDED.search(one) or count(one) >= _SENTENCE]
        self._quotes = [] if self._is_translated else whole or best
        self._used: set[str] = set()  # sentences of the text that lines say in other words
        self._rest = ""
        self._lead = ""

    @property
    def is_full(self) -> bool:
        """Whether the answer is as long as it may be."""
        words = sum(count(line.text) for line in self.lines)
        most_lines = self._shape.count or MAX_SENTENCES
        return len(self.lines) == most_lines or 0 < self._most_words <= words

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
        while len(self.lines) < self._least_lines and not self.is_full and (quote := self._quote()):
            self.lines.append(quote)

    def _take(self, unit: str) -> None:
        text = _MARKS.sub("", unit).strip()
        lead, self._lead = self._lead, _lead_of(unit, text)
        in_a_row = not self._is_translated and self._grounds.has_in_a_row(text)
        idle = _TITLE.search(text) or (_CHATTER.match(text) and not in_a_row)
        if self.is_full or idle or self._is_said(text):
            return
        is_whole = _ENDED.search(text) or text != unit.strip() or not self._is_prose
        if is_whole and self._fits(text) and (in_a_row or self._is_supported(text)):
            self._used.update(self._grounds.nearest(text))
            self.lines.append(Line(text, in_a_row, lead))
        elif quote := self._quote(lead):
            self.lines.append(quote)

    def _is_supported(self, text: str) -> bool:
        if self._shape.table and not self.lines and _ROW.match(text):
            return self._grounds.has_facts_of(text, self._language)  # the head of a table
        otherwise = ENGLISH if self._is_translated else self._language
        if self._shape.language != "other" and language_of(text, otherwise) != self._language:
            return False
        return self._grounds.has_facts_of(text, self._language) and (
            self._is_translated or self._grounds.supports(text, self._share)
        )

    def _fits(self, text: str) -> bool:
        limit = _EASY if self._shape.easy else 1_000
        if self._shape.words:
            limit = min(limit, self._shape.words - sum(count(line.text) for line in self.lines))
        return count(text) <= limit

    def _quote(self, lead: str = " ") -> Line | None:
        """The next sentence that answers the prompt and was not said."""
        for text in self._quotes:
            if self._fits(text) and text not in self._used and not self._is_said(text):
                return Line(text, True, lead)
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


def _lead_of(unit: str, text: str) -> str:
    """What sets the next sentence apart from this one."""
    if not unit.endswith("\n"):
        return " "
    return "\n" if text else "\n\n"
