"""Split a text at paragraphs, sentences or lines, without losing a character.

The pieces that a function here returns, joined, are the original text.
"""

import re
from collections.abc import Iterable
from itertools import accumulate, chain, pairwise

import sentencex

from summarizer.languages import ENGLISH, Language

_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")
_SPACE = re.compile(r"[^\S\n]")  # sentencex 1.0.32 panics at "J\u00a0."
# "Dr. Who", "M. Dupont", "der 2. Vorsitzende": the sentence goes on; "1.", "Fees.": it comes next
_UNFINISHED = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|MM?|Mmes?|Mlle|Sra?|Fa|Sect|Abs|Nr|approx|ca)\.\s?$"
    r"|\b(?i:der|die|das|dem|den|des|am|zum|zur|vom|im)\s+\d{1,2}\.\s?$"
    r"|^\s*(?:\w+\. ?){1,2}$"
)
_LONG = 600  # characters, after which nothing is joined
_OVER = re.compile(r"(?:(?<=\bMay\.)|(?<=\bno\.))(?=\s+[A-Z])")  # no abbreviations


def paragraphs(text: str) -> list[str]:
    """The text split after each blank line."""
    return _cut(text, (match.end() for match in _PARAGRAPH_END.finditer(text)))


def sentences(text: str, language: Language = ENGLISH) -> list[str]:
    """The text split after each sentence, list item or paragraph."""
    found: list[str] = []
    for paragraph in paragraphs(text):
        plain = sentencex.segment(language.code, _SPACE.sub(" ", paragraph))
        pieces = _cut(paragraph, accumulate(map(len, plain)))
        for piece in chain.from_iterable(map(_OVER.split, pieces)):
            if found and len(found[-1]) < _LONG and _UNFINISHED.search(found[-1]):
                found[-1] += piece
            else:
                found.append(piece)
    return found


def split(text: str, limit: int) -> list[str]:
    """The text in parts of at most so many characters: its lines, or else some of its words."""
    if len(text) <= limit:
        return [text]
    part = re.compile(rf".{{1,{limit}}}(?!\S)|.{{1,{limit}}}", re.DOTALL)
    return [found for line in text.splitlines(keepends=True) for found in part.findall(line)]


def _cut(text: str, ends: Iterable[int]) -> list[str]:
    edges = sorted({0, *ends, len(text)})
    return [text[start:end] for start, end in pairwise(edges)]
