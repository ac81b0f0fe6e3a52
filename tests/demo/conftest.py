"""Fixtures for the demo's parts: the small model that the tests make themselves."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.demo.apps import ONE_CORE
from tests.demo.running import App

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ |= ONE_CORE


@pytest.fixture(scope="session", autouse=True)
def _libraries(demo_libraries: None) -> None:
    """torch and transformers can be imported here."""
    del demo_libraries  # it only has to be there


@pytest.fixture(scope="session")
def loader(tiny_model: Path) -> Iterator[Any]:
    """The tiny model, loaded by the code that loads the real one."""
    from summarizer import Loader  # pylint: disable=import-outside-toplevel

    loaded = Loader(str(tiny_model)).start()
    loaded.wait(120)
    yield loaded


@pytest.fixture
def new_client() -> Iterator[Callable[[App], Any]]:
    """Makes clients of an app, each with a session of its own."""
    from gradio_client import Client  # pylint: disable=import-outside-toplevel

    with ExitStack() as clients:

        def new(app: App) -> Any:
            client = Client(app.address, verbose=False, download_files=False)
            clients.callback(client.close)
            return client

        yield new
