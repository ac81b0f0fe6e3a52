"""Split a text at paragraphs, sentences or words, without losing a character.

The pieces that a function here returns, joined, are the original text.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, chain

import sentencex

from summarizer.languages import ENGLISH, Language

Size = Callable[[str], int]
Cut = Callable[[str], list[str]]

_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")
_SPACE = re.compile(r"[^\S\n]")  # sentencex 1.0.32 panics at "J\u00a0."
_WORD_END = re.compile(r"\s+")
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


def words(text: str) -> list[str]:
    """The text split after each run of whitespace."""
    return _cut(text, (match.end() for match in _WORD_END.finditer(text)))


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


def split(text: str, limit: int, size: Size = len) -> list[str]:
    """Split the text into few parts, at natural boundaries, each at most `limit` by `size`."""
    if size(text) <= limit:
        return [text]
    pieces = _pieces(text, limit, size, [paragraphs, sentences, words])
    return list(_pack(pieces, limit, size))


def _cut(text: str, ends: Iterable[int]) -> list[str]:
    edges = sorted({0, *ends, len(text)})
    return [text[start:end] for start, end in zip(edges, edges[1:])]


def _pieces(text: str, limit: int, size: Size, cuts: list[Cut]) -> Iterator[str]:
    """Pieces that fit, split at the coarsest boundary that is fine enough."""
    if size(text) <= limit:
        yield text
    elif cuts:
        for piece in cuts[0](text):
            yield from _pieces(piece, limit, size, cuts[1:])
    else:
        yield from _halves(text, limit, size)


def _halves(text: str, limit: int, size: Size) -> Iterator[str]:
    """The last resort for a "word" longer than a part: halve it."""
    if len(text) <= 1 or size(text) <= limit:
        yield text
        return
    middle = len(text) // 2
    yield from _halves(text[:middle], limit, size)
    yield from _halves(text[middle:], limit, size)


def _pack(pieces: Iterable[str], limit: int, size: Size) -> Iterator[str]:
    """Join adjacent pieces for as long as they fit together."""
    part: list[str] = []
    used = 0
    for piece in pieces:
        cost = size(piece)
        if part and used + cost > limit:
            yield "".join(part)
            part, used = [], 0
        part.append(piece)
        used += cost
    if part:
        yield "".join(part)
