"""What becomes of a model's words on their way to the page."""

import re

import pytest

from summarizer.answer import render
from summarizer.draft import Draft
from summarizer.extract import Ranking
from summarizer.request import parse_request
from summarizer.samples import TEXTS

# pylint: disable=missing-function-docstring  # the names are the sentences

FERRY = TEXTS["A council meeting about a ferry"]
TABLE = """\
| Offer | Cost |
|:---|---:|
| A new electric ferry | 14.2 million euros |
| A used diesel ship | 5 million euros |
| Repairing the old ferry | 1.1 million euros |
"""


def shown(written: str, prompt: str, cut_off: bool = False, text: str = FERRY) -> str:
    """What the page shows after the model wrote this, letter by letter."""
    request = parse_request(text, prompt, "Short")
    ranking = Ranking(text, prompt)
    draft = Draft(request, ranking, ranking.best(4))
    for letter in written if cut_off else f"{written}\n":
        draft.add(letter)
    draft.end()
    return render(draft.lines, request.shape)


def test_a_supported_sentence_is_shown_as_it_is() -> None:
    said = "The council chose the electric ferry by nine votes to four."
    assert shown(said, "the vote") == said


def test_an_invented_price_is_replaced_by_what_answers_the_prompt_best() -> None:
    answer = shown("The electric ferry costs 20 million euros.", "one sentence about the vote")
    assert (
        answer
        == "\u201cAfter two hours the council voted nine to four for the electric ferry.\u201d"
    )


def test_a_sentence_that_was_cut_off_is_not_shown() -> None:
    whole = "The council chose the electric ferry by nine votes to four."
    assert shown(f"{whole} The old ship will be", "the vote", cut_off=True) == whole


def test_rows_of_a_table_that_are_quoted_have_lines_of_their_own() -> None:
    answer = shown("Nonsense about llamas. More nonsense.", "the costs", text=TABLE)
    assert len(answer.splitlines()) == 2
    assert all(re.fullmatch(r"\u201c\|.*\|\u201d", line) for line in answer.splitlines())


def test_a_sentence_is_not_said_twice() -> None:
    said = "The council chose the electric ferry by nine votes to four."
    assert shown(f"{said} {said}", "the vote") == said


@pytest.mark.parametrize(
    "chatter", ["Sure! ", "Here is a summary:\n\n", "# Summary\n", "**Vote:**\n"]
)
def test_chatter_and_titles_are_not_shown(chatter: str) -> None:
    said = "The council chose the electric ferry by nine votes to four."
    assert shown(chatter + said, "the vote") == said


def test_bullets_that_were_not_asked_for_stay_lines_and_lose_nothing() -> None:
    first, second = (
        "The ferry is 41 years old.",
        "Doctors warned that days without it are a danger.",
    )
    assert shown(f"- {first}\n- {second}\n", "everything").splitlines()[0] == first


def test_missing_bullets_are_filled_up_by_quotations() -> None:
    answer = shown("The council chose the electric ferry by nine votes to four.", "three bullets")
    assert re.fullmatch("- The council chose.*\n- \u201c.*\u201d\n- \u201c.*\u201d", answer)


def test_no_more_sentences_are_taken_than_were_asked_for() -> None:
    answer = shown(FERRY, "two bullets")
    assert len(answer.splitlines()) == 2


def test_a_limit_of_words_holds_with_a_quotation_if_need_be() -> None:
    answer = shown("The council met and it " + "talked and " * 30 + "left.", "at most 12 words")
    assert 0 < len(answer.split()) <= 12


def test_a_table_of_the_models_stays_one_and_a_wrong_row_is_replaced() -> None:
    head, rule, *rows = shown(TABLE, "as a table").splitlines()
    assert (head, rule) == ("| Offer | Cost |", "|---|---|")
    assert "| A new electric ferry | 14.2 million euros |" in rows
    assert not any("5 million euros |" in row for row in rows)
    assert any(re.fullmatch("\\| \u201c.+\u201d \\| \\|", row) for row in rows)
    assert all(row.count("|") == 3 for row in rows)


def test_sentences_are_put_into_a_table_if_the_model_wrote_none() -> None:
    answer = shown("The ferry is 41 years old.", "the ferry as a table")
    assert answer == "| No. | What the text says |\n|---|---|\n| 1 | The ferry is 41 years old. |"


@pytest.mark.parametrize(
    ("prompt", "written", "is_shown"),
    [
        ("in German", "The council chose the electric ferry by nine votes to four.", True),
        ("in German", "Der Rat hat mit neun zu vier Stimmen für die Fähre gestimmt.", False),
        ("the vote", "Der Rat hat mit neun zu vier Stimmen für die Fähre gestimmt.", False),
    ],
)
def test_an_answer_is_in_the_language_of_the_text_until_it_is_translated(
    prompt: str, written: str, is_shown: bool
) -> None:
    assert (written in shown(written, prompt)) == is_shown


def test_other_words_may_be_used_where_the_prompt_asks_for_them() -> None:
    said = "The electric ferry won the big vote."
    assert said in shown(said, "Explain it to a child in simple words")
    assert said not in shown(said, "the vote")


def test_neither_a_title_nor_a_greeting_is_taken_for_a_sentence() -> None:
    text = "The ferry needs a new engine this year.\n\nYours sincerely, Edmund Farrow"
    answer = shown("The Engine of the Ferry", "a summary", text=text)
    assert answer == "\u201cThe ferry needs a new engine this year.\u201d"
