"""Split a text into sentences, each with the heading above it, for the extractive summary."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sentencex

from summarizer import chunks
from summarizer.languages import ENGLISH, Language
from summarizer.words import tokens

_MAX_SENTENCE = 600
_LIST_MARK = re.compile(r"^(?:[-*\u2022\u2013]|\(?\d{1,3}(?:\.\d{1,2})*[.)])\s+")
_MARKED_HEADING = re.compile(r"#{1,6}\s+\S|\*\*[^*]+\*\*:?$")
_MAX_HEADING = 12  # words
_FULL_STOPS = ".!?\u2026,;\u3002\uff01\uff1f\"'\u201d\u2019)"
# "Dr. Who", "M. Dupont", "der 2. Vorsitzende": more follows, whatever the splitter says
_UNFINISHED = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|MM?|Mmes?|Mlle|Sra?|Fa|Sect|Abs|Nr|No|approx|ca)\.\s*$"
    r"|\b(?:der|die|das|dem|den|des|am|zum|zur|vom|im)\s+\d{1,2}\.\s*$"
)
_OPENS_A_LINE = re.compile(r"[\[(\"\u201e\u201c\u00ab<|\d*\u2022-]|\w{1,20}:\s|[^\W\d_a-z]")
_GOES_ON = re.compile(
    r"(?:It|Its|They|Their|This|These|That|Those|He|His|She|Her|Both|Such|As a result|However"
    r"|Therefore|Then|Also|So|But|And|Otherwise|Instead|Moreover"
    r"|Dies\w*|Dabei|Deshalb|Daher|Dann|Aber|Er|Sie|Es|Il|Elle|Ils|Ce|Cela|Mais|Donc|Esto|Pero)\b"
)


@dataclass(frozen=True)
class Sentence:
    """A sentence, its position in the text, its heading, and whether it continues the last one."""

    place: int
    text: str
    heading: str = ""
    goes_on: bool = False  # about what the sentence before it said, in the same paragraph
    paragraph: int = 0


@dataclass(frozen=True)
class _Piece:
    text: str
    paragraph: int
    is_heading: bool = False
    is_item: bool = False  # of a list
    goes_on: bool = False


def split_sentences(text: str, language: Language = ENGLISH) -> list[str]:
    """The sentences and list items of a text as they stand, with the whitespace after them."""
    found: list[str] = []
    for piece in sentencex.segment(language.code, text):
        if found and (_UNFINISHED.search(found[-1]) or _is_label(found[-1])):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def sentences_of(text: str, language: Language = ENGLISH) -> list[Sentence]:
    """The sentences under their headings, without list marks and duplicates."""
    pieces = list(_pieces(text, language))
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
        if language.terms(piece.text) and piece.text not in found:
            found[piece.text] = Sentence(
                len(found), piece.text, heading, piece.goes_on, piece.paragraph
            )
    return list(found.values()) or [Sentence(0, " ".join(text.split()))]


def _is_label(piece: str) -> bool:
    """A word or number with a full stop, such as "1." and "Fees.": the sentence comes after it."""
    return piece.rstrip(" ").endswith(".") and len(tokens(piece)) == 1 and piece.strip().isascii()


def _pieces(text: str, language: Language) -> Iterator[_Piece]:
    for number, paragraph in enumerate(chunks.paragraphs(text)):
        heading, body = _heading_of(paragraph)
        if heading:
            yield _Piece(heading, number, is_heading=True)
        follows = False
        for block in _blocks(body):
            for sentence in split_sentences(block, language):
                for part in _short_enough(sentence):
                    line, marks = _LIST_MARK.subn("", " ".join(part.split()))
                    if line:
                        goes_on = follows and bool(_GOES_ON.match(line))
                        yield _Piece(line, number, is_item=marks > 0, goes_on=goes_on)
                        follows = True


def _blocks(paragraph: str) -> Iterator[str]:
    """Split where a line ends although the next word had room, as in a chat, a table or a poem."""
    lines = paragraph.splitlines(keepends=True)
    width = max((len(line.rstrip()) for line in lines), default=0)
    block = ""
    for line, following in zip(lines, [*lines[1:], ""]):
        block += line
        room = width - len(line.rstrip())
        first = following.split(maxsplit=1)[:1]
        if first and len(first[0]) + 1 < room and _OPENS_A_LINE.match(following.lstrip()):
            yield block
            block = ""
    yield block


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
