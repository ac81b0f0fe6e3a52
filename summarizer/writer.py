"""The answer of the model: a long text is read in parts first, then the summary is written."""

import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from summarizer import chunks
from summarizer.answer import Update, answered, remaining
from summarizer.request import Refused, Request
from summarizer.shape import LENGTHS
from summarizer.zero import Write

if TYPE_CHECKING:
    from summarizer.model import Model

_TOKENS_PER_WORD = 2  # of a summary, generously: a limit ends it in mid-sentence
_NOTE_TOKENS = 128
_SUMMARISE = "Summarise the user's text. {prompt} Use only what the text says."
_NOTE = (
    "Write short notes on the user's text, which is a part of a longer one. "
    "Note what matters for this request: {prompt} Use only what the text says."
)


class NoAnswer(RuntimeError):
    """The model ended without a word."""


def writer(model: "Model", name: str) -> Write:
    """What answers requests by this model; raises `NoAnswer`, or whatever the model raises."""

    def write(request: Request) -> Iterator[Update]:
        try:
            yield from _Answer(request, model, name).updates()
        except Refused as refusal:
            yield Update("", str(refusal))

    return write


class _Answer:
    """One request on its way through the model."""

    def __init__(self, request: Request, model: "Model", name: str) -> None:
        self._request = request
        self._model = model
        self._name = name
        prompt = model.neutralize(request.prompt)
        self._note = _NOTE.format(prompt=_sentence(prompt))
        self._summarise = _SUMMARISE.format(prompt=_sentence(prompt) + _length(request))
        self._answer_tokens = min(_TOKENS_PER_WORD * _most_words(request), model.window // 4)
        self._note_tokens = min(_NOTE_TOKENS, model.window // 8)
        self._remarks = list(request.remarks)
        self._start = time.monotonic()

    def updates(self) -> Iterator[Update]:
        """Read what doesn't fit at once in parts, then write the summary."""
        text = yield from self._shortened(self._model.neutralize(self._request.text))
        summary, cut_off = yield from self._written(
            text, self._summarise, self._answer_tokens, doing="is writing the summary"
        )
        if not summary:
            raise NoAnswer
        if cut_off:
            self._remarks.append("It reached its length limit and may end in mid-sentence.")
        yield Update(summary, self._closing(summary))

    def _shortened(self, text: str) -> Generator[Update, None, str]:
        """The text, or notes on its parts, or notes on those, until it fits into the window."""
        room = min(
            self._model.room(self._summarise, self._answer_tokens),
            self._model.room(self._note, self._note_tokens),
        )
        if room < 2 * self._note_tokens:  # notes must be much shorter than what they note
            raise Refused("The prompt is too long for the model's window. Please shorten it.")
        what = "the text"
        while len(parts := chunks.split(text, room, self._model.count)) > 1:
            self._remarks.append(f"{what.capitalize()} was read in {len(parts)} parts.")
            text = yield from self._notes(parts, what)
            what = "the model's own notes"
        return text

    def _notes(self, parts: list[str], what: str) -> Generator[Update, None, str]:
        start = time.monotonic()
        notes: list[str] = []
        for number, part in enumerate(parts, start=1):
            place = f"part {number} of {len(parts)}"
            doing = f"is reading {what}, {place}"
            if notes:
                pace = (time.monotonic() - start) / len(notes)
                doing += f", {remaining(pace * (len(parts) - len(notes) + 1))}"
            head = f"Notes on {place}:\n"
            note, _ = yield from self._written(part, self._note, self._note_tokens, doing, head)
            if note:
                notes.append(note)
        return "\n\n".join(notes)

    def _written(
        self, text: str, instruction: str, limit: int, doing: str, head: str = ""
    ) -> Generator[Update, None, tuple[str, bool]]:
        """What the model writes, and whether that was cut off at `limit` tokens."""
        status = f"{self._name} {doing}…"
        written = ""
        pieces = self._model.stream(text, instruction, limit=limit)
        try:
            while True:
                written += next(pieces)
                yield Update(head + written.lstrip(), status)
        except StopIteration as end:
            return written.strip(), bool(end.value)
        finally:
            pieces.close()

    def _closing(self, summary: str) -> str:
        engine = f"{self._name} on the {self._model.device_name}"
        seconds = time.monotonic() - self._start
        return " ".join([answered(engine, seconds, self._request.text, summary), *self._remarks])


def _sentence(prompt: str) -> str:
    return prompt if prompt[-1:] in (".", "!", "?", ":") else f"{prompt}."


def _length(request: Request) -> str:
    return f" Write about {request.length.words} words." if request.shape.is_open else ""


def _most_words(request: Request) -> int:
    """Room for what was asked for; a count of sentences or bullets may mean long ones."""
    if request.shape.is_open:
        return request.length.words
    return max(request.shape.words or 0, LENGTHS["Long"].words)
