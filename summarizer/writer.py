"""Answer by a model: it writes a summary, held against the text sentence by sentence.

A small model only translates: its own words are no better than a guess, and each sentence that is
quoted is true.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING

from summarizer.answer import Line, Update, final_update, render
from summarizer.draft import Draft
from summarizer.extract import MAX_SENTENCES, Ranking, extract
from summarizer.languages import language_of
from summarizer.request import GENERAL_PROMPT, Request
from summarizer.shape import says, shape
from summarizer.translation import translate
from summarizer.zero import Write, seconds_for

if TYPE_CHECKING:
    from summarizer.model import Model

_MAX_SECONDS = 60.0  # on a CPU
_MARGIN = 5.0  # seconds of a GPU's time for the last sentence
_LEAST_READ = 4  # sentences; a slow model reads little more than it is to write
_MIN_ROOM = 128  # tokens for the text
_INSTRUCTION = "Summarize the user's text. Use only what it says.{length}\n{prompt}"


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
        self._reading: list[str] = []  # how much of the text
        self._remarks = list(request.remarks)
        seconds = seconds_for(request) - _MARGIN if model.is_fast else _MAX_SECONDS
        self._is_stopped = False
        self._deadline = time.monotonic() + seconds

    def updates(self) -> Iterator[Update]:
        """The answer as it comes: written, or quoted, and translated."""
        into = self._request.translated_into
        if self._model.is_small and not into:
            raise EmptyAnswer("is too small to be trusted with words of its own")
        lines = self._quote() if self._model.is_small else (yield from self._write())
        if into:
            yield from self._translate(lines, into)
        if self._is_stopped:
            seconds = time.monotonic() - self._request.asked_at
            self._remarks.append(f"It was stopped after {seconds:.0f} s.")
        quoted = sum(line.is_quoted for line in lines)
        written = len(lines) - quoted
        share = (
            f"Sentences: {written} written, {quoted} quoted from the text, "
            "in \u201cquotation marks\u201d."
        )
        remarks = [share, *(self._reading if written else ()), *self._remarks]
        engine = f"{self._name} on the {self._model.device_name}"
        summary = render(lines, self._request.shape)
        yield final_update(self._request, engine, summary, remarks)

    def _quote(self) -> list[Line]:
        """What is quoted without a model."""
        found = extract(self._request.text, self._request.prompt, self._request.length)
        self._describe_reading(len(found.lines), found.total)
        beyond = tuple(phrase for phrase in found.beyond if not _is_done(phrase))
        self._remarks += replace(found, beyond=beyond).remarks("So small a model")
        return [replace(line, is_quoted=True) for line in found.lines]

    def _write(self) -> Generator[Update, None, list[Line]]:
        """Stream a summary, until it is whole or the time is over."""
        request = self._request
        ranking = Ranking(request.text, request.prompt)
        instruction = self._instruction(ranking)
        limit = self._model.window // 4  # the draft ends an answer that is long enough
        room = self._model.room(instruction, limit)
        if room < _MIN_ROOM:
            raise EmptyAnswer("can't read so long a prompt")
        needed = request.shape.count or request.length.sentences
        reads = MAX_SENTENCES if self._model.is_fast else max(_LEAST_READ, 2 * needed)
        best = ranking.best(reads)
        text = self._text(best[:reads], len(ranking.sentences), room)
        draft = Draft(request, ranking, best)
        with closing(self._model.stream(text, instruction, limit=limit)) as pieces:
            for piece in pieces:
                draft.add(piece)
                yield self._update(draft.lines, "writing the summary")
                if draft.is_full or self._must_stop():
                    break
        draft.end()
        if not draft.lines:
            raise EmptyAnswer("gave an empty answer")
        return draft.lines

    def _instruction(self, ranking: Ranking) -> str:
        """The prompt; what is translated is written in the text's language first."""
        request = self._request
        topic = ranking.asked.topic.strip(" ,.:") or GENERAL_PROMPT
        prompt = topic if request.translated_into else request.prompt
        length = f" Write about {request.length.words} words." if request.shape.is_open else ""
        return _INSTRUCTION.format(prompt=prompt, length=length)

    def _text(self, best: list[str], total: int, room: int) -> str:
        """What the model reads: the text, or its best sentences, in so many tokens."""
        if self._model.is_fast and self._model.count(self._request.text) <= room:
            self._reading = ["It read all of the text."]
            return self._request.text
        sizes = accumulate(self._model.count(sentence) + 1 for sentence in best)
        read = [sentence for sentence, _ in zip(best, takewhile(lambda size: size <= room, sizes))]
        self._describe_reading(len(read), total)
        return "\n".join(read)

    def _translate(self, lines: list[Line], into: str) -> Iterator[Update]:
        """Translate each line where the model can; raises `EmptyAnswer` if it can't do half."""
        language = language_of(self._request.text)
        done = 0
        for place, line in enumerate(lines):
            if self._must_stop():
                break
            update = self._update(lines, f"at sentence {place + 1} of {len(lines)}")
            steps = translate(line.text, language, into, self._model.say)
            try:
                while not self._must_stop():
                    next(steps)
                    yield update  # the same, so that a visitor's stop is heard
            except StopIteration as end:
                if end.value:
                    lines[place] = replace(line, text=end.value, is_quoted=False)
                    done += 1
            finally:
                steps.close()
        if 2 * done < len(lines) and not self._is_stopped:
            raise EmptyAnswer(f"could not translate it into {into}")
        share = f"Put into {into}, and back to compare: {done} of {len(lines)}."
        self._remarks.append(share if done else f"There was no time to put it into {into}.")

    def _must_stop(self) -> bool:
        self._is_stopped = time.monotonic() > self._deadline
        return self._is_stopped

    def _describe_reading(self, read: int, total: int) -> None:
        share = f"{read:,} of {total:,}"
        self._reading = [f"It read the {share} sentences that answer the prompt best."]

    def _update(self, lines: list[Line], status: str) -> Update:
        return Update(render(lines, self._request.shape), f"{self._name} is {status}\u2026")


def _is_done(phrase: str) -> bool:
    """Whether this part of a prompt is the table, or the translation."""
    asked = shape(phrase)
    return asked.table or asked.language is not None or says("translation", phrase.lower())
