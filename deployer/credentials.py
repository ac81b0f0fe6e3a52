"""Which files hold a credential: told by the file's name, and by the exact bytes that would ship.

Every rule is a literal beginning and a bounded run of one class of bytes, so any input is read in
linear time. The formats are those of gitleaks' rules
(https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml) with what they lack: the
longer `ghs_`, `hf_jwt_` and `hf_oauth_`, and the newer services.
"""

from __future__ import annotations

import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

PRAGMA = b"hf-deploy: allow-secret"
MOST = 100  # leaks that are told of one file

_Match = re.Match[bytes]
_Pattern = re.Pattern[bytes]


@dataclass(frozen=True, slots=True)
class Leak:
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

_HIDDEN = "…"
_TEMPLATES = (".example", ".sample", ".template", ".dist")
_NAMES = {
    ".netrc": "netrc file",
    "_netrc": "netrc file",
    ".pypirc": "PyPI credentials file",
    ".pgpass": "PostgreSQL password file",
    ".git-credentials": "git credentials file",
    "kaggle.json": "Kaggle credentials file",
}
_PLACES = {
    ".streamlit/secrets.toml": "Streamlit secrets file",
    ".huggingface/token": "Hugging Face token file",
    "huggingface/token": "Hugging Face token file",
    "huggingface/stored_tokens": "Hugging Face token file",
    ".aws/credentials": "AWS credentials file",
}
_SSH_KEY = re.compile(r"id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?")


def named(path: str) -> Leak | None:
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
    elif name.endswith((".p12", ".pfx")):
        rule = "key store file"
    return Leak(path, None, rule, _HIDDEN) if rule else None


# --- what tells a real one from an example -------------------------------------------------------

_FIRST = 100  # bytes of a value that are looked at: more would not tell more
_LEAST_DIFFERENT = 8
_LONGEST_STAIR = 6
_EXAMPLE = re.compile(
    rb"(?i:example|placeholder|dummy|sample|redact|changeme|insert|replace|secret|token|passw)"
    rb"|your|YOUR|Your|here\b|HERE\b|fake|FAKE|Fake|[xX]{4}|\*{3}|\.{3}"
)
_WORD = re.compile(rb"[A-Z]?[a-z]{4,}|[_.-]")
# how the examples begin that the services print themselves (Stripe's keys, Azurite's account)
_PUBLISHED = (b"4eC39HqL", b"BQokikJO", b"TYooMQau", b"Eby8vdM0")


def _made_up(value: bytes) -> bool:
    """Whether a value is an example. The one rule, for all formats.

    It is one where it holds a word such as `your` or `example`, or has fewer than 8 different
    characters, or a stair of 6 (`aaaaaa`, `123456`, `fedcba`), or stairs for more than half of it,
    or words of 4 letters and more for three quarters of it (`DownloadProgressBar`). Of 10,000
    random values, 1 to 8 look like that.
    """
    value = value[:_FIRST]
    if len(set(value)) < _LEAST_DIFFERENT:
        return True
    if _EXAMPLE.search(value) or value.startswith(_PUBLISHED) or _stairs(value.lower()):
        return True
    return 4 * sum(len(word) for word in _WORD.findall(value)) > 3 * len(value)


def _stairs(value: bytes) -> bool:
    flat, length, before = 0, 1, None
    for one, other in zip(value, value[1:], strict=False):
        step = other - one
        if -1 <= step <= 1:
            flat += 1
            length = length + 1 if step == before else 2
            if length >= _LONGEST_STAIR:
                return True
        before = step
    return 2 * flat > len(value)


_UPPER, _LOWER = re.compile(rb"[A-Z]"), re.compile(rb"[a-z]")
_DIGIT, _LETTER = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]")


def _random(found: _Match) -> bool:
    return not _made_up(found[2])


def _mixed(found: _Match) -> bool:
    """Both cases, as in base62 and base64."""
    value = found[2]
    return bool(_UPPER.search(value) and _LOWER.search(value)) and not _made_up(value)


def _digits(found: _Match) -> bool:
    """Digits and letters, as in hexadecimal."""
    value = found[2]
    return bool(_DIGIT.search(value) and _LETTER.search(value)) and not _made_up(value)


# What may stand between the first line of a key and its bytes: quotes and escapes of the language
# around it, and the header lines of RFC 1421 and RFC 9580.
_HEADER_LINE = re.compile(
    rb"(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|MessageID): [^\n\\]{0,120}"
)
_BODY = re.compile(rb"[\s\"'`\\+,()nrt#*>;]{0,80}?([A-Za-z0-9+/]{40,})(\.{2}|\xe2\x80\xa6)?")
_LEAST_IN_BODY = 12


def _has_body(found: _Match) -> bool:
    """Whether the bytes of a key follow its first line, which alone is only talk of keys."""
    after = found.string[found.end() : found.end() + 700]
    if b": " in after[:40]:
        after = _HEADER_LINE.sub(b"", after)
    body = _BODY.match(after)
    return body is not None and not body[2] and len(set(body[1][:_FIRST])) >= _LEAST_IN_BODY


def _has_private_lines(found: _Match) -> bool:
    return b"Private-Lines:" in found.string[found.end() : found.end() + 3000]


_NO_PASSWORD = re.compile(
    rb"(?i)passw|passwd|secret|example|your|change|placeholder|dummy|xxx|[$<>{}*%\[\]]|\.\.\."
    rb"|\A(?:postgres|postgresql|mysql|mongodb|rabbitmq|mypass|testpass|123456\d*)\Z"
)
_NO_HOST = re.compile(
    rb"(?i)\A(?:localhost|127\.[0-9.]+|0\.0\.0\.0|host(?:name)?|server|db|database"
    rb"|(?:[a-z0-9.-]*\.)?example(?:\.[a-z]{2,4})?|[a-z0-9.-]*\.(?:local|test|invalid))\Z"
)


def _reachable(found: _Match) -> bool:
    """A database's address with a password that is none of an example, and a host elsewhere."""
    account, _, host = found[2].rpartition(b"@")
    user, _, password = account.partition(b":")
    plain = password.replace(b"%", b"") if re.search(rb"%[0-9A-Fa-f]{2}", password) else password
    return password != user and not _NO_PASSWORD.search(plain) and not _NO_HOST.match(host)


# --- the rules ---------------------------------------------------------------------------------

# A value starts where no word goes on, or after an escape: `\n` in a notebook, `%3D` in an address,
# `[0m` in a terminal's output.
_WORD_BYTES = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_DIGIT_BYTES = frozenset(b"0123456789")
_ESCAPE = re.compile(rb"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|[0-9]m)\Z")
_ANYWHERE = re.compile(rb"")
_LOOK_BACK = 40


def _begins(data: bytes, start: int) -> bool:
    if start == 0 or data[start - 1] not in _WORD_BYTES:
        return True
    return _ESCAPE.search(data[max(0, start - 6) : start]) is not None


@dataclass(frozen=True, slots=True)
class _Rule:
    """`head` is the beginning that may be shown, `value` what must not be.

    `before` is what must stand before the head; without it, a value starts where no word goes on.
    An `exact` value ends so too. In a binary file (a database's) values stand next to each other:
    there, one end of an exact value has to be free, and of others only no digit may stand before
    them, as one does in a compiler's names (`6hf_xet…`).
    """

    name: str
    find: Callable[[bytes, int], Iterator[_Match]]
    real: Callable[[_Match], bool]
    before: _Pattern | None
    exact: bool
    shown: bool

    def holds(self, found: _Match, binary: bool) -> bool:
        """Whether what has this rule's shape is a credential."""
        data, (start, end) = found.string, found.span()
        begins = _begins(data, start)
        ends = end == len(data) or data[end] not in _WORD_BYTES
        if self.before is not None:
            begins = self.before.search(data[max(0, start - _LOOK_BACK) : start]) is not None
        elif binary:
            begins = begins or (ends if self.exact else data[start - 1] not in _DIGIT_BYTES)
            ends = True
        return begins and (ends or not self.exact) and self.real(found)

    def redact(self, found: _Match) -> str:
        """`hf_ab…yz`; only `…` where there is no beginning to know it by, or little to hide in."""
        if not self.shown:
            return _HIDDEN
        head, value = found[1].decode("ascii"), found[2].decode("ascii")
        return f"{head}{value[:2]}{_HIDDEN}{value[-2:]}" if len(value) >= 16 else head + _HIDDEN


def _rule(
    name: str,
    head: bytes,
    value: bytes,
    real: Callable[[_Match], bool] = _mixed,
    *,
    before: _Pattern | None = None,
    exact: bool = False,
    shown: bool = True,
) -> _Rule:
    find = re.compile(b"(%b)(%b)" % (head, value)).finditer
    return _Rule(name, find, real, before, exact, shown)


_PRIVATE_KEY, _GOOGLE_KEY = "private key", "Google service account key"
_SERVICE_ACCOUNT = b'"service_account"'
_ID_IN_BASE64 = rb"(?<![\w-])(?:[MNO][A-Za-z0-9]{3}){5,6}(?:[MNO][A-Za-z0-9]{1,2})?\Z"
_DATABASE = (
    rb"(?i)(?:postgres|postgresql|mysql|mariadb|mongodb|rediss?|amqps?|mssql|clickhouse)"
    rb"(?:\+[a-z0-9]{1,16})?\Z"
)
# One row, one literal that all its matches begin with: `re` then looks for it at 2 GB/s.
_RULES = (
    _rule("Hugging Face token", rb"hf_", rb"[A-Za-z0-9]{30,64}"),
    _rule("Hugging Face token", rb"hf_(?:jwt|oauth)_", rb"[\w.-]{20,1024}"),
    _rule("Hugging Face organization token", rb"api_org_", rb"[A-Za-z0-9]{30,64}"),
    _rule("GitHub token", rb"gh[pour]_", rb"[A-Za-z0-9]{36,255}"),
    _rule("GitHub token", rb"ghs_", rb"[\w.-]{36,1024}"),
    _rule("GitHub token", rb"github_pat_", rb"\w{36,255}"),
    _rule("AWS access key", rb"AKIA", rb"[A-Z2-7]{16}", _random, exact=True),
    _rule("AWS access key", rb"ASIA", rb"[A-Z2-7]{16}", _random, exact=True),
    _rule("AWS access key", rb"ABIA", rb"[A-Z2-7]{16}", _random, exact=True),
    _rule("AWS access key", rb"ACCA", rb"[A-Z2-7]{16}", _random, exact=True),
    _rule("AWS access key", rb"A3T[A-Z0-9]", rb"[A-Z2-7]{16}", _random, exact=True),
    _rule(
        _PRIVATE_KEY,
        rb"-----BEGIN ",
        rb"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
        _has_body,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule(
        _PRIVATE_KEY,
        rb"PuTTY-User-Key-File-",
        rb"[123]:",
        _has_private_lines,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule("OpenAI key", rb"sk-(?:proj|svcacct|admin|None)-", rb"[\w-]{40,255}"),
    _rule("OpenAI key", rb"sk-", rb"[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _rule("Anthropic key", rb"sk-ant-(?:api|admin|sid|oat)[0-9]{2}-", rb"[\w-]{80,255}"),
    _rule("OpenRouter key", rb"sk-or-v1-", rb"[0-9a-f]{64}", _digits, exact=True),
    _rule("Groq key", rb"gsk_", rb"[A-Za-z0-9]{40,64}"),
    _rule("NVIDIA key", rb"nvapi-", rb"[\w-]{60,80}"),
    _rule("xAI key", rb"xai-", rb"[A-Za-z0-9]{70,100}"),
    _rule("Replicate token", rb"r8_", rb"[A-Za-z0-9]{37}", exact=True),
    _rule(
        "Weights & Biases key",
        rb"WANDB_API_KEY[\s\\\"':=\]),]{1,8}",
        rb"[0-9a-f]{40}",
        _digits,
        before=_ANYWHERE,
        exact=True,
        shown=False,
    ),
    _rule("Slack token", rb"xox[abceoprs](?:\.xox[bp])?-", rb"[0-9A-Za-z-]{24,255}", _digits),
    _rule("Slack token", rb"xapp-", rb"[0-9]-[0-9A-Za-z-]{24,255}", _digits),
    _rule(
        "Slack webhook",
        rb"hooks\.slack\.com/(?:services|workflows|triggers)/",
        rb"[A-Z0-9]{8,14}/[A-Z0-9]{8,14}/[A-Za-z0-9]{18,40}",
    ),
    _rule("Google key", rb"AIza", rb"[\w-]{35}", exact=True),
    _rule("Google OAuth secret", rb"GOCSPX-", rb"[\w-]{28}", exact=True),
    _rule("Google refresh token", rb"1//0", rb"[\w-]{60,120}"),
    _rule("Stripe key", rb"sk_(?:live|test)_", rb"[A-Za-z0-9]{20,255}"),
    _rule("Stripe key", rb"rk_(?:live|test)_", rb"[A-Za-z0-9]{20,255}"),
    _rule("GitLab token", rb"glpat-", rb"[\w.-]{20,300}"),
    _rule("npm token", rb"npm_", rb"[A-Za-z0-9]{36}", exact=True),
    _rule(
        "npm token",
        rb"_authToken=",
        rb"[^\s\"'`${}<>\\\x80-\xff]{16,255}",
        _digits,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule("PyPI token", rb"pypi-AgE", rb"[\w-]{60,1024}"),
    _rule("SendGrid key", rb"SG\.", rb"[\w-]{22}\.[\w-]{43}", exact=True),
    _rule("DigitalOcean token", rb"dop_v1_", rb"[0-9a-f]{64}", _digits, exact=True),
    _rule("Databricks token", rb"dapi", rb"[0-9a-f]{32}(?:-[0-9])?", _digits, exact=True),
    _rule("Twilio key", rb"SK", rb"[0-9a-f]{32}", _digits, exact=True),
    _rule("Mailgun key", rb"key-", rb"[0-9a-f]{32}", _digits, exact=True),
    _rule(
        "Telegram bot token",
        rb":AA",
        rb"[\w-]{32,33}",
        before=re.compile(rb"(?<![0-9A-Za-z])[0-9]{8,10}\Z"),
        exact=True,
        shown=False,
    ),
    _rule(
        "Discord bot token",
        rb"\.",
        rb"[\w-]{6}\.[\w-]{27,40}",
        before=re.compile(_ID_IN_BASE64),
        shown=False,
    ),
    _rule(
        "Discord webhook",
        rb"/api/webhooks/",
        rb"[0-9]{17,20}/[\w-]{60,80}",
        before=re.compile(rb"discord(?:app)?\.com\Z"),
        shown=False,
    ),
    _rule("Azure storage key", rb"AccountKey=", rb"[A-Za-z0-9+/]{86}==", before=_ANYWHERE),
    _rule("Azure access key", rb"SharedAccessKey=", rb"[A-Za-z0-9+/]{43}=", before=_ANYWHERE),
    _rule(
        "database password",
        rb"://",
        rb"[^\s:/@\"'<>`\\]{0,64}:[^\s/@\"'`\\]{6,128}@[A-Za-z0-9._-]{1,128}",
        _reachable,
        before=re.compile(_DATABASE),
        shown=False,
    ),
)


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
        self._leaks: list[Leak] = []

    def feed(self, chunk: bytes) -> None:
        """The file's next bytes, as many or as few as there are."""
        view = memoryview(chunk)
        while view:
            room = self._block - len(self._fed)
            self._fed += view[:room]
            view = view[room:]
            if len(self._fed) == self._block:
                self._look(last=False)

    def end(self) -> list[Leak]:
        """All leaks of the file in the order of their places, the first hundred at most."""
        self._look(last=True)
        if self._google:
            return [
                replace(leak, rule=_GOOGLE_KEY) if leak.rule == _PRIVATE_KEY else leak
                for leak in self._leaks
            ]
        return list(self._leaks)

    def _look(self, *, last: bool) -> None:
        data = self._text + self._read(last)
        stop = len(data) if last else max(self._start, len(data) - _AHEAD)
        self._google = self._google or _SERVICE_ACCOUNT in data
        hits = []
        for rule in _RULES:
            for found in rule.find(data, self._start):
                if found.start() >= stop:
                    break
                if rule.holds(found, self._binary is True):
                    hits.append((found.span(), rule, found))
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

    def _tell(self, hits: list[tuple[tuple[int, int], _Rule, _Match]]) -> None:
        """Of hits that overlap, the first counts."""
        told = 0
        for (start, end), rule, found in hits:
            if len(self._leaks) == MOST:
                return
            if start < told or (not self._binary and _allowed(found.string, start, end)):
                continue
            told = end
            line = None if self._binary else self._lines + found.string.count(b"\n", 0, start) + 1
            self._leaks.append(Leak(self._path, line, rule.name, rule.redact(found)))


def scan(path: str, data: bytes) -> list[Leak]:
    """The leaks in these bytes. `path` is only told with them; for its name, see `named`."""
    scanner = Scanner(path)
    scanner.feed(data)
    return scanner.end()


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
