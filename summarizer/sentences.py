"""Split a text into sentences, each with the heading above it, for the extractive summary."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from summarizer import chunks
from summarizer.words import terms

_MAX_SENTENCE = 600
_LIST_MARK = re.compile(r"^(?:[-*\u2022\u2013]|\d{1,3}[.)])\s+")
_MARKED_HEADING = re.compile(r"#{1,6}\s+\S|\*\*[^*]+\*\*:?$")
_MAX_HEADING = 12  # words
_FULL_STOPS = ".!?\u2026,;\u3002\uff01\uff1f\"'\u201d\u2019)"
_GOES_ON = re.compile(
    r"(?:It|Its|They|Their|This|These|That|Those|He|His|She|Her|Both|Such|As a result|However"
    r"|Therefore|Then|Also|So|But|And|Otherwise|Instead|Moreover)\b"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence, its position in the text, its heading, and whether it continues the last one."""

    place: int
    text: str
    heading: str = ""
    goes_on: bool = False  # about what the sentence before it said, in the same paragraph


@dataclass(frozen=True)
class _Piece:
    text: str
    is_heading: bool = False
    is_item: bool = False  # of a list
    goes_on: bool = False


def sentences_of(text: str) -> list[Sentence]:
    """The sentences under their headings, without list marks and duplicates."""
    pieces = list(_pieces(text))
    headings = sum(piece.is_heading for piece in pieces)
    trusted = 2 * headings <= len(pieces)  # else these are the lines of a poem, or a list
    found: dict[str, Sentence] = {}
    heading = ""
    for piece in pieces:
        if piece.is_heading and trusted:
            heading = piece.text
            continue
        if heading.endswith(":") and not piece.is_item:
            heading = ""  # "Bring these:" stands over its list only
        if terms(piece.text) and piece.text not in found:
            found[piece.text] = Sentence(len(found), piece.text, heading, piece.goes_on)
    return list(found.values()) or [Sentence(0, " ".join(text.split()))]


def _pieces(text: str) -> Iterator[_Piece]:
    for paragraph in chunks.paragraphs(text):
        heading, body = _heading_of(paragraph)
        if heading:
            yield _Piece(heading, is_heading=True)
        follows = False
        for sentence in chunks.sentences(body):
            for part in _short_enough(sentence):
                line, marks = _LIST_MARK.subn("", " ".join(part.split()))
                if line:
                    goes_on = follows and bool(_GOES_ON.match(line))
                    yield _Piece(line, is_item=marks > 0, goes_on=goes_on)
                    follows = True


def _heading_of(paragraph: str) -> tuple[str, str]:
    """A paragraph's first line if it is a heading, and the rest."""
    line, _, rest = paragraph.partition("\n")
    title = line.strip()
    if _MARKED_HEADING.match(title):
        return title.strip("#*_ :"), rest
    words = len(title.split())
    if not title[:1].isupper() or words > _MAX_HEADING or title[-1] in _FULL_STOPS:
        return "", paragraph
    if not rest.strip() or (title[-1] == ":" and (words <= 3 or _LIST_MARK.match(rest.lstrip()))):
        return title.strip(":") if words <= 3 else title, rest
    return "", paragraph


def _short_enough(sentence: str) -> list[str]:
    """Text without full stops, such as a log, goes by its lines; without lines, by its words."""
    if len(sentence) <= _MAX_SENTENCE:
        return [sentence]
    lines = sentence.splitlines()
    return [part for line in lines for part in chunks.split(line, _MAX_SENTENCE)]
