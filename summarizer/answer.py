"""What the visitor is shown while an answer is made, and when it is there."""

from dataclasses import dataclass

from summarizer.words import count


@dataclass(frozen=True)
class Update:
    """What the page shows now: the summary so far, and a few plain sentences about it."""

    summary: str
    status: str


def answered(engine: str, seconds: float, text: str, summary: str) -> str:
    """Who answered, how long it took, and how much shorter it got."""
    took = f"{seconds:.1f} s" if seconds >= 0.1 else "less than 0.1 s"
    return (
        f"Answered by {engine} in {took}. "
        f"Words: {count(text):,} in the text, {count(summary):,} in the summary."
    )


def remaining(seconds: float) -> str:
    """A rough "about 3 min left"."""
    if seconds < 90:
        return f"about {max(10, round(seconds, -1)):.0f} s left"
    return f"about {round(seconds / 60)} min left"
