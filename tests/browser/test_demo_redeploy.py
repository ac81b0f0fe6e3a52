"""A redeploy, as a visitor meets it who is reading a summary just then."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from summarizer.samples import TEXTS
from tests.demo.apps import ONE_CORE
from tests.demo.running import NO_MODEL, SLOW_APP, running_app
from tests.fork_server import ForkServer

# pylint: disable=missing-function-docstring  # the names are the sentences

LONG = 60_000  # milliseconds
TEXT = TEXTS["A council meeting about a ferry"]


def test_a_redeploy_during_a_summary_is_named_and_loses_nothing_that_was_typed(
    open_page: Callable[..., Page], demo_server: ForkServer, models: Path, tmp_path: Path
) -> None:
    with running_app(demo_server, models / "slow", tmp_path, SLOW_APP, **ONE_CORE) as old:
        page = open_page(old)
        text, status = page.get_by_label("Text", exact=True), page.locator("#status")
        summary = page.get_by_label("Summary", exact=True)
        expect(page.locator("#engine")).to_contain_text("is ready", timeout=LONG)
        page.get_by_label("Short", exact=True).check()
        text.fill(TEXT)
        page.get_by_label("Prompt").fill("Twenty points")
        page.locator("#go").click()
        expect(summary).not_to_have_value("", timeout=LONG)
    expect(status).to_contain_text("The connection to the server is lost", timeout=LONG)
    expect(text).to_have_value(TEXT)
    port = urlsplit(old.url).port or 0
    with running_app(demo_server, NO_MODEL, tmp_path, port=port):
        expect(status).to_contain_text("before the summary was complete", timeout=LONG)
        expect(text).to_have_value(TEXT)
        expect(page.get_by_label("Prompt")).to_have_value("Twenty points")
        expect(page.get_by_label("Short", exact=True)).to_be_checked()
        expect(summary).not_to_have_value("")
        page.locator("#go").click()
        expect(status).to_contain_text("Answered by", timeout=LONG)
