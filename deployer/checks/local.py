"""Run every check of the files to deploy that does not need the Hub."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from deployer.card import rules
from deployer.card.card import README, Card, CardFile
from deployer.checks import debian, docker_program, dockerfile, limits, python, requirements
from deployer.checks.docker_instructions import has_other_escape, needed, parse, stages
from deployer.errors import UsageError
from deployer.problem import Level, Problem
from deployer.python_modules import PythonVersion
from deployer.source.ignore import DockerIgnore
from deployer.source.snapshot import File
from deployer.space.space import Sdk

Read = Callable[[str], bytes]
_MAX_BYTES = 2_000_000  # of a file that is checked line by line
_MAX_LINES = 40_000
_MAX_CODE_BYTES = 200_000  # of a file that is searched for a port
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
) -> list[Problem]:
    """The problems of the card, then of what it starts, then of paths and sizes.

    `read` returns the bytes of a deployed path; files for which it raises OSError are skipped.
    `untracked` tells whether a path exists but is not deployed, although no rule excludes it.
    """
    found = rules.check_card(card, deployed, readme=readme, card_file=card_file, excluded=excluded)
    too_large: list[Problem] = []
    read = _bounded(read, deployed, too_large)
    if card.meta.get("sdk") == Sdk.GRADIO:
        found += _gradio(card, deployed, read, excluded, untracked)
    elif card.meta.get("sdk") == Sdk.DOCKER:
        found += _docker(card, deployed, read, excluded, untracked)
    return found + list(dict.fromkeys(too_large)) + limits.check(deployed)


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


def _gradio(
    card: Card,
    deployed: Mapping[str, File],
    read: Read,
    excluded: Collection[str],
    untracked: Callable[[str], bool],
) -> list[Problem]:
    found: list[Problem] = []
    required: set[str] = set()
    value = card.meta.get("sdk_version")
    sdk_version = value if isinstance(value, str) else None
    for path in (requirements.PRE_REQUIREMENTS, requirements.REQUIREMENTS):
        data = _bytes(path, deployed, read)
        gradio = sdk_version if path == requirements.REQUIREMENTS else None
        build = requirements.Build(sdk_version=gradio)
        found += requirements.check(data, deployed, path=path, build=build)
        required |= requirements.names(data)
    found += requirements.misnamed(deployed, str(card.app_file))
    found += debian.check_packages(_bytes(debian.PACKAGES, deployed, read))
    app_file = str(card.app_file)
    return found + python.check(
        app_file,
        deployed,
        read,
        python=_python(card),
        excluded=excluded,
        untracked=untracked,
        required=required,
    )


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
) -> list[Problem]:
    if dockerfile.DOCKERFILE not in deployed:
        return []  # reported by the card's rules
    port = str(card.meta.get("app_port", rules.DEFAULT_PORT))
    number = int(port) if re.fullmatch(r"[0-9]{1,5}", port) else rules.DEFAULT_PORT
    try:
        data = read(dockerfile.DOCKERFILE)
    except OSError:
        return []
    ignored = _docker_ignore(deployed, read)

    def text_of(path: str) -> str:
        is_small = path in deployed and deployed[path].size < _MAX_CODE_BYTES
        return _bytes(path, deployed, read).decode("utf-8", "replace") if is_small else ""

    found = dockerfile.check(data, number, deployed, ignored=ignored, text_of=text_of)
    every = parse(dockerfile.decode(data))
    if has_other_escape(dockerfile.decode(data)) or not stages(every):
        return found
    context = [path for path in deployed if not (ignored and ignored.match(path))]
    built = needed(stages(every))
    for path in docker_program.scripts(built, context, lambda path: _bytes(path, deployed, read)):
        if b"\r\n" in _bytes(path, deployed, read):
            message = "Windows line endings (CRLF), which break a script; save it with LF"
            found.append(Problem(path, 1, message, name="script-line-endings"))
    found += debian.check_image(dockerfile.DOCKERFILE, built)
    required: set[str] = set()
    for file in docker_program.installed(built, context):
        data = _bytes(file.path, deployed, read)
        build = requirements.Build(alone=False, has_secrets=True, has_index=file.has_index)
        found += requirements.check(data, file.available, path=file.path, build=build)
        required |= requirements.names(data)
    app = docker_program.python_app(built[-1], context)
    if app is not None:
        found += python.check(
            app.path,
            deployed,
            read,
            python=docker_program.python_version(built[-1]),
            default=None,
            folder=app.folder,
            excluded=excluded,
            untracked=untracked,
            required=required,
        )
    return found


def _docker_ignore(deployed: Mapping[str, File], read: Read) -> DockerIgnore | None:
    """The rules that keep files out of the build; one beside the Dockerfile comes first."""
    names = (f"{dockerfile.DOCKERFILE}.dockerignore", ".dockerignore")
    name = next((name for name in names if name in deployed), None)
    if name is None:
        return None
    try:
        return DockerIgnore(name, _bytes(name, deployed, read).decode("utf-8", "replace"))
    except UsageError:
        return None  # Docker itself says what is wrong with it


def _bytes(path: str, deployed: Mapping[str, File], read: Read) -> bytes:
    try:
        return read(path) if path in deployed else b""
    except OSError:
        return b""
