"""Split a text at paragraphs, sentences or words, without losing a character.

The pieces that a function here returns, joined, are the original text.
"""

import re
from collections.abc import Callable, Iterable, Iterator

Size = Callable[[str], int]
Cut = Callable[[str], list[str]]

_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")
_WORD_END = re.compile(r"\s+")
_SENTENCE_END = re.compile(
    r"""
      \n[^\S\n]*\n\s*                                   # a blank line
    | \n(?=[^\S\n]*(?:[-*\u2022\u2013]|\d{1,3}[.)])\s)  # the next line is a list item
    | [.!?\u2026]+[\"'\u201d\u2019)\]]*\s+(?=\S)        # a full stop, and more text
    | [\u3002\uff01\uff1f]+[\u300d\u300f\uff09]*\s*     # Chinese and Japanese full stops
    """,
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"(\S+?)\.[\"'\u201d\u2019)\]]*\s+$")
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st jr sr vs e.g i.e cf ca approx no nos fig figs vol pp inc ltd co dept "
    "gen col sen rep rev jan feb mar apr jun jul aug sep sept oct nov dec".split()
)


def paragraphs(text: str) -> list[str]:
    """The text split after each blank line."""
    return _cut(text, (match.end() for match in _PARAGRAPH_END.finditer(text)))


def words(text: str) -> list[str]:
    """The text split after each run of whitespace."""
    return _cut(text, (match.end() for match in _WORD_END.finditer(text)))


def sentences(text: str) -> list[str]:
    """The text split after each sentence, list item or paragraph."""
    return _cut(text, (m.end() for m in _SENTENCE_END.finditer(text) if _ends_a_sentence(text, m)))


def split(text: str, limit: int, size: Size = len) -> list[str]:
    """Split the text into few parts, at natural boundaries, each at most `limit` by `size`."""
    if size(text) <= limit:
        return [text]
    pieces = _pieces(text, limit, size, [paragraphs, sentences, words])
    return list(_pack(pieces, limit, size))


def _cut(text: str, ends: Iterable[int]) -> list[str]:
    edges = sorted({0, *ends, len(text)})
    return [text[start:end] for start, end in zip(edges, edges[1:])]


def _ends_a_sentence(text: str, match: re.Match[str]) -> bool:
    """False for the full stops of "Dr. Who", "J. Smith" and "approx. two"."""
    if match.group().startswith("\n") or "." not in match.group():
        return True
    following = text[match.end()]
    if following.islower():
        return False
    last = _LAST_WORD.search(text, max(0, match.start() - 20), match.end())
    word = last.group(1).lstrip("([\"'\u201c\u2018") if last else ""
    is_initial = len(word) == 1 and word.isalpha() and word.isupper() and word != "I"
    return not is_initial and word.lower() not in _ABBREVIATIONS


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
