"""The demo app, running: one of each kind for all tests of a process."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.demo.running import NO_MODEL, App, make_models, running_app

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

StartApp = Callable[[], AbstractContextManager[App]]

# torch's threads wait for one another where other tests take the cores: ten times slower
ONE_CORE = {"CPU_CORES": "1", "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="session")
def models(demo_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two models, made by one process: importing torch takes longer than both."""
    return make_models(demo_python, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def tiny_model(models: Path) -> Path:
    """A folder with a model of two layers and a window of 512 tokens."""
    return models / "tiny"


@pytest.fixture(scope="session")
def fallback_app(
    demo_python: str, demo_libraries: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """An app that has no model, and knows it."""
    del demo_libraries  # they only have to be there, for the client that asks it
    with running_app(demo_python, NO_MODEL, tmp_path_factory.mktemp("app")) as app:
        yield _settled(app)


@pytest.fixture(scope="session")
def tiny_app(
    demo_python: str,
    demo_libraries: None,
    tiny_model: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    """An app that answers by the tiny model."""
    del demo_libraries
    folder = tmp_path_factory.mktemp("app")
    with running_app(demo_python, tiny_model, folder, **ONE_CORE) as app:
        yield _settled(app)


@pytest.fixture(scope="session")
def start_slow_app(
    demo_python: str, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> StartApp:
    """Starts an app whose model writes for some seconds, so that there is something to stop."""
    slow, folder = models / "slow", tmp_path_factory
    return lambda: running_app(demo_python, slow, folder.mktemp("app"), **ONE_CORE)


@pytest.fixture(scope="session")
def slow_app(start_slow_app: StartApp, demo_libraries: None) -> Iterator[App]:
    """One such app, its model loaded."""
    del demo_libraries
    with start_slow_app() as app:
        yield _settled(app)


def _settled(app: App) -> App:
    """The app once its model is loaded or has failed to; each question takes a moment."""
    from gradio_client import Client  # pylint: disable=import-outside-toplevel

    client = Client(app.address, verbose=False, download_files=False)
    while "still loading" in client.predict("One. Two.", "one", api_name="/summarize")[1]:
        pass
    client.close()
    return app
