"""Which translation is believed: the model's part is played by a function."""

from collections.abc import Generator

import pytest

from summarizer.languages import ENGLISH
from summarizer.translation import Say, translate

# pylint: disable=missing-function-docstring  # the names are the sentences

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


def translation(sentence: str, into: str, say: Say) -> str | None:
    """What the translation of an English sentence ends with."""
    steps = translate(sentence, ENGLISH, into, say)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            said: str | None = end.value
            return said


def test_a_translation_that_turns_back_is_believed() -> None:
    back = "The council voted nine to four for the new ferry."
    said = translation(VOTE, "German", model(ABOUT_THE_VOTE, back))
    assert said == ABOUT_THE_VOTE


def test_the_model_reads_the_sentence_and_then_only_its_own_translation() -> None:
    heard = []

    def listen(text: str, instruction: str) -> Generator[None, None, str]:
        yield
        heard.append((text, instruction))
        return OF_THE_COST if len(heard) == 1 else COST

    assert translation(COST, "German", listen) == OF_THE_COST
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
    assert translation(COST, "German", model(OF_THE_COST, back)) is None


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(COST, id="copied"),
        pytest.param("Le bac coûte 14,2 millions d'euros.", id="French"),
        pytest.param("Die Fähre kostet 14,2 Millionen", id="cut off"),
        pytest.param("14,2 Millionen Euro.", id="no word that is only German"),
        pytest.param("| Die Fähre | kostet 14,2 Millionen Euro.", id="cells"),
    ],
)
def test_what_is_not_the_language_that_was_asked_for_or_not_whole_is_refused(said: str) -> None:
    assert translation(COST, "German", model(said, COST)) is None


def test_a_language_that_is_not_known_here_is_believed_if_it_turns_back() -> None:
    said = "フェリーは1420万ユーロです。"
    assert translation(COST, "Japanese", model(said, COST)) == said
    assert translation(COST, "Japanese", model(COST, COST)) is None
    assert translation(COST, "Japanese", model(said, "It costs 1,420 euros.")) is None


def test_a_row_of_a_table_keeps_its_cells() -> None:
    row, said = "| The new ferry | 14.2 million euros |", "| Die neue Fähre | 14,2 Millionen Euro |"
    assert translation(row, "German", model(said, row)) == said
    lost = "Die neue Fähre für 14,2 Millionen Euro"
    assert translation(row, "German", model(lost, row)) is None
