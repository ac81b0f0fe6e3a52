"""Run every check of the files to deploy that does not need the Hub.

Those of Dockerfiles, and what reads requirements, are imported only where they are used: together
they take as long as all others.
"""

# pylint: disable=import-outside-toplevel

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from deployer.card import rules
from deployer.card.card import README, Card, CardFile
from deployer.checks import debian, launch, limits, python
from deployer.checks.requirement_files import PRE_REQUIREMENTS, REQUIREMENTS, UNREAD, misnamed
from deployer.problem import Level, Problem
from deployer.python_modules import PythonVersion
from deployer.source.snapshot import File
from deployer.space.space import ZERO_GPU, Sdk

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
    hardware: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> list[Problem]:
    """The problems of the card, then of what it starts, then of paths and sizes.

    `read` returns the bytes of a deployed path; files for which it raises OSError are skipped.
    `untracked` tells whether a path exists but is not deployed, although no rule excludes it;
    `undeployed` says why a path is not deployed, where that is known. `hardware` and
    `variables` are what is requested for the Space.
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
        found += check_hardware(card, deployed, read, hardware)
    elif card.meta.get("sdk") == Sdk.DOCKER:
        found += _docker(card, deployed, read, excluded, untracked, undeployed, variables or {})
    if _has_sdk(card) and any(file.executable for file in deployed.values()):
        from deployer.checks import executable

        found += executable.check(card.app_file, deployed, read)
    return found + list(dict.fromkeys(too_large)) + limits.check(deployed)


def _has_sdk(card: Card) -> bool:
    return card.meta.get("sdk") in tuple(Sdk)


def check_hardware(
    card: Card, deployed: Mapping[str, File], read: Read, hardware: str | None
) -> list[Problem]:
    """What a Gradio Space requires, and its hardware refuses; a suggested one is only likely."""
    is_sure = hardware is not None
    used = hardware if is_sure else card.meta.get("suggested_hardware")
    is_zero_gpu = used == ZERO_GPU and card.meta.get("sdk") == Sdk.GRADIO
    if not is_zero_gpu or REQUIREMENTS not in deployed:
        return []
    from deployer.checks import requirements

    build = requirements.Build(zero_gpu=Level.ERROR if is_sure else Level.WARNING)
    data = _bytes(REQUIREMENTS, deployed, read)
    found = requirements.check(data, deployed, build=build)
    return [problem for problem in found if problem.name == "requirements-zerogpu"]


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
        too_large.append(Problem(path, None, message, level, name="file-unchecked"))
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
    found, required = _requirements(card, deployed, read)
    found += debian.check_packages(_bytes(debian.PACKAGES, deployed, read))
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


def _requirements(
    card: Card, deployed: Mapping[str, File], read: Read
) -> tuple[list[Problem], set[str]]:
    """The problems of what the Hub installs, and the names of the packages."""
    found: list[Problem] = []
    required: set[str] = set()
    value = card.meta.get("sdk_version")
    sdk_version = value if isinstance(value, str) and card.sdk is Sdk.GRADIO else None
    for path in (PRE_REQUIREMENTS, REQUIREMENTS):
        if path in deployed:
            from deployer.checks import requirements

            data = _bytes(path, deployed, read)
            build = requirements.Build(sdk_version=sdk_version if path == REQUIREMENTS else None)
            found += requirements.check(data, deployed, path=path, build=build)
            required |= requirements.names(data)
    found += misnamed(deployed, str(card.app_file))
    if REQUIREMENTS not in deployed and (listing := [name for name in UNREAD if name in deployed]):
        from deployer.checks import unread

        imported = python.imported(str(card.app_file), deployed, read)
        for name in listing:
            found += unread.check(name, _bytes(name, deployed, read), imported)
    return found, required


def _python(card: Card) -> PythonVersion | None:
    """The card's `python_version`, or None."""
    match = _TWO_PARTS.match(card.raw.get("python_version", ""))
    return (3, int(match[1])) if match else None


def _docker(
    card: Card,
    deployed: Mapping[str, File],
    read: Read,
    excluded: Collection[str],
    untracked: Callable[[str], bool],
    undeployed: Callable[[str], str | None],
    variables: Mapping[str, str],
) -> list[Problem]:
    from deployer.checks import docker_space
    from deployer.checks.docker_instructions import DOCKERFILE

    if DOCKERFILE not in deployed:
        return []  # reported by the card's rules
    try:
        data = read(DOCKERFILE)
    except OSError:
        return []
    port = str(card.meta.get("app_port", rules.DEFAULT_PORT))
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else rules.DEFAULT_PORT
    files = docker_space.Files(
        deployed,
        lambda path: _bytes(path, deployed, read),
        excluded,
        untracked,
        undeployed,
        variables,
    )
    return docker_space.check(data, number, files)


def _bytes(path: str, deployed: Mapping[str, File], read: Read) -> bytes:
    try:
        return read(path) if path in deployed else b""
    except OSError:
        return b""
