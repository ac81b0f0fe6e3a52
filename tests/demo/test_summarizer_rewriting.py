"""What is believed of one sentence in other words: a model's part is played by a function."""

from collections.abc import Callable

import pytest

from summarizer.languages import ENGLISH, LANGUAGES
from summarizer.rewriting import shorten, translate

# pylint: disable=missing-function-docstring  # the names are the sentences

GERMAN = next(one for one in LANGUAGES if one.name == "German")
VOTE = "After a long debate, the council voted nine to four for the new electric ferry."
ABOUT_THE_VOTE = (
    "Nach langer Debatte hat der Rat mit neun zu vier für die neue Elektrofähre gestimmt."
)
COST = "The ferry costs 14.2 million euros."
OF_THE_COST = "Die Fähre kostet 14,2 Millionen Euro."


def model(*lines: str) -> Callable[[str, str], str]:
    """Answers one line after the other, whatever it is asked."""
    left = iter(lines)
    return lambda text, instruction: next(left)


def test_a_sentence_that_only_drops_words_is_shorter() -> None:
    said = "The council voted nine to four for the electric ferry."
    assert shorten(VOTE, ENGLISH, model(said)) == said


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(VOTE, id="the same"),
        pytest.param("The council voted nine to four for the cheap electric ferry.", id="added"),
        pytest.param("The council voted four to nine for the electric ferry.", id="swapped"),
        pytest.param("The council voted nine.", id="too short"),
        pytest.param("The council voted nine to four for the electric", id="cut off"),
        pytest.param("The council voted nine to four for the electric ferry,", id="goes on"),
        pytest.param("The council voted nine to four | for the electric ferry.", id="a cell more"),
        pytest.param("", id="nothing"),
    ],
)
def test_a_shorter_sentence_drops_words_and_no_more(said: str) -> None:
    assert shorten(VOTE, ENGLISH, model(said)) is None


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("The grant was not yet confirmed by the state.", "The grant was confirmed by the state."),
        ("The spare parts aren't made in Denmark.", "The spare parts made in Denmark."),
        ("Without a pass nobody may enter the port.", "A pass nobody may enter the port."),
        ("The old ferry may fail again this winter.", "The old ferry fail again this winter."),
        ("Fares rise in May if the grant fails.", "Fares rise in May the grant fails."),
        ("The repair costs at most two thousand euros.", "The repair costs two thousand euros."),
        ("The repair costs less than 900 euros.", "The repair costs 900 euros."),
        ("Only members may use the new boat.", "Members may use the new boat."),
        ("The mayor said the old ferry is safe.", "The mayor the old ferry is safe."),
        ("There is a risk that the ship fails in May.", "The ship fails in May."),
        ("At 14:31 the team rolled back the release.", "The team rolled back the release."),
        ("The mayor Ann Cole left the town.", "The mayor left the town."),
        ("The ferry costs 14.2 million euros now.", "The ferry costs 14 million euros now."),
        ("The ferry costs 14.2 million euros now.", "The ferry costs 14.2 euros now."),
    ],
)
def test_what_denies_or_limits_a_sentence_is_not_dropped(sentence: str, said: str) -> None:
    assert shorten(sentence, ENGLISH, model(said)) is None


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("Der Rat will die alte Fähre verkaufen.", "Der Rat die alte Fähre verkaufen."),
        ("Die Fahrt kostet bald höchstens 12 Euro.", "Die Fahrt kostet bald 12 Euro."),
    ],
)
def test_each_language_has_its_own_words_that_limit(sentence: str, said: str) -> None:
    assert shorten(sentence, GERMAN, model(said)) is None


def test_a_list_item_without_a_full_stop_may_be_shortened() -> None:
    said = "A new charging station"
    assert shorten("A new charging station by the harbour", ENGLISH, model(said)) == said


def test_a_translation_that_turns_back_is_believed() -> None:
    back = "After a long debate the council voted nine to four for the new electric ferry."
    said = translate("German", VOTE, ENGLISH, model(ABOUT_THE_VOTE, back))
    assert said == ABOUT_THE_VOTE


def test_the_model_reads_the_sentence_and_then_only_its_own_translation() -> None:
    heard = []

    def listen(text: str, instruction: str) -> str:
        heard.append((text, instruction))
        return OF_THE_COST if len(heard) == 1 else COST

    assert translate("German", COST, ENGLISH, listen) == OF_THE_COST
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
    assert translate("German", COST, ENGLISH, model(OF_THE_COST, back)) is None


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
    assert translate("German", COST, ENGLISH, model(said, COST)) is None


def test_a_language_that_is_not_known_here_is_believed_if_it_turns_back() -> None:
    said = "フェリーは1420万ユーロです。"
    assert translate("Japanese", COST, ENGLISH, model(said, COST)) == said
    assert translate("Japanese", COST, ENGLISH, model(COST, COST)) is None
    assert translate("Japanese", COST, ENGLISH, model(said, "It costs 1,420 euros.")) is None


def test_a_row_of_a_table_keeps_its_cells() -> None:
    row, said = "| Electric ferry | 14.2 million euros |", "| Elektrofähre | 14,2 Millionen Euro |"
    assert translate("German", row, ENGLISH, model(said, row)) == said
    lost = "Die Elektrofähre für 14,2 Millionen Euro"
    assert translate("German", row, ENGLISH, model(lost, row)) is None
