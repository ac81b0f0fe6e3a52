"""Prompts that ask for a form, and prompts in other languages: what quoting does of it."""

import tomllib
from pathlib import Path

import pytest

from benchmarks.demo.forms import Form, forms
from summarizer.extract import extract
from summarizer.languages import asked_language, language_of

# pylint: disable=missing-function-docstring  # the names are the sentences

FORMS = forms()
WRONG = {
    "bullets": "- One.\nTwo.",
    "numbered": "- One.\n- Two.",
    "sentences": "One is here. Two is here. Three is here. Four is here.",
    "paragraphs": "One.\n\nTwo.\n\nThree.",
    "lines": "One.\nTwo.",
    "max_words": "word " * 76,
    "language": "This is in English and in nothing else.",
    "table": "| one |\n| two |",
    "prose": "- One.\n- Two.",
    "easy": "word " * 15 + ".",
}


def other_languages() -> list[tuple[str, str, list[str]]]:
    """Texts in other languages, a prompt, and the sentences that answer it."""
    files = map(
        Path(__file__).with_name("forms").joinpath, ("german.toml", "french.toml", "spanish.toml")
    )
    read = [tomllib.loads(file.read_text("utf-8")) for file in files]
    return [
        (one["text"], query["prompt"], query["gold"]) for one in read for query in one["queries"]
    ]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.prompt)
def test_quoting_gives_the_form_or_says_that_it_cannot(form: Form) -> None:
    found = extract(form.text, form.prompt)
    assert (
        not form.unmet(str(found)) or found.beyond or {"numbered", "paragraphs"} & set(form.demands)
    )


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.prompt)
def test_an_answer_of_another_form_is_noticed(form: Form) -> None:
    assert form.unmet(" ") == list(form.demands)
    for demand in form.demands:
        assert demand in form.unmet(WRONG[demand])


def test_there_are_thirty_forms() -> None:
    assert len(FORMS) == 30


def test_a_table_and_a_numbered_list_are_recognized() -> None:
    named = {form.prompt: form for form in FORMS}
    assert not named["As a table"].unmet("| a | b |\n|---|---|\n| 1 | 2 |")
    assert not named["A numbered list of four steps"].unmet("1. A\n2. B\n3. C\n4. D")
    assert not named["Two paragraphs"].unmet("One.\n\nTwo.")
    assert not named["Summarize it in German"].unmet("Der Rat hat die Fähre gemietet.")


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("in German", "German"),
        ("translate it to French", "French"),
        ("auf Spanisch, in drei Sätzen", "Spanish"),
        ("en anglais", "English"),
        ("into Portuguese", "Portuguese"),
        ("the German team in three bullets", None),
    ],
)
def test_the_language_that_the_answer_is_to_be_in_is_read(prompt: str, name: str | None) -> None:
    assert asked_language(prompt) == name


def test_what_was_asked_for_comes_first_in_other_languages_too() -> None:
    cases = other_languages()
    first = [extract(text, prompt).sentences[0] in answers for text, prompt, answers in cases]
    assert len(first) == 15
    assert sum(first) >= 13


@pytest.mark.parametrize("name", ["german", "french", "spanish"])
def test_a_general_summary_has_the_decision_in_other_languages_too(name: str) -> None:
    text = next(form.text for form in FORMS if form.name == name)
    summary = str(extract(text, ""))
    assert any(word in summary for word in ("beschlossen", "a voté", "decidió"))
    assert language_of(summary) is language_of(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Die Frist endet am 30. Juni 2026.", "Danach ist es zu spät."),
        ("Der 2. Vorsitzende kam, z. B. mit Dr. Weber.", "Sie gingen bald."),
        ("M. Dupont a voté le 1er mai.", "Mme. Curie est absente."),
        ("El Sr. García votó el 30 de junio.", "La Sra. López no."),
        ("It ends in the middle of May.", "Farmers pay more."),
    ],
)
def test_no_sentence_is_cut_at_a_date_or_a_title(first: str, second: str) -> None:
    assert extract(f"{first} {second}", "two sentences").sentences == (first, second)
