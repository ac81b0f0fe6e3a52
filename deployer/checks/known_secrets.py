"""Find secrets whose value is known, in any of the ways in which text carries them."""

from __future__ import annotations

import html
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import quote, unquote_to_bytes

TOKEN_IN_USE = "the token in use"

_MIN_TOKEN = 12  # characters
_MIN_RANDOM = 10  # characters without a separator, of which less than half belong to words
_MIN_LETTERS = 3  # there are fewer in dates
_MAX_ENCODED = 3  # reported for one block
_MAX_SEARCHED = 256  # bytes of a value; so many that are equal are no coincidence
_SEPARATORS = re.compile(r"[\s\-_./:@,;=?&+]+")
_WORDS = re.compile(r"[A-Z]?[a-z]{3,}|[A-Z]{6,}")
_CHANGES = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
_MIN_CHANGES = 4  # from digits to letters and back
_PUBLIC = ("-----BEGIN CERTIFICATE", "-----BEGIN PUBLIC KEY", "ssh-")
_BETWEEN = b" \t\r\n\"'\\,"  # may stand between the lines of wrapped base64
_SEPARATOR = re.compile(b"[%b]" % re.escape(_BETWEEN))
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")


@dataclass(frozen=True, slots=True)
class KnownSecret:
    """A secret to search for: what it is, and the bytes that carry its value."""

    name: str
    plain: tuple[bytes, ...] = field(repr=False)
    base64: tuple[bytes, ...] = field(repr=False)

    @property
    def values(self) -> tuple[bytes, ...]:
        """All that must not be shown."""
        return self.plain + self.base64


def known_secrets(token: str | None, secrets: Iterable[tuple[str, str]]) -> tuple[KnownSecret, ...]:
    """The token, and those of the secrets (name and value) that are long and random.

    `gpt-4o`, `production` or the name of a model may stand in any file.
    """
    values = [(TOKEN_IN_USE, token)] if token and len(token) >= _MIN_TOKEN else []
    for name, value in secrets:
        if not value.startswith(_PUBLIC):
            lines = (line.strip() for line in value.splitlines())
            values += [(f"value of secret {name}", line) for line in lines if is_random(line)]
    return tuple(_known(name, value) for name, value in values)


def is_random(value: str) -> bool:
    """Whether a value is too random to be a name, a URL, a path or a date."""
    part = max(_SEPARATORS.split(value), key=len)
    words = sum(len(word) for word in _WORDS.findall(part))
    letters = sum(map(str.isalpha, part))
    has_letters_and_digits = _MIN_LETTERS <= letters < len(part)
    has_both_cases = part.lower() != part != part.upper()
    return len(part) >= _MIN_RANDOM and (
        len(_CHANGES.findall(part)) >= _MIN_CHANGES
        or (2 * words < len(part) and (has_letters_and_digits or has_both_cases))
    )


def find_known(
    secrets: Iterable[KnownSecret], data: bytes, start: int, stop: int
) -> Iterator[tuple[tuple[int, int], str]]:
    """Where the values of the secrets begin and end between `start` and `stop`, and their names."""
    if not secrets:
        return
    joined = data.translate(None, _BETWEEN)
    unquoted = unquote_to_bytes(data) if _PERCENT.search(data) else b""
    for secret in secrets:
        spans = {span for literal in secret.plain for span in _spans(literal, data)}
        for begin, end in islice(_spans(secret.plain[0], unquoted), _MAX_ENCODED):
            spans.add((_index(_PERCENT, data, begin, 2), _index(_PERCENT, data, end, 2)))
        for literal in secret.base64:
            for begin, end in islice(_spans(literal, joined), _MAX_ENCODED):
                last = _index(_SEPARATOR, data, end - 1, 1)
                spans.add((_index(_SEPARATOR, data, begin, 1), last + 1))
        yield from ((span, secret.name) for span in sorted(spans) if start <= span[0] < stop)


def _known(name: str, value: str) -> KnownSecret:
    data = value.encode("utf-8", "surrogateescape")[:_MAX_SEARCHED]
    text = data.decode("utf-8", "replace")
    plain = (text, json.dumps(text)[1:-1], html.escape(text), text.replace("/", "\\/"))
    quoted = (quote(data, safe="").encode(), quote(data).encode())
    encoded = {core for shift in range(3) for core in _base64_core(data, shift)}
    every = dict.fromkeys((data, *(one.encode() for one in plain), *quoted))
    return KnownSecret(name, tuple(every), tuple(encoded))


def _base64_core(data: bytes, shift: int) -> Iterator[bytes]:
    """Base64 of the value after `shift` other bytes, without the characters that these change."""
    encoded = b64encode(bytes(shift) + data)
    first = -(-8 * shift // 6)
    last = 8 * (shift + len(data)) // 6
    yield encoded[first:last]
    yield encoded[first:last].translate(bytes.maketrans(b"+/", b"-_"))


def _spans(literal: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    begin = data.find(literal)
    while begin >= 0:
        end = begin + len(literal)
        yield begin, end
        begin = data.find(literal, end)


def _index(shortened: re.Pattern[bytes], data: bytes, index: int, by: int) -> int:
    """Where a byte of a copy is in the data, if each match is shorter `by` so many bytes there."""
    for found in shortened.finditer(data):
        if found.end() - by > index:
            break
        index += by
    return index
