"""Read a Dockerfile: its instructions, its stages, and its variables.

https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

DOCKERFILE = "Dockerfile"
IGNORE_FILES = (f"{DOCKERFILE}.dockerignore", ".dockerignore")  # the first that exists
_EMPTY_OR_COMMENT = re.compile(r"\s*(#.*)?")
_ESCAPE_DIRECTIVE = re.compile(r"\s*#\s*escape\s*=\s*`")
_HEREDOC = re.compile(r"(?<!\S)\d*<<-?\s*[\"']?(?P<end>\w+)[\"']?")
_TAKES_HEREDOC = ("RUN", "COPY", "ADD")
_FROM = re.compile(r"(?:--\S+\s+)*(?P<image>\S+)(?:\s+as\s+(?P<name>\S+))?", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_SOURCE = re.compile(r"\bfrom=([\w.-]+)")
_VARIABLE = re.compile(
    r"\\\$|\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?::?-(?P<default>[^${}]*))?\})"
)

MAX_COMMAND = 20_000  # characters that are read as a shell does
_MAX_VALUE = 4_096  # characters of a value: each ENV can double the one before

# The variables in a stage; None for one that is set, but not to what can be known here.
Variables = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its line, from 1, its keyword in upper case, and its arguments."""

    line: int
    keyword: str
    arguments: str

    @property
    def exec_words(self) -> list[str] | None:
        """The words of a command in exec form, which no shell reads; None for another form."""
        try:
            parsed = json.loads(self.arguments)
        except (ValueError, RecursionError):
            return None
        return [str(word) for word in parsed] if isinstance(parsed, list) else None

    @property
    def has_heredoc(self) -> bool:
        """Whether lines after it belong to it, as a here-document."""
        takes_heredoc = self.keyword in _TAKES_HEREDOC
        return takes_heredoc and _HEREDOC.search(self.arguments) is not None

    @property
    def words(self) -> list[str]:
        """The words of a command, in exec or shell form."""
        words = self.exec_words
        return split_words(self.arguments) if words is None else words

    @property
    def options(self) -> dict[str, str]:
        """The options before the arguments: `--from=build`."""
        pairs = re.match(r"(?:--[\w-]+(?:=\S*)?\s+)*", f"{self.arguments} ")
        words = pairs[0].split() if pairs else []
        return {name: value for name, _, value in (word[2:].partition("=") for word in words)}

    @property
    def operands(self) -> list[str]:
        """The words after the options, of which COPY copies the first to the last."""
        bare = re.sub(r"^(?:--[\w-]+(?:=\S*)?\s+)*", "", self.arguments)
        return Instruction(self.line, self.keyword, bare).words


def split_words(text: str) -> list[str]:
    """The words of a shell command, or what stands between whitespace where quotes do not match."""
    try:
        return shlex.split(text) if len(text) <= MAX_COMMAND else text.split()
    except ValueError:
        return text.split()


def has_other_escape(text: str) -> bool:
    """Whether the file continues its lines with a backtick."""
    return _ESCAPE_DIRECTIVE.match(text) is not None


def parse(text: str) -> list[Instruction]:
    """All instructions, each with the text of its here-document."""
    return list(_instructions(text))


def _instructions(text: str) -> Iterator[Instruction]:
    lines = iter(enumerate(text.splitlines(), 1))
    escape = "`" if has_other_escape(text) else "\\"
    for number, line in lines:
        if _EMPTY_OR_COMMENT.fullmatch(line):
            continue
        parts = [line.strip()]
        while parts[-1].endswith(escape):
            parts[-1] = parts[-1][:-1]
            parts.append(next((text for _, text in lines if not _is_skipped(text)), "").strip())
        word, _, rest = re.sub(r"^(\S+)\s+", r"\1 ", " ".join(parts)).partition(" ")
        body = []
        for heredoc in _HEREDOC.finditer(rest) if word.upper() in _TAKES_HEREDOC else ():
            for _, inner in lines:
                if inner.strip() == heredoc["end"]:
                    break
                body.append(inner)
        rest = "\n".join([rest, *body])
        yield Instruction(number, word.upper(), rest.strip())


def _is_skipped(line: str) -> bool:
    return _EMPTY_OR_COMMENT.fullmatch(line) is not None


@dataclass(frozen=True)  # no slots: what is known at each instruction is cached
class Stage:
    """The instructions of one stage, after those of the stages that it is built from.

    `image` is the image below all of them: its name as written, with known variables replaced;
    `defaults` are the values of the ARGs before the first stage.
    """

    image: str
    instructions: tuple[Instruction, ...]
    defaults: Variables
    name: str = ""

    def variables(self, before: Instruction | None = None) -> Variables:
        """ENV and ARG as they are at an instruction, or at the end."""
        return self._states[id(before)][0]

    def folder(self, before: Instruction | None = None) -> str | None:
        """The WORKDIR at an instruction, or at the end; None where it can't be known.

        Without one it is the root, as in the images of languages and distributions.
        """
        return self._states[id(before)][1]

    @cached_property
    def _states(self) -> dict[int, tuple[Variables, str | None]]:
        """The variables and the folder before each instruction, by its identity, and at the end."""
        environment, arguments = dict[str, str | None](), dict[str, str | None]()
        folder: str | None = "/"
        found: dict[int, tuple[Variables, str | None]] = {}
        for one in self.instructions:
            known = arguments | environment
            found[id(one)] = (known, folder)
            if one.keyword == "ENV":
                environment |= {name: expand(text, known) for name, text in assignments(one)}
            elif one.keyword == "ARG":
                for name, text in assignments(one):
                    arguments[name] = expand(text, known) if text else self.defaults.get(name)
            elif one.keyword == "WORKDIR":
                folder = _below(folder, expand(one.arguments.strip("\"' "), known))
        found[id(None)] = (arguments | environment, folder)
        return found


def _below(folder: str | None, named: str | None) -> str | None:
    """The folder that a WORKDIR names in another one; None where it can't be known."""
    if named is None or (folder is None and not named.startswith("/")):
        return None
    return posixpath.normpath(posixpath.join(folder or "/", named))


def stages(every: list[Instruction]) -> list[Stage]:
    """All stages in their order. The last one runs."""
    starts = [index for index, one in enumerate(every) if one.keyword == "FROM"]
    before = every[: starts[0]] if starts else []
    defaults: dict[str, str | None] = {}
    for one in before:
        if one.keyword == "ARG":
            defaults |= {name: expand(text, defaults) for name, text in assignments(one)}
    found: list[Stage] = []
    by_name: dict[str, Stage] = {}
    for start, end in pairwise([*starts, len(every)]):
        match = _FROM.match(every[start].arguments)
        image = match["image"] if match else ""
        image = expand(image, defaults) or image
        parent = by_name.get(image.lower())
        name = (match["name"] or "").lower() if match else ""
        own = tuple(every[start:end])
        stage = Stage(image, own, defaults, name)
        if parent is not None:
            stage = Stage(parent.image, (*parent.instructions, *own), defaults, name)
        found.append(stage)
        by_name[name or str(len(found) - 1)] = stage
    return found


def needed(every: list[Stage]) -> list[Stage]:
    """The last stage, and those that it copies from: the others are not built."""
    by_name = {stage.name or str(index): stage for index, stage in enumerate(every)}
    by_name |= {str(index): stage for index, stage in enumerate(every)}
    found: list[Stage] = []
    pending = every[-1:]
    while pending:
        stage = pending.pop()
        if stage not in found:
            found.append(stage)
            text = "\n".join(one.arguments for one in stage.instructions)
            pending += [
                by_name[name.lower()] for name in _SOURCE.findall(text) if name.lower() in by_name
            ]
    return found[::-1]


def assignments(one: Instruction) -> list[tuple[str, str]]:
    """The names and values of an ENV or ARG; an ARG without a value has an empty one."""
    text = one.arguments
    first, _, rest = text.partition(" ")
    if one.keyword == "ENV" and "=" not in first:
        return [(first, rest.strip())]
    found = []
    for word in split_words(text):
        match = _ASSIGNMENT.fullmatch(word)
        found.append((match["name"], match["value"]) if match else (word, ""))
    return found


def expand(text: str, variables: Variables) -> str | None:
    """A text with its variables replaced; None where one is not known, or the value is long."""
    unknown, length = False, len(text)

    def value(match: re.Match[str]) -> str:
        nonlocal unknown, length
        name = match["bare"] or match["name"]
        if name is None:
            return "$"
        found = variables.get(name)
        if name not in variables:
            found = match["default"]
        replaced = found or match["default"] or ""
        length += len(replaced)
        unknown = unknown or found is None or length > _MAX_VALUE
        return "" if unknown else replaced

    expanded = _VARIABLE.sub(value, text)
    return None if unknown or "${" in expanded or "$(" in expanded else expanded
