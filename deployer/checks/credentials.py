"""Which files hold a credential: told by the file's name, and by the exact bytes that would ship.

What is looked for is in `credential_rules`; here is how a file is read, and how what was found is
told without it.
"""

from __future__ import annotations

import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from deployer.checks.credential_rules import (
    GOOGLE_KEY,
    HIDDEN,
    IS,
    LOOK_BACK,
    PRIVATE_KEY,
    RULES,
    SERVICE_ACCOUNT,
    Rule,
    is_placeholder,
)

PRAGMA = b"hf-deploy: allow-secret"
MAX_CREDENTIALS = 100  # leaks that are told of one file

_Match = re.Match[bytes]
_Pattern = re.Pattern[bytes]


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential that would ship. What it is, and never its value.

    `line` counts from 1; it is None where the file itself is the leak, and in a binary file.
    """

    path: str
    line: int | None
    rule: str
    redacted: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.rule} ({self.redacted})"


# --- by name -----------------------------------------------------------------------------------

_TEMPLATES = (
    ".example",
    ".sample",
    ".template",
    ".tmpl",
    ".dist",
    ".defaults",
    ".schema",
    ".vault",
)
_NAMES = {
    ".netrc": "netrc file",
    "_netrc": "netrc file",
    ".pypirc": "PyPI credentials file",
    ".pgpass": "PostgreSQL password file",
    ".git-credentials": "git credentials file",
    ".vault-token": "HashiCorp Vault token file",
    ".htpasswd": "password file",
    "kaggle.json": "Kaggle credentials file",
    "application_default_credentials.json": "Google credentials file",
}
_PLACES = {
    ".streamlit/secrets.toml": "Streamlit secrets file",
    ".huggingface/token": "Hugging Face token file",
    "huggingface/token": "Hugging Face token file",
    "huggingface/stored_tokens": "Hugging Face token file",
    ".aws/credentials": "AWS credentials file",
    ".cargo/credentials": "crates.io credentials file",
    ".cargo/credentials.toml": "crates.io credentials file",
    ".gem/credentials": "RubyGems credentials file",
}
_SSH_KEY = re.compile(r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?")


def named(path: str) -> Credential | None:
    """The leak that a file of this name is, whatever it holds.

    A weak name (`.npmrc`, `credentials.json`, `*.pem`, `*.key`, `*.ppk`) is no leak by itself: a
    public certificate is a `.pem` as well. There, what `scan` finds decides.
    """
    parts = path.lower().split("/")
    name = parts[-1]
    rule = _NAMES.get(name) or _PLACES.get("/".join(parts[-2:]))
    if name == ".env" or (name.startswith(".env.") and not name.endswith(_TEMPLATES)):
        rule = "environment file"
    elif _SSH_KEY.fullmatch(name):
        rule = "SSH private key file"
    elif name.endswith((".p12", ".pfx", ".kdbx")):
        rule = "key store file"
    return Credential(path, None, rule, HIDDEN) if rule else None


# `re` looks for one byte, or for one word, at 1 or 2 GB/s. So rules are looked for together: those
# whose head ends in `_`, `-`, `.` or `=` by that byte with a long word behind it, the others by how
# their head begins.
_LONG_WORD = rb"(?=[\w+/%-]{16})"
_ENDS = (b"_", b"-", b".", b"=")


@dataclass(frozen=True, slots=True)
class _Head:
    rule: Rule
    text: bytes

    @property
    def shape(self) -> bytes:
        """The head as the first group, the value as the second."""
        return b"(%b%b" % (re.escape(self.text), self.rule.shape)


_Shape = tuple[bytes, Rule, bytes]
_Known = dict[bytes, list[_Shape]]


def _known(heads: Iterable[_Head], part: slice) -> _Known:
    """Shapes by this part of their heads."""
    known: _Known = {}
    for head in heads:
        known.setdefault(head.text[part], []).append((head.text, head.rule, head.shape))
    return known


_pattern = cache(re.compile)  # what is compiled when it is first needed keeps every start short


@cache
def _by_start() -> list[tuple[_Pattern, int, _Known]]:
    """What finds heads that begin alike, and their shapes by so many of their first bytes.

    Of a small letter there are too many in a text: there, three bytes are to be alike.
    """
    alike: dict[bytes, list[_Head]] = {}
    for head in (head for head in _HEADS if head not in _WITH_END):
        alike.setdefault(head.text[: 3 if head.text[:1].islower() else 1], []).append(head)
    found = []
    for start, some in alike.items():
        rests = b"|".join(
            b"(?:%b%b" % (re.escape(one.text[len(start) :]), one.rule.shape) for one in some
        )
        find = re.compile(b"%b(?=%b)" % (re.escape(start), rests))
        width = min(len(one.text) for one in some)
        found.append((find, width, _known(some, slice(width))))
    return found


_HEADS = [_Head(rule, text) for rule in RULES for text in rule.heads]
_WITH_END = [head for head in _HEADS if len(head.text) > 2 and head.text.endswith(_ENDS)]
_FIND_ENDS = [re.compile(rb"%b(?<=[A-Za-z0-9].)%b" % (re.escape(end), _LONG_WORD)) for end in _ENDS]
_BY_END = _known(_WITH_END, slice(-3, None))


def _shapes(data: bytes, start: int, stop: int) -> Iterator[tuple[Rule, _Match]]:
    """What has the shape of a rule, and begins in these bounds. Of one rule, none overlap."""
    ends: dict[Rule, int] = {}
    for begin, rule, shape in _candidates(data, start, stop):
        if begin < ends.get(rule, start):
            continue
        if (found := _pattern(shape).match(data, begin)) is not None:
            ends[rule] = found.end()
            yield rule, found


def _candidates(data: bytes, start: int, stop: int) -> Iterator[tuple[int, Rule, bytes]]:
    for find, width, known in _by_start():
        for place in find.finditer(data, start):
            begin = place.start()
            if begin >= stop:
                break
            for head, rule, shape in known.get(data[begin : begin + width], ()):
                if data.startswith(head, begin):
                    yield begin, rule, shape
    for find in _FIND_ENDS:
        for place in find.finditer(data, start):
            end = place.end()
            if end > stop + LOOK_BACK:
                break
            for head, rule, shape in _BY_END.get(data[end - 3 : end], ()):
                if data.endswith(head, start, end) and end - len(head) < stop:
                    yield end - len(head), rule, shape


# --- in what is told about a file ----------------------------------------------------------------

# What may be a piece of a credential, in a sentence that quotes the first bytes of a line: a known
# head, a key's lines, an address without its end, a value behind its name, a long value alone.
_CUT_HEADS = {
    head.text
    for head in _HEADS
    if head.rule.before is None and len(head.text) > 2 + head.text.isalnum()
}
_CUT = re.compile(
    rb"(%b)([\w+/%%~-]{6,}[\w+/%%~.=-]*)"
    % b"|".join(re.escape(text) for text in sorted(_CUT_HEADS, reverse=True) if b" " not in text)
)
_CUT_KEY = re.compile(rb"(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY)()[^\"'`]*")
_CUT_PASSWORD = re.compile(rb"(://[^\s:/@\"'`]*:)()(?![0-9]{1,5}(?:\W|\Z))[^\s/@\"'`]{3,}")
_CUT_VALUE = re.compile(rb"(?i)((?:key|token|secret|password)%b)()[\w+/=-]{12,}" % IS)
_CUT_ALONE = re.compile(rb"()([A-Za-z0-9+/]{24,}={0,2})")


def redacted(text: str) -> str:
    """A text with each whole credential in it redacted."""
    return _redacted(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def hidden(text: str) -> str:
    """A sentence that quotes a file, without a credential of it, and without a piece of one."""
    data = _redacted(_CUT_KEY.sub(_cut, text.encode("utf-8", "surrogatepass")))
    for piece in (_CUT, _CUT_PASSWORD, _CUT_VALUE):
        data = piece.sub(_cut, data)
    data = _CUT_ALONE.sub(_cut_alone, data)
    return data.decode("utf-8", "surrogatepass")


def _redacted(data: bytes) -> bytes:
    told, parts = 0, []
    shapes = ((found, rule) for rule, found in _shapes(data, 0, len(data)))
    for found, rule in sorted(shapes, key=lambda shape: shape[0].span()):
        if found.start() >= told and rule.holds(found, False):
            parts += [data[told : found.start()], rule.redact(found).encode()]
            told = found.end()
    return b"".join((*parts, data[told:]))


_MIN_ALONE = 16  # of a part between two slashes; a path has shorter ones
_PLAIN = re.compile(rb"[a-z_.~/%+=-]*")  # words, as far as one can tell


def _cut(found: _Match) -> bytes:
    piece = found[2]
    harmless = piece and (is_placeholder(piece) or _PLAIN.fullmatch(piece))
    return found[0] if harmless else found[1] + HIDDEN.encode()


def _cut_alone(found: _Match) -> bytes:
    longest = max(map(len, found[2].split(b"/")))
    return found[0] if longest < _MIN_ALONE else _cut(found)


# --- reading a file ------------------------------------------------------------------------------

_BLOCK = 1 << 18  # bytes that are looked at at once: they stay in the processor's cache
_BEHIND = 1024  # bytes before a value that matter: what stands before it, and its line's pragma
_AHEAD = 4096  # and from its beginning on: itself, a key's body, the pragma
_SNIFFED = 8000  # a NUL in the first so many bytes makes a file binary: git's own rule


class Scanner:
    """Looks through one file that comes in pieces; holds a block of it at a time."""

    def __init__(self, path: str, *, block: int = _BLOCK) -> None:
        """`path` is what the leaks are told with; a `block` has at least 8,000 bytes."""
        self._path = path
        self._block = max(block, _SNIFFED)
        self._fed = bytearray()
        self._decoder: IncrementalDecoder | None = None
        self._binary: bool | None = None  # unknown before the first block
        self._text = b""  # what was read already, and still matters to what follows
        self._start = 0  # in it: where the first match may begin that was not told yet
        self._lines = 0  # that ended before it
        self._google = False
        self._leaks: list[Credential] = []

    def feed(self, chunk: bytes) -> None:
        """The file's next bytes, as many or as few as there are."""
        view = memoryview(chunk)
        while view:
            room = self._block - len(self._fed)
            self._fed += view[:room]
            view = view[room:]
            if len(self._fed) == self._block:
                self._look(last=False)

    def end(self) -> list[Credential]:
        """All leaks of the file in the order of their places, the first hundred at most."""
        self._look(last=True)
        if self._google:
            return [
                replace(leak, rule=GOOGLE_KEY) if leak.rule == PRIVATE_KEY else leak
                for leak in self._leaks
            ]
        return list(self._leaks)

    def _look(self, *, last: bool) -> None:
        data = self._text + self._read(last)
        stop = len(data) if last else max(self._start, len(data) - _AHEAD)
        self._google = self._google or SERVICE_ACCOUNT in data
        hits = [
            (found.span(), rule, found)
            for rule, found in _shapes(data, self._start, stop)
            if rule.holds(found, self._binary is True)
        ]
        self._tell(sorted(hits, key=lambda hit: hit[0]))
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

    def _tell(self, hits: list[tuple[tuple[int, int], Rule, _Match]]) -> None:
        """Of hits that overlap, the first counts."""
        told = 0
        for (start, end), rule, found in hits:
            if len(self._leaks) == MAX_CREDENTIALS:
                return
            if start < told or (not self._binary and _allowed(found.string, start, end)):
                continue
            told = end
            line = None if self._binary else self._lines + found.string.count(b"\n", 0, start) + 1
            self._leaks.append(Credential(self._path, line, rule.name, rule.redact(found)))


def scan(path: str, data: bytes) -> list[Credential]:
    """The leaks in these bytes. `path` is only told with them; for its name, see `named`."""
    scanner = Scanner(path)
    scanner.feed(data)
    return scanner.end()


def in_names(paths: Iterable[str]) -> dict[str, Credential]:
    """The credentials in the names of files themselves, by path. A leak tells it without that."""
    names = list(paths)
    text = "\n".join(path.replace("\n", "/") for path in names)
    found = scan("", text.encode("utf-8", "surrogatepass"))
    spoken = ((names[(leak.line or 1) - 1], leak.rule) for leak in found)
    return {
        path: Credential(hidden(path), None, f"{rule} in the name", HIDDEN) for path, rule in spoken
    }


def _utf16(raw: bytes) -> str | None:
    """The encoding of a file that begins with a byte order mark, or has every second byte NUL."""
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


_LINE_END = re.compile(rb"\n|\\n")


def _allowed(data: bytes, start: int, end: int) -> bool:
    """Whether the pragma stands on the line of a match (of a string's lines, on that one)."""
    before = _LINE_END.split(data[max(0, start - _BEHIND) : start])[-1]
    after = _LINE_END.split(data[end : end + _BEHIND], maxsplit=1)[0]
    return PRAGMA in before or PRAGMA in after
