"""Fixtures for the demo page in a real browser: the app as its own process, and Chromium."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

ROOT = Path(__file__).parents[2]
TINY_MODEL = ROOT / "tests" / "demo" / "tiny_model.py"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()

OpenPage = Callable[..., Page]
StartApp = Callable[[], AbstractContextManager[str]]


def _unavailable(reason: str) -> NoReturn:
    """Without a browser there is nothing to test; in CI that is an error, not a shrug."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The browser of this machine, with a profile of its own that is thrown away."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        _unavailable("no browser found: install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def slow_model(demo_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that writes for some seconds, so that there is something to stop."""
    folder = tmp_path_factory.mktemp("models") / "slow"
    command = [demo_python, str(TINY_MODEL), str(folder), "slow"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def fallback_app(demo_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app that has no model."""
    with running_app(demo_python, "/nonexistent", tmp_path_factory.mktemp("app")) as address:
        yield address


@pytest.fixture(scope="session")
def start_model_app(
    demo_python: str, slow_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> StartApp:
    """Starts an app that has a model."""
    return lambda: running_app(demo_python, str(slow_model), tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="session")
def model_app(start_model_app: StartApp) -> Iterator[str]:
    """The address of an app that has a model."""
    with start_model_app() as address:
        yield address


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address in a window of its own; each is closed at the end of the test."""
    with ExitStack() as windows:

        def open_(address: str, size: tuple[int, int] = (1280, 800)) -> Page:
            window = browser.new_context(viewport={"width": size[0], "height": size[1]})
            windows.callback(window.close)
            page = window.new_page()
            page.set_default_timeout(60_000)
            page.goto(address)
            page.locator("#go").wait_for()
            return page

        yield open_


@contextmanager
def running_app(python: str, model_id: str, folder: Path) -> Iterator[str]:
    """Start app.py on a free port of this machine, and end it afterwards."""
    port = _free_port()
    env = os.environ | {
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(folder / "tmp"),
        "HF_HOME": str(folder / "hub"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_OFFLINE": "1",
        "MODEL_ID": model_id,
    }
    log = folder / "app.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [python, str(ROOT / "app.py")], cwd=folder, env=env, stdout=output, stderr=output
        ) as process,
    ):
        try:
            address = f"http://127.0.0.1:{port}/"
            _wait_until_it_answers(address, process, log)
            yield address
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:  # not listening yet; a process that ended never will be
            if process.poll() is not None:
                break
            time.sleep(0.1)  # a port has no event to wait for
    pytest.fail(f"app.py did not start:\n{log.read_text(errors='replace')[-4000:]}")
