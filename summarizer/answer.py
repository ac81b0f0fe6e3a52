"""An answer: the form that is asked for, its lines in that form, and what the page shows of it."""

from dataclasses import dataclass
from itertools import pairwise

from summarizer.languages import BY_CODE
from summarizer.sentences import FULL_STOPS
from summarizer.shape import Length, Shape
from summarizer.words import count

_TABLE_HEAD = "| No. | What the text says |"


@dataclass(frozen=True)
class Update:
    """What the page shows: the summary so far, and a status line about it."""

    summary: str
    status: str


@dataclass(frozen=True)
class Line:
    """A sentence, bullet or table row of the answer; `lead` is what the writer put before it."""

    text: str
    is_quoted: bool = False
    lead: str = " "


def describe_form(shape: Shape, length: Length) -> str:
    """The form in words that a small model follows."""
    what = "bullet point" if shape.bullets else "sentence"
    said = []
    if shape.count:
        said.append(f"Write exactly {shape.count} {what}{'s' if shape.count > 1 else ''}.")
    elif shape.bullets or shape.numbered:
        said.append("Write a list, one short sentence in each line.")
    if shape.table:
        said.append("Write a Markdown table.")
    if shape.words:
        said.append(f"Write at most {shape.words} words.")
    elif not shape.count:
        said.append(f"Write about {length.words} words.")
    if shape.easy:
        said.append("Use short sentences and easy words.")
    if language := BY_CODE.get(shape.language or ""):
        said.append(f"Write in {language.name}.")
    return " ".join(said)


def render(lines: list[Line], shape: Shape) -> str:
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
    leads = ["", *(_lead(before, line) for before, line in pairwise(lines))]
    return "".join(map("".join, zip(leads, texts)))


def _lead(before: Line, line: Line) -> str:
    """What is between two lines: a row, or what ends as no sentence does, has one of its own."""
    is_prose = before.text[-1] in FULL_STOPS and not line.text.startswith("|")
    return line.lead if is_prose or "\n" in line.lead else "\n"


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


def describe_answer(engine: str, seconds: float, text: str, summary: str) -> str:
    """Status line of a finished summary: the engine, the seconds, the words before and after."""
    took = f"{seconds:.1f} s" if seconds >= 0.1 else "less than 0.1 s"
    return (
        f"Answered by {engine} in {took}. "
        f"Words: {count(text):,} in the text, {count(summary):,} in the summary."
    )
