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
# sentencex takes a time quadratic in the length of what it splits
_PART = re.compile(
    r"(?s).{1,5000}\Z|.{1,5000}(?:[.!?]\s|[\u3002\uff01\uff1f])|.{1,5000}\s|.{1,5000}"
)
_SPACE = re.compile(r"[^\S\n]")  # sentencex 1.0.32 panics at "J\u00a0."
# "Dr. Who", "M. Dupont", "der 2. Vorsitzende": the sentence goes on; "1.", "Fees.": it comes next
_UNFINISHED = re.compile(
    r"\b(?:Dr|Mr|Mrs|Ms|Prof|Cllr|Ald|Dipl|Ing|MM?|Mmes?|Mlle|Sra?|Fa|Rd|Sect|Abs|Nr|al|ca"
    r"|approx|aprox|[lL]['\u2019]art)\.\s?$"
    r"|(?:[^\W\d],|\b(?i:der|die|das|dem|den|des|am|zum|zur|vom|im|on))\s+\d{1,2}\.\s?$"
    r"|^\s*(?:\w+\. ?){1,2}$"
)
# "$5 bn. to build": a short word, and a small letter
_ABBREVIATED, _SMALL = re.compile(r"\b\w{1,4}\. $"), re.compile(r"-?[a-z\u00df-\u00ff]")
_OVER = re.compile(r"(?:(?<=\bMay\.)|(?<=\bno\.))(?=\s+[A-Z])")  # no abbreviations
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n\s*(?=[a-z\u00df-\u00ff])")
_MARK = re.compile(
    r"^\s*(?:[-*\u2022\u2013]|\(?(?:\d{1,3}(?:\.\d{1,2})*[.)]|[a-z]\))"
    r"|(?:TOP|Punkt|Item|Art(?:icle|ikel)|\u00a7) ?\d{1,3}[:.)])\s+"
)
_KIND = re.compile(r"\w|\s")  # what tells the marks "(a)" and "1." apart is the rest
_MARKED_HEADING = re.compile(r"#{1,6}\s+\S|\*\*[^*]+\*\*:?$")
# blocks of code, the marks of quoted e-mail, and the signature
_UNSAID = re.compile(r"^```.*?^```|^(?:> ?)+|^-- ?\n(?:[^\n]+\n?)*", re.MULTILINE | re.DOTALL)
_IN_QUOTES = re.compile(r'"[^"\n]*"')
_WRITTEN = re.compile(r"^(?=[^\t|\n]*[.!?,;]$).*?[,;] ", re.MULTILINE)  # no row of a table
_TABLE_RULE = re.compile(r"\s*(?:\|\s*)?:?-{3,}")  # under the names of the columns
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_MAX_HEADING, _MAX_LABEL = 12, 4  # words
_FULL_STOP = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)]?(?:\s|$)")
_NARROW, _WIDE = 40, 50  # characters: lines of verse and lists, and those of prose
_OPENING = re.compile(r"[^\W_a-z]|[\"\u201e\u201c\u00ab]")  # of a sentence
FULL_STOPS = ".!?\u2026,;\u3002\uff01\uff1f\"'\u201d\u2019)"
# a whole sentence
ENDED = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019\u00bb)\]*]*\s*$")
# a line that begins like this stands for itself: a list item, a row, an entry of a chat or a log
_TIME = r"[\d./, -]*\d:\d\d"
_WHOLE = re.compile(rf"(?s)\||\[?{_TIME}.{{0,300}}\Z")  # a row, or an entry of a chat
_ENTRY = re.compile(rf"{_MARK.pattern}|[\[|<]|{_TIME}|\w{{1,20}}:\s|.*\S(?:\t| {{3,}})\S")


@dataclass(frozen=True)
class Sentence:
    """A sentence, list item or row, the heading above it, and the number of its paragraph."""

    text: str
    heading: str = ""
    paragraph: int = 0
    is_item: bool = False


def split_paragraphs(text: str) -> list[str]:
    """The text split after each blank line; joined, the parts are the text."""
    return _cut(text, (match.end() for match in _PARAGRAPH_END.finditer(text)))


def split_sentences(text: str, language: Language = ENGLISH) -> list[str]:
    """The text split after each sentence, list item or paragraph; joined, they are the text."""
    found: list[str] = []
    for part in chain.from_iterable(map(_PART.findall, split_paragraphs(text))):
        plain = sentencex.segment(language.code, _SPACE.sub(" ", part))
        pieces = _cut(part, accumulate(map(len, plain)))
        for piece in chain.from_iterable(map(_OVER.split, pieces)):
            if found and len(found[-1]) < _MAX_SENTENCE and _goes_on(found[-1], piece):
                found[-1] += piece
            else:
                found.append(piece)
    return found


def _goes_on(sentence: str, piece: str) -> bool:
    is_small = _SMALL.match(piece) and _ABBREVIATED.search(sentence)
    return bool(is_small or _UNFINISHED.search(sentence))


def _cut(text: str, ends: Iterable[int]) -> list[str]:
    edges = sorted({0, *ends, len(text)})
    return [text[start:end] for start, end in pairwise(edges)]


def sentences_of(text: str, language: Language = ENGLISH) -> list[Sentence]:
    """The sentences under their headings, without list marks, duplicates and blocks of code."""
    prose = language.polite.sub("", _UNSAID.sub("", text)).strip() or text.strip()
    parts = [_heading_of(paragraph) for paragraph in split_paragraphs(prose)]
    alone = sum(bool(title) and not body.strip() for title, body in parts)
    found: dict[str, Sentence] = {}
    heading = ""
    for number, (title, body) in enumerate(parts):
        if 2 * alone <= len(parts):
            heading = title or heading
        else:  # these are the lines of a poem, or a list
            body = f"{title}\n{body}"
        for line, is_item in _pieces(body, language):
            if heading.endswith(":") and not is_item:
                heading = ""  # "Bring these:" stands over its list only
            found.setdefault(line, Sentence(line, heading, number, is_item))
    telling = [one for one in found.values() if language.terms(one.text)]
    return telling or list(found.values()) or [Sentence(" ".join(text.split())[:_MAX_SENTENCE])]


def _pieces(body: str, language: Language) -> Iterator[tuple[str, bool]]:
    """The sentences of a paragraph on one line each, and whether they are items or rows."""
    is_table = _is_table(body)
    for block in body.splitlines() if is_table else _blocks(body):
        is_whole = is_table or _WHOLE.match(block)
        block, marks = _MARK.subn("", block)
        sentences = [block] if is_whole else split_sentences(block, language)
        if marks and len("".join(sentences[:1]).split()) <= _MAX_LABEL:
            sentences[:2] = ["".join(sentences[:2])]  # "5. Governing law. It is that of Chile."
        for sentence in sentences:
            line = " ".join(_HYPHENATED.sub("", sentence).split())
            for part in wrap(line, _MAX_SENTENCE, break_on_hyphens=False):
                yield part, bool(is_whole or marks)


def _blocks(body: str) -> Iterator[str]:
    """Split where a line stands for itself, or ends although the next word had room."""
    lines = body.splitlines(keepends=True)
    width = max([_NARROW, *(len(line.rstrip()) for line in lines)])
    is_log = (len(body) > _MAX_SENTENCE or width == _NARROW) and not _FULL_STOP.search(body)
    block = ""
    for line, following in zip(lines, [*lines[1:], ""]):
        block += line
        word, *_ = following.split(maxsplit=1) or [""]
        ends = is_log or (len(line.rstrip()) + 1 + len(word) < width and _OPENING.match(word))
        if _ENTRY.match(following) or (ends and line.rstrip()[-1:] != ","):
            yield block
            block = ""
    yield block


def _is_table(text: str) -> bool:
    """Whether its lines are alike in their number of tabs, bars, semicolons or commas."""
    lines = [line[:-1] for line in _IN_QUOTES.sub("_", text).strip("\n").splitlines()]
    alike = (m in lines[0] and len({line.count(m) for line in lines}) == 1 for m in "\t|;,")
    return len(lines) > 1 and any(alike) and not _WRITTEN.search(text)


def _heading_of(paragraph: str) -> tuple[str, str]:
    """A paragraph's first line if it is a heading, or names columns, and the rest."""
    line, _, rest = paragraph.partition("\n")
    title, is_table = line.strip(), _is_table(paragraph)
    if _is_table(rest) and not is_table and title[-1:] not in FULL_STOPS:
        names, rest = _heading_of(rest)
        return f"{title} {names}", rest
    is_row = re.search(r"\d|[,;] ", _YEAR.sub("", title))
    has_names = is_table and re.search(r"\d", rest) and not is_row
    is_question = title[-1:] == "?" and rest.strip() and not re.match(r"\W|\w\w+:\s", title)
    if has_names or is_question or _TABLE_RULE.match(rest) or _MARKED_HEADING.match(title):
        return title.strip("|#*_ :"), rest
    label = _MARK.sub("", title).rstrip(".")
    if not _is_heading(title, label, rest):
        return "", paragraph
    return (label.strip(":") if len(label.split()) <= 3 else label), rest


def _is_heading(title: str, label: str, rest: str) -> bool:
    """Whether a line stands over the rest: "1. Fees.", "Fees", "Bring with you:"."""
    words = len(label.split())
    is_title = words <= _MAX_HEADING and label[:1].isupper() and title[-1:] not in FULL_STOPS
    longer = len(rest.partition("\n")[0]) > max(_WIDE, len(title) + 12)
    over_prose = is_title and ":" not in label and longer and bool(_OPENING.match(rest))
    below = _MARK.match(rest)
    if mark := _MARK.match(title):
        is_list = below and _KIND.sub("", mark[0]) == _KIND.sub("", below[0])
        return over_prose or (words <= _MAX_LABEL and not is_list)
    has_colon = title[-1:] == ":"
    over_list = below is not None and (has_colon or words <= _MAX_LABEL)
    return is_title and (not rest.strip() or over_prose or over_list or (has_colon and words <= 3))
