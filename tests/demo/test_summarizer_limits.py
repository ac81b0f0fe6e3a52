"""Whatever a visitor pastes, quoting ends soon: one worker serves all."""

import time
from collections.abc import Callable

import pytest

from summarizer.extract import extract
from summarizer.languages import LANGUAGES, Language
from summarizer.request import MAX_CHARACTERS
from summarizer.sentences import sentences_of

# pylint: disable=missing-function-docstring  # the names are the sentences

PROMPT = "Who decided what, when, where, why and how much? Only the risks, in 50 sentences"


def seconds(work: Callable[[], object]) -> float:
    """The time that the work takes of this process, whatever else the machine does."""
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize(
    "unit",
    [
        "a. ",
        "M. ",
        "x" * 50 + " ",
        "The risk is high. ",
        "<b>!</b> ",
        "1\n",
        "# It\n\n",
        "\ta ",
        "\n",
        "1-",
        "a, ",
        "Hi, ",
        "Hi\n",
        "It a ",
        "> ",
        ">",
        "a;b\n",
        "[1 ",
        "| a | a \u2026\n",
        "漢字。",
    ],
)
def test_the_longest_text_of_any_kind_is_done_within_seconds(unit: str) -> None:
    text = (unit * MAX_CHARACTERS)[:MAX_CHARACTERS]
    assert seconds(lambda: extract(text, PROMPT)) < 8


@pytest.mark.parametrize(
    "line",
    [
        "我们今天{}去公园散步，风险很大。",
        "- a {}\n",
    ],
    ids=["sentences", "bullets"],
)
def test_the_longest_text_of_different_lines_is_done_within_seconds(line: str) -> None:
    text = "".join(map(line.format, range(MAX_CHARACTERS // len(line))))[:MAX_CHARACTERS]
    assert seconds(lambda: extract(text, "50 sentences")) < 4


@pytest.mark.parametrize("unit", [".", "a\u0301", "to be or not to be "])
def test_a_text_without_a_telling_word_has_no_endless_sentence(unit: str) -> None:
    text = unit * 2_000 + "a"
    assert max(len(sentence.text) for sentence in sentences_of(text)) <= 600


@pytest.mark.parametrize("unit", [".", "1.", "1:1 ", ": ", "a ", "A", "a\u0301", "[1 ", "'", "- "])
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_no_sign_is_slow_to_look_for_in_the_longest_sentence(unit: str, language: Language) -> None:
    patterns = [*language.signs.values(), language.hanging]
    sentence = (unit * 600)[:600]
    assert seconds(lambda: [pattern.search(sentence) for pattern in patterns]) < 0.2
