"""What is asked of an engine: the 90 prompts for an aspect of a text, and the 30 for a form."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.demo.forms import Form, forms

_ASPECTS = Path(__file__).parents[2] / "tests" / "demo" / "aspects"


@dataclass(frozen=True)
class Case:
    """A prompt on a text; `answers` are the sentences that answer it, if it asks for an aspect."""

    text: str
    prompt: str
    answers: tuple[str, ...] = ()
    form: Form | None = None


def cases(every: int) -> list[Case]:
    """Every so many of all cases."""
    return [*_aspects()[::every], *_forms()[::every]]


def flat(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def _aspects() -> Sequence[Case]:
    files = sorted(_ASPECTS.glob("*.toml"))
    read = [tomllib.loads(file.read_text("utf-8")) for file in files]
    return [
        Case(one["text"], query["prompt"], tuple(map(flat, query["gold"])))
        for one in read
        for query in one["queries"]
    ]


def _forms() -> Sequence[Case]:
    return [Case(form.text, form.prompt, form=form) for form in forms()]
