"""The card: the Space's configuration, the YAML front matter of its README.

The rules are those of https://huggingface.co/docs/hub/spaces-config-reference. A card may also lie
apart, in a YAML file, and is then put in front of the README when it ships. Text that a person
wrote is never rewritten: what is missing is appended as lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from deployer.space import Sdk

README = "README.md"
REFERENCE = "https://huggingface.co/docs/hub/spaces-config-reference"
_FENCED = re.compile(
    r"\A---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_DEFAULT_APP_FILE = {Sdk.GRADIO: "app.py", Sdk.STATIC: "index.html"}


@dataclass(frozen=True, slots=True)
class Card:
    """The keys of a card, the line each stands on (from 1), and the README's text below it.

    `raw` is what was written for those keys that have one word: `3.10`, which YAML reads as 3.1.
    """

    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str
    raw: Mapping[str, str] = field(default_factory=dict)

    @property
    def sdk(self) -> Sdk:
        """The SDK; only to be asked of a card without problems."""
        return Sdk(self.meta["sdk"])

    @property
    def app_file(self) -> str | None:
        """What must ship for the Space to start; None for a static Space that is built there."""
        if self.sdk is Sdk.DOCKER:
            return "Dockerfile"
        if self.sdk is Sdk.STATIC and self.meta.get("app_build_command"):
            return None
        return str(self.meta.get("app_file") or _DEFAULT_APP_FILE[self.sdk]).removeprefix("./")


@dataclass(frozen=True, slots=True)
class CardFile:
    """A card that lies apart: its path as the user names it, and its text."""

    path: str
    text: str

    def lines(self) -> Mapping[str, int]:
        """The line each of its keys stands on, from 1. Raises BadCard."""
        text, first_line = _unfenced(self.text)
        return _read(text, first_line=first_line).lines


class BadCard(ValueError):
    """The front matter is no YAML mapping. `line` counts from 1 in the file, or is None."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def split(readme: str) -> tuple[str | None, str]:
    """The YAML of a README's front matter (None where there is none), and the text below it."""
    fenced = _FENCED.match(readme)
    if fenced is None:
        return None, readme
    return fenced["yaml"], readme[fenced.end() :]


def why_no_card(readme: str) -> tuple[int, str]:
    """Why a README that has no card has none: the line to look at, and a sentence."""
    if readme.startswith("\ufeff"):
        return 1, "a byte order mark stands before the three dashes; save it as UTF-8 without BOM"
    lines = readme.split("\n")
    fences = [number for number, line in enumerate(lines, 1) if line.strip() == "---"]
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    if not fences or fences[0] != first:
        return 1, "it does not start with a card, between two lines of three dashes"
    if first > 1 or lines[0][:1].isspace():
        return (
            first,
            "the card's three dashes must be the very first bytes, with nothing before them",
        )
    return 1, "the card never ends: close it with a line of three dashes, at the margin"


def parse(readme: str) -> Card | None:
    """The card of a README; None where it has no front matter. Raises BadCard."""
    front, body = split(readme)
    if front is None:
        return None
    return replace(_read(front, first_line=2), body=body)


def compose(readme: str, apart: str) -> str:
    """Put a card that lies apart in front of a README.

    Keys that the README's own front matter has are kept; what it lacks is appended to it, as the
    lines of the other file. Raises BadCard, with a line of `apart`, where both set a key to
    different values; call `parse` on the README first to tell its own mistakes by its own lines.
    """
    front, body = split(readme)
    apart, first_line = _unfenced(apart)
    own = _read(front or "", first_line=2).meta
    there = _read(apart, first_line=first_line)
    given = there.meta
    for key in sorted(given.keys() & own.keys()):
        if given[key] != own[key]:
            said = f"`{key}` is {own[key]!r} in the README, {given[key]!r} in the card file"
            raise BadCard(said, there.lines.get(key))
    newline = "\r\n" if re.match(r"[^\n]*\r\n", readme) else "\n"
    lines = _lines_of(apart, given.keys() - own.keys())
    block = (front or "") + "".join(line.rstrip("\r") + newline for line in lines)
    composed = f"---{newline}{block}---{newline}{body}"
    merged = parse(composed)
    if merged is None or merged.meta != {**given, **own}:
        raise BadCard("its keys can't be appended line by line; write one `key: value` a line")
    return composed


def _unfenced(apart: str) -> tuple[str, int]:
    """The YAML of a card file, which may have dashes of its own, and the line that it starts on."""
    front = split(apart)[0]
    return (apart, 1) if front is None else (front, 2)


class _Loader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
    """YAML as the Hub reads it: `yes`, `no`, `on`, `off` are words, as YAML 1.2 has it."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, words) for tag, words in rules if tag != "tag:yaml.org,2002:bool"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def _read(text: str, *, first_line: int) -> Card:
    """The keys of a YAML mapping: a card without a body. Raises BadCard."""
    try:
        loader = _Loader(text)
    except yaml.YAMLError as error:
        raise BadCard(" ".join(str(error).split())) from None
    try:
        node = loader.get_single_node()
        meta = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + first_line if mark else None
        raise BadCard(_in_words(str(error.problem or error.context)), line) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # a date like 2026-13-45 is a plain ValueError
        raise BadCard(" ".join(str(error).split())) from None
    finally:
        loader.dispose()
    if not isinstance(meta, dict):
        raise BadCard("this is no list of `key: value` lines", first_line)
    pairs = node.value if node else []
    lines = _lines(pairs, first_line)
    raw = {str(key.value): value.value for key, value in pairs if isinstance(value.value, str)}
    return Card({str(key): value for key, value in meta.items()}, lines, "", raw)


def _in_words(problem: str) -> str:
    if r"\t" in problem:
        return "there is a tab; YAML is indented with spaces only"
    if problem == "mapping values are not allowed here":
        return f"{problem}: put quotes around a text that holds `: `"
    return problem


def _lines(pairs: list[tuple[yaml.Node, yaml.Node]], first_line: int) -> dict[str, int]:
    """The line of each key. The Hub refuses a key that stands twice, and so does this."""
    lines: dict[str, int] = {}
    for key, _ in pairs:
        name, line = str(key.value), key.start_mark.line + first_line
        if name in lines and name != "<<":
            raise BadCard(f"`{name}` stands on line {lines[name]} already; keep one of them", line)
        lines[name] = line
    return lines


def _lines_of(text: str, keys: Collection[str]) -> list[str]:
    """The lines of a YAML mapping that belong to these of its top-level keys, comments too."""
    lines = text.removesuffix("\n").split("\n")
    if not keys:
        return []
    starts = sorted((line - 1, key) for key, line in _read(text, first_line=1).lines.items())
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    starts[:1] = [(0, key) for _, key in starts[:1]]  # what stands above belongs to the first key
    wanted: list[str] = []
    for (start, key), end in zip(starts, ends, strict=True):
        if key in keys:
            wanted += lines[start:end]
    return wanted
