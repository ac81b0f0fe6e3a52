"""What a container starts: the one program of ENTRYPOINT and CMD, without what only wraps it."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from deployer.checks.docker_instructions import MAX_COMMAND, Instruction, Stage, expand

_SHELLS = frozenset("sh bash dash ash zsh".split())
_SHELL_COMMAND = re.compile(r"-[a-z]*c")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
# programs that start another one: those of their options that take a value
_WRAPPERS: Mapping[str, frozenset[str]] = {
    "exec": frozenset(),
    "env": frozenset(),
    "nohup": frozenset(),
    "npx": frozenset(["-p", "--package"]),
    "bunx": frozenset(),
    "time": frozenset(),
    "tini": frozenset(["-p", "-e"]),
    "dumb-init": frozenset(["-r", "--rewrite"]),
    "stdbuf": frozenset(["-o", "-e", "-i"]),
    "xvfb-run": frozenset(["-s", "--server-args", "-n"]),
}
_RUNNERS = frozenset("uv poetry pipenv pdm rye hatch".split())  # `uv run PROGRAM`
# commands that end before the program starts, and listen nowhere
_PREPARING = frozenset("""
    cd mkdir export echo chmod chown set sleep ls cp mv ln rm touch cat umask ulimit true pwd alembic
    whoami id date printf
    """.split())
# commands of a script that end before the next line, and leave no server behind
_ENDING = frozenset("pip pip3 curl wget git tar unzip sed grep envsubst hf huggingface-cli".split())
_PYTHON = re.compile(r"python[\d.]*")
_PYTHON_OPTIONS = frozenset(["-X", "-W"])  # with a value
# in a script: programs in the background, proxies, branches and loops
_NOT_PLAIN = re.compile(
    r"(?<![&>])&(?![&>1])|\b(?:nginx|caddy|supervisord|haproxy|traefik|pm2|wait|if|case|for|while|"
    r"function)\b|\(\)"
)
_ASSIGNED = re.compile(r"(?<![\w-])([A-Za-z_]\w*)=")
_SEPARATORS = frozenset(["&&", ";"])


@dataclass(frozen=True, slots=True)
class Start:
    """The program that a container starts, as far as one instruction says it.

    `line` is the instruction's. `module` if Python starts it by `-m`. `arguments` are as written;
    `is_shell` if a shell replaces variables in them. `folder` is None where it can't be known.
    """

    line: int
    program: str
    arguments: tuple[str, ...]
    is_shell: bool
    variables: Mapping[str, str | None]
    folder: str | None
    module: bool = False

    def value(self, text: str) -> str | None:
        """An argument with its variables replaced; None where one of them is not known."""
        return expand(text, self.variables) if self.is_shell else text


@dataclass
class _Context:
    """What earlier commands of the same line set."""

    variables: dict[str, str | None]
    folder: str | None
    is_shell: bool = False
    command: list[str] = field(default_factory=list)


def commands(stage: Stage) -> list[Instruction]:
    """The instructions that run: the last ENTRYPOINT, the last CMD."""
    last = {one.keyword: one for one in stage.instructions if one.keyword in ("ENTRYPOINT", "CMD")}
    return [last[word] for word in ("ENTRYPOINT", "CMD") if word in last]


def start_of(stage: Stage, variables: Mapping[str, str] | None = None) -> Start | None:
    """The one program that a stage starts; None where it is not plain which one.

    `variables` are those of the Space, which come before those of the image.
    """
    instructions = commands(stage)
    if not instructions:
        return None
    context = _Context({**stage.variables(), **(variables or {})}, stage.folder())
    words, text = _words(instructions)
    if text is not None:
        words = _of_shell(text, context)
    return None if words is None else _unwrapped(instructions[-1].line, words, context)


def start_of_script(text: str, start: Start) -> Start | None:
    """The program that a shell script starts at its end; None unless nothing else may serve.

    `start` is how the script itself is started.
    """
    lines = list(_script_lines(text[:MAX_COMMAND]))
    if len(text) > MAX_COMMAND or not lines or any(_NOT_PLAIN.search(line) for _, line in lines):
        return None
    context = _Context(dict(start.variables), start.folder)
    for name in _ASSIGNED.findall(text):
        context.variables[name] = None
    for _, line in lines[:-1]:
        words = _of_shell(line, context)
        if words is None or not (_prepare(words, context) or _ends(words)):
            return None
    number, last = lines[-1]
    words = _of_shell(last, context)
    return None if words is None else _unwrapped(number, words, context)


def _script_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a script that are not empty, continued ones joined, with their numbers."""
    start, parts = 1, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        start = start if parts else number
        parts.append(line.removesuffix("\\"))
        if line.endswith("\\"):
            continue
        joined = " ".join(parts).partition(" #")[0].strip()
        parts = []
        if joined and not joined.startswith("#"):
            yield start, joined


def _words(instructions: list[Instruction]) -> tuple[list[str] | None, str | None]:
    """The words in exec form, or the text for a shell."""
    first, *others = instructions
    if first.exec_words is None:  # an ENTRYPOINT in shell form ignores CMD
        return None, first.arguments
    words = list(first.exec_words)
    for one in others:
        if one.exec_words is None:
            words += ["/bin/sh", "-c", one.arguments]
        else:
            words += one.exec_words
    return words, None


def _of_shell(text: str, context: _Context) -> list[str] | None:
    """The last command of a shell's line; None unless all before it only prepare it."""
    if len(text) > MAX_COMMAND:
        return None
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        tokens = list(lexer)
    except ValueError:
        return None
    context.is_shell = True
    command: list[str] = []
    rest = iter(tokens)
    for token in rest:
        if ">" in token and set(token) <= set(">&"):
            next(rest, "")  # where the output goes
        elif token in _SEPARATORS:
            if not _prepare(command, context):
                return None
            command = []
        elif set(token) <= set("();<>|&"):
            return None
        else:
            command.append(token)
    return command


def _prepare(command: list[str], context: _Context) -> bool:
    """Whether a command only prepares the next one; its effects are kept."""
    name = command[0] if command else ""
    if name == "cd" and len(command) == 2:
        target = expand(command[1], context.variables)
        known = target is not None and context.folder is not None
        context.folder = posixpath.join(str(context.folder), str(target)) if known else None
    pairs = map(_ASSIGNMENT.fullmatch, command[1:] if name == "export" else command)
    assigned = [match for match in pairs if match]
    context.variables |= {one[1]: expand(one[2], context.variables) for one in assigned}
    return name in _PREPARING or len(assigned) == len(command)


def _ends(command: list[str]) -> bool:
    """Whether a command of a script surely ends before the next line, as a Python file does."""
    return command[0] in _ENDING or _PYTHON.fullmatch(PurePosixPath(command[0]).name) is not None


def _unwrapped(line: int, words: list[str], context: _Context) -> Start | None:
    """The program that the words start, through shells and wrappers."""
    for _ in range(10):
        assigned = _ASSIGNMENT.fullmatch(words[0]) if words and context.is_shell else None
        name = PurePosixPath(words[0]).name if words else ""
        if assigned:
            context.variables[assigned[1]] = expand(assigned[2], context.variables)
            words = words[1:]
        elif name in _SHELLS and len(words) > 2 and _SHELL_COMMAND.fullmatch(words[1]):
            inner = _of_shell(words[2], context)
            if inner is None:
                return None
            words = inner
        elif name in _WRAPPERS:
            words = _after_options(words[1:], _WRAPPERS[name])
            while name == "env" and words and (pair := _ASSIGNMENT.fullmatch(words[0])):
                context.variables[pair[1]] = expand(pair[2], context.variables)
                words = words[1:]
        elif name in _RUNNERS and words[1:2] == ["run"]:
            words = _after_options(words[2:], frozenset())
        else:
            return _start(line, name, words, context)
    return None


def _start(line: int, name: str, words: list[str], context: _Context) -> Start | None:
    if not words or "$" in words[0]:
        return None
    folder = context.folder
    found = Start(
        line,
        words[0],
        tuple(words[1:]),
        context.is_shell,
        context.variables,
        None if folder is None else posixpath.normpath(folder),
    )
    if not _PYTHON.fullmatch(name):
        return found
    inner = _after_options(words[1:], _PYTHON_OPTIONS, stop="-m")
    if inner[:1] == ["-m"] and len(inner) > 1:
        return replace(found, program=inner[1], arguments=tuple(inner[2:]), module=True)
    return replace(found, program="python", arguments=tuple(inner))


def _after_options(words: list[str], valued: frozenset[str], stop: str = "--") -> list[str]:
    while words and words[0].startswith("-") and words[0] != stop:
        words = words[2:] if words[0] in valued else words[1:]
    return words[1:] if words[:1] == ["--"] else words
