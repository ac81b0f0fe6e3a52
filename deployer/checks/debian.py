"""Check the Debian packages that a Space installs: packages.txt, and `apt-get install`.

https://huggingface.co/docs/hub/spaces-dependencies
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from deployer.checks.requirement_files import decode
from deployer.patterns import lazy
from deployer.problem import Level, Problem

if TYPE_CHECKING:
    from deployer.checks.docker_instructions import Stage

PACKAGES = "packages.txt"
NEWEST = 13  # of the images of Gradio Spaces, and of Python, since August 2025
# https://www.debian.org/doc/debian-policy/ch-controlfields.html#source, with apt-get's suffixes
_DEBIAN_NAME = lazy(r"[a-z0-9][a-z0-9+.*-]+(:[a-z0-9-]+)?([=/][^=\s]\S*)?")
_COMMANDS = ("sudo", "apt", "apt-get", "pip", "RUN")
# The last release of Debian with a package, and what has its place: https://packages.debian.org
_REMOVED: Mapping[str, tuple[int, str]] = {
    "libappindicator1": (10, "libayatana-appindicator1"),
    "libappindicator3-1": (10, "libayatana-appindicator3-1"),
    "libatlas-base-dev": (12, "libopenblas-dev"),
    "libavcodec-extra58": (11, "libavcodec-extra"),
    "libdc1394-22-dev": (10, "libdc1394-dev"),
    "libffi7": (11, "libffi8"),
    "libgl1-mesa-glx": (12, "libgl1"),
    "libjasper-dev": (8, ""),
    "libmysqlclient-dev": (8, "default-libmysqlclient-dev"),
    "libssl1.1": (11, "libssl3"),
    "libtiff5": (11, "libtiff6"),
    "libwebp6": (11, "libwebp7"),
    "mysql-client": (8, "default-mysql-client"),
    "mysql-server": (8, "default-mysql-server"),
    "neofetch": (12, "fastfetch"),
    "netcat": (11, "netcat-openbsd"),
    "openjdk-11-jdk": (11, "default-jdk"),
    "openjdk-11-jdk-headless": (11, "default-jdk-headless"),
    "openjdk-11-jre": (11, "default-jre"),
    "openjdk-11-jre-headless": (11, "default-jre-headless"),
    "openjdk-17-jdk": (12, "default-jdk"),
    "openjdk-17-jdk-headless": (12, "default-jdk-headless"),
    "openjdk-17-jre": (12, "default-jre"),
    "openjdk-17-jre-headless": (12, "default-jre-headless"),
    "openjdk-8-jdk": (9, "default-jdk"),
    "openjdk-8-jre": (9, "default-jre"),
    "python-dev": (10, "python3-dev"),
    "python-pip": (10, "python3-pip"),
    "python3-distutils": (12, "python3-setuptools"),
    "software-properties-common": (12, ""),
    "ttf-freefont": (10, "fonts-freefont-ttf"),
    "wkhtmltopdf": (12, ""),
}
_RELEASES = {"buster": 10, "bullseye": 11, "bookworm": 12, "trixie": 13}
_SUITE = lazy(rf"[:-](?P<suite>{'|'.join(_RELEASES)})(?:-[\w.-]+)?$")
_NUMBER = lazy(r"(?:docker\.io/)?(?:library/)?debian:(?P<number>1\d)(?:[.-].*)?")
# without a patch version the tag is that of the newest Debian; 3.8 ended before it
_NEWEST_PYTHON = lazy(
    r"(?:docker\.io/)?(?:library/)?python(?::(?:latest|slim|3|3-slim|3\.(?:9|1\d)(?:-slim)?))?"
)
_INSTALL = lazy(r"\bapt(?:-get)?\b(?:\s+-\S+)*\s+install\b(?P<words>[^&;|\n<>]*)")


def check_packages(data: bytes) -> list[Problem]:
    """What makes `xargs apt-get install -y < packages.txt` fail."""
    lines = enumerate(decode(data).split("\n"), 1)
    return [problem for number, line in lines for problem in _check_line(number, line)]


def _check_line(number: int, line: str) -> Iterator[Problem]:
    words = line.removesuffix("\r").split()
    invalid = next((word for word in words if not _is_debian_name(word)), None)
    removed = next((word for word in words if _is_removed(word, NEWEST)), None)
    if words[:1] and words[0] in _COMMANDS and "install" in words:
        message = "a command; write only the names of Debian packages, one per line"
        yield Problem(PACKAGES, number, message, name="packages-invalid")
    elif words and words[0].startswith("#"):
        message = "a comment, which apt-get reads as package names; remove it"
        yield Problem(PACKAGES, number, message, Level.WARNING, name="packages-invalid")
    elif invalid is not None:
        message = f"invalid Debian package name {invalid!r}; one lower-case name per line"
        yield Problem(PACKAGES, number, message, name="packages-invalid")
    elif removed is not None:
        message = f"Debian {NEWEST}, on which newer images are based, removed {removed!r}"
        message = f"{message}; {_instead(removed)}"
        yield Problem(PACKAGES, number, message, Level.WARNING, name="packages-removed")
    elif words and line.endswith("\r"):
        message = "Windows line ending; apt-get reads the CR as part of the name, so save with LF"
        yield Problem(PACKAGES, number, message, Level.WARNING, name="packages-line-endings")


def check_image(path: str, stages: list[Stage]) -> list[Problem]:
    """The packages that a build installs, and that the Debian of its image no longer has."""
    found: dict[tuple[int, str], Problem] = {}
    for stage in stages:
        release = _release(stage.image)
        for one in stage.instructions if release else ():
            if one.keyword != "RUN" or "||" in one.arguments:
                continue
            words = " ".join(match["words"] for match in _INSTALL.finditer(one.arguments)).split()
            for word in words:
                if _is_removed(word, release or 0):
                    message = f"Debian {release}, on which the image is based, removed {word!r}"
                    problem = Problem(
                        path,
                        one.line,
                        f"{message}; {_instead(word)}",
                        Level.WARNING,
                        name="packages-removed",
                    )
                    found.setdefault((one.line, word), problem)
    return list(found.values())


def _release(image: str) -> int | None:
    """The Debian on which an image is based, by its tag; None where it does not say so."""
    if match := _SUITE.search(image):
        return _RELEASES[match["suite"]]
    if match := _NUMBER.fullmatch(image):
        return int(match["number"])
    return NEWEST if _NEWEST_PYTHON.fullmatch(image) else None


def _is_removed(name: str, release: int) -> bool:
    return name in _REMOVED and _REMOVED[name][0] < release


def _instead(name: str) -> str:
    replacement = _REMOVED[name][1]
    return f"use {replacement!r}" if replacement else "remove it"


def _is_debian_name(word: str) -> bool:
    return (word.startswith("-") and word != "-") or _DEBIAN_NAME.fullmatch(word) is not None
