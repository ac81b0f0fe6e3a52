"""What a Docker Space installs and starts, as deployed files: requirements, Python, scripts.

https://pip.pypa.io/en/stable/cli/pip_install/ and the documentation of each server.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePosixPath

from deployer.checks.docker_image import Image, image_at
from deployer.checks.docker_instructions import Instruction, Stage, expand, split_words
from deployer.checks.docker_start import Start, commands, start_of
from deployer.python_modules import PythonVersion

_PROJECT_FILE = re.compile(r".*\.(?:toml|py|cfg)")  # that uv reads in its own way
_COMMANDS = re.compile(r"&&|;|\n")
_PIP = re.compile(r"pip[\d.]*")
_OTHER_INDEX = re.compile(
    r"(?<!\S)(--(extra-)?index(-url)?|-i|--find-links|-f|--torch-backend)[ =]"
)
_INDEX = re.compile(r"(?<!\S)(--index-url|--default-index|-i|--no-index)(?=[\s=]|$)")
_REPLACED_INDEX = re.compile(r"PIP_(INDEX_URL|NO_INDEX)|UV_(DEFAULT_INDEX|INDEX_URL|NO_INDEX)")
_INDEX_VARIABLE = re.compile(r"(PIP|UV)_.*(INDEX|LINKS|BACKEND|CONFIG)")
_APP = re.compile(r"(?P<module>[A-Za-z_][\w.]*)(?::[A-Za-z_][\w.]*(?:\(.*\))?)?")
_PYTHON_IMAGE = re.compile(r"(?:docker\.io/)?(?:library/)?python:3\.(?P<minor>\d+)(?![\d])[\w.-]*")
_MAX_SCRIPTS = 50
_MAX_FILES = 20  # with requirements, and instructions that install them
_STARTED_SCRIPT = re.compile(
    r"^[ \t]*(?:exec[ \t]+)?(?:(?:ba|da|z)?sh|source|\.)[ \t]+(?:-\w+[ \t]+)*[\"']?"
    r"(?P<script>[\w./${}-]+)|^[ \t]*(?:exec[ \t]+)?[\"']?(?P<own>(?:\.|/)[\w./-]*/[\w.-]+)",
    re.MULTILINE,
)
_BY_SHELL = frozenset("sh bash /bin/sh /bin/bash source .".split())
_STARTS = _BY_SHELL | {"", ";", "exec", "--"}  # the word before a script that is started
_FIXES_LINE_ENDINGS = re.compile(r"dos2unix|\\r|\\x0d|\\0?15\b|fromdos", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Installed:
    """A requirements file that the build installs, by its deployed path.

    `folder` is that of the file in the image, and `available` are the deployed files, both by their
    paths from where pip runs; None if other files may be there. `has_index` if packages may come
    from elsewhere than PyPI, and `without_pypi` if none do from there.
    """

    path: str
    folder: str
    available: Collection[str] | None
    has_index: bool
    without_pypi: bool = False


@dataclass(frozen=True, slots=True)
class PythonApp:
    """The Python file that a container starts, and the folder from which its modules come.

    Both are deployed paths; the folder is None where Python starts with the file itself.
    """

    path: str
    folder: str | None


def installed(needed: list[Stage], context: Collection[str]) -> list[Installed]:
    """The requirements files that the build installs; `context` are the paths that it gets."""
    found: dict[str, Installed] = {}
    runs = ((stage, one) for stage in needed for one in stage.instructions if _may_install(one))
    for stage, one in islice(runs, _MAX_FILES):
        for installation in _installs(stage, one, context):
            found.setdefault(installation.path, installation)
    return list(found.values())


def _may_install(one: Instruction) -> bool:
    """Whether an instruction installs requirements, and fails where it can't."""
    text = one.arguments
    return one.keyword == "RUN" and "||" not in text and "pip" in text and " -" in text


def _installs(stage: Stage, one: Instruction, context: Collection[str]) -> Iterator[Installed]:
    named = list(dict.fromkeys(islice(_requirements(stage, one), _MAX_FILES)))
    if not named:
        return
    if "--mount" in one.arguments and "from=" in one.arguments:
        return
    without_pypi = _INDEX.search(one.arguments) is not None or any(
        map(_REPLACED_INDEX.fullmatch, stage.variables(one))
    )
    image = image_at(stage, context, before=one)
    image = replace(image, commands=f"{image.commands}\n{one.arguments}")
    variables = stage.variables(one)
    text = " ".join(each.arguments for each in stage.instructions if each.keyword == "RUN")
    has_index = _OTHER_INDEX.search(text) is not None or any(map(_INDEX_VARIABLE.match, variables))
    has_index = has_index or _PYTHON_IMAGE.fullmatch(stage.image) is None
    for folder, path in named:
        absolute = posixpath.normpath(posixpath.join(folder, path))
        if (deployed := image.deployed(absolute)) is None:
            continue
        own = posixpath.relpath(posixpath.dirname(absolute), folder)
        below = set(image.below(folder))
        yield Installed(
            deployed, own, below if image.is_complete else None, has_index, without_pypi
        )


def _requirements(stage: Stage, one: Instruction) -> Iterator[tuple[str, str]]:
    """The folders from which a RUN starts pip, each with a requirements file that it names."""
    folder = stage.folder(one)
    for command in _COMMANDS.split(_without_options(one)):
        words = [expand(word, stage.variables(one)) for word in split_words(command)]
        if words[:1] == ["cd"] and len(words) == 2:
            known = folder is not None and words[1] is not None
            folder = posixpath.join(str(folder), str(words[1])) if known else None
        if folder is None or not _is_install(words):
            continue
        for index, word in enumerate(words):
            value = words[index + 1] if index + 1 < len(words) else None
            if word not in ("-r", "--requirement", "--requirements"):
                match = re.fullmatch(r"(?:-r|--requirement=)(?P<path>[^-].*)", word or "")
                value = match["path"] if match else None
            if value and not _PROJECT_FILE.fullmatch(value):
                yield folder, value


def _without_options(one: Instruction) -> str:
    return re.sub(r"^(?:--[\w-]+=\S+\s+)+", "", one.arguments)


def _is_install(words: list[str | None]) -> bool:
    for index, word in enumerate(words):
        if word and _PIP.fullmatch(PurePosixPath(word).name):
            return "install" in words[index + 1 : index + 4]
    return False


def python_version(stage: Stage) -> PythonVersion | None:
    """The version of Python in an official image, whose tag names it."""
    match = _PYTHON_IMAGE.fullmatch(stage.image)
    return (3, int(match["minor"])) if match else None


def python_app(stage: Stage, context: Collection[str]) -> PythonApp | None:
    """The Python file that a stage starts; None where it is not plain which deployed file it is."""
    start = start_of(stage)
    if start is None or start.folder is None:
        return None
    image = image_at(stage, context)
    for path, root in _candidates(start):
        deployed = image.deployed(posixpath.normpath(posixpath.join(start.folder, path)))
        if deployed is None:
            continue
        if root is None:
            return PythonApp(deployed, None)
        inner = posixpath.relpath(
            posixpath.join(start.folder, path), posixpath.join(start.folder, root)
        )
        if deployed == inner or deployed.endswith(f"/{inner}"):
            return PythonApp(deployed, deployed.removesuffix(inner).rstrip("/") or ".")
        return None
    return None


def script(start: Start, stage: Stage, context: Collection[str]) -> str | None:
    """The deployed shell script that a stage starts, by its name or by a shell."""
    is_shell = PurePosixPath(start.program).name in ("sh", "bash")
    words = [start.program, *start.arguments]
    named = next((word for word in words[is_shell:] if not word.startswith("-")), "")
    if start.folder is None or not named.endswith(".sh"):
        return None
    path = posixpath.normpath(posixpath.join(start.folder, named))
    return image_at(stage, context).deployed(path)


def _candidates(start: Start) -> Iterator[tuple[str, str | None]]:
    """The paths that the program may be, each with its import root, relative to the WORKDIR."""
    name = PurePosixPath(start.program).name
    arguments = [word for word in map(start.value, start.arguments) if word is not None]
    if len(arguments) < len(start.arguments):
        return
    if name == "python" and not start.module:
        if arguments and arguments[0].endswith(".py"):
            yield arguments[0], None
    elif name in ("uvicorn", "gunicorn", "hypercorn"):
        if "PYTHONPATH" in start.variables:
            return
        root = _value(arguments, "--app-dir", "--chdir", "--pythonpath") or "."
        apps = [match for word in arguments if (match := _APP.fullmatch(word)) and ":" in word]
        if len(apps) == 1:
            yield from _module(apps[0]["module"], root)
    elif name in ("streamlit", "fastapi") and arguments[:1] == ["run"]:
        files = [word for word in arguments[1:] if word.endswith(".py")]
        if len(files) == 1 and name == "streamlit":
            yield files[0], None
        elif len(files) == 1:
            yield files[0], posixpath.dirname(files[0]) or "."
    elif name == "flask" and "run" in arguments:
        app = _value(arguments, "--app", "-A") or start.variables.get("FLASK_APP") or "app"
        match = _APP.fullmatch(app.removesuffix(".py"))
        if match:
            yield from _module(match["module"], ".")
    elif start.module:
        yield from _module(name, ".")


def _module(dotted: str, root: str) -> Iterator[tuple[str, str | None]]:
    path = posixpath.normpath(posixpath.join(root, dotted.replace(".", "/")))
    for suffix in (".py", "/__main__.py", "/__init__.py"):
        yield f"{path}{suffix}", root


def _value(arguments: list[str], *names: str) -> str | None:
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else next(iter(arguments[index + 1 :]), None)
    return None


def scripts(
    needed: list[Stage], context: Collection[str], read: Callable[[str], bytes]
) -> list[str]:
    """The deployed scripts that a build or a container starts, also one by the other.

    Without any where the build converts line endings.
    """
    runs = [one for stage in needed for one in stage.instructions if one.keyword == "RUN"]
    if any(_FIXES_LINE_ENDINGS.search(one.arguments) for one in runs):
        return []
    found: dict[str, None] = {}
    pending = [path for stage in needed for path in _started_scripts(stage, context, read)]
    while pending and len(found) < _MAX_SCRIPTS:
        path = pending.pop()
        if path in found:
            continue
        found[path] = None
        text = read(path).decode("utf-8", "replace").replace("\r", "")
        if _is_shell(path, text.encode()):
            pending += _inner_scripts(path, text, context)
    return sorted(found)


def _started_scripts(
    stage: Stage, context: Collection[str], read: Callable[[str], bytes]
) -> Iterator[str]:
    image: Image | None = None
    for folder, words in _command_words(stage):
        for word, before in zip(words, ["", *words], strict=False):
            if before not in _STARTS or not re.search(r"[./]", word):
                continue
            image = image or image_at(stage, context)
            path = image.files.get(posixpath.normpath(posixpath.join(folder, word)))
            path = path or (_same_name(word, context) if word.endswith(".sh") else None)
            if path is not None and (before in _BY_SHELL or _is_script(path, read(path))):
                yield path


def _command_words(stage: Stage) -> Iterator[tuple[str, list[str]]]:
    """The words of each RUN, and of what starts, without options; and the folder of each."""
    for one in stage.instructions:
        if one.keyword == "RUN":
            yield stage.folder(one) or "/", _plain_words(one)
    words = [word for one in commands(stage) for word in _plain_words(one)]
    yield stage.folder() or "/", words


def _plain_words(one: Instruction) -> list[str]:
    words = one.exec_words
    if words is None:
        text = re.sub(r"(&&|\|\||;|\n)", r" ; ", _without_options(one))
        words = split_words(text)
    inner = [each for word in words for each in (split_words(word) if " " in word else [word])]
    return [word for word in inner if word == "--" or not word.startswith("-")]


def _same_name(word: str, context: Collection[str]) -> str | None:
    paths = [path for path in context if posixpath.basename(path) == posixpath.basename(word)]
    return paths[0] if len(paths) == 1 else None


def _is_script(path: str, data: bytes) -> bool:
    """Whether a file that is started by its name is read by the program of its first line."""
    return path.endswith((".sh", ".bash")) or data.startswith(b"#!")


def _is_shell(path: str, data: bytes) -> bool:
    return path.endswith((".sh", ".bash")) or re.match(rb"#!.*\b(ba|da|z|)sh\b", data) is not None


def _inner_scripts(path: str, text: str, context: Collection[str]) -> Iterator[str]:
    for match in _STARTED_SCRIPT.finditer(text):
        name = match["script"] or match["own"]
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name.lstrip("/")))
        named = posixpath.normpath(name.lstrip("/"))
        found = next((one for one in (named, beside) if one in context), None)
        if found is not None or name.endswith(".sh"):
            found = found or _same_name(name, context)
        if found is not None:
            yield found
