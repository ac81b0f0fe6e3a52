"""Fixtures for the demo's parts: the small model that the tests make themselves."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.demo.running import NO_MODEL, App, make_model, running_app

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

# torch's threads wait for one another where other tests take the cores: ten times slower
_ONE_CORE = {"CPU_CORES": "1"}

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture(scope="session", autouse=True)
def _libraries(demo_libraries: None) -> None:
    """torch and transformers can be imported here."""
    del demo_libraries  # it only has to be there


@pytest.fixture(scope="session")
def tiny_model(demo_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of two layers and a window of 512 tokens."""
    return make_model(demo_python, tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def loader(tiny_model: Path) -> Iterator[Any]:
    """The tiny model, loaded by the code that loads the real one."""
    from summarizer import Loader  # pylint: disable=import-outside-toplevel

    loaded = Loader(str(tiny_model)).start()
    loaded.wait(120)
    yield loaded


@pytest.fixture(scope="session")
def slow_model(demo_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model that writes for some seconds, so that there is something to stop."""
    return make_model(demo_python, tmp_path_factory.mktemp("models") / "slow", "slow")


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


@pytest.fixture(scope="session")
def fallback_app(demo_python: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """An app that has no model, and knows it."""
    with running_app(demo_python, NO_MODEL, tmp_path_factory.mktemp("app")) as app:
        yield _settled(app)


@pytest.fixture(scope="session")
def tiny_app(
    demo_python: str, tiny_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """An app that answers by the tiny model."""
    folder = tmp_path_factory.mktemp("app")
    with running_app(demo_python, tiny_model, folder, **_ONE_CORE) as app:
        yield _settled(app)


@pytest.fixture(scope="session")
def slow_app(
    demo_python: str, slow_model: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """An app whose model is slow enough to be left, stopped and waited for."""
    folder = tmp_path_factory.mktemp("app")
    with running_app(demo_python, slow_model, folder, **_ONE_CORE) as app:
        yield _settled(app)


def _settled(app: App) -> App:
    """The app once its model is loaded or has failed to; each question takes a moment."""
    from gradio_client import Client  # pylint: disable=import-outside-toplevel

    client = Client(app.address, verbose=False, download_files=False)
    while "still loading" in client.predict("One. Two.", "one", api_name="/summarize")[1]:
        pass
    client.close()
    return app
