"""Check one requirement: whether a Space can install the package of that name and version."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Iterator
from urllib.parse import unquote, urlsplit

from packaging.requirements import Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from deployer.finding_names import FindingName
from deployer.problem import Level
from deployer.uninstallable import why_no_such_build, why_not_installed

Finding = tuple[FindingName, str, Level]

# Packages that have the name of a module of another package, which people mean.
_NAMESAKES = {
    "crypto": "pycryptodome",
    "docx": "python-docx",
    "fitz": "PyMuPDF",
    "jose": "python-jose",
    "jwt": "PyJWT",
    "serial": "pyserial",
    "tavily": "tavily-python",
    "telegram": "python-telegram-bot",
    "usb": "pyusb",
    "whisper": "openai-whisper",
}
# A secret in a URL of git, and a URL for which git asks for a key.
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_SSH = re.compile(r"(git\+)?ssh://|git\+git@")
_GIT_PROTOCOL = re.compile(r"(git\+)?git://github\.com")
_WHEEL = re.compile(r"[^\s;]+\.whl(?=[\s;#?]|$)", re.IGNORECASE)
# https://huggingface.co/docs/hub/spaces-zerogpu, of September 2026; the Hub says "torch version in
# requirements.txt is not compatible with ZeroGPU": github.com/Soul-AILab/SoulX-FlashHead/issues/74
_ZERO_GPU_TORCH = tuple(map(Version, ("2.8.0", "2.9.1", "2.10.0", "2.11.0", "2.12.1", "2.13.0")))


def check_name(required: Requirement) -> Iterator[Finding]:
    """Whether a package of this name can be installed at all."""
    if (found := why_not_installed(required)) is not None:
        yield *found, Level.ERROR
    elif required.name in sys.stdlib_module_names:
        message = (
            f"`{required.name}` is part of Python; the PyPI package of that name is another one"
        )
        message = f"{message}, often old, whose install may fail; remove the line"
        yield "requirements-stdlib", message, Level.WARNING


def check_namesake(required: Requirement, others: Collection[str]) -> Iterator[Finding]:
    """A package that is not that of the module of its name, where `others` do not have that."""
    meant = _NAMESAKES.get(str(canonicalize_name(required.name)))
    if meant is not None and str(canonicalize_name(meant)) not in others:
        message = f"package `{required.name}` is not that of the module `{required.name}`; for"
        message = f"{message} `import {required.name}`, use `{meant}`"
        yield "requirements-namesake", message, Level.WARNING


def check_local_version(required: Requirement) -> Iterator[Finding]:
    """A build such as `==2.4.0+cu121` is on the index of its project only, not on PyPI."""
    if (message := why_no_such_build(required)) is not None:
        yield "requirements-local-version", message, Level.ERROR


def check_gradio(required: Requirement, sdk_version: str) -> Iterator[Finding]:
    """The Hub installs the card's version of Gradio together with requirements.txt."""
    if canonicalize_name(required.name) == "gradio" and not _accepts(required, sdk_version):
        message = (
            f"`gradio{required.specifier}` conflicts with the card's `sdk_version` {sdk_version}; "
            'the Hub installs both together, so the build fails (with "cache miss" as its reason); '
            "make them equal, or remove this line"
        )
        yield "requirements-gradio", message, Level.ERROR


def _accepts(required: Requirement, version: str) -> bool:
    try:
        return required.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True  # reported for the card


def check_zero_gpu(required: Requirement, level: Level) -> Iterator[Finding]:
    """ZeroGPU accepts only some versions of torch; those newer than the list are not known."""
    if canonicalize_name(required.name) != "torch" or not required.specifier:
        return
    newest = _ZERO_GPU_TORCH[-1]
    pinned = [
        Version(one.version.removesuffix(".*").partition("+")[0])
        for one in required.specifier
        if one.operator in ("==", "~=", "<", "<=", "===")
    ]
    is_old = any(version <= newest for version in pinned)
    if is_old and not any(map(_without_build(required).specifier.contains, _ZERO_GPU_TORCH)):
        message = f"`torch{required.specifier}` is refused by ZeroGPU; use one of "
        versions = ", ".join(map(str, _ZERO_GPU_TORCH))
        yield "requirements-zerogpu", f"{message}{versions}, or choose other hardware", level


def _without_build(required: Requirement) -> Requirement:
    return Requirement(re.sub(r"\+[a-z0-9.]+", "", str(required)))


def check_url(text: str, *, has_secrets: bool) -> Iterator[Finding]:
    """What pip can't fetch from a URL: without a secret, without a key, or by a wheel's name."""
    if not has_secrets and "git+" in text and (variable := _VARIABLE.search(text)):
        message = f"`{variable[0]}` is not set while a Gradio Space is built, secrets neither;"
        message = f"{message} make the repository public, or deploy a copy of the package"
        yield "requirements-private", message, Level.ERROR
    elif not has_secrets and _SSH.search(text):
        message = "the build of a Gradio Space has no SSH key; use `git+https://...`, and a public"
        yield "requirements-private", f"{message} repository", Level.ERROR
    elif _GIT_PROTOCOL.search(text):
        message = "GitHub no longer answers `git://`; use `git+https://...`"
        yield "requirements-private", message, Level.ERROR
    elif wheel := _WHEEL.search(text):
        yield from _check_wheel(wheel[0])


def _check_wheel(url: str) -> Iterator[Finding]:
    """The rule: https://packaging.python.org/specifications/binary-distribution-format."""
    name = unquote(urlsplit(url).path).rpartition("/")[2]
    try:
        parse_wheel_filename(name)
    except InvalidWheelFilename:
        message = f"pip rejects the wheel name `{name[:80]}`; it must be"
        message = f"{message} `name-version-python-abi-platform.whl`, so link a file named so"
        yield "requirements-wheel", message, Level.ERROR
