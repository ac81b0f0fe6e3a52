"""Fixtures for the demo page in a real browser: the app as its own process, and Chromium."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from tests.conftest import unavailable
from tests.demo.running import App

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

OpenPage = Callable[..., Page]
Scheme = Literal["light", "dark"]
Size = tuple[int, int]
ContextOf = Callable[[Size, Scheme], BrowserContext]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine, with a profile of its own that is thrown away."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        unavailable("no browser found: install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def context_of(browser: Browser) -> ContextOf:
    """A context for each size and color scheme, whose cache holds Gradio's own files."""

    @cache
    def context(size: Size, scheme: Scheme) -> BrowserContext:
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        made = browser.new_context(viewport=viewport, color_scheme=scheme)
        made.grant_permissions(["clipboard-read", "clipboard-write"])
        return made

    return context


@pytest.fixture
def open_page(context_of: ContextOf) -> Iterator[OpenPage]:
    """Opens an app in a page of its own; each is closed at the end of the test."""
    with ExitStack() as pages:

        def open_(app: App | str, size: Size = (1280, 800), scheme: Scheme = "light") -> Page:
            page = context_of(size, scheme).new_page()
            pages.callback(page.close)
            page.set_default_timeout(60_000)
            page.goto(app.url if isinstance(app, App) else app)
            page.locator("#go").wait_for()
            return page

        yield open_
