"""An answer: the form that is asked for, its lines in that form, and what the page shows of it."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise

from summarizer.request import Request
from summarizer.sentences import FULL_STOPS
from summarizer.shape import Shape
from summarizer.words import count

_TABLE_HEAD = "| No. | What the text says |"


@dataclass(frozen=True)
class Update:
    """What the page shows: the summary so far, and a status line about it."""

    summary: str
    status: str


@dataclass(frozen=True)
class Line:
    """A sentence, bullet or table row of the answer."""

    text: str
    is_quoted: bool = False
    ends_line: bool = False


def render(lines: Sequence[Line], shape: Shape) -> str:
    """The answer in the form that the prompt asks for, else as the model set it; quotes marked."""
    texts = [f"\u201c{line.text}\u201d" if line.is_quoted else line.text for line in lines]
    if not texts:
        return ""
    if shape.table:
        return _table(texts)
    if shape.numbered:
        return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, start=1))
    if shape.bullets:
        return "\n".join(f"- {text}" for text in texts)
    if shape.paragraphs:
        return "\n\n".join(" ".join(part) for part in _parts(texts, shape.paragraphs))
    breaks = ["", *("\n" if _is_break(*pair) else " " for pair in pairwise(lines))]
    return "".join(chain.from_iterable(zip(breaks, texts)))


def _is_break(line: Line, following: Line) -> bool:
    """Whether a line ends here: so does a row, and what ends as no sentence does."""
    is_prose = line.text[-1] in FULL_STOPS and not following.text.startswith("|")
    return line.ends_line or not is_prose


def _table(texts: list[str]) -> str:
    """The model's rows, and what is quoted in rows of its own; numbered if it wrote no rows."""
    if not texts[0].startswith("|"):
        numbered = [f"| {n} | {text.replace('|', '/')} |" for n, text in enumerate(texts, start=1)]
        texts = [_TABLE_HEAD, *numbered]
    columns = texts[0].count("|") - 1
    rows = [one if one.startswith("|") else f"| {one} |{' |' * (columns - 1)}" for one in texts]
    return "\n".join([rows[0], "|---" * columns + "|", *rows[1:]])


def _parts(texts: list[str], number: int) -> list[list[str]]:
    """The texts in this many parts, in order, alike in size; fewer where there are fewer texts."""
    number = min(number, len(texts))
    edges = [round(len(texts) * part / number) for part in range(number + 1)]
    return [texts[start:end] for start, end in pairwise(edges)]


def final_update(
    request: Request, engine: str, summary: str, remarks: Iterable[str], reason: str = ""
) -> Update:
    """A finished summary: by which engine, in which time and for what reason; words, remarks."""
    seconds = time.monotonic() - request.asked_at
    took = f"{seconds:.1f} s" if seconds >= 0.1 else "less than 0.1 s"
    answered = f"Answered by {engine} in {took}{reason and ': '}{reason}."
    words = f"Words: {count(request.text):,} in the text, {count(summary):,} in the summary."
    return Update(summary, " ".join([answered, words, *remarks]))
