"""Split a text into its sentences, and find the heading above each."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from textwrap import wrap

import sentencex

from summarizer.languages import ENGLISH, Language

_MAX_SENTENCE = 600  # characters
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")
_SPACE = re.compile(r"[^\S\n]")  # sentencex 1.0.32 panics at "J\u00a0."
# "Dr. Who", "M. Dupont", "der 2. Vorsitzende": the sentence goes on; "1.", "Fees.": it comes next
_UNFINISHED = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|MM?|Mmes?|Mlle|Sra?|Fa|Sect|Abs|Nr|approx|ca)\.\s?$"
    r"|\b(?i:der|die|das|dem|den|des|am|zum|zur|vom|im)\s+\d{1,2}\.\s?$"
    r"|^\s*(?:\w+\. ?){1,2}$"
)
_OVER = re.compile(r"(?:(?<=\bMay\.)|(?<=\bno\.))(?=\s+[A-Z])")  # no abbreviations
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n\s*(?=[a-z\u00df-\u00ff])")
_LIST_MARK = re.compile(r"^\s*(?:[-*\u2022\u2013]|\(?\d{1,3}(?:\.\d{1,2})*[.)])\s+")
_MARKED_HEADING = re.compile(r"#{1,6}\s+\S|\*\*[^*]+\*\*:?$")
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_TABLE_RULE = re.compile(r"\s*(?:\|\s*)?:?-{3,}")  # under the names of the columns
_MAX_HEADING = 12  # words
_MAX_LABEL = 4
_FULL_STOP = re.compile(r"[.!?\u2026\u3002\uff01\uff1f]\s")
_OPENING = re.compile(r"[^\W_a-z]|[\"\u201e\u201c\u00ab]")  # of a sentence
FULL_STOPS = ".!?\u2026,;\u3002\uff01\uff1f\"'\u201d\u2019)"
# a line that begins like this stands for itself: a list item, a row, an entry of a chat or a log
_ENTRY = re.compile(rf"{_LIST_MARK.pattern}|[\[|<>]|\d\d?:\d\d|\w{{1,20}}:\s|.*\S(?:\t| {{3,}})\S")


@dataclass(frozen=True)
class Sentence:
    """A sentence, the heading above it, and the number of its paragraph."""

    text: str
    heading: str = ""
    paragraph: int = 0


def split_paragraphs(text: str) -> list[str]:
    """The text split after each blank line; joined, the parts are the text."""
    return _cut(text, (match.end() for match in _PARAGRAPH_END.finditer(text)))


def split_sentences(text: str, language: Language = ENGLISH) -> list[str]:
    """The text split after each sentence, list item or paragraph; joined, they are the text."""
    found: list[str] = []
    for paragraph in split_paragraphs(text):
        plain = sentencex.segment(language.code, _SPACE.sub(" ", paragraph))
        pieces = _cut(paragraph, accumulate(map(len, plain)))
        for piece in chain.from_iterable(map(_OVER.split, pieces)):
            if found and len(found[-1]) < _MAX_SENTENCE and _UNFINISHED.search(found[-1]):
                found[-1] += piece
            else:
                found.append(piece)
    return found


def _cut(text: str, ends: Iterable[int]) -> list[str]:
    edges = sorted({0, *ends, len(text)})
    return [text[start:end] for start, end in pairwise(edges)]


def sentences_of(text: str, language: Language = ENGLISH) -> list[Sentence]:
    """The sentences under their headings, without list marks, duplicates and blocks of code."""
    prose = _CODE.sub("", text) or text
    parts = [_heading_of(paragraph) for paragraph in split_paragraphs(prose)]
    headings, bodies = (sum(bool(part.strip()) for part in side) for side in zip(*parts))
    found: dict[str, Sentence] = {}
    heading = ""
    for number, (title, body) in enumerate(parts):
        if headings <= bodies:
            heading = title or heading
        else:  # these are the lines of a poem, or a list
            body = f"{title}\n{body}"
        for line, is_item in _pieces(body, language):
            if heading.endswith(":") and not is_item:
                heading = ""  # "Bring these:" stands over its list only
            if language.terms(line):
                found.setdefault(line, Sentence(line, heading, number))
    return list(found.values()) or [Sentence(" ".join(text.split()))]


def _pieces(body: str, language: Language) -> Iterator[tuple[str, bool]]:
    """The sentences of a paragraph on one line each, and whether they are of a list item."""
    for block in _blocks(body):
        block, marks = _LIST_MARK.subn("", block)
        for sentence in [block] if block.startswith("|") else split_sentences(block, language):
            line = " ".join(_HYPHENATED.sub("", sentence).split())
            for part in wrap(line, _MAX_SENTENCE, break_on_hyphens=False):
                yield part, bool(marks)


def _blocks(body: str) -> Iterator[str]:
    """Split where a line stands for itself, or ends although the next word had room."""
    lines = body.splitlines(keepends=True)
    width = max((len(line.rstrip()) for line in lines), default=0)
    is_log = len(body) > _MAX_SENTENCE and not _FULL_STOP.search(body)
    block = ""
    for line, following in zip(lines, [*lines[1:], ""]):
        block += line
        word, *_ = following.split(maxsplit=1) or [""]
        fits = len(line.rstrip()) + 1 + len(word) < width
        if is_log or _ENTRY.match(following) or (fits and _OPENING.match(word)):
            yield block
            block = ""
    yield block


def _heading_of(paragraph: str) -> tuple[str, str]:
    """A paragraph's first line if it is a heading, and the rest."""
    line, _, rest = paragraph.partition("\n")
    title = line.strip()
    if title.endswith(",") and not rest.strip():
        return "", ""  # "Dear Ms. Brandt,"
    if _TABLE_RULE.match(rest) or _MARKED_HEADING.match(title):
        return title.strip("|#*_ :"), rest
    label = _LIST_MARK.sub("", title).rstrip(".")
    words = len(label.split())
    over_list = _LIST_MARK.match(rest)
    if _LIST_MARK.match(title):  # "1. Fees."
        is_heading = words <= _MAX_LABEL and not over_list
    else:
        is_heading = words <= _MAX_HEADING and title[:1].isupper() and title[-1:] not in FULL_STOPS
        if rest.strip():
            is_heading &= title[-1:] == ":" and (words <= 3 or bool(over_list))
    return (label.strip(":") if words <= 3 else label, rest) if is_heading else ("", paragraph)
