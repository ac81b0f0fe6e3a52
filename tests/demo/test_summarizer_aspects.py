"""Quoting on thirty texts of many kinds: does what the prompt asks for come first?

Each text has three prompts that ask for one aspect, and the sentences that answer them. The words
of the aspects were chosen with these texts at hand, so on others it does a little worse.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from summarizer.extract import extract
from summarizer.sentences import sentences_of, split_sentences

# pylint: disable=missing-function-docstring  # the names are the sentences

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Case:
    """A text, a prompt, and the sentences that answer it."""

    name: str
    text: str
    prompt: str
    answers: tuple[str, ...]


def flat(text: str) -> str:
    return " ".join(text.split())


def cases() -> list[Case]:
    found = []
    for file in sorted(Path(__file__).with_name("aspects").glob("*.toml")):
        read = tomllib.loads(file.read_text("utf-8"))
        for query in read["queries"]:
            answers = tuple(map(flat, query["gold"]))
            found.append(Case(file.stem, read["text"], query["prompt"], answers))
    return found


CASES = cases()


@cache
def by_prompt(case: Case) -> list[str]:
    return list(extract(case.text, case.prompt).sentences)


def by_place(case: Case) -> list[str]:
    """The first sentences of the text, as many as the fallback picks."""
    sentences = [flat(s) for s in split_sentences(case.text) if flat(s)]
    return sentences[: len(by_prompt(case))]


def share_asked_for(pick: Callable[[str], list[str]]) -> float:
    """How many of the sentences picked without a prompt are ones that one of the 90 asks for."""
    texts = {case.text: case.answers for case in CASES}
    for case in CASES:
        texts[case.text] += case.answers
    picked = [(text, sentence) for text in texts for sentence in pick(text)]
    return sum(sentence in texts[text] for text, sentence in picked) / len(picked)


def summary(text: str) -> list[str]:
    return list(extract(text, "a summary").sentences)


def first_sentences(text: str) -> list[str]:
    return [sentence.text for sentence in sentences_of(text)[:4]]


def share_of_first(pick: Callable[[Case], list[str]]) -> float:
    """How often the first sentence is one that answers the prompt."""
    return sum(pick(case)[0] in case.answers for case in CASES) / len(CASES)


def share_found(pick: Callable[[Case], list[str]]) -> float:
    """How many of the sentences that answer the prompt are there at all."""
    answers = sum(len(case.answers) for case in CASES)
    return sum(len(set(case.answers) & set(pick(case))) for case in CASES) / answers


def test_the_labels_are_sentences_of_their_texts() -> None:
    assert len(CASES) == 90
    assert not [c.name for c in CASES for answer in c.answers if answer not in flat(c.text)]


def test_what_was_asked_for_comes_first() -> None:
    assert share_of_first(by_prompt) >= 0.89 > 2 * share_of_first(by_place)


def test_the_document_says_how_often() -> None:
    often = sum(by_prompt(case)[0] in case.answers for case in CASES)
    document = " ".join((ROOT / "docs" / "demo.md").read_text("utf-8").split())
    assert f"the first quote is an answer for {often} of them" in document


def test_more_of_what_was_asked_for_is_found_than_by_taking_the_first_sentences() -> None:
    assert share_found(by_prompt) > 0.6 > 2 * share_found(by_place)


def test_a_general_summary_has_more_of_what_people_ask_for_than_the_first_sentences() -> None:
    assert share_asked_for(summary) > 0.5 > 3 * share_asked_for(first_sentences)


def test_a_general_summary_is_of_four_paragraphs_and_seldom_the_first_sentences() -> None:
    texts = dict.fromkeys(case.text for case in CASES)
    paragraphs = [{s.text: s.paragraph for s in sentences_of(text)} for text in texts]
    spread = [
        len({places[sentence] for sentence in summary(text)})
        for text, places in zip(texts, paragraphs)
    ]
    first = [len(set(summary(text)) & set(first_sentences(text))) for text in texts]
    assert sum(spread) / len(spread) > 3.8
    assert sum(first) / len(first) < 1.5


@pytest.mark.parametrize("case", CASES[::9], ids=lambda case: f"{case.name}: {case.prompt}")
def test_nothing_is_said_that_the_text_does_not_say(case: Case) -> None:
    assert all(sentence in flat(case.text) for sentence in by_prompt(case))
