"""Shapes of JSON values: each passes a value, or says where it differs, never what is there.

The value may hold a token or a secret, and what is said here ends up in a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from huggingface_hub.utils import parse_datetime

from deployer.errors import UsageError
from deployer.space.space import SpaceId

_MAX_QUANTITY = 2**63

# called with a value, and where in the answer that is
Shape = Callable[[Any, str], None]


class Mismatch(Exception):
    """A value is of another shape: where it is, and what it is not."""


def expect(is_met: bool, at: str, what: str) -> None:
    """Raise Mismatch unless a condition is met: what is at that place is not `what`."""
    if not is_met:
        raise Mismatch(f"{at} is not {what}")


def text(value: Any, at: str) -> None:
    """A string."""
    expect(isinstance(value, str), at, "text")


def flag(value: Any, at: str) -> None:
    """True or false."""
    expect(isinstance(value, bool), at, "true or false")


def size(value: Any, at: str) -> None:
    """A whole number from 0."""
    expect(isinstance(value, int) and not isinstance(value, bool) and value >= 0, at, "a size")


def quantity(value: Any, at: str) -> None:
    """A number from 0 that something real can have."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    expect(is_number and 0 <= value <= _MAX_QUANTITY, at, "a quantity")


def date(value: Any, at: str) -> None:
    """A date as huggingface_hub reads it."""
    text(value, at)
    try:
        parse_datetime(value)
    except ValueError:
        raise Mismatch(f"{at} is not a date") from None


def space_id(value: Any, at: str) -> None:
    """`owner/name`."""
    text(value, at)
    try:
        SpaceId.parse(value)
    except UsageError:
        raise Mismatch(f"{at} is not owner/name") from None


def url(value: Any, at: str) -> None:
    """The URL of a web server."""
    text(value, at)
    try:
        parsed = httpx2.URL(value)
    except httpx2.InvalidURL:
        raise Mismatch(f"{at} is not a URL") from None
    expect(parsed.scheme in ("http", "https") and bool(parsed.host), at, "a URL")


def matching(pattern: str, what: str) -> Shape:
    """A string that a regular expression matches as a whole."""
    compiled = re.compile(pattern)

    def check(value: Any, at: str) -> None:
        expect(isinstance(value, str) and compiled.fullmatch(value) is not None, at, what)

    return check


git_id = matching("[0-9a-f]{40}", "a git id")
sha256 = matching("[0-9a-f]{64}", "a SHA-256")


def fields(
    required: Mapping[str, Shape] | None = None, optional: Mapping[str, Shape] | None = None
) -> Shape:
    """An object with these keys; the optional ones may be absent or null, and others be there."""

    def check(value: Any, at: str) -> None:
        expect(isinstance(value, dict), at, "an object")
        for key, shape in (required or {}).items():
            expect(key in value, f"{at}: {key}", "there")
            shape(value[key], f"{at}: {key}")
        for key, shape in (optional or {}).items():
            if value.get(key) is not None:
                shape(value[key], f"{at}: {key}")

    return check


def list_of(item: Shape) -> Shape:
    """A list whose items are all of one shape."""

    def check(value: Any, at: str) -> None:
        expect(isinstance(value, list), at, "a list")
        for number, one in enumerate(value):
            item(one, f"{at}: item {number}")

    return check


def map_of(item: Shape) -> Shape:
    """An object with any keys, whose values are all of one shape."""

    def check(value: Any, at: str) -> None:
        expect(isinstance(value, dict), at, "an object")
        for number, one in enumerate(value.values()):
            item(one, f"{at}: value {number}")

    return check
