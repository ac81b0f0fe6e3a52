"""Summarize a text the way a prompt asks: by a model, or by extracting sentences without one."""

from summarizer.engine import summarize
from summarizer.loading import Loader
from summarizer.request import MAX_CHARACTERS, InvalidRequest
from summarizer.shape import DEFAULT_LENGTH, LENGTHS

__all__ = ["DEFAULT_LENGTH", "LENGTHS", "MAX_CHARACTERS", "Loader", "InvalidRequest", "summarize"]
