"""Fixtures for the demo's parts: the small model that the tests make themselves."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

TINY_MODEL = Path(__file__).with_name("tiny_model.py")

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture(scope="session", autouse=True)
def _libraries(demo_libraries: None) -> None:
    """torch and transformers can be imported here."""
    del demo_libraries  # it only has to be there


@pytest.fixture(scope="session")
def tiny_model(demo_python: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of two layers and a window of 512 tokens."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    subprocess.run([demo_python, str(TINY_MODEL), str(folder)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def loader(tiny_model: Path) -> Iterator[Any]:
    """The tiny model, loaded by the code that loads the real one."""
    from summarizer import Loader  # pylint: disable=import-outside-toplevel

    loaded = Loader(str(tiny_model)).start()
    loaded.wait(120)
    yield loaded
