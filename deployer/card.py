"""The card: the Space's configuration, the YAML front matter of its README.

The rules are those of https://huggingface.co/docs/hub/spaces-config-reference. A card may also lie
apart, in a YAML file, and is then put in front of the README when it ships. Text that a person
wrote is never rewritten: what is missing is appended as lines.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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
class Problem:
    """What is wrong with a card: the key, its line in the file (from 1), and what is allowed."""

    field: str
    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Card:
    """The keys of a card, the line each stands on (from 1), and the README's text below it."""

    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str

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


def parse(readme: str) -> Card | None:
    """The card of a README; None where it has no front matter. Raises BadCard."""
    front, body = split(readme)
    if front is None:
        return None
    meta, lines = _read(front, first_line=2)
    return Card(meta, lines, body)


def compose(readme: str, apart: str) -> str:
    """Put a card that lies apart in front of a README.

    Keys that the README's own front matter has are kept; what it lacks is appended to it, as the
    lines of the other file. Raises BadCard where both set a key to different values.
    """
    front, body = split(readme)
    unfenced = split(apart)[0]
    apart = apart if unfenced is None else unfenced
    own = _read(front or "", first_line=2)[0]
    given = _read(apart, first_line=1)[0]
    for key in sorted(given.keys() & own.keys()):
        if given[key] != own[key]:
            raise BadCard(f"`{key}` is {own[key]!r} in the README, {given[key]!r} in the card file")
    newline = "\r\n" if re.match(r"[^\n]*\r\n", readme) else "\n"
    lines = _lines_of(apart, given.keys() - own.keys())
    block = (front or "") + "".join(line.rstrip("\r") + newline for line in lines)
    composed = f"---{newline}{block}---{newline}{body}"
    merged = parse(composed)
    if merged is None or merged.meta != {**given, **own}:
        raise BadCard("its keys can't be appended line by line; write one `key: value` a line")
    return composed


def _read(text: str, *, first_line: int) -> tuple[dict[str, Any], dict[str, int]]:
    """The keys of a YAML mapping and their lines. Raises BadCard."""
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        meta = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + first_line if mark else None
        raise BadCard(str(error.problem or error.context), line) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # a date like 2026-13-45 is a plain ValueError
        raise BadCard(" ".join(str(error).split())) from None
    finally:
        loader.dispose()
    if not isinstance(meta, dict):
        raise BadCard("this is no list of `key: value` lines", first_line)
    lines = (
        {str(key.value): key.start_mark.line + first_line for key, _ in node.value} if node else {}
    )
    return {str(key): value for key, value in meta.items()}, lines


def _lines_of(text: str, keys: Collection[str]) -> list[str]:
    """The lines of a YAML mapping that belong to these of its top-level keys, comments too."""
    lines = text.removesuffix("\n").split("\n")
    if not keys:
        return []
    starts = sorted((line - 1, key) for key, line in _read(text, first_line=1)[1].items())
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    starts[:1] = [(0, key) for _, key in starts[:1]]  # what stands above belongs to the first key
    wanted: list[str] = []
    for (start, key), end in zip(starts, ends, strict=True):
        if key in keys:
            wanted += lines[start:end]
    return wanted


def problems(card: Card, shipped: Collection[str]) -> list[Problem]:
    """What would keep this card from becoming a Space, given the paths that ship."""
    found = _sdk_problem(card.meta.get("sdk")) or _missing_file(card, shipped)
    if found is None:
        return []
    field, message = found
    return [Problem(field, card.lines.get(field), message)]


def _sdk_problem(sdk: object) -> tuple[str, str] | None:
    if sdk == "streamlit":
        # https://huggingface.co/docs/hub/spaces-sdks-streamlit
        return "sdk", (
            "Streamlit is no SDK of Spaces any more (since April 2025): write `sdk: docker` and "
            "`app_port: 8501`, and add a Dockerfile that runs `streamlit run`"
        )
    if isinstance(sdk, str) and sdk in set(Sdk):
        return None
    said = "is missing" if sdk is None else f"is {sdk!r}"
    return "sdk", f"`sdk` {said}; it is one of gradio, docker, static"


def _missing_file(card: Card, shipped: Collection[str]) -> tuple[str, str] | None:
    app_file = card.app_file
    if app_file is None or app_file in shipped:
        return None
    field = "sdk" if card.sdk is Sdk.DOCKER else "app_file"
    return field, f"a {card.sdk} Space starts from `{app_file}`, which would not ship"
