"""What is believed of one sentence in other words: a model's part is played by a function."""

from collections.abc import Generator

import pytest

from summarizer.languages import ENGLISH, LANGUAGES
from summarizer.rewriting import Rewriting, Say, shorten, translate

# pylint: disable=missing-function-docstring  # the names are the sentences

GERMAN = next(one for one in LANGUAGES if one.name == "German")
LONG_VOTE = "The council, after a long and bitter debate, voted nine to four for the new ferry."
VOTE = "The council voted nine to four for the new ferry."
ABOUT_THE_VOTE = "Der Rat hat mit neun zu vier für die neue Fähre gestimmt."
COST = "The ferry costs 14.2 million euros."
OF_THE_COST = "Die Fähre kostet 14,2 Millionen Euro."


def model(*lines: str) -> Say:
    """Answers one line after the other, whatever it is asked."""
    left = list(lines)

    def say(_text: str, _instruction: str) -> Generator[None, None, str]:
        yield
        return left.pop(0)

    return say


def end_of(rewriting: Rewriting) -> str | None:
    """What comes of it."""
    *_, said = [None, *rewriting]
    return said


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        (LONG_VOTE, VOTE),
        ("The ferry (built in the old yard) sank.", "The ferry sank."),
        ("The mayor, a friend of the crew, and his wife left.", "The mayor and his wife left."),
        ("The ship \u2013 white with a red funnel \u2013 sank.", "the ship sank."),
        ("Soup, a warm loaf of bread, and fish", "Soup, and fish"),
        (
            "The cook, deaf in his left ear, and the boy, a good swimmer, left.",
            "The cook and the boy, a good swimmer, left.",
        ),
    ],
)
def test_a_sentence_without_an_aside_is_shorter(sentence: str, said: str) -> None:
    assert end_of(shorten(sentence, ENGLISH, model(said))) == said


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(LONG_VOTE, id="the same"),
        pytest.param("The council voted nine to four for the cheap new ferry.", id="added"),
        pytest.param("The council voted four to nine for the new ferry.", id="swapped"),
        pytest.param("The council voted nine.", id="too short"),
        pytest.param("The council.", id="the beginning"),
        pytest.param("voted nine to four for the new ferry.", id="the end"),
        pytest.param(
            "The council, after a long debate, voted nine to four for the new ferry.",
            id="half an aside",
        ),
        pytest.param("The council voted nine to four for the new", id="cut off"),
        pytest.param("The council voted nine to four for the new ferry,", id="goes on"),
        pytest.param("The council voted, nine to four for the new ferry.", id="another aside"),
        pytest.param("The council voted nine to four | for the new ferry.", id="a cell more"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_shorter_sentence_drops_whole_asides_and_no_more(said: str) -> None:
    assert end_of(shorten(LONG_VOTE, ENGLISH, model(said))) is None


@pytest.mark.parametrize(
    "aside",
    [
        "not yet known to all",
        "who aren\u2019t on the island",
        "as far as they may",
        "if the grant ever comes",
        "at most a few hours",
        "as the mayor said then",
        "which the owner later denied",
        "who failed to find it",
        "the wife of Paul Berg",
        "all of whom are 41",
        "all of them forty-one",
        "with one in the harbour",
        "a | b | c",
        "very cold",
    ],
)
def test_an_aside_that_denies_limits_or_names_stays(aside: str) -> None:
    sentence = f"The crew, {aside}, left the old ship."
    assert end_of(shorten(sentence, ENGLISH, model("The crew left the old ship."))) is None


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Packing list for the canoe trip (4 people, 6 days)", "Packing list for the canoe trip:"),
        (
            "Present: Cllr. P. Nwosu (Chair), Cllr. J. Farrell, Cllr. M. Ostrowska",
            "Cllr. P. Nwosu, Cllr. J. Farrell, Cllr., M. Ostrowska",
        ),
        (
            "The minister denied that the company had lost 30 jobs.",
            "The company had lost 30 jobs.",
        ),
        (
            "again and again now, the crew, tired as ever, left.",
            "the crew, tired as ever, left.",
        ),
        ("the crew left, tired as ever", "the crew left"),
        ("The mayor's son stole the car.", "The mayor stole the car."),
        (
            "Anna Berg, the wife of the director Paul Berg, was arrested.",
            "the director Paul Berg, was arrested.",
        ),
        (
            "Anna Berg, the wife of the director Paul Berg, was arrested.",
            "Anna Berg was arrested.",
        ),
        (
            "Police failed to find the stolen ferry money in Skerra.",
            "Police find the stolen ferry money in Skerra.",
        ),
        ("The company stopped selling fish to the town.", "The company selling fish to the town."),
        (
            "A car ferry with 83 passengers and 11 crew ran aground early on Thursday.",
            "A car ferry ran aground early on Thursday.",
        ),
        ("The old ferry may fail again this winter.", "The old ferry fail again this winter."),
        ("The repair costs at most two thousand euros.", "The repair costs two thousand euros."),
    ],
)
def test_words_outside_of_asides_stay(sentence: str, said: str) -> None:
    assert end_of(shorten(sentence, ENGLISH, model(said))) is None


@pytest.mark.parametrize(
    ("sentence", "said", "is_shown"),
    [
        ("Der Rat, ob alt oder neu, geht.", "Der Rat geht.", False),
        ("Der Rat, wie immer sehr spät, geht.", "Der Rat geht.", True),
        (
            "Der Rat lehnte den Antrag der SPD auf ein neues Bad ab.",
            "Der Rat lehnte den Antrag auf ein neues Bad.",
            False,
        ),
    ],
)
def test_each_language_has_its_own_words_that_limit(
    sentence: str, said: str, is_shown: bool
) -> None:
    assert (end_of(shorten(sentence, GERMAN, model(said))) == said) == is_shown


def test_a_translation_that_turns_back_is_believed() -> None:
    back = "The council voted nine to four for the new ferry."
    said = end_of(translate("German", VOTE, ENGLISH, model(ABOUT_THE_VOTE, back)))
    assert said == ABOUT_THE_VOTE


def test_the_model_reads_the_sentence_and_then_only_its_own_translation() -> None:
    heard = []

    def listen(text: str, instruction: str) -> Generator[None, None, str]:
        yield
        heard.append((text, instruction))
        return OF_THE_COST if len(heard) == 1 else COST

    assert end_of(translate("German", COST, ENGLISH, listen)) == OF_THE_COST
    assert [text for text, _ in heard] == [COST, OF_THE_COST]
    assert "into German." in heard[0][1]
    assert "into English." in heard[1][1]


@pytest.mark.parametrize(
    "back",
    [
        pytest.param("The ferry costs 12.4 million euros.", id="another number"),
        pytest.param("The ferry costs.", id="half of it"),
        pytest.param("The ferry does not cost 14.2 million euros.", id="the opposite"),
        pytest.param("The ferry of Olufsen costs 14.2 million euros.", id="a new name"),
        pytest.param("The ferry costs 14.2 million euros and sinks at night.", id="more"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_translation_that_turns_back_into_something_else_is_not_believed(back: str) -> None:
    assert end_of(translate("German", COST, ENGLISH, model(OF_THE_COST, back))) is None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(COST, id="copied"),
        pytest.param("Le bac coûte 14,2 millions d'euros.", id="French"),
        pytest.param("Die Fähre kostet 14,2 Millionen", id="cut off"),
        pytest.param("| Die Fähre | kostet 14,2 Millionen Euro.", id="cells"),
    ],
)
def test_what_is_not_the_language_that_was_asked_for_or_not_whole_is_refused(said: str) -> None:
    assert end_of(translate("German", COST, ENGLISH, model(said, COST))) is None


def test_a_language_that_is_not_known_here_is_believed_if_it_turns_back() -> None:
    said = "フェリーは1420万ユーロです。"
    assert end_of(translate("Japanese", COST, ENGLISH, model(said, COST))) == said
    assert end_of(translate("Japanese", COST, ENGLISH, model(COST, COST))) is None
    assert (
        end_of(translate("Japanese", COST, ENGLISH, model(said, "It costs 1,420 euros."))) is None
    )


def test_a_row_of_a_table_keeps_its_cells() -> None:
    row, said = "| Electric ferry | 14.2 million euros |", "| Elektrofähre | 14,2 Millionen Euro |"
    assert end_of(translate("German", row, ENGLISH, model(said, row))) == said
    lost = "Die Elektrofähre für 14,2 Millionen Euro"
    assert end_of(translate("German", row, ENGLISH, model(lost, row))) is None
