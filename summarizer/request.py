"""Check a visitor's text, prompt and length before they reach an engine."""

import re
import time
from dataclasses import dataclass, field

from summarizer.languages import language_of
from summarizer.shape import DEFAULT_LENGTH, LENGTHS, Length, Shape, shape

MAX_CHARACTERS = 300_000
MAX_PROMPT_CHARACTERS = 2_000
GENERAL_PROMPT = "A general summary of the most important things."

_MAX_JUNK = 0.05  # of a text's characters
# controls but for whitespace, surrogates, private use, and what no encoding could read
_JUNK = re.compile(r"[\0-\x08\x0e-\x1f\x7f-\x9f\ud800-\uf8ff\ufffd\U000f0000-\U0010ffff]")


class InvalidRequest(ValueError):
    """A request that can't be answered; the message is a sentence for the visitor."""


@dataclass(frozen=True)
class Request:
    """A valid text and prompt, and when it came; `remarks` are sentences for the visitor."""

    text: str
    prompt: str
    length: Length = LENGTHS[DEFAULT_LENGTH]
    remarks: tuple[str, ...] = ()
    asked_at: float = field(default_factory=time.monotonic, compare=False)

    @property
    def shape(self) -> Shape:
        """What the prompt says of the answer's shape: count, words, bullets."""
        return shape(self.prompt)

    @property
    def translated_into(self) -> str | None:
        """The name of the language that the prompt asks for, if the text is in another one."""
        wanted = self.shape.language
        return None if wanted == language_of(self.text).name else wanted


def parse_request(
    text: str | None, prompt: str | None, length: str | None = DEFAULT_LENGTH
) -> Request:
    """Check and normalize what was typed; raises `InvalidRequest`."""
    text, prompt = text or "", prompt or ""
    if not text.strip():
        there = "a prompt, but no text" if prompt.strip() else "no text"
        raise InvalidRequest(f"There is {there} yet. Please paste the text to summarize.")
    check_text("The text", text)
    _check_length("The prompt", prompt, MAX_PROMPT_CHARACTERS)
    if length not in LENGTHS:
        raise InvalidRequest(f"Unknown length. Use one of: {', '.join(LENGTHS)}.")
    text, prompt = _clean(text), _clean(prompt)
    remarks = () if prompt else ("The prompt was empty: this is a general summary.",)
    return Request(text, prompt or GENERAL_PROMPT, LENGTHS[length], remarks)


def check_text(what: str, text: str) -> None:
    """Raise `InvalidRequest` for a text that is too long, is binary data or has no words."""
    _check_length(what, text, MAX_CHARACTERS)
    if len(_JUNK.findall(text)) > _MAX_JUNK * len(text):
        raise InvalidRequest(f"{what} looks like binary data, not like text.")
    if not re.search(r"[^\W_]", text):
        raise InvalidRequest(f"{what} has no words in it.")


def _check_length(what: str, value: str, limit: int) -> None:
    if len(value) > limit:
        raise InvalidRequest(
            f"{what} has {len(value):,} characters and the limit is {limit:,}. "
            "Nothing was cut: please shorten it, or summarize it in pieces."
        )


def _clean(text: str) -> str:
    """Normalize line ends; replace control characters and (tokenizers fail on them) surrogates."""
    lines = re.sub(r"\r\n?|[\f\v\u2028\u2029]", "\n", text)
    return _JUNK.sub(" ", lines).strip()
