"""Give keys of a README's card other values, line by line, and put the lines back as they were."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deployer.card.card import Card, parse, split_front_matter
from deployer.card.key_lines import KeyLines, read_key_lines
from deployer.card.yaml import InvalidCard

Before = Mapping[str, str | None]

_MAX_CHARACTERS = 10_000  # of a key's lines
# what YAML reads as the end of a line, or not at all, and JSON leaves as it is
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Overridden:
    """A README whose card has other values.

    `before` has the lines that each overridden key had, with their line breaks; None for a key
    that the README did not have.
    """

    text: str = ""
    before: Before = field(default_factory=dict)


def override(readme: str, keys: Mapping[str, Any]) -> Overridden:
    """Set keys of a README's card: only their own lines change, missing ones are appended.

    Raises InvalidCard where that can't be done by lines.
    """
    lines = _key_lines(readme)
    before = {key: lines.text(key) for key in keys}
    _check_length(before)
    newline = "\r\n" if lines.yaml.endswith("\r\n") else "\n"
    new = {key: f"{lines.indent}{key}: {_yaml(value)}{newline}" for key, value in keys.items()}
    text, card = _replace(readme, lines, new)
    if any(card.meta.get(key) != value for key, value in keys.items()):
        raise _not_by_lines(keys)
    return Overridden(text, before)


def put_back(readme: str, before: Before) -> str:
    """Give keys the lines that they had before: the inverse of `override`.

    Raises InvalidCard where the README lacks one of the keys, and for lines that hold anything but
    that key.
    """
    lines = _key_lines(readme)
    if missing := [key for key in before if key not in lines.spans]:
        raise InvalidCard(f"`{missing[0]}` is not in the card, so it can't be put back")
    text, card = _replace(readme, lines, before)
    if any((key in card.meta) is (old is None) for key, old in before.items()):
        raise _not_by_lines(before)
    return text


def _check_length(before: Before) -> None:
    """Raise InvalidCard for more than the message of a commit should hold."""
    for key, lines in before.items():
        if lines is not None and len(lines) > _MAX_CHARACTERS:
            raise InvalidCard(
                f"`{key}` has {len(lines):,} characters, too many to record what it was; shorten it"
            )


def _key_lines(readme: str) -> KeyLines:
    front, _ = split_front_matter(readme)
    if front is None:
        raise InvalidCard("no card, so no key of it can be set")
    return read_key_lines(front)


def _replace(readme: str, lines: KeyLines, new: Before) -> tuple[str, Card]:
    """The README with other lines for these keys, and its card.

    Raises InvalidCard where more than these keys would change.
    """
    start = readme.index("\n") + 1  # of the YAML, below its `---`
    text = readme[:start] + lines.replaced(new) + readme[start + len(lines.yaml) :]
    try:
        old, card = parse(readme), parse(text)
    except InvalidCard as error:
        raise _not_by_lines(new) from error
    if old is None or card is None or _rest(old, new) != _rest(card, new):
        raise _not_by_lines(new)
    return text, card


def _rest(card: Card, keys: Before) -> object:
    return card.body, {key: value for key, value in card.meta.items() if key not in keys}


def _not_by_lines(keys: Iterable[str]) -> InvalidCard:
    names = ", ".join(f"`{key}`" for key in keys)
    return InvalidCard(
        f"{names} can't be set line by line: another key refers to it by an anchor, or shares its "
        "lines; write the values out"
    )


def _yaml(value: Any) -> str:
    """A value in one line: JSON, which is YAML but for a few characters."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
