"""Write a summary by the model, held against the text sentence by sentence."""

import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from summarizer.answer import Update, describe_answer, describe_form, render
from summarizer.draft import Draft
from summarizer.extract import MAX_SENTENCES, Ranking
from summarizer.languages import BY_CODE
from summarizer.request import Request
from summarizer.zero import Write, seconds_for

if TYPE_CHECKING:
    from summarizer.model import Model

_MAX_SECONDS = 60.0  # on a CPU
_MARGIN = 5.0  # seconds of a GPU's time for the last sentence
_TOKENS_PER_WORD = 2  # generous: the draft ends an answer that is long enough
_MIN_TOKENS = 160
_LEAST_READ = 4  # sentences; a slow model reads little more than it is to write
_MIN_ROOM = 128  # tokens for the text
_INSTRUCTION = "Summarize the user's text. {prompt} {form} Use only what the text says."


class EmptyAnswer(RuntimeError):
    """Nothing that the model wrote can be shown; the message is a clause that says why."""


def make_writer(model: "Model", name: str) -> Write:
    """The function that answers requests by this model; it raises `EmptyAnswer` or model errors."""

    def write(request: Request) -> Iterator[Update]:
        yield from _Answering(request, model, name).updates()

    return write


class _Answering:
    """One request in progress."""

    def __init__(self, request: Request, model: "Model", name: str) -> None:
        self._request = request
        self._model = model
        self._name = name
        self._form = describe_form(request.shape, request.length)
        prompt = model.neutralize(request.prompt)
        prompt += "" if prompt.endswith((".", "!", "?", ":")) else "."
        self._instruction = _INSTRUCTION.format(prompt=prompt, form=self._form)
        words = request.shape.words or request.length.words
        self._limit = min(max(_TOKENS_PER_WORD * words, _MIN_TOKENS), model.window // 4)
        self._seconds = seconds_for(request) - _MARGIN if model.is_fast else _MAX_SECONDS
        self._remarks = list(request.remarks)
        self._start = time.monotonic()
        needed = request.shape.count or request.length.sentences
        self._reads = MAX_SENTENCES if model.is_fast else max(_LEAST_READ, 2 * needed)
        ranking = Ranking(request.text, request.prompt)
        self._best = ranking.best(self._reads)
        self._sentences = [sentence.text for sentence in ranking.sentences]

    def updates(self) -> Iterator[Update]:
        """Read what fits into the window and write the summary; insist if all is unusable."""
        room = self._model.room(self._instruction, self._limit)
        if room < _MIN_ROOM:
            yield Update("", "The prompt is too long for the model's window. Please shorten it.")
            return
        text = self._text(room)
        for instruction in (self._instruction, f"{self._instruction} {self._form}"):
            draft = Draft(self._request, self._sentences, self._best)
            yield from self._write(text, instruction, draft)
            if summary := render(draft.lines, self._request.shape):
                yield Update(summary, self._final_status(summary, draft))
                return
        wanted = BY_CODE.get(self._request.shape.language or "")
        raise EmptyAnswer(f"did not write in {wanted.name}" if wanted else "gave an empty answer")

    def _text(self, room: int) -> str:
        """What the model reads: the text, or its best sentences, in so many tokens."""
        text = self._model.neutralize(self._request.text)
        if self._model.is_fast and self._model.count(text) <= room:
            self._remarks.append("It read all of the text.")
            return text
        read: list[str] = []
        for sentence in self._best[: self._reads]:
            room -= self._model.count(sentence) + 1
            if room < 0:
                break
            read.append(sentence)
        share = f"{len(read):,} of {len(self._sentences):,}"
        self._remarks.append(f"It read the {share} sentences that answer the prompt best.")
        return self._model.neutralize("\n".join(read))

    def _write(self, text: str, instruction: str, draft: Draft) -> Generator[Update, None, None]:
        """Stream the answer, until it is whole or the time is over."""
        status = f"{self._name} is writing the summary…"
        pieces = self._model.stream(text, instruction, limit=self._limit)
        cut_off = True
        try:
            while not draft.is_full:
                draft.add(next(pieces))
                yield Update(render(draft.lines, self._request.shape), status)
                if time.monotonic() - self._start > self._seconds:
                    self._remarks.append(f"It was stopped after {self._seconds:.0f} s.")
                    break
        except StopIteration as end:
            cut_off = bool(end.value)
        finally:
            pieces.close()
        draft.end(cut_off)

    def _final_status(self, summary: str, draft: Draft) -> str:
        engine = f"{self._name} on the {self._model.device_name}"
        seconds = time.monotonic() - self._start
        quoted = sum(line.is_quoted for line in draft.lines)
        answer = describe_answer(engine, seconds, self._request.text, summary)
        share = (
            f"Sentences: {len(draft.lines) - quoted} written, {quoted} quoted from the text, "
            "in \u201cquotation marks\u201d."
        )
        return " ".join([answer, share, *self._remarks])
