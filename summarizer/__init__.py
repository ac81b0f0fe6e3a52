"""What the demo page calls: summarise a text the way a prompt asks, with or without a model."""

from summarizer.answer import Update
from summarizer.engine import summarize
from summarizer.loading import DEFAULT_MODEL, Loader
from summarizer.request import MAX_CHARACTERS, Refused
from summarizer.shape import DEFAULT_LENGTH, LENGTHS

__all__ = [
    "DEFAULT_LENGTH",
    "DEFAULT_MODEL",
    "LENGTHS",
    "MAX_CHARACTERS",
    "Loader",
    "Refused",
    "Update",
    "summarize",
]
