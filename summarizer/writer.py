"""Write a summary by the model; a text longer than its window is read in parts first."""

import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from summarizer import chunks
from summarizer.answer import Update, describe_answer, time_left
from summarizer.request import InvalidRequest, Request
from summarizer.shape import LENGTHS
from summarizer.zero import Write

if TYPE_CHECKING:
    from summarizer.model import Model

_TOKENS_PER_WORD = 2  # generous: the limit cuts a summary mid-sentence
_NOTE_TOKENS = 128
_SUMMARY_PROMPT = "Summarize the user's text. {prompt} Use only what the text says."
_NOTE_PROMPT = (
    "Write short notes on the user's text, which is a part of a longer one. "
    "Note what matters for this request: {prompt} Use only what the text says."
)


class EmptyAnswer(RuntimeError):
    """The model wrote nothing."""


def make_writer(model: "Model", name: str) -> Write:
    """The function that answers requests by this model; it raises `EmptyAnswer` or model errors."""

    def write(request: Request) -> Iterator[Update]:
        try:
            yield from _Answering(request, model, name).updates()
        except InvalidRequest as error:
            yield Update("", str(error))

    return write


class _Answering:
    """One request in progress."""

    def __init__(self, request: Request, model: "Model", name: str) -> None:
        self._request = request
        self._model = model
        self._name = name
        prompt = model.neutralize(request.prompt)
        self._note_prompt = _NOTE_PROMPT.format(prompt=_sentence(prompt))
        self._summary_prompt = _SUMMARY_PROMPT.format(prompt=_sentence(prompt) + _length(request))
        self._answer_tokens = min(_TOKENS_PER_WORD * _max_words(request), model.window // 4)
        self._note_tokens = min(_NOTE_TOKENS, model.window // 8)
        self._remarks = list(request.remarks)
        self._start = time.monotonic()

    def updates(self) -> Iterator[Update]:
        """Shorten the text to the window if needed, then write the summary."""
        text = yield from self._shorten(self._model.neutralize(self._request.text))
        summary, cut_off = yield from self._write(
            text, self._summary_prompt, self._answer_tokens, doing="is writing the summary"
        )
        if not summary:
            raise EmptyAnswer
        if cut_off:
            self._remarks.append("It reached its length limit and may end mid-sentence.")
        yield Update(summary, self._final_status(summary))

    def _shorten(self, text: str) -> Generator[Update, None, str]:
        """The text, or notes on its parts, or notes on those, until it fits into the window."""
        room = min(
            self._model.room(self._summary_prompt, self._answer_tokens),
            self._model.room(self._note_prompt, self._note_tokens),
        )
        if room < 2 * self._note_tokens:  # notes must be much shorter than the text
            raise InvalidRequest(
                "The prompt is too long for the model's window. Please shorten it."
            )
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
                doing += f", {time_left(pace * (len(parts) - len(notes) + 1))}"
            head = f"Notes on {place}:\n"
            note, _ = yield from self._write(
                part, self._note_prompt, self._note_tokens, doing, head
            )
            if note:
                notes.append(note)
        return "\n\n".join(notes)

    def _write(
        self, text: str, instruction: str, limit: int, doing: str, head: str = ""
    ) -> Generator[Update, None, tuple[str, bool]]:
        """Stream what the model writes; returns it, and whether `limit` tokens cut it off."""
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

    def _final_status(self, summary: str) -> str:
        engine = f"{self._name} on the {self._model.device_name}"
        seconds = time.monotonic() - self._start
        return " ".join(
            [describe_answer(engine, seconds, self._request.text, summary), *self._remarks]
        )


def _sentence(prompt: str) -> str:
    return prompt if prompt[-1:] in (".", "!", "?", ":") else f"{prompt}."


def _length(request: Request) -> str:
    return f" Write about {request.length.words} words." if request.shape.is_open else ""


def _max_words(request: Request) -> int:
    """Word limit of the answer; a count of sentences or bullets may mean long ones."""
    if request.shape.is_open:
        return request.length.words
    return max(request.shape.words or 0, LENGTHS["Long"].words)
