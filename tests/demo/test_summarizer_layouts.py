"""Quoting minutes, lists, tables and chats: what belongs together stays together."""

import pytest

from summarizer.extract import extract

# pylint: disable=missing-function-docstring  # the names are the sentences


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Present: Cllr. P. Nash (Chair), Cllr. J. Farr, Cllr. M. Ost.", "They met."),
        ("It was settled on 30. June and signed.", "The lawyers left."),
        ("The bridge costs $5 bn. to build.", "The county pays."),
        ("The shop at Mill Rd. No. 5 is shut.", "The owner moved."),
        ("Am Samstag, 5. Mai, ist die Halle zu.", "Der Verein trainiert im Park."),
        ("Frau Dipl.-Ing. Koch kam mit dem Plan.", "Der Rat nahm ihn an."),
        ("L'art. 5 al. 2 du contrat est clair.", "Nous votons demain."),
        ("Le 1er. mai est un jour sans marché.", "Nous dormons."),
        ("El pan cuesta aprox. 5 % más que antes.", "Los vecinos pagan."),
    ],
)
def test_an_abbreviation_or_a_date_does_not_cut_a_sentence(first: str, second: str) -> None:
    assert extract(f"{first} {second}", "two sentences").sentences == (first, second)


def test_a_small_letter_after_a_whole_word_begins_a_sentence() -> None:
    assert len(extract("the pump stopped. we called a plumber.", "two sentences").sentences) == 2


def test_a_short_line_over_a_list_is_its_heading() -> None:
    text = "Kitchen\n- Gas stove\n- Water\n\nTo pack\n- Book of maps\n- Lamp\n"
    assert extract(text, "kitchen things only").sentences == ("Gas stove", "Water")
    assert "To pack" not in extract(text, "nine lines").sentences
    todo = text.replace("To pack", "Still to do")
    assert extract(todo, "What is still to do?").sentences == ("Book of maps", "Lamp")


@pytest.mark.parametrize(
    "names", ["Stop,Line,Riders 2023,Riders 2024", "Item;Price 2025;Stock"], ids=["comma", "semi"]
)
def test_a_year_in_the_name_of_a_column_does_not_make_a_row_of_the_names(names: str) -> None:
    mark = ";" if ";" in names else ","
    rows = [mark.join(["Ash", *("80" for _ in names.split(mark)[1:])]) for _ in "ab"]
    rows[1] = rows[1].replace("Ash", "Elm")
    found = extract("\n".join([names, *rows]), "Which has the most riders or stock?")
    assert found.sentences == tuple(rows)


def test_the_words_of_a_row_are_counted_without_spaces_too() -> None:
    rows = [f"{name},red,8{n},9{n},yes" for n, name in enumerate(("Ash", "Elm", "Fir", "Oak"))]
    table = "\n".join(["Stop,Line,Riders,Trains,Lift", *rows])
    assert len(extract(table, "at most 12 words").sentences) == 2


@pytest.mark.parametrize("mark", ["TOP 2:", "Punkt 2.", "Item 2:", "Article 2.", "\u00a7 2."])
def test_the_heading_of_an_agenda_is_not_quoted_and_speaks_for_what_is_under_it(mark: str) -> None:
    text = (
        "Die Kasse ist voll. Der Wart hat gezählt.\n\n"
        f"{mark} Neues Bootshaus\nMit 21 zu 13 Stimmen lehnte der Verein den Bau ab."
    )
    found = extract(text, "Was ist mit dem Bootshaus?")
    assert found.sentences == ("Mit 21 zu 13 Stimmen lehnte der Verein den Bau ab.",)


def test_what_was_decided_about_one_thing_is_not_answered_by_another_decision() -> None:
    text = (
        "TOP 1: Abschluss\nDer Abschluss wurde einstimmig genehmigt. Er ist gut.\n\n"
        "TOP 2: Bootshaus\nDer Bau kostet 180.000 Euro. Mit 21 zu 13 wurde der Bau abgelehnt."
    )
    first, *_ = extract(text, "Wurde das Bootshaus genehmigt?").sentences
    assert first == "Mit 21 zu 13 wurde der Bau abgelehnt."
    assert extract(text, "ein Satz: was wurde genehmigt?").sentences == (
        "Der Abschluss wurde einstimmig genehmigt.",
    )


def test_a_numbered_label_is_not_quoted_without_what_it_is_over() -> None:
    text = (
        "2. Conditions.\n(a) Copies keep this notice.\n(b) Names are not used.\n\n"
        "5. Governing law. The law of Chile governs this."
    )
    found = extract(text, "nine sentences").sentences
    assert found == (
        "Copies keep this notice.",
        "Names are not used.",
        "Governing law. The law of Chile governs this.",
    )


CHAT = """\
[09:03] Lena: yes, the rounding test. fails only on the new box
[09:06] Marco: the box costs 340 euros a month. Too much!
[09:10] Lena: and who updates the status page?
[09:11] Marco: me
[09:12] Priya: the release moves to Friday
"""


def test_an_entry_of_a_chat_is_quoted_whole_on_a_line_of_its_own() -> None:
    lines = CHAT.splitlines()
    assert str(extract(CHAT, "what about the box?")).splitlines() == lines[:2]
    assert str(extract(CHAT, "nine lines")).splitlines() == lines


def test_a_question_in_a_chat_is_quoted_with_its_answer() -> None:
    question, answer = CHAT.splitlines()[2:4]
    assert f"{question}\n{answer}" in str(extract(CHAT, "Who updates the status page?"))


def test_what_someone_says_at_length_is_still_cut_into_sentences() -> None:
    speech = "The harbor is old and the sea is grey. " * 9 + "The ferry is new. It is cold."
    found = extract(f"[00:12] Ana: Hello all. {speech}", "one sentence about the ferry").sentences
    assert found == ("The ferry is new.",)
