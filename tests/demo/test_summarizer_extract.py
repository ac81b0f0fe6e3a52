"""The fallback: sentences of the text itself, picked by the prompt."""

import time

import pytest

from summarizer.extract import MOST_SENTENCES, extract
from summarizer.samples import PROMPTS, TEXTS
from summarizer.shape import shape
from summarizer.words import stem

# pylint: disable=missing-function-docstring  # the names are the sentences

FERRY = TEXTS["A council meeting about a ferry"]
BEES = TEXTS["A study of bees on bus shelters"]


def test_a_prompt_about_risks_puts_the_risks_first() -> None:
    found = extract(FERRY, "Only the risks")
    assert any("second risk" in sentence for sentence in found.sentences)
    assert any("danger to patients" in sentence for sentence in found.sentences)
    assert not any("Fares stay" in sentence for sentence in found.sentences)


def test_another_prompt_picks_other_sentences_from_the_same_text() -> None:
    assert extract(FERRY, "Only the risks").sentences != extract(FERRY, "the votes").sentences
    assert "voted nine to four" in str(extract(FERRY, "What was decided?"))


def test_an_ending_does_not_hide_a_word() -> None:
    assert "stonecrop" in str(extract(BEES, "one sentence about planting"))


def test_one_sentence_is_enough_when_one_is_asked_for() -> None:
    assert len(extract(FERRY, "One sentence for a ten-year-old").sentences) == 1


def test_three_bullets_are_three_lines_that_begin_with_a_dash() -> None:
    lines = str(extract(FERRY, "three bullets for a busy reader")).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("- ") for line in lines)


@pytest.mark.parametrize(
    ("prompt", "count"),
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
def test_a_count_is_read_from_the_prompt(prompt: str, count: int | None) -> None:
    assert shape(prompt).count == count


def test_a_limit_in_words_is_kept() -> None:
    assert len(str(extract(FERRY, "in under 40 words")).split()) <= 40


def test_the_sentences_stand_in_the_order_of_the_text() -> None:
    for prompt in PROMPTS:
        places = [
            " ".join(FERRY.split()).index(found) for found in extract(FERRY, prompt).sentences
        ]
        assert places == sorted(places)


def test_every_sentence_is_the_authors_own() -> None:
    flat = " ".join(BEES.split())
    assert all(found in flat for prompt in PROMPTS for found in extract(BEES, prompt).sentences)


def test_the_same_thing_is_not_said_twice() -> None:
    twice = "The old dam may break this winter. The old dam may break in winter. "
    text = twice + "The village has one road out. " + twice
    found = extract(text, "two sentences")
    assert len(set(found.sentences)) == 2
    assert "road" in str(found)


def test_a_prompt_that_meets_nothing_in_the_text_is_owned_up_to() -> None:
    found = extract(BEES, "volcanoes on Jupiter")
    assert not found.on_topic
    assert found.sentences


def test_a_prompt_without_a_topic_is_not_called_off_topic() -> None:
    assert extract(BEES, "three bullets for a busy reader").on_topic


def test_asking_for_very_many_sentences_is_capped_and_said() -> None:
    found = extract(" ".join(f"Item {n} weighs {n} kilos." for n in range(200)), "100 sentences")
    assert len(found.sentences) == MOST_SENTENCES
    assert found.capped


def test_the_count_is_never_more_than_the_text_has() -> None:
    assert extract("Only one here.", "five bullets").sentences == ("Only one here.",)


def test_words_without_a_single_full_stop_still_give_a_summary() -> None:
    log = "\n".join(f"line {n} the pump {'failed' if n == 77 else 'ran'}" for n in range(300))
    assert "failed" in str(extract(log, "only failures"))


def test_text_in_chinese_is_cut_at_its_own_full_stops() -> None:
    text = "今天天气很好。我们去公园散步。公园里有很多人。"
    assert extract(text, "one sentence about 散步").sentences == ("我们去公园散步。",)


@pytest.mark.parametrize(
    ("one", "other"),
    [("risks", "risky"), ("decided", "decide"), ("cities", "city"), ("plan", "planned")],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("unit", ["a. ", "x" * 50 + " ", "The risk is high. ", "<b>!</b> ", "1\n"])
def test_the_longest_text_of_any_kind_is_done_within_seconds(unit: str) -> None:
    start = time.monotonic()
    extract((unit * 200_000)[:200_000], "50 sentences about risks")
    assert time.monotonic() - start < 20
