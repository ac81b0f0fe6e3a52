"""Packages in files that the Hub does not read."""

from __future__ import annotations

import pytest

from deployer.card.card import parse
from deployer.checks.local import check_files
from deployer.problem import Level, Problem
from deployer.source.snapshot import File

CARD = b"---\nsdk: gradio\nsdk_version: 6.31.0\n---\n"
PROJECT = b'[project]\nname = "a"\ndependencies = ["gradio==6.31.0", "soundfile>=0.13", "kokoro"]\n'


def found_in(app: bytes, **files: bytes) -> list[Problem]:
    """All that is wrong with a Gradio Space."""
    sources = {"README.md": CARD, "app.py": app}
    sources |= {name.replace("_", "."): data for name, data in files.items()}
    card = parse(CARD.decode())
    assert card is not None
    deployed = {path: File.of_bytes(path, data) for path, data in sources.items()}
    return check_files(card, deployed, sources.__getitem__)


def test_a_package_that_only_pyproject_lists_is_not_installed() -> None:
    (found,) = found_in(b"import gradio\nimport soundfile\n", pyproject_toml=PROJECT)
    assert (found.path, found.line, found.level) == ("pyproject.toml", 3, Level.WARNING)
    assert "soundfile" in found.message and "requirements.txt" in found.message


@pytest.mark.parametrize(
    ("app", "project"),
    [
        (b"import cv2\n", b'[project]\ndependencies = ["opencv_python_headless"]\n'),
        (b"import yt_dlp\n", b'[tool.poetry.dependencies]\npython = "^3.10"\nyt-dlp = "*"\n'),
        (b"import helper\n", b'[project]\ndependencies = ["kokoro"]\n'),
    ],
)
def test_an_import_is_compared_with_the_name_of_its_package(app: bytes, project: bytes) -> None:
    (found,) = found_in(app, pyproject_toml=project, helper_py=b"from kokoro import x\n")
    assert found.name == "requirements-unread"


@pytest.mark.parametrize(
    ("app", "files"),
    [
        (b"import gradio, numpy, pandas, requests\n", {"pyproject_toml": PROJECT}),
        (b"import soundfile\n", {"pyproject_toml": PROJECT, "requirements_txt": b"soundfile\n"}),
        (b"try:\n    import soundfile\nexcept ImportError: pass\n", {"pyproject_toml": PROJECT}),
        (b"import soundfile\n", {"pyproject_toml": b"[tool.black]\nline-length = 100\n"}),
        (b"import soundfile\n", {"pyproject_toml": b"not toml"}),
        (b"import soundfile\n", {"pyproject_toml": PROJECT, "soundfile_py": b""}),
    ],
)
def test_what_gradio_brings_or_the_app_does_not_need_is_not_reported(
    app: bytes, files: dict[str, bytes]
) -> None:
    assert not found_in(app, **files)
