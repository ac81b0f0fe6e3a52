"""Find credentials by a file's name and in its exact bytes, and redact text that quotes them.

The formats are in `credential_formats` and `credential_names`, the names in `credential_files`.
"""

from __future__ import annotations

import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import NamedTuple

from deployer.checks.credential_files import credential_file
from deployer.checks.credential_formats import FORMATS
from deployer.checks.credential_names import GOOGLE_KEY, NAMED, PRIVATE_KEY, SERVICE_ACCOUNT
from deployer.checks.credential_rules import HIDDEN, IS, LOOK_BACK, Rule, is_placeholder
from deployer.checks.known_secrets import KnownSecret, find_known
from deployer.errors import Finding
from deployer.patterns import lazy

PRAGMA = b"hf-deploy: allow-secret"
MAX_CREDENTIALS = 100  # reported for one file
MAX_WARNINGS = 10

_RULES = (*FORMATS, *NAMED)
_WARNINGS = {rule.name for rule in _RULES if rule.is_warning}
_Match = re.Match[bytes]
_Pattern = re.Pattern[bytes]


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential in a file to deploy: its rule and a redacted form, never its value.

    `line` counts from 1; it is None where the file as a whole counts, and in a binary file.
    """

    path: str
    line: int | None
    rule: str
    redacted: str

    def __str__(self) -> str:
        return f"{self.location}: {self.rule} ({self.redacted})"

    @property
    def is_warning(self) -> bool:
        """Whether it stops no deploy, since it may be public or expired."""
        return self.rule in _WARNINGS

    @property
    def location(self) -> str:
        """`app.py:4`, or `.env` where no single line holds it."""
        return self.path if self.line is None else f"{self.path}:{self.line}"

    @property
    def finding(self) -> Finding:
        """Where it is, and what it is, without its value."""
        return Finding(self.path, self.line, f"{self.rule} ({self.redacted})")


def find_by_name(path: str) -> Credential | None:
    """The credential that a file of this name is, whatever its content; None for other names."""
    rule = credential_file(path)
    return Credential(path, None, rule, HIDDEN) if rule else None


# `re` searches for one byte, or for one word, at 1 or 2 GB/s. So all rules are searched together:
# those whose prefix ends in `_`, `-`, `.` or `=` by that byte with a long word after it, the others
# by how their prefix starts.
_LONG_WORD = rb"(?=[\w+/%.-]{16})"
_ENDS = (b"_", b"-", b".", b"=")


@dataclass(frozen=True, slots=True)
class _Prefix:
    rule: Rule
    text: bytes

    @property
    def pattern(self) -> bytes:
        """The prefix as the first group, the value as the second."""
        return b"(%b%b" % (re.escape(self.text), self.rule.pattern)


_PrefixRule = tuple[bytes, Rule, bytes]  # the prefix, its rule, the pattern of both
_Index = dict[bytes, list[_PrefixRule]]


def _index(prefixes: Iterable[_Prefix], part: slice) -> _Index:
    """The rules by this part of their prefixes."""
    index: _Index = {}
    for prefix in prefixes:
        entry = (prefix.text, prefix.rule, prefix.pattern)
        index.setdefault(prefix.text[part], []).append(entry)
    return index


def _has_end(prefix: bytes) -> bool:
    return len(prefix) > 2 and prefix.endswith(_ENDS)


_compiled = cache(re.compile)  # compiled on first use, which keeps the start of the program short


@cache
def _by_start() -> list[tuple[_Pattern, int, _Index]]:
    """Patterns for prefixes with a common start, each with an index by their first bytes.

    The number is how many bytes the index uses. Lower-case letters are too frequent in text: there,
    prefixes share their first three bytes instead of one.
    """
    groups: dict[bytes, list[_Prefix]] = {}
    for prefix in (prefix for prefix in _PREFIXES if not _has_end(prefix.text)):
        groups.setdefault(prefix.text[: 3 if prefix.text[:1].islower() else 1], []).append(prefix)
    found = []
    for start, group in groups.items():
        rests = b"|".join(
            b"(?:%b%b" % (re.escape(one.text[len(start) :]), one.rule.pattern) for one in group
        )
        pattern = re.compile(b"%b(?=%b)" % (re.escape(start), rests))
        width = min(len(one.text) for one in group)
        found.append((pattern, width, _index(group, slice(width))))
    return found


_PREFIXES = [_Prefix(rule, text) for rule in _RULES for text in rule.prefixes]
_FIND_ENDS = [lazy(rb"%b(?<=[A-Za-z0-9].)%b" % (re.escape(end), _LONG_WORD)) for end in _ENDS]
_BY_END = _index((one for one in _PREFIXES if _has_end(one.text)), slice(-3, None))


def _matches(data: bytes, start: int, stop: int) -> Iterator[tuple[Rule, _Match]]:
    """Matches of the rules' patterns that begin between `start` and `stop`.

    Matches of one prefix of a rule do not overlap.
    """
    ends: dict[tuple[Rule, bytes], int] = {}  # candidates of one prefix come in their order
    for begin, rule, pattern in _candidates(data, start, stop):
        if begin < ends.get((rule, pattern), start):
            continue
        if (found := _compiled(pattern).match(data, begin)) is not None:
            ends[rule, pattern] = found.end()
            yield rule, found


def _candidates(data: bytes, start: int, stop: int) -> Iterator[tuple[int, Rule, bytes]]:
    for find, width, index in _by_start():
        for match in find.finditer(data, start):
            begin = match.start()
            if begin >= stop:
                break
            for prefix, rule, pattern in index.get(data[begin : begin + width], ()):
                if data.startswith(prefix, begin):
                    yield begin, rule, pattern
    for find in _FIND_ENDS:
        for match in find.finditer(data, start):
            end = match.end()
            if end > stop + LOOK_BACK:
                break
            for prefix, rule, pattern in _BY_END.get(data[end - 3 : end], ()):
                if data.endswith(prefix, start, end) and end - len(prefix) < stop:
                    yield end - len(prefix), rule, pattern


# --- redaction ---------------------------------------------------------------------------------

# Patterns of fragments of a credential, for sentences that quote the first bytes of a line: a known
# prefix, the lines of a key, a URL without its end, a value after its name, a long value alone.
_FRAGMENT_PREFIXES = {
    prefix.text
    for prefix in _PREFIXES
    if prefix.rule.before is None and len(prefix.text) > 2 + prefix.text.isalnum()
}
_FRAGMENT = lazy(
    rb"(%b)([\w+/%%~-]{6,}[\w+/%%~.=-]*)"
    % b"|".join(
        re.escape(text) for text in sorted(_FRAGMENT_PREFIXES, reverse=True) if b" " not in text
    )
)
_KEY_FRAGMENT = lazy(rb"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY)()[^\"'`]*")
_PASSWORD_FRAGMENT = lazy(rb"(://[^\s:/@\"'`]*:)()(?![0-9]{1,5}(?:\W|\Z))[^\s/@\"'`]{3,}")
_VALUE_FRAGMENT = lazy(rb"(?i)((?:key|token|secret|password)%b)()[\w+/=-]{12,}" % IS)
_HOOK_FRAGMENT = lazy(
    rb"((?:hooks\.slack(?:-gov)?|hooks\.zapier|\.webhook\.office|outlook\.office|discord(?:app)?)"
    rb"\.com/)()[^\s\"'`]{6,}"
)
_LONE_FRAGMENT = lazy(rb"()([A-Za-z0-9+/]{24,}={0,2})")


def redact(text: str) -> str:
    """The text with each complete credential in it redacted."""
    return _redact(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def redact_fragments(text: str) -> str:
    """The text, which quotes a file, with each credential and fragment of one redacted."""
    data = text.encode("utf-8", "surrogatepass")
    data = _redact(_KEY_FRAGMENT.sub(_redact_fragment, data))
    for pattern in (_FRAGMENT, _PASSWORD_FRAGMENT, _VALUE_FRAGMENT, _HOOK_FRAGMENT):
        data = pattern.sub(_redact_fragment, data)
    data = _LONE_FRAGMENT.sub(_redact_lone_fragment, data)
    return data.decode("utf-8", "surrogatepass")


def _redact(data: bytes) -> bytes:
    done, parts = 0, []
    matches = ((found, rule) for rule, found in _matches(data, 0, len(data)))
    for found, rule in sorted(matches, key=lambda match: match[0].span()):
        if found.start() >= done and rule.accepts(found, False):
            parts += [data[done : found.start()], rule.redact(found).encode()]
            done = found.end()
    return b"".join((*parts, data[done:]))


_MIN_LONE_FRAGMENT = 16  # characters between two slashes; parts of a path are shorter
_PLAIN_WORDS = lazy(rb"[a-z_.~/%+=-]*")


def _redact_fragment(found: _Match) -> bytes:
    fragment = found[2]
    is_harmless = fragment and (is_placeholder(fragment) or _PLAIN_WORDS.fullmatch(fragment))
    return found[0] if is_harmless else found[1] + HIDDEN.encode()


def _redact_lone_fragment(found: _Match) -> bytes:
    longest = max(map(len, found[2].split(b"/")))
    return found[0] if longest < _MIN_LONE_FRAGMENT else _redact_fragment(found)


# --- reading a file ------------------------------------------------------------------------------

_BLOCK_BYTES = 1 << 18  # scanned at once; they fit into the processor's cache
_BEHIND = 1024  # bytes before a value that matter: what precedes it, and the pragma of its line
_AHEAD = 4096  # bytes from its start that matter: the value, the body of a key, the pragma
_SNIFFED = 8000  # a NUL among the first so many bytes makes a file binary, as in git


class _Hit(NamedTuple):
    """A match in a block."""

    span: tuple[int, int]
    rule: str
    redacted: str
    is_warning: bool = False

    def overlaps(self, other: _Hit) -> bool:
        """Whether the two have a byte in common."""
        return self.span[0] < other.span[1] and other.span[0] < self.span[1]


class Scanner:
    """Scans one file that is fed in chunks; holds one block of it at a time."""

    def __init__(
        self, path: str, known: Iterable[KnownSecret] = (), *, block: int = _BLOCK_BYTES
    ) -> None:
        """`path` is reported with each credential; a `block` has at least 8,000 bytes.

        The values of `known` secrets are searched for, too; no pragma allows one of them.
        """
        self._path = path
        self._known = tuple(known)
        self._block = max(block, _SNIFFED)
        self._fed = bytearray()
        self._decoder: IncrementalDecoder | None = None
        self._binary: bool | None = None  # unknown before the first block
        self._text = b""  # already scanned, but still needed for what follows
        self._start = 0  # in it: where the first match that was not reported may begin
        self._lines = 0  # that end before it
        self._has_service_account = False
        self._found: list[Credential] = []

    def feed(self, chunk: bytes) -> None:
        """The file's next bytes, as many or as few as there are."""
        view = memoryview(chunk)
        while view:
            room = self._block - len(self._fed)
            self._fed += view[:room]
            view = view[room:]
            if len(self._fed) == self._block:
                self._scan(last=False)

    def end(self) -> list[Credential]:
        """The credentials of the whole file in their order, the first hundred at most."""
        self._scan(last=True)
        if self._has_service_account:
            return [
                replace(one, rule=GOOGLE_KEY) if one.rule == PRIVATE_KEY else one
                for one in self._found
            ]
        return list(self._found)

    def _scan(self, *, last: bool) -> None:
        data = self._text + self._read(last)
        stop = len(data) if last else max(self._start, len(data) - _AHEAD)
        self._has_service_account = self._has_service_account or SERVICE_ACCOUNT in data
        known = [
            _Hit(span, name, HIDDEN)
            for span, name in islice(
                find_known(self._known, data, self._start, stop), MAX_CREDENTIALS
            )
        ]
        hits = [
            _Hit(found.span(), rule.name, rule.redact(found), rule.is_warning)
            for rule, found in _matches(data, self._start, stop)
            if rule.accepts(found, self._binary is True)
        ]
        hits = [hit for hit in hits if not any(hit.overlaps(one) for one in known)]
        if not self._binary and PRAGMA in data:
            hits = [hit for hit in hits if not _is_allowed(data, *hit.span)]
        self._report(data, sorted([*known, *hits], key=lambda hit: (hit.span, hit.is_warning)))
        kept = max(0, stop - _BEHIND)
        self._lines += data.count(b"\n", 0, kept)
        self._text, self._start = data[kept:], stop - kept

    def _read(self, last: bool) -> bytes:
        raw = bytes(self._fed)
        self._fed.clear()
        if self._binary is None:
            encoding = _utf16(raw)
            self._decoder = getincrementaldecoder(encoding)("replace") if encoding else None
            self._binary = encoding is None and b"\0" in raw[:_SNIFFED]
        if self._decoder is None:
            return raw
        return self._decoder.decode(raw, last).encode("utf-8", "replace")

    def _report(self, data: bytes, hits: list[_Hit]) -> None:
        """Add the hits; of overlapping ones, the first."""
        end_of_last = 0
        for hit in hits:
            start, end = hit.span
            if start < end_of_last:
                continue
            end_of_last = end
            most = MAX_WARNINGS if hit.is_warning else MAX_CREDENTIALS
            if sum(one.is_warning is hit.is_warning for one in self._found) < most:
                line = None if self._binary else self._lines + data.count(b"\n", 0, start) + 1
                self._found.append(Credential(self._path, line, hit.rule, hit.redacted))


def scan(path: str, data: bytes, known: Iterable[KnownSecret] = ()) -> list[Credential]:
    """The credentials in these bytes. `path` is only reported; for names see `find_by_name`."""
    scanner = Scanner(path, known)
    scanner.feed(data)
    return scanner.end()


def find_in_names(paths: Iterable[str], known: Iterable[KnownSecret] = ()) -> dict[str, Credential]:
    """The credentials in file names themselves, by path; each has its path redacted."""
    names = list(paths)
    text = "\n".join(path.replace("\n", "/") for path in names)
    found = scan("", text.encode("utf-8", "surrogatepass"), known)
    rules = ((names[(one.line or 1) - 1], one.rule) for one in found if not one.is_warning)
    values = {value.decode("utf-8", "surrogateescape") for one in known for value in one.values}
    return {
        path: Credential(_redact_path(path, values), None, f"{rule} in the name", HIDDEN)
        for path, rule in rules
    }


def _redact_path(path: str, values: Iterable[str]) -> str:
    for value in sorted(values, key=len, reverse=True):
        path = path.replace(value, HIDDEN)
    return redact_fragments(path)


def _utf16(raw: bytes) -> str | None:
    """The encoding of a file that starts with a byte order mark, or has every second byte NUL."""
    if raw.startswith(b"\xff\xfe"):
        return "utf-16-le"
    if raw.startswith(b"\xfe\xff"):
        return "utf-16-be"
    first = raw[: _SNIFFED // 8]
    even, odd = first[::2], first[1::2]
    if len(odd) < 8:
        return None
    if 2 * odd.count(0) > len(odd) and not even.count(0):
        return "utf-16-le"
    if 2 * even.count(0) > len(even) and not odd.count(0):
        return "utf-16-be"
    return None


_LINE_END = lazy(rb"\n|\\n")


def _is_allowed(data: bytes, start: int, end: int) -> bool:
    """Whether a pragma on the line of this match is for it: each is for the nearest credential.

    An escaped `\\n` ends a line, too.
    """
    before = _LINE_END.split(data[max(0, start - _BEHIND) : start])[-1]
    after = _LINE_END.split(data[end : end + _BEHIND], maxsplit=1)[0]
    gap, pragma, rest = after.partition(PRAGMA)
    if pragma and not _credentials_in(gap):
        others = [other for other, _ in _credentials_in(rest)]
        if not others or min(others) >= len(gap):
            return True
    rest, pragma, gap = before.rpartition(PRAGMA)
    if not pragma or _credentials_in(gap):
        return False
    return all(len(rest) - other > len(gap) for _, other in _credentials_in(rest))


def _credentials_in(line: bytes) -> list[tuple[int, int]]:
    matches = _matches(line, 0, len(line))
    return [found.span() for rule, found in matches if rule.accepts(found, False)]
