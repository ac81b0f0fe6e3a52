"""What a model writes is held against the text: numbers, names, words, and what is denied."""

import pytest

from summarizer.grounding import Grounds
from summarizer.languages import language_of
from summarizer.samples import TEXTS
from summarizer.sentences import sentences_of

# pylint: disable=missing-function-docstring  # the names are the sentences

FERRY = TEXTS["A council meeting about a ferry"]
GERMAN = (
    "Der Aufzug ist seit dem 28. April außer Betrieb, weil ein Seil gerissen ist. "
    "Die Reparatur kostet rund 18.400 Euro. Eine Mieterhöhung ist nicht geplant."
)
CLUB = """\
The bank lent the museum £2,000 in 2021. Dr. Lee may sell the old house in June. Most members want to
keep the pool open. The vote was lost by 8 to 3. The pool costs 40,000 euros a year. The roof of the
library leaks in three places. Two quotes had been received: £48,200 from Aldous & Sons and £53,900
from Keel Roofing. The Council met in May. It was resolved to award the work to Keel Roofing. Mr. Byrne warned that the ceiling of the library may come down in a storm.
In June one town sued the other town over a road.
"""
SHARE = 0.6


def grounds_of(text: str) -> Grounds:
    language = language_of(text)
    return Grounds([sentence.text for sentence in sentences_of(text, language)], language)


def is_supported(sentence: str, text: str = FERRY) -> bool:
    grounds = grounds_of(text)
    facts = grounds.has_facts_of(sentence)
    return facts and grounds.supports(sentence, SHARE)


@pytest.mark.parametrize(
    "sentence",
    [
        "The council voted nine to four for the electric ferry.",
        "The council chose the electric ferry by nine votes to four.",
        "The council chose the electric ferry by 9 votes to 4.",
        "The harbour council voted nine to four for the electric ferry on Tuesday.",
        "A used diesel ship would cost 3.9 million euros.",
        "The ferry is 41 years old.",
        "The ferry carries 212,000 passengers a year and failed on nineteen days.",
        "A new electric ferry, which needs charging stations, would cost 14.2 million euros.",
        "Spare parts for the engine aren't made any more, so a serious failure could be its last.",
        "Doctors warned that days without a ferry endanger dialysis patients.",
        "The grant of five million euros has not been confirmed.",
        "The old ferry will be repaired once more as a stopgap.",
    ],
)
def test_what_the_text_says_in_other_words_is_supported(sentence: str) -> None:
    assert is_supported(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "A new electric ferry costs 12 million euros.",
        "The ferry is forty-two years old.",
        "The order must be signed by 30 July.",
        "The order must be signed by 30 June, said Mayor Brenda.",
    ],
)
def test_a_number_or_a_name_that_the_text_has_not_is_invented(sentence: str) -> None:
    assert not grounds_of(FERRY).has_facts_of(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The council voted against the electric ferry.",
        "The council rejected the electric ferry.",
        "The grant of five million euros has been confirmed.",
        "Repairing the ferry does not cost 1.1 million euros.",
    ],
)
def test_what_denies_the_text_or_drops_its_denial_is_not_supported(sentence: str) -> None:
    assert not is_supported(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "A used diesel ship costs 14.2 million euros.",
        "Last winter, a used diesel ship from Denmark was plagued by engine failure due to frost.",
        "Fares will rise this year.",
        "The North Sea is home to many wonders.",
    ],
)
def test_facts_that_are_mixed_up_or_from_nowhere_are_not_supported(sentence: str) -> None:
    assert not is_supported(sentence)


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("The bank lent the museum £2,000.", True),
        ("The museum lent the bank £2,000.", False),
        ("Dr. Lee may sell the old house.", True),
        ("Dr. Lee will sell the old house.", False),
        ("Most members want to keep the pool.", True),
        ("Members want to keep the pool open.", False),
        ("All members want to keep the pool open.", False),
        ("Few members want to keep the pool open.", False),
        ("The vote was lost by eight to three.", True),
        ("The vote was lost by 3 to 8.", False),
        ("The pool costs 40,000 euros a year.", True),
        ("The pool costs 40,000 euros a month.", False),
        ("The pool costs 40,000 pounds a year.", False),
        ("The roof of the library leaks in three places.", True),
        ("The roof of the library leaks in two places.", False),
        ("Keel Roofing quoted £53,900.", True),
        ("Keel Roofing quoted £48,200.", False),
        ("Mr. Byrne warned that the ceiling may come down in a storm.", True),
        ("Aldous warned that the ceiling may come down in a storm.", False),
        ("The council resolved to award the work to Keel Roofing.", True),
        ("One town sued the other town over a road in June.", True),
        ("All quotes had been received.", False),
        ("The ceiling of the library may come down in a storm.", True),
        ("The ceiling of the library will come down in a storm.", False),
    ],
)
def test_who_how_many_and_how_surely_are_the_texts(sentence: str, supported: bool) -> None:
    assert is_supported(sentence, CLUB) == supported


@pytest.mark.parametrize(
    ("sentence", "supported"),
    [
        ("Die Reparatur des Aufzugs kostet 18400 Euro.", True),
        ("Der Aufzug ist außer Betrieb, weil ein Seil riss.", True),
        ("Die Reparatur kostet 19.400 Euro.", False),
        ("Eine Mieterhöhung ist geplant.", False),
    ],
)
def test_a_german_text_supports_german_sentences(sentence: str, supported: bool) -> None:
    assert is_supported(sentence, GERMAN) == supported


def test_the_nearest_sentence_is_the_one_that_says_most_of_it() -> None:
    [nearest] = grounds_of(FERRY).nearest("The council voted for an electric ferry.")
    assert nearest.startswith("After two hours the council voted")
    assert not grounds_of(FERRY).nearest("Penguins sing.")


def test_words_in_a_row_are_known_as_the_texts_own() -> None:
    grounds = grounds_of(FERRY)
    assert grounds.has_in_a_row("the council voted NINE to four")
    assert not grounds.has_in_a_row("the council voted four to nine")
    assert not grounds.has_in_a_row("The council")  # anybody says that
