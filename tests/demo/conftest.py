"""What the tests of the demo share: its libraries can be imported."""

import os

import pytest

from tests.demo.apps import ONE_CORE

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ |= ONE_CORE


@pytest.fixture(scope="session", autouse=True)
def _libraries(demo_libraries: None) -> None:
    """torch and transformers can be imported here."""
    del demo_libraries  # it only has to be there
