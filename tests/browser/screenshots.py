"""The pictures of the demo page in docs/, made by `make screenshots`. Not a test of the suite."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.demo.running import LARGE_APP, ROOT, App, running_app

# pylint: disable=missing-function-docstring, redefined-outer-name  # the name is the sentence

LONG = 120_000  # milliseconds


@pytest.fixture(scope="module")
def small_app(demo_server: Any, small_model: Path, tmp_path_factory: Any) -> Iterator[App]:
    """The app with the smallest real model, which needs no Hub, taken for a large one."""
    folder = tmp_path_factory.mktemp("app")
    with running_app(demo_server, small_model, folder, LARGE_APP) as app:
        yield app


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [
        ("demo-light", (1120, 860), "light"),
        ("demo-dark", (1120, 860), "dark"),
        ("demo-phone", (390, 844), "light"),
    ],
)
def test_draw_the_page(
    open_page: Any, small_app: App, name: str, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(small_app, size, scheme)
    expect(page.locator("#engine")).to_contain_text("is ready", timeout=LONG)
    page.get_by_text("A council meeting about a ferry").click()
    expect(page.get_by_label("Prompt")).to_have_value("Only the risks")
    page.locator("#go").click()
    expect(page.locator("#status")).to_contain_text("Answered by", timeout=LONG)
    page.locator("#go").blur()
    page.screenshot(path=ROOT / "docs" / f"{name}.png", full_page=True, animations="disabled")
