"""What apt-get can't install: invalid lines, and packages that newer Debians have not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.checks.debian import check_image, check_packages
from deployer.checks.docker_instructions import parse, stages
from deployer.problem import Level

E, W = Level.ERROR, Level.WARNING


def test_packages_are_debian_names() -> None:
    valid = (
        b"ffmpeg\nlibgl1\n\nlibsm6 libxext6\nlibstdc++6\npython3.11-dev\nfoo:amd64\nfoo=1.2-3\n-y"
    )
    assert not check_packages(valid)


@pytest.mark.parametrize(
    ("line", "level", "word"),
    [
        ("# for opencv", W, "a comment"),
        ("opencv==4.1", E, "'opencv==4.1'"),
        ("Tesseract-OCR", E, "'Tesseract-OCR'"),
        ("ffmpeg,", E, "'ffmpeg,'"),
        ("ffmpeg # video", E, "'#'"),
        ("ffmpeg\r", W, "CR"),
        ("- ffmpeg", E, "'-'"),
        ("sudo apt-get install -y ffmpeg", E, "a command;"),
        ("libgl1-mesa-glx", W, "'libgl1'"),
    ],
)
def test_lines_that_apt_cannot_read_are_reported(line: str, level: Level, word: str) -> None:
    found, *others = check_packages(f"libgl1\n{line}\nlibsm6".encode())
    assert not others
    assert (found.path, found.line, found.level) == ("packages.txt", 2, level)
    assert word in found.message


def removed_in(text: str) -> list[tuple[int | None, str]]:
    """The lines and messages for a Dockerfile."""
    found = check_image("Dockerfile", stages(parse(text)))
    return [(one.line, one.message) for one in found if one.level is W]


@pytest.mark.parametrize(
    ("image", "package", "is_removed"),
    [
        ("python:3.11-slim", "libgl1-mesa-glx", True),
        ("python:3.12", "software-properties-common", True),
        ("docker.io/library/python:3.11-slim-trixie", "openjdk-17-jre", True),
        ("debian:12-slim", "netcat", True),
        ("debian:bookworm", "libssl1.1", True),
        ("ghcr.io/astral-sh/uv:python3.12-trixie-slim", "libatlas-base-dev", True),
        ("python:3.11-slim-bookworm", "libgl1-mesa-glx", False),
        ("python:3.11.4-slim", "libgl1-mesa-glx", False),
        ("python:3.8-slim", "libgl1-mesa-glx", False),
        ("ubuntu:22.04", "libgl1-mesa-glx", False),
        ("node:20-slim", "software-properties-common", False),
        ("python:3.11-slim", "libgl1", False),
    ],
)
def test_a_package_is_removed_where_the_images_debian_is_newer(
    image: str, package: str, is_removed: bool
) -> None:
    text = f"FROM {image}\nRUN apt-get update && apt-get install -y \\\n  git {package}\nCMD x\n"
    found = removed_in(text)
    assert [line for line, _ in found] == [2] * is_removed
    assert all(repr(package) in message for _, message in found)


def test_an_install_that_may_fail_and_a_command_of_another_tool_are_not_checked() -> None:
    assert not removed_in("FROM python:3.12\nRUN apt-get install -y netcat || true\n")
    assert not removed_in("FROM python:3.12\nRUN which netcat && apt-get install -y curl\n")


@given(some.one_of(some.binary(), some.text(" -er=\\#./@:[];<>=\n\rab1\"'").map(str.encode)))
def test_no_bytes_break_a_check(data: bytes) -> None:
    assert all(str(one) for one in check_packages(data))
