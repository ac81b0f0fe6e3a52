"""What the demo page calls: summarise a text the way a prompt asks, with or without a model."""

from summarizer.engine import Update, summarize
from summarizer.loading import DEFAULT_MODEL, Loader
from summarizer.request import MAX_CHARACTERS

__all__ = ["DEFAULT_MODEL", "MAX_CHARACTERS", "Loader", "Update", "summarize"]
