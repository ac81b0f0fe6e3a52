"""Run every check of the files to deploy that does not need the Hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from deployer.card import rules
from deployer.card.card import README, Card, CardFile
from deployer.checks import dockerfile, executable, launch, limits, python, requirements
from deployer.problem import Level, Problem
from deployer.source.snapshot import File
from deployer.space.space import Sdk

Read = Callable[[str], bytes]
_MAX_BYTES = 2_000_000  # of a file that is checked line by line
_MAX_LINES = 40_000
_TWO_PARTS = re.compile(r"3\.(\d{1,2})")


def check_files(
    card: Card,
    deployed: Mapping[str, File],
    read: Read,
    *,
    readme: str = README,
    card_file: CardFile | None = None,
    excluded: Collection[str] = (),
    untracked: Callable[[str], bool] = lambda _: False,
    undeployed: Callable[[str], str | None] = lambda _: None,
) -> list[Problem]:
    """The problems of the card, then of what it starts, then of paths and sizes.

    `read` returns the bytes of a deployed path; files for which it raises OSError are skipped.
    `untracked` tells whether a path exists but is not deployed, although no rule excludes it;
    `undeployed` says why a path is not deployed, where that is known.
    """
    found = rules.check_card(
        card,
        deployed,
        readme=readme,
        card_file=card_file,
        excluded=excluded,
        undeployed=undeployed,
    )
    too_large: list[Problem] = []
    read = _bounded(read, deployed, too_large)
    if card.meta.get("sdk") in (Sdk.GRADIO, Sdk.STREAMLIT):
        found += _python_app(card, deployed, read, excluded, untracked)
    elif card.meta.get("sdk") == Sdk.DOCKER:
        found += _docker(card, deployed, read, undeployed)
    found += executable.check(card.app_file, deployed, read) if _has_sdk(card) else []
    return found + list(dict.fromkeys(too_large)) + limits.check(deployed)


def _has_sdk(card: Card) -> bool:
    return card.meta.get("sdk") in set(Sdk)


def _bounded(read: Read, deployed: Mapping[str, File], too_large: list[Problem]) -> Read:
    """Read no file that would take minutes to check; a problem is added for each, and it is empty.

    Data in a Python module may be large, and only remains unchecked.
    """

    def read_or_report(path: str) -> bytes:
        is_module = path.endswith(".py")
        data = b"" if deployed[path].size > _MAX_BYTES else read(path)
        if deployed[path].size <= _MAX_BYTES and data.count(b"\n") <= _MAX_LINES:
            return data
        limit = f"more than {_MAX_BYTES / 10**6:g} MB or {_MAX_LINES:,} lines"
        if is_module:
            message, level = f"{limit}; not checked", Level.WARNING
        else:
            message, level = f"{limit}; write it shorter, no build needs that many", Level.ERROR
        too_large.append(Problem(path, None, message, level))
        raise _TooLarge

    return read_or_report


class _TooLarge(OSError):
    """The file is not read, which was reported."""


def _python_app(
    card: Card,
    deployed: Mapping[str, File],
    read: Read,
    excluded: Collection[str],
    untracked: Callable[[str], bool],
) -> list[Problem]:
    found: list[Problem] = []
    required: set[str] = set()
    value = card.meta.get("sdk_version")
    sdk_version = value if isinstance(value, str) and card.sdk is Sdk.GRADIO else None
    for path in (requirements.PRE_REQUIREMENTS, requirements.REQUIREMENTS):
        data = _bytes(path, deployed, read)
        gradio = sdk_version if path == requirements.REQUIREMENTS else None
        found += requirements.check(data, deployed, path=path, sdk_version=gradio)
        required |= requirements.names(data)
    found += requirements.misnamed(deployed, str(card.app_file))
    found += requirements.check_packages(_bytes(requirements.PACKAGES, deployed, read))
    app_file = str(card.app_file)
    found += launch.check(app_file, deployed, read) if card.sdk is Sdk.GRADIO else []
    return found + python.check(
        app_file,
        deployed,
        read,
        python=_python(card),
        excluded=excluded,
        untracked=untracked,
        required=required,
    )


def _python(card: Card) -> python.PythonVersion | None:
    """The card's `python_version`, or None."""
    match = _TWO_PARTS.match(card.raw.get("python_version", ""))
    return (3, int(match[1])) if match else None


def _docker(
    card: Card,
    deployed: Mapping[str, File],
    read: Read,
    undeployed: Callable[[str], str | None],
) -> list[Problem]:
    if dockerfile.DOCKERFILE not in deployed:
        return []  # reported by the card's rules
    port = str(card.meta.get("app_port", rules.DEFAULT_PORT))
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else rules.DEFAULT_PORT
    try:
        data = read(dockerfile.DOCKERFILE)
    except OSError:
        return []
    found = dockerfile.check(data, number, deployed, undeployed)
    for path in dockerfile.scripts(data, deployed):
        if b"\r\n" in _bytes(path, deployed, read):
            message = "Windows line endings (CRLF), which break a shell script; save it with LF"
            found.append(Problem(path, 1, message))
    return found


def _bytes(path: str, deployed: Mapping[str, File], read: Read) -> bytes:
    try:
        return read(path) if path in deployed else b""
    except OSError:
        return b""
