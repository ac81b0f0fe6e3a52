"""Fixtures that run the demo app: one process of each kind for all tests of a worker."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.demo.small_model import small_model as get_small_model
from deployer.commands.local_hub import cache_folder
from tests.demo.running import (
    DEMO,
    NO_MODEL,
    ROOT,
    LARGE_APP,
    SLOW_APP,
    App,
    make_models,
    running_app,
)
from tests.fork_server import ForkServer

# pylint: disable=redefined-outer-name  # that is how fixtures are requested

# torch's threads wait for one another where other tests take the cores: ten times slower
ONE_CORE = {"CPU_CORES": "1", "OMP_NUM_THREADS": "1"}
# https://huggingface.co/docs/hub/spaces-overview#helper-environment-variables
ON_A_SPACE = {"SYSTEM": "spaces", "SPACE_ID": "julia/demo"}


@pytest.fixture(scope="session")
def demo_server(demo_python: str) -> Iterator[ForkServer]:
    """Starts programs of the demo's Python; torch and Gradio are imported once for all of them."""
    server = ForkServer(DEMO, os.environ | ONE_CORE | {"PYTHONPATH": str(ROOT)}, demo_python)
    yield server
    server.close()


@pytest.fixture(scope="session")
def models(demo_server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two models, "tiny" and "slow"."""
    return make_models(demo_server, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def tiny_model(models: Path) -> Path:
    """A folder with a model of two layers and a window of 512 tokens."""
    return models / "tiny"


@pytest.fixture(scope="session")
def small_model(demo_python: str) -> Path:
    """A folder with the smallest real model, SmolLM2-135M-Instruct."""
    return get_small_model(demo_python, cache_folder() / "models")


@pytest.fixture(scope="session")
def fallback_app(
    demo_server: ForkServer, demo_libraries: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[App]:
    """An app without a model, with the variables that a Space sets."""
    del demo_libraries  # gradio_client must be importable
    folder = tmp_path_factory.mktemp("app")
    with running_app(demo_server, NO_MODEL, folder, **ON_A_SPACE) as app:
        yield _wait_until_loaded(app)


@pytest.fixture(scope="session")
def tiny_app(
    demo_server: ForkServer,
    demo_libraries: None,
    tiny_model: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    """An app with the tiny model, taken for a large one."""
    del demo_libraries
    folder = tmp_path_factory.mktemp("app")
    with running_app(demo_server, tiny_model, folder, LARGE_APP, **ONE_CORE) as app:
        yield _wait_until_loaded(app)


@pytest.fixture(scope="session")
def slow_app(
    demo_server: ForkServer,
    demo_libraries: None,
    models: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[App]:
    """An app whose model writes for many seconds, so that there is something to stop."""
    del demo_libraries
    folder = tmp_path_factory.mktemp("app")
    slow = running_app(demo_server, models / "slow", folder, SLOW_APP, **ONE_CORE)
    with slow as app:
        yield _wait_until_loaded(app)


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


def _wait_until_loaded(app: App) -> App:
    """The app once its model is loaded or has failed to; each request takes a moment."""
    from gradio_client import Client  # pylint: disable=import-outside-toplevel

    client = Client(app.url, verbose=False, download_files=False)
    while "still loading" in client.predict("One. Two.", "One sentence", api_name="/summarize")[1]:
        pass
    client.close()
    return app
