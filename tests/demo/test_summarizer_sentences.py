"""Splitting a text into sentences, without losing a character."""

import random

import pytest

from summarizer.sentences import sentences_of, split_paragraphs, split_sentences

# pylint: disable=missing-function-docstring  # the names are the sentences


def test_any_mix_of_characters_survives_cutting() -> None:
    chance = random.Random(11)
    for _ in range(300):
        text = "".join(chance.choices('ab. \n!?。-1)"\t\u00a0\u2028J', k=chance.randrange(1, 200)))
        assert "".join(split_sentences(text)) == text
        assert "".join(split_paragraphs(text)) == text


@pytest.mark.parametrize("space", ["\u00a0", "\u2028", "\u3000", "\t", "\x1c"])
def test_any_space_may_stand_before_a_full_stop(space: str) -> None:
    text = f"It was J{space}. Then{space}we left.{space}They stayed."
    assert "".join(split_sentences(text)) == text
    assert split_sentences(text)[-1] == "They stayed."


def test_a_sentence_that_never_ends_is_cut_between_words_or_else_within_one() -> None:
    parts = [sentence.text for sentence in sentences_of("one two " * 100 + "x" * 1000)]
    assert parts[0].endswith("two") and len(parts[0]) < 600
    assert max(map(len, parts)) == 600
    assert "".join("".join(parts).split()) == "onetwo" * 100 + "x" * 1000


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
    assert split_sentences(text) == [text]


def test_list_items_are_sentences_of_their_own() -> None:
    text = "Bring:\n- bread\n- salt\n\n1. red wine\n2. cheese"
    assert [piece.strip() for piece in split_sentences(text)] == [
        "Bring:",
        "- bread",
        "- salt",
        "",
        "1. red wine",
        "2. cheese",
    ]


def test_a_closing_quote_belongs_to_its_sentence() -> None:
    assert split_sentences('"Stop!" He ran.') == ['"Stop!" ', "He ran."]
