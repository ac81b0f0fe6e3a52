"""The pictures of the demo page in docs/, made by `make screenshots`. Not a test of the suite."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.demo.running import ROOT, running_app

# pylint: disable=missing-function-docstring, redefined-outer-name  # the name is the sentence


@pytest.fixture(scope="module")
def app_without_a_network(demo_server: Any, tmp_path_factory: Any) -> Iterator[str]:
    """The app as it starts where the Hub can't be reached: nothing else to download for this."""
    with running_app(demo_server, "", tmp_path_factory.mktemp("app")) as app:
        yield app.url


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [
        ("demo-light", (1120, 860), "light"),
        ("demo-dark", (1120, 860), "dark"),
        ("demo-phone", (390, 844), "light"),
    ],
)
def test_draw_the_page(
    open_page: Any, app_without_a_network: str, name: str, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(app_without_a_network, size, scheme)
    expect(page.locator("#engine")).to_contain_text("The model can't be used", timeout=60_000)
    page.get_by_text("A council meeting about a ferry").click()
    page.get_by_text("Only the risks", exact=True).click()
    expect(page.get_by_label("Prompt: how do you want it summarized?")).to_have_value(
        "Only the risks"
    )
    page.locator("#go").click()
    expect(page.locator("#status")).to_contain_text("Answered by", timeout=60_000)
    page.locator("#go").blur()
    path = Path(ROOT / "docs" / f"{name}.png")
    path.parent.mkdir(exist_ok=True)
    page.screenshot(path=path, full_page=True, animations="disabled")
