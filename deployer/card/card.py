"""The card: the Space's configuration, the YAML front matter of its README.

Its keys: https://huggingface.co/docs/hub/spaces-config-reference. A card may also be a YAML file of
its own, which is merged into the README at deploy time. The user's text is never rewritten: missing
keys are appended as lines.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from deployer.card.yaml import InvalidCard, read_mapping
from deployer.space.space import Sdk

README = "README.md"
BYTE_ORDER_MARK = "\ufeff"
REFERENCE = "https://huggingface.co/docs/hub/spaces-config-reference"
_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_FENCE_LIKE = re.compile(r"\s*[-–—.]{2,}\s*")
_CARD_KEY = re.compile(r"(title|emoji|colorFrom|sdk|app_file)\s*:")
_NOT_FIRST = "text before the card; move its `---` to the very start of the file"
_FENCE = "write exactly `---`, without indentation"
_DEFAULT_APP_FILE = {Sdk.GRADIO: "app.py", Sdk.STREAMLIT: "app.py", Sdk.STATIC: "index.html"}


@dataclass(frozen=True, slots=True)
class Card:
    """The keys of a card, the line of each key (from 1), and the README's text below it.

    `raw` is the unparsed text of scalar values: `3.10`, which YAML reads as 3.1, or `#fff`, which
    is a comment. `items` has the lines of the items in a key's list or mapping. `set_in` has the
    file and the line of keys that another file sets.
    """

    meta: Mapping[str, Any]
    lines: Mapping[str, int]
    body: str
    raw: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, Mapping[int | str, int]] = field(default_factory=dict)
    set_in: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)

    @property
    def sdk(self) -> Sdk:
        """The SDK. Raises ValueError or KeyError for an invalid card."""
        return Sdk(self.meta["sdk"])

    @property
    def app_file(self) -> str | None:
        """The file that the Space starts from; None for a static Space that the Hub builds."""
        if self.sdk is Sdk.DOCKER:
            return "Dockerfile"
        if self.sdk is Sdk.STATIC and self.meta.get("app_build_command"):
            return None
        return str(self.meta.get("app_file") or _DEFAULT_APP_FILE[self.sdk]).removeprefix("./")


@dataclass(frozen=True, slots=True)
class CardFile:
    """A card in a file of its own: its path as the user gave it, and its text."""

    path: str
    text: str

    def card(self) -> Card:
        """Its keys and their lines in this file; no body. Raises InvalidCard."""
        text, first_line = _without_fences(self.text)
        return _read(text, first_line=first_line)


def split_front_matter(readme: str) -> tuple[str | None, str]:
    """The YAML of a README's front matter (None without one), and the text below it."""
    match = _FRONT_MATTER.match(readme)
    if match is None:
        return None, readme
    return match["yaml"], readme[match.end() :]


def explain_missing_card(readme: str) -> tuple[int, str]:
    """Why a README has no card: the line at fault, and a message."""
    lines = readme.removeprefix(BYTE_ORDER_MARK).split("\n")
    first = next((number for number, line in enumerate(lines, 1) if line.strip()), 1)
    start = lines[first - 1]
    if start.strip() == "---":
        return (
            _explain_missing_end(lines) if first == 1 and start[:1] == "-" else (first, _NOT_FIRST)
        )
    if _CARD_KEY.match(start):
        return first, "the card has no opening `---`: add it as line 1"
    sdk = next((number for number, line in enumerate(lines) if _CARD_KEY.match(line)), 0)
    above = [number for number, line in enumerate(lines[:sdk], 1) if _FENCE_LIKE.fullmatch(line)]
    if not above:
        return 1, "no card found: start the file with YAML between two lines of `---`"
    if lines[above[-1] - 1].strip() != "---":
        return above[-1], f"invalid start of the card: {_FENCE}"
    return above[-1], _NOT_FIRST


def _explain_missing_end(lines: list[str]) -> tuple[int, str]:
    ends = (number for number, line in enumerate(lines, 1) if _FENCE_LIKE.fullmatch(line))
    end = next((number for number in ends if number > 1), None)
    if end is not None:
        return end, f"invalid end of the card: {_FENCE}"
    return 1, "the card has no closing `---`: add it below the last key, without indentation"


def explain_not_utf8(data: bytes) -> tuple[int, str]:
    """Why bytes are not text in UTF-8: the line at fault, and a message."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return 1, "encoded as UTF-16; save it as UTF-8"
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (
            line,
            f"invalid UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8",
        )
    return 1, "unreadable text; save the file as UTF-8"


def parse(readme: str) -> Card | None:
    """The card of a README; None without front matter. Raises InvalidCard."""
    front, body = split_front_matter(readme)
    if front is None:
        return None
    return replace(_read(front, first_line=2), body=body)


def compose(readme: str, card_file: str) -> str:
    """Merge the text of a card file into a README.

    Keys of the README's own front matter are kept; missing ones are appended to it, as the lines of
    the card file. Raises InvalidCard, with a line of the card file, where both set a key to
    different values; call `parse` on the README first, for errors with its own lines.
    """
    front, body = split_front_matter(readme)
    text, first_line = _without_fences(card_file)
    own = _read(front or "", first_line=2).meta
    card = _read(text, first_line=first_line)
    given = card.meta
    for key in sorted(given.keys() & own.keys()):
        if given[key] != own[key]:
            raise InvalidCard(
                f"conflicting `{key}`: {own[key]!r} in the README, {given[key]!r} in the card "
                "file; keep one of them",
                card.lines.get(key),
            )
    newline = "\r\n" if re.match(r"[^\n]*\r\n", readme) else "\n"
    lines = _lines_of(text, given.keys() - own.keys())
    block = (front or "") + "".join(line.rstrip("\r") + newline for line in lines)
    mark = BYTE_ORDER_MARK if front and readme.startswith(BYTE_ORDER_MARK) else ""
    composed = f"{mark}---{newline}{block}---{newline}{body}"
    if _meta(composed) != {**given, **own}:
        raise InvalidCard(
            "keys can't be appended to the README line by line; write one `key: value` per line",
            min(card.lines.values(), default=None),
        )
    return composed


def _meta(readme: str) -> Mapping[str, Any] | None:
    try:
        card = parse(readme)
    except InvalidCard:
        return None
    return None if card is None else card.meta


def _read(text: str, *, first_line: int) -> Card:
    """The keys of a YAML mapping: a card without a body. Raises InvalidCard."""
    found = read_mapping(text, first_line=first_line)
    return Card(found.meta, found.lines, "", found.raw, found.items)


def _without_fences(text: str) -> tuple[str, int]:
    """The YAML of a card file, which may have `---` lines around it, and its first line."""
    text = text.removeprefix(BYTE_ORDER_MARK)
    front = split_front_matter(text)[0]
    return (text, 1) if front is None else (front, 2)


def _lines_of(text: str, keys: Collection[str]) -> list[str]:
    """The lines of these top-level keys in a YAML mapping, with their comments."""
    lines = text.removesuffix("\n").split("\n")
    if not keys:
        return []
    starts = sorted((line - 1, key) for key, line in _read(text, first_line=1).lines.items())
    ends = [start for start, _ in starts[1:]] + [len(lines)]
    starts[:1] = [(0, key) for _, key in starts[:1]]  # lines above the first key go with it
    wanted: list[str] = []
    for (start, key), end in zip(starts, ends, strict=True):
        if key in keys:
            wanted += lines[start:end]
    return wanted
