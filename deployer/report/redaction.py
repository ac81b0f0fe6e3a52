"""Keep what was handed over as a secret out of all text that leaves the process.

Whole values are found as they are and as they are usually written: escaped for JSON, a URL, HTML
or Markdown, and in base64. Of a token, any part of 12 characters or more is found, too, and of its
forms in base64. Words such as `true` or `production` stay, whoever has them as a secret: hiding
them would hide nothing, and make the output unreadable.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from deployer.checks.credentials import redact

HIDDEN = "***"
_MIN_LENGTH = 4  # characters of a value
_MIN_DIGITS = 6  # of a value that is a number
_MIN_WORD = 8  # letters of a value that is a word; a shorter one is not random
_MIN_BASE64 = 8  # characters
_MIN_PART = 12  # characters of a token
_COMMON = frozenset(
    "application container credentials customer database default development disabled enabled "
    "endpoint huggingface localhost password postgres postgresql production publisher repository "
    "rollback settings snapshot staging username variables warnings".split()
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# letters of both cases and digits, without what separates words
_KEY = re.compile(r"(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9_+/=]{20,}")
# what a character is written as, besides itself, after a backslash and in percent-encoding
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPE = re.compile(
    r"(?:\\u00|\\x|%)(?P<code>[0-9a-fA-F]{2})|&#[xX](?P<entity>[0-9a-fA-F]{1,6});"
    r"|&#(?P<number>[0-9]{1,7});|\\(?P<escaped>.)"
)
_URL_PASSWORD = re.compile(r"(://[^\s/@:\"'`]*:)[^\s/@\"'`]+(?=@)")


@dataclass(frozen=True, slots=True)
class _Value:
    """What finds one value: letters and digits that it has in a row, however it is escaped; a
    pattern of all of it; its forms in base64.
    """

    run: str
    pattern: re.Pattern[str]
    encoded: tuple[re.Pattern[str], ...]

    @classmethod
    def of(cls, value: str) -> _Value:
        """What finds this value."""
        return cls(_longest_run(value), _pattern(value), tuple(map(_wrapped, _base64(value))))

    def replace(self, text: str) -> str:
        """The text without the value."""
        # most text has none of it, which a plain search finds sooner
        if self.run in text:
            text = re.sub(self.pattern, HIDDEN, text)
        for encoded in self.encoded:
            text = encoded.sub(HIDDEN, text)
        return text


class Redactor:
    """Hides secrets in text; what is to be hidden may be added at any time."""

    def __init__(self) -> None:
        self._public: set[str] = set()
        self._values: dict[str, _Value] = {}
        self._parts: set[str] = set()
        self._part: re.Pattern[str] | None = None

    def keep(self, names: Iterable[str]) -> None:
        """Never hide these, which the user gave for all to see, such as the Space's name."""
        self._public.update(names)

    def hide(self, value: str) -> None:
        """Hide a value, and each of its lines: output comes a line at a time."""
        for text in (value, *value.splitlines()):
            if text not in self._values and text not in self._public and _can_hide(text.strip()):
                values = {**self._values, text: _Value.of(text)}
                # longest first: a value may be a part of another; a new one, since another thread
                # may be going through it
                self._values = dict(sorted(values.items(), key=lambda item: -len(item[0])))

    def hide_token(self, token: str) -> None:
        """Hide a token, and each part of it of 12 characters or more."""
        self.hide(token)
        for text in (token, *_base64(token)):
            self._parts.update(text[at : at + _MIN_PART] for at in range(len(text) - _MIN_PART + 1))
        if self._parts:
            letters = "".join(re.escape(one) for one in sorted(set("".join(self._parts))))
            self._part = re.compile(
                rf"(?:[{letters}]|&#\d{{1,7}};|&#[xX][0-9a-fA-F]{{1,6}};|%[0-9a-fA-F]{{2}}"
                rf"|\\(?:u00|x)[0-9a-fA-F]{{2}}"
                rf"|\\[!-/:-@\[-`{{-~]){{{_MIN_PART},}}"
            )

    def hide_secret(self, value: str) -> None:
        """Hide the value of a secret; one that looks like a key or a token, as a token."""
        if _KEY.fullmatch(value):
            self.hide_token(value)
        self.hide(value)

    def __call__(self, text: str) -> str:
        """The text without any of it."""
        for value in self._values.values():
            text = value.replace(text)
        if self._part is not None:
            text = self._part.sub(self._hide_parts, text)
        return _URL_PASSWORD.sub(rf"\1{HIDDEN}", text)

    def deeply(self, value: Any) -> Any:
        """What JSON can hold, with the text in it redacted, and of credentials of known formats."""
        if isinstance(value, str):
            return redact(self(value))
        if isinstance(value, dict):
            return {key: self.deeply(inside) for key, inside in value.items()}
        return [self.deeply(inside) for inside in value] if isinstance(value, list) else value

    def _hide_parts(self, run: re.Match[str]) -> str:
        shown: list[str] = []
        units = list(_units(run[0]))
        plain = "".join(character for character, _ in units)
        at = 0
        while at < len(units):
            if plain[at : at + _MIN_PART] not in self._parts:
                shown.append(units[at][1])
                at += 1
                continue
            end = at
            while plain[end : end + _MIN_PART] in self._parts:
                end += 1
            at = end + _MIN_PART - 1
            shown.append(HIDDEN)
        return "".join(shown)


def _can_hide(text: str) -> bool:
    if len(text) < (_MIN_DIGITS if text.isdigit() else _MIN_LENGTH):
        return False
    is_word = _WORD.fullmatch(text) is not None
    return not (is_word and (len(text) < _MIN_WORD or text.lower() in _COMMON))


def _longest_run(value: str) -> str:
    """The most letters and digits in a row: every way to write a value leaves them as they are."""
    return str(max(re.findall(r"[A-Za-z0-9]*", value), key=len))


def _pattern(value: str) -> re.Pattern[str]:
    whole = "".join(map(_written, value))
    # a short one could be in the middle of a word
    if len(value) < _MIN_WORD:
        whole = rf"(?<![A-Za-z0-9]){whole}(?![A-Za-z0-9])"
    return re.compile(whole)


def _written(character: str) -> str:
    """A pattern of all that stands for a character."""
    if character.isascii() and character.isalnum():
        return character
    encoded = character.encode("utf-8", "surrogatepass")
    code = ord(character)
    ways = [
        "".join(f"%{byte:02x}" for byte in encoded),
        f"&#{code};",
        f"&#x{code:x};",
        f"\\u{code:04x}" if code < 0x10000 else _surrogates(character),
        f"\\U{code:08x}",
        f"\\x{code:02x}",
        f"\\{character}",
        _SHORT.get(character, character),
        _NAMED.get(character, character),
        "+" if character == " " else character,
    ]
    # as a number is written in either case, hexadecimal digits are
    escaped = (f"(?i:{re.escape(way)})" for way in dict.fromkeys(ways) if way != character)
    return f"(?:{'|'.join((*escaped, re.escape(character)))})"


def _surrogates(character: str) -> str:
    pair = character.encode("utf-16-be")
    return f"\\u{pair[:2].hex()}\\u{pair[2:].hex()}"


def _base64(value: str) -> Iterator[str]:
    """The value in base64, wherever in the encoded text it begins."""
    data = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        text = b64encode(bytes(before) + data).decode()
        # the first and the last characters hold bits of what stands around
        whole = (len(data) + before) * 8 // 6
        core = text[(0, 2, 3)[before] : whole]
        if len(core) >= _MIN_BASE64:
            yield core
            if (in_urls := core.translate({ord("+"): "-", ord("/"): "_"})) != core:
                yield in_urls


def _wrapped(encoded: str) -> re.Pattern[str]:
    """A pattern of base64 that may be broken into lines."""
    return re.compile(r"\s*".join(map(re.escape, encoded)))


def _units(text: str) -> Iterator[tuple[str, str]]:
    """Each character that is meant, with what stands for it."""
    done = 0
    for found in _ESCAPE.finditer(text):
        yield from ((one, one) for one in text[done : found.start()])
        done = found.end()
        code = found["code"] or found["entity"]
        number = int(code, 16) if code else int(found["number"] or 0)
        character = found["escaped"] or chr(min(number, 0x10FFFF))
        yield character, found[0]
    yield from ((one, one) for one in text[done:])
