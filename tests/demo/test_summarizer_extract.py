"""The fallback: sentences of the text itself, picked by the prompt."""

import time

import pytest

from summarizer.extract import MAX_SENTENCES, extract
from summarizer.samples import PROMPTS, TEXTS
from summarizer.words import stem, topic

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
    assert "stonecrop" in str(extract(BEES, "about planting"))


def test_one_sentence_is_enough_when_one_is_asked_for() -> None:
    assert len(extract(FERRY, "One sentence for a ten-year-old").sentences) == 1


def test_three_bullets_are_three_lines_that_begin_with_a_dash() -> None:
    lines = str(extract(FERRY, "three bullets for a busy reader")).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("- ") for line in lines)


def test_a_limit_in_words_is_kept() -> None:
    assert len(str(extract(FERRY, "in under 40 words")).split()) <= 40


def test_without_a_topic_the_sentences_stand_in_the_order_of_the_text() -> None:
    found = extract(FERRY, "Six bullets for a busy reader").sentences
    places = [" ".join(FERRY.split()).index(sentence) for sentence in found]
    assert len(places) == 6
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("prompt", "first"),
    [
        ("what does it cost?", "costs"),
        ("five bullets about the danger to patients", "dialysis"),
        ("What was decided?", "voted"),
        ("the vote", "voted"),
        ("worries", "worried"),
    ],
)
def test_what_was_asked_for_comes_first(prompt: str, first: str) -> None:
    assert first in extract(FERRY, prompt).sentences[0]


def test_where_no_count_is_asked_for_there_is_no_filler() -> None:
    assert len(extract(BEES, "stonecrop and thyme").sentences) == 1
    assert len(extract(BEES, "three bullets about stonecrop and thyme").sentences) == 3


def test_a_heading_speaks_for_the_sentences_under_it_and_is_not_quoted() -> None:
    text = (
        "## Weather\n\nIt snowed.\n\n## Safety\n\nThe gate was shut at noon.\n\n## Food\n\nWe ate."
    )
    assert extract(text, "safety").sentences == ("The gate was shut at noon.",)


def test_words_over_a_list_speak_for_its_items_only() -> None:
    text = "Bring on the hike:\n\n- a warm hat\n- two apples\n\nThe bus leaves early. It is red."
    assert extract(text, "what about the hike").sentences == ("a warm hat", "two apples")


def test_a_sentence_that_continues_the_one_before_is_found() -> None:
    text = "We sang. The old bridge is closed. It shook badly in the storm. They danced all night."
    assert extract(text, "the bridge").sentences == (
        "The old bridge is closed.",
        "It shook badly in the storm.",
    )


@pytest.mark.parametrize(
    ("prompt", "asked"),
    [
        ("Explain the side effects to my mother", ["sid", "effect"]),
        ("One sentence for a ten-year-old", []),
        ("Summarise it for my boss, like I'm five", []),
        ("focus on the teachers", ["teach"]),
        ("requirements for applicants", ["requir", "applicant"]),
    ],
)
def test_the_reader_is_not_the_topic(prompt: str, asked: list[str]) -> None:
    assert topic(prompt) == asked


def test_every_sentence_is_the_authors_own() -> None:
    flat = " ".join(BEES.split())
    assert all(found in flat for prompt in PROMPTS for found in extract(BEES, prompt).sentences)


def test_the_same_thing_is_not_said_twice() -> None:
    twice = "The old dam may break this winter. The old dam may break in winter. "
    text = twice + "The village has one road out. " + twice
    found = extract(text, "two sentences")
    assert len(set(found.sentences)) == 2
    assert "road" in str(found)


def test_a_prompt_that_matches_nothing_in_the_text_is_reported() -> None:
    found = extract(BEES, "volcanoes on Jupiter")
    assert not found.on_topic
    assert found.sentences


def test_a_prompt_without_a_topic_is_not_called_off_topic() -> None:
    assert extract(BEES, "three bullets for a busy reader").on_topic


def test_asking_for_very_many_sentences_is_capped_and_said() -> None:
    found = extract(" ".join(f"Item {n} weighs {n} kilos." for n in range(200)), "100 sentences")
    assert len(found.sentences) == MAX_SENTENCES
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
    [
        ("risks", "risky"),
        ("decided", "decide"),
        ("cities", "city"),
        ("plan", "planned"),
        ("loss", "lost"),
        ("pollution", "polluted"),
        ("advantages", "advantage"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize(
    "unit", ["a. ", "x" * 50 + " ", "The risk is high. ", "<b>!</b> ", "1\n", "# It\n\n"]
)
def test_the_longest_text_of_any_kind_is_done_within_seconds(unit: str) -> None:
    start = time.monotonic()
    extract((unit * 200_000)[:200_000], "50 sentences about risks")
    assert time.monotonic() - start < 20
