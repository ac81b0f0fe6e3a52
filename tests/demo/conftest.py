"""What the tests of the demo share: its libraries can be imported."""

import os
from pathlib import Path

import pytest

from summarizer import Loader
from tests.demo.apps import ONE_CORE

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ |= ONE_CORE


@pytest.fixture(scope="session", autouse=True)
def _libraries(demo_libraries: None) -> None:
    """torch and transformers can be imported here."""
    del demo_libraries  # it only has to be there


@pytest.fixture(name="tiny_folder", scope="session")
def _tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny model, made in this process, which imports torch anyway."""
    from tests.demo.tiny_model import make  # pylint: disable=import-outside-toplevel

    return make(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(name="tiny_loader", scope="session")
def _tiny_loader(tiny_folder: Path) -> Loader:
    """The tiny model, loaded by the code that loads the real one."""
    loaded = Loader(str(tiny_folder)).start()
    loaded.wait(120)
    return loaded
