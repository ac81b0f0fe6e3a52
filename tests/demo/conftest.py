"""Fixtures of the demo's tests: its libraries, and clients of its API."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
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


@pytest.fixture
def new_client() -> Iterator[Callable[[App], Any]]:
    """Makes clients of an app, each with a session of its own."""
    from gradio_client import Client  # pylint: disable=import-outside-toplevel

    with ExitStack() as clients:

        def new(app: App) -> Any:
            client = Client(app.url, verbose=False, download_files=False)
            clients.callback(client.close)
            return client

        yield new
