"""The fallback: sentences of the text itself, picked by the prompt."""

import pytest

from summarizer.extract import MAX_SENTENCES, Ranking, extract
from summarizer.languages import BY_CODE
from summarizer.samples import PROMPTS, TEXTS
from summarizer.sentences import sentences_of

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


def test_the_reader_is_not_the_topic() -> None:
    text = "My mother is seventy. The side effects are headaches. The boss came late."
    found = extract(text, "Explain the side effects to my mother").sentences
    assert found == ("The side effects are headaches.",)
    assert extract(text, "Summarise it for my boss").on_topic


@pytest.mark.parametrize(
    ("prompt", "text", "first"),
    [
        ("translate the part on transport", "Trams run late. The transport costs six euros.", 1),
        ("the translator", "The transport left. A translator read the poem.", 1),
        ("electrical faults", "The election was fair. The electric lift failed.", 1),
        ("what was found?", "They left. We find that nobody paid.", 1),
    ],
)
def test_words_are_compared_by_their_stem_and_not_by_their_first_letters(
    prompt: str, text: str, first: int
) -> None:
    assert extract(text, prompt).sentences[0] == [s.text for s in sentences_of(text)][first]


def test_a_ranking_begins_as_an_extract_does_and_continues_with_the_next_best() -> None:
    ranked = Ranking(FERRY, "three bullets about the costs").best(3)
    assert tuple(ranked[:3]) == extract(FERRY, "three bullets about the costs").sentences
    assert len(ranked) == len(set(ranked)) == len(sentences_of(FERRY))


def test_a_general_summary_has_the_decision_and_is_not_the_first_sentences() -> None:
    found = extract(FERRY, "Three bullets for a busy reader").sentences
    assert any("voted nine to four" in sentence for sentence in found)
    assert any("million euros" in sentence for sentence in found)
    first = [sentence.text for sentence in sentences_of(FERRY)[:3]]
    assert not set(first) & set(found)


def test_a_general_summary_is_from_all_over_the_text() -> None:
    paragraphs = {s.text: s.paragraph for s in sentences_of(FERRY)}
    found = extract(FERRY, "a summary").sentences
    assert len({paragraphs[sentence] for sentence in found}) == 4


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
    ("prompt", "phrases"),
    [
        ("Translate it into German", ("Translate it", "into German")),
        ("as a table", ("as a table",)),
        ("A haiku about the ferry", ("A haiku",)),
        ("One sentence for a ten-year-old", ("for a ten-year-old",)),
        ("Rewrite it in simple words", ("Rewrite it", "in simple words")),
        ("explain it like I'm five", ("like I'm five",)),
        ("Als Tabelle, auf Deutsch", ("Als Tabelle", "auf Deutsch")),
        ("Pour un enfant, en espagnol", ("Pour un enfant", "en espagnol")),
        ("Traduce en forma de poema", ("Traduce", "en forma de poema")),
        ("Erkläre es einem Kind", ("es einem Kind",)),
        ("in English, please", ()),
        ("the risks for children", ()),
        ("los riesgos para los niños", ()),
        ("what does the table say about the translation?", ()),
        ("the story of the ferry for my boss", ()),
    ],
)
def test_what_quoting_cannot_do_is_known(prompt: str, phrases: tuple[str, ...]) -> None:
    assert extract(FERRY, prompt).beyond == phrases


def test_what_quoting_cannot_do_is_not_searched_for() -> None:
    found = extract("A poem was read. The table fell. We ate.", "as a table, then as a poem")
    assert found.on_topic
    assert len(found.sentences) == 3


@pytest.mark.parametrize(
    "text",
    [
        "1. Fees. The customer pays 30 euros. 2. Term. The contract ends in May.",
        "1. Fees. The customer pays 30 euros.\n2. Term. The contract ends in May.",
        "1. Fees.\nThe customer pays 30 euros.\n\n2. Term.\nThe contract ends in May.",
    ],
)
def test_a_number_or_a_label_is_not_quoted_alone(text: str) -> None:
    found = extract(text, "five sentences").sentences
    assert len(found) == 2
    assert found[0].endswith("The customer pays 30 euros.")
    assert found[1].endswith("The contract ends in May.")


def test_a_limit_in_words_is_kept_even_where_the_best_sentence_is_longer() -> None:
    assert len(str(extract(FERRY, "the costs in at most 18 words")).split()) <= 18


def test_the_lines_of_a_chat_are_quoted_one_by_one() -> None:
    chat = """\
[10:03] ben: no, two tests fail on the old machine and I do not know why
[10:07] anna: then we ship tomorrow
[10:09] carla: I propose a price of 19 euros
[10:11] anna: agreed"""
    assert extract(chat, "the price").sentences == ("[10:09] carla: I propose a price of 19 euros",)


def test_the_rows_of_a_table_are_quoted_one_by_one() -> None:
    table = "| Ship | Price |\n|---|---|\n| Ferry | 14 euros |\n| Raft | 2 euros |"
    assert extract(table, "only the raft").sentences == ("| Raft | 2 euros |",)
    assert str(extract(table, "the prices")) == "| Ferry | 14 euros |\n| Raft | 2 euros |"


def test_what_does_not_end_as_a_sentence_does_has_a_line_of_its_own() -> None:
    text = "- two apples\n- a warm hat\n\nThe bus leaves early. It is red."
    quoted = str(extract(text, "four sentences"))
    assert quoted == "two apples\na warm hat\nThe bus leaves early. It is red."


def test_a_row_is_quoted_whole_and_code_is_not_quoted() -> None:
    text = """\
Run the pump like this:

```sh
pump --start  # the price is high. Beware.
```

| option | what it is |
|---|---|
| `--price` | The price. Default: none. |
"""
    assert extract(text, "the price").sentences == ("| `--price` | The price. Default: none. |",)


def test_a_salutation_is_not_quoted() -> None:
    letter = (
        "Dear tenants of Chestnut Road 12,\n\nThe heating will be replaced in August.\n\nYours,\n"
    )
    assert str(extract(letter, "two sentences")) == "The heating will be replaced in August."


def test_what_is_to_be_done_and_by_when_is_found() -> None:
    letter = (
        "The rent rises by 38 euros from January and should not rise again. You must leave a key "
        "in the shop. Please write to us by 20 July. The fitters were here in May."
    )
    first, second = extract(letter, "What do I have to do, and by when? Two sentences.").sentences
    assert "leave a key" in first + second
    assert "by 20 July" in first + second


def test_a_word_that_a_page_broke_in_two_is_whole_again() -> None:
    page = "The council of the is-\nland voted on Tuesday. It chose the elec-\ntric ferry."
    assert extract(page, "the island").sentences == ("The council of the island voted on Tuesday.",)


CHAT = """\
[09:01] Maria: Morning! The printer in room 4 is broken again.
[09:03] Tom: I'll call the service today.
[09:05] Maria: Thanks. Who brings the cake on Friday?
[09:06] Ben: I can bring the cake.
[09:12] Maria: See you.
"""


def test_in_a_chat_those_who_speak_show_who_does_what() -> None:
    answer = str(extract(CHAT, "Who does what?"))
    assert "Tom: I'll call the service today." in answer
    assert "Ben: I can bring the cake." in answer
    assert "Nice!" not in str(extract(CHAT + "[09:15] Tom: Nice!\n", "Who does what?"))


def test_what_a_license_allows_is_its_permission() -> None:
    text = (
        "License\n\nPermission is granted to any person to use and copy the software. "
        "This notice shall be included in all copies. The software is provided without warranty."
    )
    found = extract(text, "What am I allowed to do?")
    assert found.on_topic
    assert found.sentences[0].startswith("Permission is granted")


def test_numbers_and_paragraphs_that_the_prompt_asks_for_are_set_without_a_model_too() -> None:
    lines = str(extract(FERRY, "a numbered list of the risks")).splitlines()
    assert [line.split()[0] for line in lines] == [f"{n}." for n in range(1, len(lines) + 1)]
    assert len(str(extract(FERRY, "the risks in two paragraphs")).split("\n\n")) == 2


def test_rows_of_a_table_have_lines_of_their_own() -> None:
    text = (
        "We had a look.\n\n| Item | Price |\n|---|---|\n| Pears | 4 euros |\n| Plums | 5 euros |\n"
    )
    answer = str(extract(text, "the whole text"))
    assert answer.splitlines() == ["We had a look.", "| Pears | 4 euros |", "| Plums | 5 euros |"]


@pytest.mark.parametrize(
    ("text", "prompt", "hanging"),
    [
        (
            "The offers were read. The city pays half of it. Dale asks for 1,850 pounds.",
            "in one sentence: what does it cost?",
            "The city pays half of it.",
        ),
        (
            "A lift was asked for. This was refused. The council refused a second lift in May.",
            "one sentence: what was refused?",
            "This was refused.",
        ),
        (
            "Da ist ein Bad. Davon zahlt die Stadt die Hälfte. Die Stadt zahlt zwei Millionen.",
            "Ein Satz: was zahlt die Stadt?",
            "Davon zahlt die Stadt die Hälfte.",
        ),
        (
            "La ville a une piscine. Elle coûte cher. Le toit de la mairie coûte cher.",
            "en une phrase : ce qui coûte cher",
            "Elle coûte cher.",
        ),
        (
            "La junta votó ayer. Fue rechazado por la junta. El plan fue rechazado por la junta.",
            "una frase: ¿qué fue rechazado por la junta?",
            "Fue rechazado por la junta.",
        ),
    ],
)
def test_a_sentence_that_hangs_on_another_is_not_quoted_alone(
    text: str, prompt: str, hanging: str
) -> None:
    assert hanging in text
    assert extract(text, prompt).sentences != (hanging,)


def test_a_sentence_stands_with_the_one_it_hangs_on() -> None:
    text = (
        "The bridge over the river costs six million. The weather was bad. The mayor wants a new "
        "roof for the school. She pays for it. The old roof leaks."
    )
    found = extract(text, "three sentences: who pays for the roof?").sentences
    place = found.index("She pays for it.")
    assert found[place - 1] == "The mayor wants a new roof for the school."


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "It is expected that the bridge opens in May."),
        ("en", "It takes two hours to get there."),
        ("en", "This year the fair is in June."),
        ("de", "Es gibt zwei Angebote für das Dach."),
        ("de", "Es ist geplant, dass der Zug hält."),
        ("de", "Sie müssen den Schlüssel abgeben."),
        ("fr", "Il y a deux offres pour le toit."),
        ("fr", "Il est prévu de fermer la piscine."),
        ("es", "Hay dos ofertas para el tejado."),
        ("es", "Es posible que llueva."),
    ],
)
def test_a_sentence_whose_pronoun_means_nothing_does_not_hang(language: str, sentence: str) -> None:
    assert not BY_CODE[language].hanging.search(sentence)


SEPARATED = {
    "comma": 'name,role,pay\n"Smith, John",driver,"28,000"\nAnn Lee,cook,31500\nEva P.,boss,40100',
    "semicolon": "name;role;pay\nSmith, John;driver;28000\nAnn Lee;cook, boss. Kind.;31500",
    "tab": "name\trole\tpay\nJohn Smith\tdriver. Good.\t28000\nAnn Lee\tcook\t31500",
    "bar": "name | role | pay\nJohn Smith | driver. Good. | 28000\nAnn Lee | cook | 31500",
}


@pytest.mark.parametrize("table", SEPARATED.values(), ids=SEPARATED)
@pytest.mark.parametrize("title", ["", "The staff in 2026\n", "The staff\n\n"])
def test_each_row_of_a_table_is_quoted_whole_and_the_header_is_not(table: str, title: str) -> None:
    rows = [" ".join(row.split()) for row in table.splitlines()[1:]]
    assert str(extract(title + table, "the pay")).splitlines() == rows


@pytest.mark.parametrize(
    "prose",
    [
        "On Monday, the council met again and\nthe mayor sent a letter, which was very long.",
        "The village waited, cold and grey,\nThe river, silent, went its way,",
    ],
)
def test_lines_with_as_many_commas_are_not_a_table_where_they_are_prose(prose: str) -> None:
    assert extract(prose, "two sentences").sentences[0] not in prose.splitlines()


def test_headings_over_their_text_are_not_quoted() -> None:
    text = (
        "LICENCE\n\n1. Fees and Payment\nThe fee for each year is 480 euros, without the tax.\n\n"
        "2. Law and the court that decides\nThe law of the Netherlands governs"
        " the whole of this agreement.\n\n"
        "Notes\nThe licensee gets a copy of each of the notes that we print.\n"
    )
    found = extract(text, "nine sentences").sentences
    assert len(found) == 3
    assert all(sentence.startswith("The ") for sentence in found)


def test_headings_of_many_lists_are_not_quoted() -> None:
    text = "Release 3\n\nNew:\n(a) dark mode\n(b) export\n\nPrice:\n- 5 euros (20 MB)\n- free\n"
    assert str(extract(text, "nine lines")) == "dark mode\nexport\n5 euros (20 MB)\nfree"


def test_an_answer_is_found_by_its_question_which_is_not_quoted() -> None:
    text = (
        "Do I need shoes?\nNo, we lend some.\n\nHow old must a climber be?\nSix is enough.\n\n"
        "Who closes a route?\nOur team. They look at all of them."
    )
    assert extract(text, "one sentence: who closes a route?").sentences == ("Our team.",)
    assert "?" not in str(extract(text, "nine sentences"))


@pytest.mark.parametrize(
    "polite",
    [
        "Hi Pavel,",
        "Thanks!",
        "Kind regards,",
        "[09:23] Lena: thx everyone",
        "12.03.26, 18:02 - Ben: Hi",
        "Dear Ms. Brandt,",
        "-- \nKaren Lund\nLund Design",
    ],
)
def test_greetings_and_signatures_are_not_quoted(polite: str) -> None:
    text = f"{polite}\nWe accept the offer of 72 euros.\n\nPlease send the contract by Monday.\n"
    swapped = (
        f"We accept the offer of 72 euros.\n\n{polite}\n\nPlease send the contract by Monday.\n"
    )
    quoted = ("We accept the offer of 72 euros.", "Please send the contract by Monday.")
    assert extract(swapped, "nine sentences").sentences == quoted
    assert polite.startswith("--") or extract(text, "nine sentences").sentences == quoted


@pytest.mark.parametrize(
    "letter",
    [
        "Sehr geehrte Frau Kessler,\n\nDie Heizung wird ersetzt.\n\nMit freundlichen Grüßen",
        "Madame, Monsieur,\n\nLa piscine est fermée.\n\nVeuillez agréer nos salutations.",
        "Estimada Sra. Gil:\n\nLa piscina está cerrada.\n\nUn cordial saludo",
    ],
)
def test_a_letter_in_another_language_is_quoted_without_its_greetings(letter: str) -> None:
    assert str(extract(letter, "9")) == letter.split("\n\n")[1]


def test_quoted_mail_is_quoted_without_its_marks() -> None:
    mail = "Agreed.\n\n> The photos for the shop would\n> cost 900 euros.\n> > What is the price?\n"
    assert extract(mail, "one sentence on the cost").sentences == (
        "The photos for the shop would cost 900 euros.",
    )


def test_names_and_dates_over_a_text_are_not_its_summary() -> None:
    text = (
        "Present: Susan Reid (chair), Mark Oyelaran (treasurer), Tom Hollis, Jean Whitcombe\n"
        "Date: 14 March 2026, village hall\n\n"
        "The main pipe under the road leaks in two places and must be replaced.\n\n"
        "The committee voted to buy a new pipe from Harbour Plumbing.\n\n"
        "The summer fair on the green takes place in July, and the school helps with the tables."
    )
    assert "Present" not in str(extract(text, "three bullets"))
    assert "Present" in str(extract(text, "who was present?"))


def test_a_general_summary_has_what_was_decided_and_not_that_minutes_were_approved() -> None:
    text = (
        "The minutes of the meeting were approved.\n\nTom spoke about the pipe and the water. "
        "The offer of Dale was accepted.\n\nThe fair on the green is in July."
    )
    assert extract(text, "one sentence").sentences == ("The offer of Dale was accepted.",)


def test_short_lines_are_items_and_lines_of_verse_are_not() -> None:
    assert extract("call mum\npay rent 640\nbuy milk", "nine lines").sentences == (
        "call mum",
        "pay rent 640",
        "buy milk",
    )
    verse = (
        'The village waited on the shore,\nA lantern hung at every door,\n"I am home," he cried.'
    )
    assert len(extract(verse, "nine lines").sentences) == 1


@pytest.mark.parametrize(
    ("text", "hanging", "before"),
    [
        (
            "The report on the ship is expected in May. Until then it stays in port.",
            "Until then it stays in port.",
            "The report on the ship is expected in May.",
        ),
        (
            "Two firms sent offers. The cheaper one is without a port.",
            "The cheaper one is without a port.",
            "Two firms sent offers.",
        ),
        (
            "Der Umbau dauert bis Mai. Bis dahin bleibt der Port zu.",
            "Bis dahin bleibt der Port zu.",
            "Der Umbau dauert bis Mai.",
        ),
    ],
)
def test_a_sentence_that_hangs_on_another_brings_it_along_or_is_not_quoted(
    text: str, hanging: str, before: str
) -> None:
    text = f"{text} The sea is wide and cold and grey in winter."
    assert extract(text, "port").sentences == (before, hanging)
    assert hanging not in extract(text, "in at most 9 words").sentences


def test_in_a_story_of_one_person_each_sentence_stands_alone() -> None:
    text = "Ada Moss grew up poor. She lived in an attic. She found a rare fern. She died old."
    assert extract(text, "the fern").sentences == ("She found a rare fern.",)


def test_what_a_meeting_resolved_does_not_hang_on_what_was_said_before() -> None:
    text = (
        "The roof leaks. Dale spoke about the roof and the rain. "
        "It was resolved by four votes to one to award the work to Keel. Finn voted against."
    )
    assert extract(text, "one sentence").sentences[0].startswith("It was resolved")


def test_one_sentence_is_the_news_and_not_a_side_remark() -> None:
    text = (
        "A car ferry with 83 passengers and 11 crew ran aground outside the harbor of Skerra. "
        "The passengers of the ferry were not hurt.\n\n"
        "Lifeboats took the passengers to the harbor. The crew stayed on board of the ferry.\n\n"
        "In May, the ministry refused to pay 19 million euros for a new ship."
    )
    assert extract(text, "one sentence").sentences[0].startswith("A car ferry")


@pytest.mark.parametrize(
    ("prompt", "article", "number"),
    [
        ("Wie viele, nur Zahlen", "Am Haus steht ein Gerüst.", "Der Bau hat zwei Türen."),
        ("nombres, seulement", "Il y a une cour.", "Le toit a deux trous."),
        ("solo cifras", "Hay una plaza.", "El techo tiene dos agujeros."),
    ],
)
def test_an_article_is_not_a_number(prompt: str, article: str, number: str) -> None:
    assert extract(f"{article} {number}", prompt).sentences == (number,)


@pytest.mark.parametrize(
    "prompt",
    [
        "max 20 words",
        "fewer than 15 words",
        "In 20 Wörtern",
        "In maximal 2 Sätzen",
        "Gib mir die wichtigsten Punkte",
        "en tres puntos",
        "not a list, just prose",
        "Please summarize this news story for my grandmother in three short sentences",
        "¿Qué pasó?",
    ],
)
def test_words_for_the_form_are_not_missed_in_the_text(prompt: str) -> None:
    assert extract(BEES, prompt).on_topic


@pytest.mark.parametrize("prompt", ["How many volcanoes?", "Wie viele Vulkane?", "volcanoes"])
def test_a_word_that_is_not_in_the_text_is_missed_even_where_the_rest_is(prompt: str) -> None:
    assert not extract(BEES, prompt).on_topic
    assert extract(BEES, "How many bees?").on_topic


@pytest.mark.parametrize("prompt", ["5 words", "3 bullets of 5 words each"])
def test_a_limit_that_no_sentence_keeps_is_reported(prompt: str) -> None:
    assert "No sentence is that short." in extract(FERRY, prompt).remarks("Quoting")
    assert not extract(FERRY, "30 words").too_long


def test_of_sentences_with_a_limit_for_each_only_the_short_ones_are_quoted() -> None:
    text = (
        "The risk is a fire. The old risk is that the dam may break in the winter. A risk is ice."
    )
    assert extract(text, "the risks in 3 bullets of 5 words each").sentences == (
        "The risk is a fire.",
        "A risk is ice.",
    )


def test_a_spanish_deadline_is_not_a_parking_space() -> None:
    text = "Se pierden 140 plazas del centro. El plazo termina el 15 de mayo."
    first, *_ = extract(text, "¿Hasta cuándo hay plazo?").sentences
    assert first == "El plazo termina el 15 de mayo."


def test_a_table_by_another_word_takes_a_writer_too() -> None:
    assert extract(FERRY, "in tabular form").beyond == ("tabular form",)
