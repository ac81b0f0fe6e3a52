"""The card: the Space's configuration, the YAML front matter of its README.

The rules are those of https://huggingface.co/docs/hub/spaces-config-reference. A card may also lie
apart, in a YAML file, and is then put in front of the README when it ships. Text that a person
wrote is never rewritten: what is missing is appended as lines.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deployer.card.yaml import InvalidCard, written
from deployer.space.space import Sdk

README = "README.md"
BYTE_ORDER_MARK = "\ufeff"
REFERENCE = "https://huggingface.co/docs/hub/spaces-config-reference"
_FENCED = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_LIKE_A_FENCE = re.compile(r"\s*[-–—.]{2,}\s*")
_KEY_OF_A_CARD = re.compile(r"(title|emoji|colorFrom|sdk|app_file)\s*:")
_NOT_FIRST = "the card's three dashes must be the very first bytes, with nothing before them"
_FENCE = "it takes exactly three dashes, `---`, at the margin"
_DEFAULT_APP_FILE = {Sdk.GRADIO: "app.py", Sdk.STATIC: "index.html"}


@dataclass(frozen=True, slots=True)
class Card:
    """The keys of a card, the line each stands on (from 1), and the README's text below it.

    `raw` is what was written for those keys that have one word: `3.10`, which YAML reads as 3.1, or
    `#fff`, which is a comment. `items` has the lines of what is in a key's list or mapping.
    """

    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str
    raw: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Mapping[int | str, int]] = field(default_factory=dict)

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

    def card(self) -> Card:
        """What it says, with its own lines; no body. Raises BadCard."""
        text, first_line = _unfenced(self.text)
        return _read(text, first_line=first_line)


def split(readme: str) -> tuple[str | None, str]:
    """The YAML of a README's front matter (None where there is none), and the text below it."""
    fenced = _FENCED.match(readme)
    if fenced is None:
        return None, readme
    return fenced["yaml"], readme[fenced.end() :]


def why_no_card(readme: str) -> tuple[int, str]:
    """Why a README that has no card has none: the line to look at, and a sentence."""
    lines = readme.removeprefix(BYTE_ORDER_MARK).split("\n")
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    start = lines[first - 1]
    if start.strip() == "---":
        return _why_no_end(lines) if first == 1 and start[:1] == "-" else (first, _NOT_FIRST)
    if _KEY_OF_A_CARD.match(start):
        return first, "the card has no beginning: put a line of three dashes above it, as line 1"
    sdk = next((number for number, line in enumerate(lines) if _KEY_OF_A_CARD.match(line)), 0)
    above = [number for number, line in enumerate(lines[:sdk], 1) if _LIKE_A_FENCE.fullmatch(line)]
    if not above:
        return 1, "it does not start with a card, between two lines of three dashes"
    if lines[above[-1] - 1].strip() != "---":
        return above[-1], f"this begins no card: {_FENCE}"
    return above[-1], _NOT_FIRST


def _why_no_end(lines: list[str]) -> tuple[int, str]:
    ends = (number for number, line in enumerate(lines, 1) if _LIKE_A_FENCE.fullmatch(line))
    end = next((number for number in ends if number > 1), None)
    if end is not None:
        return end, f"the card never ends, as this is no end: {_FENCE}"
    return 1, "the card never ends: close it with a line of three dashes, at the margin"


def why_no_text(data: bytes) -> tuple[int, str]:
    """Why bytes are no text in UTF-8: the line to look at, and a sentence."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return 1, "it is saved as UTF-16; save it as UTF-8"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (
            line,
            f"there is a byte (0x{data[error.start]:02x}) that is no UTF-8: save it as UTF-8",
        )
    return 1, "it can't be read"


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
            raise InvalidCard(said, there.lines.get(key))
    newline = "\r\n" if re.match(r"[^\n]*\r\n", readme) else "\n"
    lines = _lines_of(apart, given.keys() - own.keys())
    block = (front or "") + "".join(line.rstrip("\r") + newline for line in lines)
    mark = BYTE_ORDER_MARK if front and readme.startswith(BYTE_ORDER_MARK) else ""
    composed = f"{mark}---{newline}{block}---{newline}{body}"
    if _meta(composed) != {**given, **own}:
        raise InvalidCard(
            "its keys can't be appended line by line; write one `key: value` a line",
            min(there.lines.values(), default=None),
        )
    return composed


def _meta(readme: str) -> Mapping[str, Any] | None:
    try:
        card = parse(readme)
    except InvalidCard:
        return None
    return None if card is None else card.meta


def _read(text: str, *, first_line: int) -> Card:
    """The keys of a YAML mapping: a card without a body. Raises BadCard."""
    found = written(text, first_line=first_line)
    return Card(found.meta, found.lines, "", found.raw, found.items)


def _unfenced(apart: str) -> tuple[str, int]:
    """The YAML of a card file, which may have dashes of its own, and the line that it starts on."""
    apart = apart.removeprefix(BYTE_ORDER_MARK)
    front = split(apart)[0]
    return (apart, 1) if front is None else (front, 2)


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
