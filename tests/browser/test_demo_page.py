"""The demo page as a visitor meets it: typed into, pressed, stopped, read, on phone and desktop."""

import re
import urllib.error
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Route, expect

from summarizer.samples import EXAMPLES, TEXTS
from summarizer.shape import LENGTHS
from tests.demo.load import cancel, join
from tests.demo.pdf import pdf
from tests.demo.running import App

# pylint: disable=missing-function-docstring  # the names are the sentences


OpenPage = Callable[..., Page]

PHONE, TABLET, DESKTOP = (360, 740), (768, 1024), (1440, 900)
SIZES = pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
ALL_SIZES = pytest.mark.parametrize(
    "size", [PHONE, TABLET, DESKTOP], ids=["phone", "tablet", "desktop"]
)
LONG = 60_000  # milliseconds
FOR_A_MINUTE = "Twenty points"  # for the slow model, until it is stopped
TEXT = (
    "The bridge was built in 1931. It carries two lanes and a tram. The main risk is rust in the "
    "eastern cables. A new coat of paint costs 90,000 euros. The mayor likes the view."
)
# what the visitor knows the element by that has the keyboard's focus
FOCUSED = """() => {
    const focused = document.activeElement;
    const name = focused.labels?.length ? focused.labels[0].innerText : focused.innerText;
    return name.trim().split("\\n")[0];
}"""


def text_of(page: Page) -> Locator:
    return page.get_by_label("Text", exact=True)


def prompt_of(page: Page) -> Locator:
    return page.get_by_label("Prompt: how do you want it summarized?")


def summary_of(page: Page) -> Locator:
    return page.get_by_label("Summary", exact=True)


def status_of(page: Page) -> Locator:
    return page.locator("#status")


def drop(page: Page, file: Path) -> None:
    page.locator("#file input[type=file]").set_input_files(file)


def ask(page: Page, text: str, prompt: str) -> None:
    text_of(page).fill(text)
    prompt_of(page).fill(prompt)
    page.locator("#go").click()


def ready(page: Page) -> Page:
    expect(page.locator("#engine")).to_contain_text("is ready", timeout=LONG)
    return page


@SIZES
def test_a_text_and_a_prompt_give_a_summary(
    open_page: OpenPage, fallback_app: App, size: tuple[int, int]
) -> None:
    page = open_page(fallback_app, size)
    ask(page, TEXT, "Only the risks")
    expect(summary_of(page)).to_have_value(
        "The main risk is rust in the eastern cables.", timeout=LONG
    )
    expect(status_of(page)).to_contain_text("Answered by quoting 1 of 5 sentences of the text")
    expect(status_of(page)).to_contain_text("Words: 35 in the text, 9 in the summary.")
    expect(status_of(page)).to_be_in_viewport()


def test_a_missing_model_is_said_on_the_page_before_anything_is_pressed(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    expect(page.locator("#engine")).to_have_text(
        re.compile(r"The model can't be used \(model not found: nonexistent\)\."), timeout=LONG
    )


@SIZES
def test_the_model_writes_while_the_visitor_watches(
    open_page: OpenPage, slow_app: App, size: tuple[int, int]
) -> None:
    page = ready(open_page(slow_app, size))
    ask(page, TEXT, "Two sentences")
    expect(status_of(page)).to_contain_text("slow is writing the summary…", timeout=LONG)
    expect(summary_of(page)).not_to_have_value("", timeout=LONG)
    expect(status_of(page)).to_contain_text("Answered by slow on the ", timeout=LONG)


@SIZES
def test_stop_keeps_what_was_written_and_leaves_the_page_usable(
    open_page: OpenPage, slow_app: App, size: tuple[int, int]
) -> None:
    page = ready(open_page(slow_app, size))
    ask(page, TEXT, FOR_A_MINUTE)
    expect(summary_of(page)).not_to_have_value("", timeout=LONG)
    page.locator("#stop").click()
    expect(status_of(page)).to_contain_text("Stopped. The summary so far is kept.", timeout=LONG)
    expect(summary_of(page)).not_to_have_value("")
    expect(text_of(page)).to_have_value(TEXT)
    expect(page.locator("#stop")).to_be_disabled()
    page.locator("#go").click()
    expect(status_of(page)).to_contain_text("slow is writing the summary…", timeout=LONG)
    page.locator("#stop").click()
    expect(status_of(page)).to_contain_text("Stopped.", timeout=LONG)


def test_a_visitor_who_leaves_makes_room_for_the_next(open_page: OpenPage, slow_app: App) -> None:
    first = ready(open_page(slow_app))
    ask(first, TEXT, FOR_A_MINUTE)
    expect(status_of(first)).to_contain_text("slow is writing the summary…", timeout=LONG)
    first.close()
    second = ready(open_page(slow_app))
    ask(second, TEXT, FOR_A_MINUTE)
    expect(status_of(second)).to_contain_text("slow is writing the summary…", timeout=LONG)
    second.locator("#stop").click()
    expect(status_of(second)).to_contain_text("Stopped.", timeout=LONG)


def test_there_is_nothing_to_stop_before_a_start_and_after_an_end(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    expect(page.locator("#stop")).to_be_disabled()
    ask(page, TEXT, "Only the risks")
    expect(status_of(page)).to_contain_text("Answered by", timeout=LONG)
    expect(page.locator("#stop")).to_be_disabled()


@SIZES
def test_an_empty_form_is_answered_with_a_sentence(
    open_page: OpenPage, fallback_app: App, size: tuple[int, int]
) -> None:
    page = open_page(fallback_app, size)
    page.locator("#go").click()
    expect(status_of(page)).to_contain_text("There is no text yet.", timeout=LONG)


def test_a_prompt_without_a_text_stays_where_it_was_typed(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    ask(page, "   ", "Only the risks")
    expect(status_of(page)).to_contain_text("There is a prompt, but no text yet.", timeout=LONG)
    expect(prompt_of(page)).to_have_value("Only the risks")
    expect(text_of(page)).to_have_value("   ")


def test_a_text_over_the_limit_is_refused_and_not_cut(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    ask(page, "word " * 60_001, "Three bullets")
    expect(status_of(page)).to_contain_text(
        "300,005 characters and the limit is 300,000", timeout=LONG
    )
    assert len(text_of(page).input_value()) == 300_005


def test_html_in_a_text_is_shown_as_text_and_never_run(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    attack = "The risk is <img src=x onerror=\"document.title='run'\"><b>high</b>."
    ask(page, attack, "Only the <u>risks</u>")
    expect(summary_of(page)).to_have_value(attack, timeout=LONG)
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "Summarize it your way"


def test_pressing_enter_in_the_prompt_starts_it_too(open_page: OpenPage, fallback_app: App) -> None:
    page = open_page(fallback_app)
    text_of(page).fill(TEXT)
    prompt_of(page).fill("Only the risks")
    prompt_of(page).press("Enter")
    expect(status_of(page)).to_contain_text("Answered by", timeout=LONG)


@pytest.mark.parametrize("number", range(3))
def test_an_example_fills_the_text_the_prompt_and_the_length(
    open_page: OpenPage, fallback_app: App, number: int
) -> None:
    page = open_page(fallback_app)
    text, prompt, length = EXAMPLES[number]
    page.get_by_label("Long", exact=True).check()
    page.get_by_text(list(TEXTS)[number]).click()
    expect(text_of(page)).to_have_value(text, timeout=LONG)
    expect(prompt_of(page)).to_have_value(prompt)
    expect(page.get_by_label(length, exact=True)).to_be_checked()
    page.locator("#go").click()
    expect(summary_of(page)).not_to_have_value("", timeout=LONG)


def test_a_length_is_picked_for_prompts_that_name_none(
    open_page: OpenPage, fallback_app: App
) -> None:
    sizes = []
    for length in ("Short", "Long"):
        page = open_page(fallback_app)
        page.get_by_label(length, exact=True).check()
        ask(page, TEXTS["A council meeting about a ferry"], "")
        expect(status_of(page)).to_contain_text("this is a general summary", timeout=LONG)
        sizes.append(len(summary_of(page).input_value()))
    assert sizes[0] < sizes[1]


@SIZES
@pytest.mark.parametrize("kind", ["txt", "md", "pdf"])
def test_a_dropped_file_fills_the_form_and_is_summarized(
    open_page: OpenPage, fallback_app: App, tmp_path: Path, kind: str, size: tuple[int, int]
) -> None:
    file = tmp_path / f"bridge.{kind}"
    file.write_bytes(pdf(TEXT) if kind == "pdf" else TEXT.encode())
    page = open_page(fallback_app, size)
    drop(page, file)
    expect(text_of(page)).to_have_value(TEXT, timeout=LONG)
    expect(status_of(page)).to_contain_text(f"bridge.{kind} is in the text field now")
    prompt_of(page).fill("Only the risks")
    page.locator("#go").click()
    expect(summary_of(page)).to_have_value(re.compile("rust in the eastern cables"), timeout=LONG)


def test_a_file_that_cannot_be_read_changes_nothing_that_was_typed(
    open_page: OpenPage, fallback_app: App, tmp_path: Path
) -> None:
    page = open_page(fallback_app)
    text_of(page).fill("My own words.")
    prompt_of(page).fill("Only the risks")
    file = tmp_path / "<b>scan.pdf"
    file.write_bytes(b"GIF89a nonsense")
    drop(page, file)
    expect(status_of(page)).to_contain_text("scan.pdf is damaged, or it isn't a PDF.", timeout=LONG)
    expect(text_of(page)).to_have_value("My own words.")
    expect(prompt_of(page)).to_have_value("Only the risks")


def test_a_file_over_ten_megabytes_is_refused_on_the_page(
    open_page: OpenPage, fallback_app: App, tmp_path: Path
) -> None:
    page = open_page(fallback_app)
    file = tmp_path / "big.txt"
    file.write_bytes(b"word " * 2_200_000)
    drop(page, file)
    expect(page.get_by_text(re.compile("exceed the maximum allowed size"))).to_be_visible(
        timeout=LONG
    )
    expect(text_of(page)).to_have_value("")


def test_a_file_of_another_kind_is_refused_on_the_page(
    open_page: OpenPage, fallback_app: App, tmp_path: Path
) -> None:
    page = open_page(fallback_app)
    file = tmp_path / "app.exe"
    file.write_bytes(b"MZ")
    drop(page, file)
    expect(page.get_by_text("Only .txt, .md, .pdf allowed.")).to_be_visible(timeout=LONG)


def test_one_file_after_the_other_may_be_dropped(
    open_page: OpenPage, fallback_app: App, tmp_path: Path
) -> None:
    page = open_page(fallback_app)
    for name, text in (("one.txt", "The first file."), ("bad.txt", ""), ("two.md", "The second.")):
        (tmp_path / name).write_text(text)
        drop(page, tmp_path / name)
        expect(status_of(page)).to_contain_text(name, timeout=LONG)
        expect(page.get_by_text("Drop File Here")).to_be_visible()
    expect(text_of(page)).to_have_value("The second.")


def test_a_file_may_be_dropped_anywhere_on_the_page(open_page: OpenPage, fallback_app: App) -> None:
    page = open_page(fallback_app)
    page.evaluate("""() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["The dropped words."], "here.txt"));
            const event = new DragEvent("drop", {dataTransfer, bubbles: true, cancelable: true});
            document.querySelector("#text textarea").dispatchEvent(event);
        }""")
    expect(text_of(page)).to_have_value("The dropped words.", timeout=LONG)


def test_typed_text_can_be_restored_after_files_and_examples(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    back = page.get_by_role("button", name="Restore my text")
    text_of(page).fill("My own words.")
    expect(back).to_be_hidden()
    page.get_by_text("A study of bees on bus shelters").click()
    expect(text_of(page)).to_have_value(re.compile("^For two summers"), timeout=LONG)
    text_of(page).fill("Bees, and a word of mine.")
    expect(back).to_be_visible()
    page.get_by_text("A council meeting about a ferry").click()
    expect(text_of(page)).to_have_value(re.compile("^The harbour council"), timeout=LONG)
    back.click()
    expect(text_of(page)).to_have_value("Bees, and a word of mine.")
    back.click()
    expect(text_of(page)).to_have_value("My own words.")
    expect(back).to_be_hidden()


def test_words_are_counted_before_and_after(open_page: OpenPage, fallback_app: App) -> None:
    page = open_page(fallback_app)
    text_of(page).fill(TEXT)
    expect(page.locator("#text-count")).to_have_text("35 words")
    ask(page, TEXT, "Only the risks")
    expect(page.locator("#summary-count")).to_have_text("9 words", timeout=LONG)


def test_the_summary_is_copied(open_page: OpenPage, fallback_app: App) -> None:
    page = open_page(fallback_app)
    ask(page, TEXT, "Only the risks")
    expect(summary_of(page)).not_to_have_value("", timeout=LONG)
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#saved")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == summary_of(page).input_value()


def test_the_summary_is_downloaded_as_a_text_file(open_page: OpenPage, fallback_app: App) -> None:
    page = open_page(fallback_app)
    ask(page, "Die 🌉 rostet.", "")
    expect(summary_of(page)).to_have_value("Die 🌉 rostet.", timeout=LONG)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename == "summary.txt"
    assert downloading.value.path().read_text("utf-8") == "Die 🌉 rostet."


def test_an_empty_summary_is_neither_copied_nor_downloaded(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    page.evaluate("navigator.clipboard.writeText('mine')")
    page.get_by_role("button", name="Copy").click()
    expect(page.locator("#saved")).to_have_text("Nothing to copy yet.")
    assert page.evaluate("navigator.clipboard.readText()") == "mine"
    page.get_by_role("button", name="Download").click()
    expect(page.locator("#saved")).to_have_text("Nothing to download yet.")


def test_a_reload_keeps_the_form_and_the_summary(open_page: OpenPage, fallback_app: App) -> None:
    page = open_page(fallback_app)
    page.get_by_label("Short", exact=True).check()
    ask(page, TEXT, "Only the risks")
    expect(status_of(page)).to_contain_text("Answered by", timeout=LONG)
    page.reload()
    expect(text_of(page)).to_have_value(TEXT, timeout=LONG)
    expect(prompt_of(page)).to_have_value("Only the risks")
    expect(page.get_by_label("Short", exact=True)).to_be_checked()
    expect(summary_of(page)).to_have_value("The main risk is rust in the eastern cables.")
    expect(status_of(page)).to_contain_text("Answered by")
    expect(page.get_by_role("button", name="Restore my text")).to_be_hidden()


def test_a_stop_in_the_queue_says_that_nothing_was_written(
    open_page: OpenPage, slow_app: App
) -> None:
    first, second = ready(open_page(slow_app)), ready(open_page(slow_app))
    ask(first, TEXT, FOR_A_MINUTE)
    expect(summary_of(first)).not_to_have_value("", timeout=LONG)
    ask(second, TEXT, FOR_A_MINUTE)
    expect(status_of(second)).to_contain_text("Waiting for the server", timeout=LONG)
    second.locator("#stop").click()
    expect(status_of(second)).to_contain_text("Stopped. Nothing was written yet.", timeout=LONG)
    first.locator("#stop").click()
    expect(status_of(first)).to_contain_text("The summary so far is kept.", timeout=LONG)


def test_while_it_runs_neither_the_button_nor_enter_starts_it_again(
    open_page: OpenPage, slow_app: App
) -> None:
    page = ready(open_page(slow_app))
    ask(page, TEXT, FOR_A_MINUTE)
    expect(page.locator("#clock")).to_have_text(re.compile(r"[2-9] s"), timeout=LONG)
    expect(page.locator("#go")).to_be_disabled()
    prompt_of(page).press("Enter")
    expect(page.locator("#clock")).to_have_text(re.compile(r"[3-9] s|\d\d s"), timeout=LONG)
    expect(status_of(page)).to_contain_text("is writing the summary")
    page.locator("#stop").click()
    expect(page.locator("#go")).to_be_enabled(timeout=LONG)


def test_a_stop_is_answered_at_once_even_by_a_server_that_is_not(
    open_page: OpenPage, slow_app: App
) -> None:
    page = ready(open_page(slow_app))
    ask(page, TEXT, FOR_A_MINUTE)
    expect(status_of(page)).to_contain_text("slow is writing the summary…", timeout=LONG)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/cancel", hold)
    written = summary_of(page).input_value()
    page.locator("#stop").click()
    expect(status_of(page)).to_contain_text("Stopping…", timeout=LONG)
    expect(summary_of(page)).not_to_have_value(written, timeout=LONG)  # the server goes on
    expect(status_of(page)).to_contain_text("Stopping…")
    expect(page.locator("#stop")).to_be_disabled()
    expect(page.locator("#go")).to_be_disabled()
    assert held
    for route in held:
        route.continue_()
    expect(status_of(page)).to_contain_text("Stopped.", timeout=LONG)
    expect(page.locator("#go")).to_be_enabled()


def test_a_clock_runs_while_the_visitor_waits(open_page: OpenPage, slow_app: App) -> None:
    page = ready(open_page(slow_app))
    ask(page, TEXT, FOR_A_MINUTE)
    expect(page.locator("#clock")).to_have_text(re.compile(r"[1-9]\d* s"), timeout=LONG)
    page.locator("#stop").click()
    expect(status_of(page)).to_contain_text("Stopped.", timeout=LONG)


def test_the_page_says_how_much_of_the_text_was_read(open_page: OpenPage, slow_app: App) -> None:
    page = ready(open_page(slow_app))
    ferry = TEXTS["A council meeting about a ferry"]
    ask(page, f"{ferry}\n\nAt noon the old ship sails north.", "One sentence about noon")
    expect(status_of(page)).to_contain_text(
        re.compile(r"read the \d of 16 sentences"), timeout=LONG
    )


def test_all_of_the_form_is_reached_and_started_by_the_keyboard(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    reached: list[str] = []
    while "Summarize" not in reached:
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
        expect(page.locator(":focus")).to_have_css("outline-style", "solid")
        if reached[-1] == "Text":
            page.keyboard.type(TEXT)
    prompt = "Prompt: how do you want it summarized?"
    fields = ["Text", "Drop File Here", prompt, *LENGTHS, "Summarize"]
    assert reached == [*TEXTS, *fields]
    page.keyboard.press("Enter")
    expect(status_of(page)).to_contain_text("Answered by", timeout=LONG)


@ALL_SIZES
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_has_labels_and_contrast_for_everyone(
    open_page: OpenPage, fallback_app: App, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(fallback_app, size, scheme)
    ask(page, TEXT, "Only the risks")
    expect(status_of(page)).to_contain_text("Answered by", timeout=LONG)
    dark = page.evaluate("document.body.classList.contains('dark')")
    assert dark == (scheme == "dark")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": tags})
    assert not found.violations_count, found.generate_report()


@ALL_SIZES
def test_nothing_sticks_out(open_page: OpenPage, fallback_app: App, size: tuple[int, int]) -> None:
    page = open_page(fallback_app, size)
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@ALL_SIZES
def test_the_summary_is_next_to_the_text_or_on_a_phone_below_it(
    open_page: OpenPage, fallback_app: App, size: tuple[int, int]
) -> None:
    page = open_page(fallback_app, size)
    text, summary = page.locator("#text").bounding_box(), page.locator("#summary").bounding_box()
    assert text and summary
    is_below = summary["y"] > text["y"] + text["height"]
    is_beside = summary["x"] > text["x"] + text["width"]
    assert (is_below, is_beside) == ((True, False) if size == PHONE else (False, True))


def test_on_a_space_too_the_page_asks_no_other_host_for_anything(
    open_page: OpenPage, fallback_app: App
) -> None:
    page = open_page(fallback_app)
    hosts: set[str] = set()
    statuses: set[int] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.on("response", lambda response: statuses.add(response.status))
    page.reload()
    ask(page, TEXT, "Only the risks")
    expect(status_of(page)).to_contain_text("Answered by", timeout=LONG)
    assert hosts - {""} == {urlsplit(fallback_app.url).netloc}
    assert max(statuses) < 400


def test_on_a_space_the_page_links_to_the_commits_of_that_space(
    open_page: OpenPage, fallback_app: App, slow_app: App
) -> None:
    link = open_page(fallback_app).get_by_role("link", name="Commits of this Space")
    expect(link).to_have_attribute("href", "https://huggingface.co/spaces/julia/demo/commits/main")
    elsewhere = open_page(slow_app).get_by_role("link", name="Commits of this Space")
    expect(elsewhere).to_have_count(0)


def test_a_full_queue_is_said_plainly_and_nothing_typed_is_lost(
    open_page: OpenPage, slow_app: App
) -> None:
    page = ready(open_page(slow_app))
    session = uuid4().hex
    waiting: list[str] = []
    with pytest.raises(urllib.error.HTTPError, match="503"):
        while len(waiting) < 80:
            waiting.append(join(slow_app, session, TEXT, FOR_A_MINUTE, "Medium"))
    ask(page, TEXT, FOR_A_MINUTE)
    expect(status_of(page)).to_contain_text("The server is busy or restarting.", timeout=LONG)
    expect(text_of(page)).to_have_value(TEXT)
    for event in reversed(waiting):
        cancel(slow_app, session, event)
