"""Pick the engine that can answer now, and tell the visitor at each step what is happening."""

import logging
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from summarizer import chunks
from summarizer.extract import MOST_SENTENCES, extract
from summarizer.loading import Failed, Loader, Loading, Ready
from summarizer.request import Refused, Request, read

if TYPE_CHECKING:
    from summarizer.model import Model

_LOG = logging.getLogger(__name__)
_NOTE_PROMPT = "Write short notes on what matters for this request: {prompt}"


@dataclass(frozen=True)
class Update:
    """What the page shows now: the summary so far, and one or two sentences about it."""

    summary: str
    status: str


class NoAnswer(RuntimeError):
    """The model ended without a word."""


def summarize(text: str | None, prompt: str | None, loader: Loader) -> Iterator[Update]:
    """Answer a request by the model, or by the fallback where there is no model (yet).

    Each update replaces the one before; the last one stands. Nothing the visitor typed raises.
    """
    try:
        request = read(text, prompt)
        match loader.state:
            case Ready(model):
                yield from _by_model_or_fallback(request, model, loader.name)
            case Loading():
                yield _by_fallback(request, "the model is still loading")
            case Failed(reason):
                yield _by_fallback(request, reason)
    except Refused as refusal:
        yield Update("", str(refusal))


def _by_model_or_fallback(request: Request, model: "Model", name: str) -> Iterator[Update]:
    try:
        yield from _Answer(request, model, name).updates()
    except Refused:
        raise
    except NoAnswer:
        yield _by_fallback(request, f"{name} gave an empty answer")
    except Exception as error:  # pylint: disable=broad-exception-caught
        # Out of memory, a broken template: the visitor still gets an answer, the log the reason.
        _LOG.exception("The model failed while it was answering")
        yield _by_fallback(request, f"{name} failed while answering ({type(error).__name__})")


def _by_fallback(request: Request, reason: str) -> Update:
    found = extract(request.text, request.prompt)
    count = "1 sentence" if len(found.sentences) == 1 else f"{len(found.sentences)} sentences"
    status = [
        f"Answered by the extractive fallback, because {reason}.",
        f"It quotes {count} of {found.total} from the text and writes nothing of its own.",
        *request.remarks,
    ]
    if not found.on_topic:
        status.append("None of the prompt's words is in the text: these sentences are its gist.")
    if found.capped:
        status.append(f"It quotes at most {MOST_SENTENCES} sentences.")
    return Update(str(found), " ".join(status))


class _Answer:
    """One request on its way through the model."""

    def __init__(self, request: Request, model: "Model", name: str) -> None:
        self._model = model
        self._name = name
        self._text = model.neutralize(request.text)
        self._prompt = model.neutralize(request.prompt)
        self._remarks = list(request.remarks)
        self._start = time.monotonic()

    def updates(self) -> Iterator[Update]:
        """Read what doesn't fit at once in parts, then write the answer."""
        text = yield from self._shortened(self._text)
        summary = yield from self._write(
            text, self._prompt, self._model.answer_tokens, doing="is writing the summary"
        )
        if not summary:
            raise NoAnswer
        yield Update(summary, self._closing())

    def _shortened(self, text: str) -> Generator[Update, None, str]:
        """The text, or notes on its parts, or notes on those, until it fits into the window."""
        note_prompt = _NOTE_PROMPT.format(prompt=self._prompt)
        room = self._model.room(note_prompt)
        if room < 2 * self._model.note_tokens:  # notes must be much shorter than what they note
            raise Refused("The prompt is too long for the model's window. Please shorten it.")
        while len(parts := chunks.split(text, room, self._model.count)) > 1:
            self._remarks.append(f"The text was read in {len(parts)} parts.")
            text = yield from self._notes(parts, note_prompt)
        return text

    def _notes(self, parts: list[str], prompt: str) -> Generator[Update, None, str]:
        notes: list[str] = []
        for number, part in enumerate(parts, start=1):
            place = f"part {number} of {len(parts)}"
            head = f"Notes on {place}:\n"
            doing = f"is reading {place}"
            note = yield from self._write(
                part, prompt, self._model.note_tokens, doing=doing, head=head, is_note=True
            )
            notes.append(self._model.neutralize(note))
        if not any(notes):
            raise NoAnswer
        return "\n\n".join(notes)

    def _write(
        self,
        text: str,
        prompt: str,
        limit: int,
        *,
        doing: str,
        head: str = "",
        is_note: bool = False,
    ) -> Generator[Update, None, str]:
        written = ""
        pieces = self._model.stream(text, prompt, limit=limit)
        try:
            while True:
                written += next(pieces)
                yield Update(head + written.lstrip(), self._progress(doing))
        except StopIteration as end:
            if end.value and not is_note:
                self._remarks.append("It reached its length limit and may end in mid-sentence.")
        finally:
            pieces.close()
        return written.strip()

    def _progress(self, doing: str) -> str:
        return f"{self._name} {doing}… {time.monotonic() - self._start:.0f} s"

    def _closing(self) -> str:
        took = f"{time.monotonic() - self._start:.1f} s"
        answered = f"Answered by {self._name} on the {self._model.device_name} in {took}."
        return " ".join([answered, *self._remarks])
