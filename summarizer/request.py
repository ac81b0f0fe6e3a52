"""What a visitor asks for, checked before any engine sees it."""

import re
import unicodedata
from dataclasses import dataclass

from summarizer.shape import DEFAULT_LENGTH, LENGTHS, Length, Shape, shape

MAX_CHARACTERS = 200_000
MAX_PROMPT_CHARACTERS = 2_000
GENERAL_PROMPT = "A general summary of the most important things."

_MAX_JUNK = 0.05
_KEPT_CONTROLS = "\t\n"


class Refused(ValueError):
    """A request that can't be answered; the message is a plain sentence for the visitor."""


@dataclass(frozen=True)
class Request:
    """A text and a prompt that are fit to be worked on, and what the visitor should know."""

    text: str
    prompt: str
    length: Length = LENGTHS[DEFAULT_LENGTH]
    remarks: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """What the prompt says of the answer's shape."""
        return shape(self.prompt)


def read(text: str | None, prompt: str | None, length: str | None = DEFAULT_LENGTH) -> Request:
    """Check and tidy what was typed, or raise `Refused` with a sentence that says what to do."""
    text, prompt = text or "", prompt or ""
    if not text.strip():
        raise Refused(_no_text(prompt))
    refuse_what_is_no_text("The text", text)
    _refuse_too_long("The prompt", prompt, MAX_PROMPT_CHARACTERS)
    if length not in LENGTHS:
        raise Refused(f"The length should be one of {', '.join(LENGTHS)}.")
    text, prompt = _readable(text), _readable(prompt)
    if not prompt:
        remarks = ("The prompt was empty: this is a general summary.",)
        return Request(text, GENERAL_PROMPT, LENGTHS[length], remarks)
    return Request(text, prompt, LENGTHS[length])


def refuse_what_is_no_text(what: str, text: str) -> None:
    """Raise `Refused` for a text that is too long, is binary data or has no words."""
    _refuse_too_long(what, text, MAX_CHARACTERS)
    if text and _junk_share(text) > _MAX_JUNK:
        raise Refused(f"{what} looks like binary data, not like text.")
    if not re.search(r"[^\W_]", text):
        raise Refused(f"{what} has no words in it, so there is nothing to summarise.")


def _no_text(prompt: str) -> str:
    if prompt.strip():
        return "There is a prompt, but no text yet. Please paste the text to summarise."
    return "There is no text yet. Please paste the text to summarise."


def _refuse_too_long(what: str, value: str, limit: int) -> None:
    if len(value) > limit:
        raise Refused(
            f"{what} has {len(value):,} characters and the limit is {limit:,}. "
            "Nothing was cut: please shorten it, or summarise it in pieces."
        )


def _is_junk(character: str) -> bool:
    if character in "\t\n\r\f\v":
        return False
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs", "Co")


def _junk_share(text: str) -> float:
    return sum(map(_is_junk, text)) / len(text)


def _readable(text: str) -> str:
    """One kind of line end; no control characters, nor lone surrogates (tokenizers refuse them)."""
    lines = re.sub(r"\r\n?|[\f\v\u2028\u2029]", "\n", text)
    return "".join(" " if _is_junk(c) and c not in _KEPT_CONTROLS else c for c in lines).strip()
