"""Check what is started by its name: the Hub does not keep the executable bit.

Followed are the commands of a Dockerfile, or those that `app_file` runs, and the deployed scripts
that these start. A file that nothing starts by its name needs no such bit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

from deployer.checks.docker_instructions import DOCKERFILE, parse, stages
from deployer.problem import Level, Problem
from deployer.source.snapshot import File

Read = Callable[[str], bytes]

_MAX_BYTES = 200_000  # of a file that is read here
_COMMANDS = ("RUN", "CMD", "ENTRYPOINT")
# what separates commands, or is in front of one
_SEPARATOR = re.compile(r"[;&|\n(){}`]|\b(?:then|do|else|if|while|!)\s")
_PREFIX = re.compile(
    r"\s*(?:(?:exec|sudo|nohup|time|env|command)\s+|\w+=\S*\s+|(?:\S*/)?(?:ba|da)?sh\s+-\w*c\s+)+"
)
_SHELL = re.compile(r"(?:(?:\S*/)?(?:ba|da)?sh|source|\.)(?:\s+-\S+)*\s+(?P<script>\S+)")
_COMMENT = re.compile(r"(?:^|\s)#.*")
# where a Space's files are in most images
_APP_FOLDER = re.compile(
    r"^(?:\./)+|^(?:\$\{?(?:HOME|PWD)\}?|/home/\w+|/usr/src)?/(?:app|code|src|tmp|workspace)?/?"
)
# of `subprocess` and `os`
_STARTS_PROGRAM = re.compile(r"run|Popen|call|check_call|check_output|system|popen|exec[lv]\w*")


@dataclass(frozen=True, slots=True)
class _Command:
    """A command line of a shell: its file and line, and its text."""

    path: str
    line: int
    text: str


def check(app_file: str | None, deployed: Mapping[str, File], read: Read) -> list[Problem]:
    """A warning for each executable file that is started by its name, where no `chmod` is seen."""
    executable = {path for path, file in deployed.items() if file.executable}
    if not executable or app_file is None or app_file not in deployed:
        return []
    commands = list(_all_commands(app_file, deployed, read))
    if any("chmod" in one.text for one in commands):
        return []
    problems: dict[str, Problem] = {}
    for one in commands:
        for word in _started(one.text):
            path = _deployed_path(word, executable)
            if path is not None and path not in problems:
                problems[path] = Problem(
                    one.path, one.line, _explain(word), Level.WARNING, name="docker-not-executable"
                )
    return sorted(problems.values())


def _explain(word: str) -> str:
    interpreter = {"sh": "bash ", "py": "python "}.get(word.rpartition(".")[2])
    start = f"start it as `{interpreter}{word}`, or " if interpreter else ""
    return (
        f"`{word}` is started by its name, but the Hub does not keep the executable bit; {start}"
        f"run `chmod +x {word}` first"
    )


def _all_commands(app_file: str, deployed: Mapping[str, File], read: Read) -> Iterator[_Command]:
    """The commands of what starts the Space, and of each deployed script that they start."""
    seen: set[str] = set()
    pending = [app_file]
    while pending:
        path = pending.pop()
        if path in seen or deployed[path].size > _MAX_BYTES:
            continue
        seen.add(path)
        try:
            text = read(path).decode("utf-8", "replace")
        except OSError:
            continue
        for one in _commands(path, text):
            yield one
            names = (*_started(one.text), *_read_by_shell(one.text))
            pending += [found for name in names if (found := _deployed_path(name, deployed))]


def _commands(path: str, text: str) -> Iterator[_Command]:
    if path == DOCKERFILE:
        yield from _of_dockerfile(path, text)
    elif path.endswith(".py"):
        yield from _of_python(path, text)
    else:
        for number, line in enumerate(text.splitlines(), 1):
            yield _Command(path, number, _COMMENT.sub("", line))


def _of_dockerfile(path: str, text: str) -> Iterator[_Command]:
    every = stages(parse(text))
    stage = every[-1].instructions if every else ()
    # what starts the container is checked with the rest of the Dockerfile
    first = next(
        (one for word in ("ENTRYPOINT", "CMD") for one in stage if one.keyword == word), None
    )
    for one in stage:
        if "chmod" in one.arguments:  # of a COPY, too
            yield _Command(path, one.line, one.arguments)
        elif one.keyword in _COMMANDS and not (one is first and "/" in "".join(one.words[:1])):
            is_list = one.arguments.startswith("[")
            yield _Command(path, one.line, " ".join(one.words) if is_list else one.arguments)


def _of_python(path: str, text: str) -> Iterator[_Command]:
    """The commands that a Python file runs, as far as they are written out."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # reported with the rest of the Python code
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "chmod":
            yield _Command(path, node.lineno, "chmod")
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if _STARTS_PROGRAM.fullmatch(str(name)):
                yield _Command(path, node.lineno, " ".join(_words(node.args[0])))


def _words(argument: ast.expr) -> Iterator[str]:
    items = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
    for item in items:
        is_text = isinstance(item, ast.Constant) and isinstance(item.value, str)
        yield item.value if is_text else "?"  # type: ignore[attr-defined]


def _started(text: str) -> Iterator[str]:
    """The first word of each command, where it is a path."""
    for command in _pieces(text):
        word = command.split(maxsplit=1)[0].strip("\"'") if command else ""
        if "/" in word:
            yield word


def _read_by_shell(text: str) -> Iterator[str]:
    """The scripts that a shell is started with, or that are sourced."""
    for command in _pieces(text):
        if match := _SHELL.match(command):
            yield match["script"].strip("\"'")


def _pieces(text: str) -> Iterator[str]:
    for piece in _SEPARATOR.split(text):
        prefix = _PREFIX.match(piece)
        yield piece[prefix.end() if prefix else 0 :].strip().lstrip("\"'")


def _deployed_path(word: str, paths: Container[str]) -> str | None:
    """The deployed file that a word names, in a folder where images have a Space's files."""
    path = _APP_FOLDER.sub("", word)
    return path if path in paths else None
