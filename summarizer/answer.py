"""The updates that the page shows while a summary is written, and the words of its status line."""

from dataclasses import dataclass

from summarizer.words import count


@dataclass(frozen=True)
class Update:
    """What the page shows: the summary so far, and a status line about it."""

    summary: str
    status: str


def describe_answer(engine: str, seconds: float, text: str, summary: str) -> str:
    """Status line of a finished summary: the engine, the seconds, the words before and after."""
    took = f"{seconds:.1f} s" if seconds >= 0.1 else "less than 0.1 s"
    return (
        f"Answered by {engine} in {took}. "
        f"Words: {count(text):,} in the text, {count(summary):,} in the summary."
    )
