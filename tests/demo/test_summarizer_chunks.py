"""Cutting long texts: at their joints, and without losing a character."""

import random

import pytest

from summarizer.chunks import paragraphs, sentences, split
from summarizer.samples import TEXTS

# pylint: disable=missing-function-docstring  # the names are the sentences

SAMPLE = "\n".join(TEXTS.values())


def test_a_text_that_fits_stays_whole() -> None:
    assert split("Short enough.", 100) == ["Short enough."]


@pytest.mark.parametrize("limit", [1, 7, 80, 300, 1500])
def test_the_parts_joined_are_the_text_again(limit: int) -> None:
    parts = split(SAMPLE, limit)
    assert "".join(parts) == SAMPLE
    assert all(len(part) <= limit for part in parts)


def test_any_mix_of_characters_survives_cutting() -> None:
    chance = random.Random(11)
    for _ in range(300):
        text = "".join(chance.choices('ab. \n!?。-1)"\t\u00a0\u2028J', k=chance.randrange(1, 200)))
        assert "".join(split(text, chance.randrange(1, 40))) == text
        assert "".join(sentences(text)) == text
        assert "".join(paragraphs(text)) == text


def test_a_text_without_full_stops_is_cut_at_its_lines_or_else_between_words() -> None:
    assert split("one two\nthree four five", 10) == ["one two\n", "three four", " five"]


@pytest.mark.parametrize("space", ["\u00a0", "\u2028", "\u3000", "\t", "\x1c"])
def test_any_space_may_stand_before_a_full_stop(space: str) -> None:
    text = f"It was J{space}. Then{space}we left.{space}They stayed."
    assert "".join(sentences(text)) == text
    assert sentences(text)[-1] == "They stayed."


def test_a_word_longer_than_a_part_is_cut_as_a_last_resort() -> None:
    parts = split("x" * 10, 4)
    assert "".join(parts) == "x" * 10
    assert max(map(len, parts)) <= 4


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Okafor came.",
        "It costs approx. Ten euros.",
        "He met J. R. Smith.",
        "It is 3.5 metres.",
        "See e.g. the map.",
        "He said so... and left.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert sentences(text) == [text]


def test_list_items_are_sentences_of_their_own() -> None:
    text = "Bring:\n- bread\n- salt\n\n1. red wine\n2. cheese"
    assert [piece.strip() for piece in sentences(text)] == [
        "Bring:",
        "- bread",
        "- salt",
        "",
        "1. red wine",
        "2. cheese",
    ]


def test_a_closing_quote_belongs_to_its_sentence() -> None:
    assert sentences('"Stop!" He ran.') == ['"Stop!" ', "He ran."]
