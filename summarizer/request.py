"""Check a visitor's text, prompt and length before they reach an engine."""

import re
import unicodedata
from dataclasses import dataclass

from summarizer.shape import DEFAULT_LENGTH, LENGTHS, Length, Shape, shape

MAX_CHARACTERS = 300_000
MAX_PROMPT_CHARACTERS = 2_000
GENERAL_PROMPT = "A general summary of the most important things."

_MAX_JUNK = 0.05
_KEPT_CONTROLS = "\t\n"


class InvalidRequest(ValueError):
    """A request that can't be answered; the message is a sentence for the visitor."""


@dataclass(frozen=True)
class Request:
    """A valid text and prompt; `remarks` are sentences for the visitor."""

    text: str
    prompt: str
    length: Length = LENGTHS[DEFAULT_LENGTH]
    remarks: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """What the prompt says of the answer's shape: count, words, bullets."""
        return shape(self.prompt)


def parse_request(
    text: str | None, prompt: str | None, length: str | None = DEFAULT_LENGTH
) -> Request:
    """Check and normalize what was typed; raises `InvalidRequest`."""
    text, prompt = text or "", prompt or ""
    if not text.strip():
        raise InvalidRequest(_missing_text(prompt))
    check_text("The text", text)
    _check_length("The prompt", prompt, MAX_PROMPT_CHARACTERS)
    if length not in LENGTHS:
        raise InvalidRequest(f"Unknown length. Use one of: {', '.join(LENGTHS)}.")
    text, prompt = _clean(text), _clean(prompt)
    if not prompt:
        remarks = ("The prompt was empty: this is a general summary.",)
        return Request(text, GENERAL_PROMPT, LENGTHS[length], remarks)
    return Request(text, prompt, LENGTHS[length])


def check_text(what: str, text: str) -> None:
    """Raise `InvalidRequest` for a text that is too long, is binary data or has no words."""
    _check_length(what, text, MAX_CHARACTERS)
    if text and _junk_share(text) > _MAX_JUNK:
        raise InvalidRequest(f"{what} looks like binary data, not like text.")
    if not re.search(r"[^\W_]", text):
        raise InvalidRequest(f"{what} has no words in it.")


def _missing_text(prompt: str) -> str:
    if prompt.strip():
        return "There is a prompt, but no text yet. Please paste the text to summarize."
    return "There is no text yet. Please paste the text to summarize."


def _check_length(what: str, value: str, limit: int) -> None:
    if len(value) > limit:
        raise InvalidRequest(
            f"{what} has {len(value):,} characters and the limit is {limit:,}. "
            "Nothing was cut: please shorten it, or summarize it in pieces."
        )


def _is_junk(character: str) -> bool:
    if character in "\t\n\r\f\v":
        return False
    return character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs", "Co")


def _junk_share(text: str) -> float:
    return sum(map(_is_junk, text)) / len(text)


def _clean(text: str) -> str:
    """Normalize line ends; replace control characters and (tokenizers fail on them) surrogates."""
    lines = re.sub(r"\r\n?|[\f\v\u2028\u2029]", "\n", text)
    return "".join(" " if _is_junk(c) and c not in _KEPT_CONTROLS else c for c in lines).strip()
