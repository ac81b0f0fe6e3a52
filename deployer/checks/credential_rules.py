"""What a rule of the credential scan is, and what makes a value plausible or a placeholder.

The rules are in `credential_formats` (formats with a shape of their own) and `credential_names`
(passwords in URLs and connection strings, and values that only their name marks as secret).
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from deployer.patterns import lazy

HIDDEN = "…"
IS = rb"[\s\\\"':=>\]),]{1,8}"  # between a name and its value: `="`, `": "`, `"] = '`

Match = re.Match[bytes]
_Pattern = re.Pattern[bytes]

# --- placeholders ------------------------------------------------------------------------------

_MAX_CHECKED = 100  # bytes of a value; more do not change the result
_MIN_DISTINCT = 8
_MIN_DISTINCT_DENSE = 30
MIN_DIGITS = 2
_MAX_SEQUENTIAL_RUN = 6
_PLACEHOLDER_WORD = lazy(
    rb"(?i:example|placeholder|dummy|sample|redact|changeme|insert|replace|secret|token|passw)"
    rb"|your|YOUR|Your|here\b|HERE\b|fake|FAKE|Fake|[xX]{4}|\*{3}|\.{3}"
)
_WORD = lazy(rb"[A-Z]?[a-z]{4,}|[_.-]")
# prefixes of the example values in the documentation of Stripe, Azure's emulators, GitHub, Discord,
# Telegram, Supabase, WireGuard and FastAPI
_DOCUMENTED_EXAMPLES = tuple(
    b"4eC39HqL BQokikJO TYooMQau tR3PYbcV VePHdqKT 26PHem9A Eby8vdM0 C2y6yDjf 16C7e42F 1B4a2e77 "
    b"Cl2FMQ.Z HdqTcvCH N7UND0Ug yAnz5TF+ 09d25e09 s6BhdRkqt3 2YotnFZF 0685bd91".split()
)


@lru_cache(256)
def is_placeholder(value: bytes) -> bool:
    """Whether a value is a placeholder, by one rule for all formats.

    A placeholder is an example, or consists of words of 4 letters and more for three quarters
    (`DownloadProgressBar`). Of 10,000 random values, 1 to 8 match.
    """
    value = value[:_MAX_CHECKED]
    return is_example(value) or 4 * sum(map(len, _WORD.findall(value))) > 3 * len(value)


def is_example(value: bytes) -> bool:
    """Whether a value is none of a service.

    It contains a word such as `your` or `example`, has fewer than 8 distinct characters, has a
    sequential run of 6 (`aaaaaa`, `123456`, `fedcba`), or consists of sequential runs for more than
    half of its length.
    """
    value = value[:_MAX_CHECKED]
    return (
        len(set(value)) < _MIN_DISTINCT
        or _PLACEHOLDER_WORD.search(value) is not None
        or value.startswith(_DOCUMENTED_EXAMPLES)
        or _is_sequential(value.lower())
    )


def _is_sequential(value: bytes) -> bool:
    sequential, length, previous = 0, 1, None
    for one, other in zip(value, value[1:], strict=False):
        step = other - one
        if -1 <= step <= 1:
            sequential += 1
            length = length + 1 if step == previous else 2
            if length >= _MAX_SEQUENTIAL_RUN:
                return True
        previous = step
    return 2 * sequential > len(value)


UPPER, LOWER = lazy(rb"[A-Z]"), lazy(rb"[a-z]")
DIGIT, LETTER = lazy(rb"[0-9]"), lazy(rb"[A-Za-z]")


def is_random(found: Match) -> bool:
    """Anything but a placeholder."""
    return not is_placeholder(found[2])


def has_both_cases(found: Match) -> bool:
    """Upper and lower case, as in base62 and base64."""
    value = found[2]
    return bool(UPPER.search(value) and LOWER.search(value)) and not is_placeholder(value)


def is_base62_or_hex(found: Match) -> bool:
    """For formats of which some values are base62, and some hexadecimal."""
    return has_both_cases(found) or has_digits(found)


def has_digits(found: Match) -> bool:
    """Digits and letters, as in hexadecimal."""
    value = found[2]
    return bool(DIGIT.search(value) and LETTER.search(value)) and not is_placeholder(value)


def is_base62(found: Match) -> bool:
    """Both cases and digits: for short formats, or those whose prefix is a word."""
    return bool(DIGIT.search(found[2])) and has_both_cases(found)


def is_dense_base62(found: Match) -> bool:
    """More distinct characters than there are in base64 of image data with many zero bytes."""
    return len(set(found[2])) >= _MIN_DISTINCT_DENSE and is_base62(found)


def is_always(_found: Match) -> bool:
    """For prefixes that are enough."""
    return True


def is_dense_lowercase(found: Match) -> bool:
    """Lower case and digits, where letters alone may look like words."""
    value = found[2]
    is_dense = len(set(value)) > _MIN_DISTINCT and len(DIGIT.findall(value)) >= MIN_DIGITS
    return is_dense and not _PLACEHOLDER_WORD.search(value)


def decoded(value: bytes) -> bytes:
    """Decode base64 of either alphabet; empty for invalid base64."""
    try:
        return b64decode(value.rstrip(b"=") + b"=" * (-len(value.rstrip(b"=")) % 4), b"-_")
    except ValueError:
        return b""


# What may come between the first line of a key and its bytes: quotes and escapes of the language
# around it, and the header lines of RFC 1421 and RFC 9580.
_HEADER_LINE = lazy(
    rb"(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|MessageID): [^\n\\]{0,120}"
)
_BODY = lazy(rb"[\s\"'`\\+,()nrt#*>;]{0,80}?([A-Za-z0-9+/]{40,})(\.{2}|\xe2\x80\xa6)?")
_MIN_DISTINCT_BODY = 12


def has_body(found: Match) -> bool:
    """Whether the bytes of a key follow its first line, which alone is no credential."""
    after = found.string[found.end() : found.end() + 700]
    if b": " in after[:40]:
        after = _HEADER_LINE.sub(b"", after)
    body = _BODY.match(after)
    return (
        body is not None and not body[2] and len(set(body[1][:_MAX_CHECKED])) >= _MIN_DISTINCT_BODY
    )


def has_private_lines(found: Match) -> bool:
    """Whether the private part of a PuTTY key follows its first line."""
    return b"Private-Lines:" in found.string[found.end() : found.end() + 3000]


def is_encoded_key(found: Match) -> bool:
    """Whether base64 is that of a private key."""
    return b"PRIVATE KEY" in decoded(found[1] + found[2][:50])


def is_service_role(found: Match) -> bool:
    """Supabase's key with full access, by its claims. (The `anon` key is public.)"""
    claims = decoded(found[2].split(b".")[1]).replace(b" ", b"")
    return b'"role":"service_role"' in claims and b'"supabase-demo"' not in claims


PLACEHOLDER_PASSWORD = lazy(
    rb"(?i)passw|passwd|secret|example|your|change|placeholder|dummy|xxx|[$<>{}*%\[\]]|\.\.\."
    rb"|\A(?:postgres|postgresql|mysql|mongodb|rabbitmq|(?:my|test)?pass\d*|pwd\d*|admin\d*"
    rb"|root\d*|123456\d*)\Z"
)
PLACEHOLDER_HOST = lazy(
    rb"(?i)\A(?:localhost|127\.[0-9.]+|0\.0\.0\.0|host(?:name)?|server|db|database"
    rb"|(?:[a-z0-9.-]*\.)?example(?:\.[a-z]{2,4})?|[a-z0-9.-]*\.(?:local|test|invalid))\Z"
)


def is_real_account(found: Match) -> bool:
    """Whether `user:password@host` is none of the usual examples."""
    return _is_real(found[2])


@lru_cache(256)
def _is_real(location: bytes) -> bool:
    """Whether `user:password@host` has neither a placeholder as password nor a local host."""
    account, _, host = location.rpartition(b"@")
    user, _, password = account.partition(b":")
    plain = password.replace(b"%", b"") if re.search(rb"%[0-9A-Fa-f]{2}", password) else password
    return (
        password != user
        and not PLACEHOLDER_PASSWORD.search(plain)
        and not PLACEHOLDER_HOST.match(host)
    )


_PORT_OF_ANOTHER_HOST = lazy(rb"[0-9]{1,5},")  # as in `first.io:443,user:word@second.io`


def has_random_password(found: Match) -> bool:
    """The same for a web URL, where only a random password counts."""
    account, _, host = found[2].rpartition(b"@")
    password = account.partition(b":")[2]
    mixed = LOWER.search(password) and (UPPER.search(password) or DIGIT.search(password))
    return (
        mixed is not None
        and not _PORT_OF_ANOTHER_HOST.match(password)
        and b"." in host
        and not is_placeholder(password)
        and is_real_account(found)
    )


def is_real_login(found: Match) -> bool:
    """Whether the login of a netrc file is none of the usual examples."""
    host, *_, password = found[2].replace(b"\\n", b" ").split()
    return not (
        is_placeholder(password)
        or PLACEHOLDER_PASSWORD.search(password)
        or PLACEHOLDER_HOST.match(host)
    )


def is_registry_account(found: Match) -> bool:
    """Whether base64 is that of `user:password`, and the password is no placeholder."""
    user, _, password = decoded(found[2]).partition(b":")
    return user.isascii() and len(password) >= 6 and not PLACEHOLDER_PASSWORD.search(password)


# --- the rules ---------------------------------------------------------------------------------

# A value starts at a word boundary, or after an escape: `\n` in a notebook, `%3D` in a URL, `[0m`
# in the output of a terminal.
_WORD_BYTES = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_DIGIT_BYTES = frozenset(b"0123456789")
_ESCAPE = lazy(rb"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|[0-9]m)\Z")
_ESCAPE_ENDS = frozenset(b"nrtbfm0123456789abcdefABCDEF")
ANYWHERE = lazy(rb"")
LOOK_BACK = 160  # bytes before a prefix that `before` may match
_MIN_SHOWN = 16  # bytes of a value, of which the ends are then shown
_BEFORE_IN_BASE64 = (b"+", b"/")  # `=` comes before a value much more often than padding does
_AFTER_IN_BASE64 = (b"+", b"/", b"=")
_IN_PICKLE = b"\x8c%c"  # and the length precede a short string in a pickle


def _is_boundary(data: bytes, start: int) -> bool:
    if start == 0 or data[start - 1] not in _WORD_BYTES:
        return True
    if data[start - 1] not in _ESCAPE_ENDS:
        return False
    return _ESCAPE.search(data[max(0, start - 6) : start]) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One of the `prefixes`, then the value; the prefix may be shown, the value must not be.

    `before` must match what precedes the prefix; without it, a value starts at a word boundary. An
    `exact` value also ends at one. In a binary file, such as a database, values are adjacent:
    there, one end of an exact value has to be a boundary, and other values only must not follow a
    digit, as they do in mangled names (`6hf_xet…`). With `not_in_base64`, a match next to base64 is
    none, since a short prefix occurs in it by chance. A match of an `is_warning`
    rule may be public or expired: it stops no deploy.
    """

    name: str
    prefixes: tuple[bytes, ...]
    pattern: bytes
    is_plausible: Callable[[Match], bool]
    before: _Pattern | None
    exact: bool
    shown: bool
    not_in_base64: bool
    is_warning: bool

    def accepts(self, found: Match, binary: bool) -> bool:
        """Whether a match of this rule's pattern is a credential."""
        data, (start, end) = found.string, found.span()
        ends_free = end == len(data) or data[end] not in _WORD_BYTES
        if self.not_in_base64 and (
            data[start - 1 : start] in _BEFORE_IN_BASE64 or data[end : end + 1] in _AFTER_IN_BASE64
        ):
            return False
        if self.before is not None:
            if (self.exact and not ends_free) or not self.is_plausible(found):
                return False
            return self.before.search(data[max(0, start - LOOK_BACK) : start]) is not None
        starts_free = _is_boundary(data, start)
        if binary:
            free = ends_free if self.exact else data[start - 1] not in _DIGIT_BYTES
            starts_free = starts_free or free
            starts_free = starts_free or data[start - 2 : start] == _IN_PICKLE % (
                end - start & 0xFF
            )
            ends_free = True
        return starts_free and (ends_free or not self.exact) and self.is_plausible(found)

    def redact(self, found: Match) -> str:
        """`hf_ab…yz`; only `…` where the prefix says nothing, `hf_…` for a short value."""
        if not self.shown:
            return HIDDEN
        prefix, value = found[1].decode("ascii"), found[2].decode("ascii")
        if len(value) < _MIN_SHOWN:
            return prefix + HIDDEN
        return f"{prefix}{value[:2]}{HIDDEN}{value[-2:]}"


def rule(
    name: str,
    prefixes: bytes,
    value: bytes,
    is_plausible: Callable[[Match], bool] = has_both_cases,
    *,
    kind: bytes = b"",
    before: _Pattern | None = None,
    exact: bool = False,
    shown: bool = True,
    not_in_base64: bool = False,
    is_warning: bool = False,
) -> Rule:
    """`prefixes` are literals separated by `|`; `kind`, a pattern, extends them and is shown."""
    return Rule(
        name,
        tuple(prefixes.split(b"|")),
        b"%b)(%b)" % (kind, value),
        is_plausible,
        before,
        exact,
        shown,
        not_in_base64,
        is_warning,
    )
