"""A small model only translates what is quoted: the tiny one, and real weights."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from summarizer import LENGTHS, Loader, summarize, writer
from summarizer.extract import extract
from summarizer.grounding import Grounds
from summarizer.languages import ENGLISH
from summarizer.loading import Ready
from summarizer.samples import TEXTS
from summarizer.sentences import sentences_of

# pylint: disable=missing-function-docstring  # the names are the sentences

FERRY = TEXTS["A council meeting about a ferry"]
FERRY_COST = "The ferry costs 14.2 million euros."
OF_THE_COST = "Die Fähre kostet 14,2 Millionen Euro."
RISK = "The only risk, as old sailors know well, is its engine."
TEXT = f"{FERRY_COST} {RISK}"
MINUTES = """\
Present: Ann Cole, Ben Ward and Cy Lund. The board approved the budget of 41,000 euros by five votes
to two. Ben Ward voted against it, since the roof was left out. The roof may be repaired in 2027 if
the state pays half of the cost. Cy Lund will ask three companies for offers by 9 May.
"""


@pytest.fixture(name="real", scope="module")
def _real(small_model: Path) -> Any:
    """The smallest real weights, loaded."""
    loaded = Loader(str(small_model)).start()
    loaded.wait(120)
    return loaded


def answer_with(
    loader: Loader, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], prompt: str
) -> list[Any]:
    """All updates, where the tiny model answers these texts like this, and others by silence."""
    assert isinstance(loader.state, Ready)

    def say(text: str, _instruction: str) -> Generator[None, None, str]:
        yield
        return said.get(text, "")

    monkeypatch.setattr(loader.state.model, "say", say)
    return list(summarize(TEXT, prompt, loader=loader))


def count_pieces(loader: Loader, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the model will have written, piece by piece."""
    assert isinstance(loader.state, Ready)
    pieces: list[str] = []
    stream = loader.state.model.stream

    def listen(text: str, instruction: str, *, limit: int) -> Iterator[str]:
        with closing(stream(text, instruction, limit=limit)) as heard:
            for piece in heard:
                pieces.append(piece)
                yield piece

    monkeypatch.setattr(loader.state.model, "stream", listen)
    return pieces


def quoted(text: str, prompt: str, length: str = "Medium") -> set[str]:
    """What is quoted, as the page marks it."""
    return {f"\u201c{one}\u201d" for one in extract(text, prompt, LENGTHS[length]).sentences}


def test_what_turns_back_is_shown_in_the_other_language_and_the_rest_as_it_was(
    tiny_loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = "Die Fähre ist zu alt und muss nun in den Hafen."
    said = {FERRY_COST: OF_THE_COST, OF_THE_COST: FERRY_COST, RISK: wrong, wrong: "The ferry left."}
    updates = answer_with(tiny_loader, monkeypatch, said, "In German")
    assert updates[-1].summary == f"{OF_THE_COST} \u201c{RISK}\u201d"
    assert "Put into German, and back to compare: 1 of 2." in updates[-1].status
    assert not any(wrong in update.summary for update in updates)


def test_a_small_model_is_not_trusted_with_words_of_its_own(tiny_loader: Loader) -> None:
    (only,) = summarize(FERRY, "five bullets", loader=tiny_loader)
    assert only.summary == str(extract(FERRY, "five bullets"))
    assert " s: tiny is too small to be trusted with words of its own." in only.status


def test_where_nothing_turns_back_it_is_quoted_and_why_is_said(
    tiny_loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates = answer_with(tiny_loader, monkeypatch, {FERRY_COST: OF_THE_COST}, "In German")
    assert updates[-1].summary == TEXT
    assert " s: tiny could not translate it into German." in updates[-1].status
    assert not any(OF_THE_COST in update.summary for update in updates)


@pytest.mark.parametrize(
    ("prompt", "left"),
    [
        ("In German for a ten-year-old as a table", "\u201cfor a ten-year-old\u201d."),
        ("Translate it into German for a child", "\u201cfor a child\u201d."),
        ("In German as a poem", "\u201cas a poem\u201d."),
    ],
)
def test_what_it_did_is_not_among_that_and_the_rest_is(
    tiny_loader: Loader, monkeypatch: pytest.MonkeyPatch, prompt: str, left: str
) -> None:
    said = {FERRY_COST: OF_THE_COST, OF_THE_COST: FERRY_COST}
    *_, last = answer_with(tiny_loader, monkeypatch, said, prompt)
    assert f"So small a model can't do this part of the prompt: {left}" in last.status


def test_it_can_be_stopped_at_each_word_of_a_sentence(
    tiny_loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = count_pieces(tiny_loader, monkeypatch)
    updates = summarize(FERRY, "two bullets in German", loader=tiny_loader)
    for number in range(1, 6):
        assert next(updates).status == "tiny is at sentence 1 of 2\u2026"
        assert len(pieces) == number
    updates.close()  # type: ignore[attr-defined]
    assert list(summarize(FERRY, "two bullets in German", loader=tiny_loader))[-1].summary


def test_where_time_is_over_within_a_sentence_what_is_there_is_the_answer(
    tiny_loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = count_pieces(tiny_loader, monkeypatch)
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 25 * len(pieces))
    monkeypatch.setattr(writer, "time", clock)
    *_, last = summarize(TEXT, "In German", loader=tiny_loader)
    assert last.summary == f"\u201c{FERRY_COST}\u201d \u201c{RISK}\u201d"
    assert len(pieces) == 3
    assert last.status.startswith("Answered by tiny on the ")
    assert last.status.count("It was stopped after 75 s.") == 1
    assert last.status.count("There was no time to put it into German.") == 1


def test_real_weights_write_what_the_text_supports_where_they_are_let(
    real: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(real.state.model, "is_small", False)
    *_, last = summarize(FERRY, "Two bullets: what was decided?", "Short", loader=real)
    assert last.status.startswith("Answered by SmolLM2-135M-Instruct on the ")
    lines = last.summary.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("- ") and line.endswith((".", "\u201d")) for line in lines)
    grounds = Grounds([sentence.text for sentence in sentences_of(FERRY)], ENGLISH)
    assert all(grounds.has_facts_of(line) for line in lines)


def test_real_weights_that_cannot_speak_german_show_none(real: Any) -> None:
    updates = list(summarize(MINUTES, "Auf Deutsch", "Short", loader=real))
    expected = quoted(MINUTES, "Auf Deutsch", "Short")
    for update in updates[:-1]:
        assert all(one in update.summary for one in expected)
        assert "at sentence" in update.status
    assert updates[-1].summary == " ".join(
        extract(MINUTES, "Auf Deutsch", LENGTHS["Short"]).sentences
    )
    assert "could not translate it into German" in updates[-1].status
