"""What a prompt says of the answer's shape, and what the picked length adds."""

import pytest

from summarizer import LENGTHS
from summarizer.extract import extract
from summarizer.request import parse_request
from summarizer.samples import TEXTS
from summarizer.shape import shape
from summarizer.words import count

# pylint: disable=missing-function-docstring  # the names are the sentences

FERRY = TEXTS["A council meeting about a ferry"]


@pytest.mark.parametrize(
    ("prompt", "number"),
    [
        ("2 sentences", 2),
        ("five short bullet points", 5),
        ("a single sentence, please", 1),
        ("in a sentence", 1),
        ("3-sentence summary", 3),
        ("the top 4 costs", 4),
        ("the two most important points", 2),
        ("make a bullet list", None),
        ("in bullet points", None),
        ("about the three ships", None),
    ],
)
def test_a_count_is_read_from_the_prompt(prompt: str, number: int | None) -> None:
    assert shape(prompt).count == number


@pytest.mark.parametrize(
    ("prompt", "bullets"),
    [
        ("in bullet points", True),
        ("as a list", True),
        ("the key points", True),
        ("no bullets please", False),
        ("Don't use a list", False),
        ("points of disagreement", False),
        ("line one\nline two", False),
    ],
)
def test_bullets_are_given_to_whom_asks_for_them(prompt: str, bullets: bool) -> None:
    assert shape(prompt).bullets == bullets
    assert shape(prompt).count is None


@pytest.mark.parametrize("prompt", ["in 50 words", "two bullets", "one sentence"])
def test_a_prompt_that_names_a_length_leaves_nothing_to_the_picked_one(prompt: str) -> None:
    assert not shape(prompt).is_open
    found = {str(extract(FERRY, prompt, length)) for length in LENGTHS.values()}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("prompt", "words", "each"),
    [
        ("3 bullets of 5 words each", 15, 5),
        ("drei Punkte mit je 5 Wörtern", 15, 5),
        ("three sentences, each under 9 words", 27, 9),
        ("at most 30 words, each fact once", 30, None),
    ],
)
def test_a_limit_for_each_sentence_is_read(prompt: str, words: int, each: int | None) -> None:
    assert (shape(prompt).words, shape(prompt).each) == (words, each)


@pytest.mark.parametrize(
    ("prompt", "numbered"),
    [
        ("the steps of the recipe", True),
        ("explain it step by step", True),
        ("next steps", False),
        ("die nächsten Schritte", False),
        ("les prochaines étapes", False),
        ("los próximos pasos", False),
        ("¿qué pasó?", False),
    ],
)
def test_what_comes_next_is_not_a_numbered_list(prompt: str, numbered: bool) -> None:
    assert shape(prompt).numbered == numbered


def test_a_longer_length_gives_a_longer_answer() -> None:
    sizes = [count(str(extract(FERRY, "a summary", length))) for length in LENGTHS.values()]
    assert sizes == sorted(set(sizes))


def test_an_empty_prompt_asks_for_plain_sentences_of_the_picked_length() -> None:
    request = parse_request(FERRY, "", "Short")
    assert request.shape.is_open
    assert not request.shape.bullets
    assert request.length == LENGTHS["Short"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("", 0), ("One, two.", 2), ("don't stop", 2), ("今天 ok", 3), (" a\n\nb ", 2)],
)
def test_words_are_counted_as_people_count_them(text: str, number: int) -> None:
    assert count(text) == number
