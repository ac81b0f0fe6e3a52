"""All local checks in one call, on whole Spaces."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from deployer.card.card import parse
from deployer.checks.local import check_files
from deployer.problem import Level, Problem
from deployer.source.snapshot import File

GRADIO = b'---\nsdk: gradio\nsdk_version: "6.31.0"\npython_version: "3.11"\n---\n'


def found_in(sources: Mapping[str, bytes], excluded: list[str] | None = None) -> list[Problem]:
    """All that is wrong with a Space of these files."""
    card = parse(sources["README.md"].decode())
    assert card is not None
    content_of = {path: File.of_bytes(path, data) for path, data in sources.items()}
    return check_files(card, content_of, sources.__getitem__, excluded=excluded or [])


def test_whole_spaces_have_no_findings() -> None:
    assert not found_in(
        {
            "README.md": GRADIO,
            "app.py": b"import gradio\nimport helper\n",
            "helper.py": b"",
            "requirements.txt": b"gradio==6.31.0\ntorch\n",
            "pre-requirements.txt": b"pip\nsetuptools<80\n",
            "packages.txt": b"ffmpeg\n",
        }
    )
    assert not found_in({"README.md": b"---\nsdk: static\n---\n", "index.html": b""})
    docker = b"FROM python\nEXPOSE 8000\nCMD python app.py\n"
    card = b"---\nsdk: docker\napp_port: 8000\n---\n"
    assert not found_in({"README.md": card, "Dockerfile": docker, "requirements.txt": b"a b c"})


def test_findings_are_in_the_order_of_the_checks() -> None:
    found = found_in(
        {
            "README.md": GRADIO.replace(b"sdk: gradio", b"sdk: gradio\nheader: big"),
            "app.py": b"import settings\nimport requests_x\nx = = 1\n",
            "requirements.txt": b"gradio==5.0.0\n",
            "pre-requirements.txt": b"pip=1\n",
            "packages.txt": b"A\n",
            "a ": b"",
        },
        ["settings.py"],
    )
    assert [(one.path, one.line) for one in found] == [
        ("README.md", 3),
        ("pre-requirements.txt", 1),
        ("requirements.txt", 1),
        ("packages.txt", 1),
        ("app.py", 3),
        ("a ", None),
    ]


def test_an_installed_package_replaces_an_excluded_module() -> None:
    space = {"README.md": GRADIO, "app.py": b"import settings\n"}
    assert found_in(space, ["settings.py"])
    assert not found_in({**space, "requirements.txt": b"Settings\n"}, ["settings.py"])


@pytest.mark.parametrize(
    ("version", "is_checked"), [(b'"3.99"', False), (b"3.10", True), (b'"3.9.18"', True)]
)
def test_a_newer_python_is_not_checked(version: bytes, is_checked: bool) -> None:
    card = b"---\nsdk: gradio\npython_version: " + version + b"\n---\n"
    found = found_in({"README.md": card, "app.py": b"x = = 1"})
    assert [one.level for one in found if one.path == "app.py"] == [Level.ERROR] * is_checked


def test_a_script_with_windows_line_endings_is_reported() -> None:
    card = b"---\nsdk: docker\n---\n"
    docker = b"FROM a\nCOPY . .\nCMD bash start.sh\n"
    space = {"README.md": card, "Dockerfile": docker, "start.sh": b"#!/bin/bash\r\nx\r\n"}
    (found,) = found_in(space)
    assert (found.path, found.line, found.level) == ("start.sh", 1, Level.ERROR)
    assert not found_in({**space, "start.sh": b"#!/bin/bash\nx\n"})


@pytest.mark.parametrize("port", [b"nonsense", b"[1]", b"99999999999"])
def test_an_invalid_port_is_only_reported_for_the_card(port: bytes) -> None:
    card = b"---\nsdk: docker\napp_port: " + port + b"\n---\n"
    found = found_in({"README.md": card, "Dockerfile": b"FROM a\nEXPOSE 7860\n"})
    assert [one.path for one in found] == ["README.md"]


@pytest.mark.parametrize("sdk", [b"gradio", b"docker"])
def test_unreadable_files_are_not_checked(sdk: bytes) -> None:
    card = parse((b"---\nsdk: " + sdk + b"\n---\n").decode())
    assert card is not None

    def read(path: str) -> bytes:
        raise OSError(path)

    paths = ["app.py", "requirements.txt", "packages.txt", "Dockerfile"]
    content_of = {path: File.of_bytes(path, b"") for path in paths}
    assert not check_files(card, content_of, read)
