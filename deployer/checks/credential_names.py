"""Credentials that have no shape of their own: private keys, passwords, values behind a name.

A value that only the name before it marks as secret has to be random: long, with digits and
letters, and not made of words.
"""

from __future__ import annotations

from functools import cache

from deployer.checks.credential_formats import FORMATS
from deployer.checks.credential_rules import (
    ANYWHERE,
    IS,
    DIGIT,
    LETTER,
    LOWER,
    PLACEHOLDER_PASSWORD,
    UPPER,
    Match,
    decoded,
    has_body,
    has_digits,
    has_private_lines,
    has_random_password,
    is_encoded_key,
    is_example,
    is_placeholder,
    is_real_account,
    is_real_login,
    rule,
)
from deployer.patterns import lazy

PRIVATE_KEY, GOOGLE_KEY = "private key", "Google service account key"
SERVICE_ACCOUNT = b'"service_account"'
_ACCOUNT = rb"[^\s:/@\"'<>`\\]{0,64}:[^\s/@\"'`\\]{6,128}@[A-Za-z0-9._-]{1,128}"
_DATABASE = (
    rb"(?i)(?:postgres|postgresql|postgis|mysql|mariadb|mongodb|rediss?|amqps?|mssql|sqlserver"
    rb"|clickhouse|cockroachdb|cassandra|couchdb|neo4j|bolt|nats|mqtts?|stomp|oracle"
    rb"|influxdb|db2|rabbitmq)"
    rb"(?:\+[a-z0-9]{1,16})?\Z"
)
_WEB = rb"(?i)(?:https?|s?ftps?|smtps?|imaps?|ldaps?|ssh|socks5h?|git|wss?)(?:\+[a-z0-9]{1,16})?\Z"
_LOGIN = (
    rb"[!-~]{1,80}%(b)blogin%(b)b[!-~]{1,64}%(b)bpassword%(b)b(?:(?![\"'<>\\])[!-~]){6,128}"
    % {b"b": rb"(?:\s|\\n){1,9}?"}
)

# the name before `key`, `token` or `secret`
_NOT_SECRET = (
    rb"public|publish|pub_?key|anon|site_?\Z|site_?verif|vite_|react_app|test|dummy|example|sample"
    rb"|(?<![a-z])mock|fake|search_?(?:only_?)?(?:api_?)?\Z|captcha_site|fingerprint|(?<![a-z])hash"
)
# what such a name says of a handle: to repeat or to continue a request, or to lock a record
_HANDLE = lazy(
    rb"(?i)(?:client|change|lock|update|action|confirm(?:ation)?|product|unit|grant|request|next"
    rb"|page|pagination|continuation|cancellation|idempotency|concurrency|etag)[_-]?\Z"
)
_HUMP = rb"(?:(?<![A-Za-z])|(?-i:(?<=[a-z])(?=[A-Z])))"  # where a part of a name begins
_WEAK = lazy(
    rb"(?i)%b(?:primary|foreign|sort|partition|row|group|idempoten\w*|page|csrf|xsrf|next"
    rb"|continu\w*|cursor|cancel\w*|pad|bos|eos|unk|cls|sep|mask|object|file|path|bucket|image"
    rb"|lookup|registry|index|dedup\w*|checksum|content|etag"
    rb"|cache|trace|span|request|correlation|device"
    rb"|known|hosts?|ssh|gpg|pgp|measurement|tracking|map|style|locale|config|node|tree|block"
    rb"|storage|local|ident\w*|resume|sync|item|unique|data|dict|state|model|feature|join|id"
    rb"|header|column|field|query|event|color|run|job|task|commit|version|step)[_-]?\Z" % _HUMP
)
_STRONG = lazy(
    rb"(?i)%b(?:api|secret|access|auth|client|app|jwt|bot|refresh|consumer|webhook|account|private"
    rb"|admin|licen[sc]e|subscription|master|service|server|encrypt\w*|signing|session|bearer"
    rb"|personal|deploy|write|read|oauth|ingest\w*|fernet|hmac|shared|ai)[_-]?\Z" % _HUMP
)
_NAME = lazy(rb"(?i)(?<![\w-])(?<!::)(?![\w-]*(?:%b))[\w-]*\Z" % _NOT_SECRET)
_NAME_AS_VALUE = lazy(rb"(?:[Kk]ey|[Tt]oken|[Ss]ecret|KEY|TOKEN|SECRET)s?\Z")  # of a class
_SEPARATOR = lazy(rb"[_.~/-]")
_LAST_NAME = lazy(rb"[\w-]*\Z")
_VALUE = rb"[\w+/-][\w+/.~-]{14,1023}={0,2}(?![(\[\w])"
_WORDS = lazy(rb"[A-Z]?[a-z]{3,}|[A-Z]{4,}(?![A-Za-z0-9])|[_.~/-]")
_GROUPS = lazy(rb"(?:[A-Z0-9]{4,8}-){3,9}[A-Z0-9]{4,8}")  # as in license keys
_CHANGE = lazy(rb"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
_MIN_CHANGES = 4  # from digits to letters and back; there are fewer in words with numbers
_MIN_RANDOM, _MIN_RANDOM_WEAK = 10, 16  # characters that belong to no word
_MIN_RANDOM_SHARE = 0.5  # of a value
_MIN_DIGITS_WEAK = 2
_MIN_LETTERS = 2


@cache
def _known_prefixes() -> tuple[bytes, ...]:
    """Long enough to tell a format: whether such a value is a credential, its own rule knows."""
    prefixes = {prefix for one in FORMATS for prefix in one.prefixes}
    return tuple(
        one for one in prefixes if len(one) > 3 or (one[:1].isalpha() and one[-1] in b"_-")
    )


def random_part(value: bytes) -> bytes:
    """What is left of a value without its words and separators."""
    return _WORDS.sub(b"", value)


def _is_random_value(value: bytes, *, weak: bool = False) -> bool:
    value = value.rstrip(b"=")
    if value.startswith((*_known_prefixes(), b"eyJ")) or _NAME_AS_VALUE.search(value):
        return False
    if is_example(value):
        return False
    digits, letters = len(DIGIT.findall(value)), len(LETTER.findall(value))
    if digits < (_MIN_DIGITS_WEAK if weak else 1) or letters < _MIN_LETTERS:
        return False
    longest = max(_SEPARATOR.split(value), key=len)
    if len(_CHANGE.findall(longest)) >= _MIN_CHANGES or _GROUPS.fullmatch(value):
        return True
    if is_placeholder(value):
        return False
    rest = len(random_part(value))
    least = _MIN_RANDOM_WEAK if weak else _MIN_RANDOM
    return rest >= max(least, _MIN_RANDOM_SHARE * len(value)) and _is_mixed(value)


def _is_mixed(value: bytes) -> bool:
    """Both cases, or as many digits as hexadecimal has: not a word with a number."""
    has_both = UPPER.search(value) is not None and LOWER.search(value) is not None
    return has_both or 4 * len(DIGIT.findall(value)) > len(value)


def _is_random_secret(found: Match) -> bool:
    """For values that only their name marks as secret, and no other rule covers."""
    before = found.string[max(0, found.start() - 64) : found.start()]
    name = _LAST_NAME.search(before)
    assert name is not None
    if found[1][:5].lower() == b"token" and _HANDLE.search(name[0]):
        return False
    is_strong = _STRONG.search(name[0]) is not None
    if not is_strong and found[1][:3].lower() == b"key":
        if not name[0] or name[0][-1:].islower() and found[1][:1] == b"K":  # `cacheKey`
            return False
        if name[0][-1:].isalnum():  # `monkey`, `HOTKEY`
            return False
    if not is_strong and _WEAK.search(name[0]):
        return False
    return _is_random_value(found[2], weak=not is_strong)


def _is_random_header(found: Match) -> bool:
    return _is_random_value(found[2])


def _is_basic_login(found: Match) -> bool:
    """Whether a Basic header holds `user:password`, and neither is a placeholder."""
    user, colon, password = decoded(found[2]).partition(b":")
    plain = user + password
    return (
        bool(colon)
        and (len(password) >= 8 or len(user) >= 20)
        and plain.isascii()
        and plain.decode().isprintable()
        and not PLACEHOLDER_PASSWORD.search(password)
        and not is_placeholder(plain)
    )


def _is_mixed_password(found: Match) -> bool:
    """A password with digits and letters of both cases, or with digits and many characters."""
    value = found[2]
    return (
        len(set(value)) >= 8
        and len(DIGIT.findall(value)) >= (1 if len(value) >= 16 else 2)
        and LOWER.search(value) is not None
        and (UPPER.search(value) is not None or len(random_part(value)) >= 12)
        and not PLACEHOLDER_PASSWORD.search(value)
        and not is_placeholder(value)
        and len(random_part(value)) >= max(8, _MIN_RANDOM_SHARE * len(value))
    )


_LOCAL_HOST = lazy(rb"(?i)localhost|127\.0\.0\.1|0\.0\.0\.0|\bexample\.|(?:=|//|:)(?:host|db)\b")


def _is_real_connection(found: Match) -> bool:
    """A password that is none of the usual placeholders, for a host that is not local."""
    before = found.string[max(0, found.start() - 200) : found.start()]
    password = found[2]
    return (
        DIGIT.search(password) is not None
        and (LOWER.search(password) or UPPER.search(password)) is not None
        and not PLACEHOLDER_PASSWORD.search(password)
        and not _LOCAL_HOST.search(before.rpartition(b"\n")[2])
        and not _LOCAL_HOST.search(
            found.string[found.end() : found.end() + 100].partition(b"\n")[0]
        )
    )


def _is_session_token(found: Match) -> bool:
    """A JWT: its head names an algorithm, and it is neither public nor an example."""
    head, claims = (decoded(part) for part in found[0].split(b".")[:2])
    claims = claims.replace(b" ", b"")
    return (
        b'"alg"' in head
        and claims.startswith(b'{"')
        and not any(public in claims for public in _PUBLIC_CLAIMS)
        and not is_placeholder(found[0].rpartition(b".")[2])
    )


_PUBLIC_CLAIMS = (b'"role":"anon"', b'"supabase-demo"', b'"1234567890"', b'"JohnDoe"', b'"example')
_PAIR = (
    rb"(?i)(?:user[ _]?id|uid|user(?:[ _]?name)?|server|data source|database|initial catalog|dbname"
    rb"|host|port|driver|encrypt|security info|login|account|sslmode)\s?=\s?[^;=\"'\n]{1,80}"
)
NAMED = (
    # keys and passwords
    rule(
        PRIVATE_KEY,
        b"-----BEGIN ",
        rb"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
        has_body,
        before=ANYWHERE,
        shown=False,
    ),
    rule(
        PRIVATE_KEY,
        b"PuTTY-User-Key-File",
        rb"-[123]:",
        has_private_lines,
        before=ANYWHERE,
        shown=False,
    ),
    rule(PRIVATE_KEY, b"LS0tLS1CRUdJTi", rb"[A-Za-z0-9+/]{100,1024}", is_encoded_key, shown=False),
    rule(PRIVATE_KEY, b"AGE-SECRET-KEY-", rb"1[AC-HJ-NP-Z02-9]{58}", has_digits, shown=False),
    rule(PRIVATE_KEY, b"PrivateKey = ", rb"[A-Za-z0-9+/]{43}=", exact=True, shown=False),
    rule(
        "database password",
        b"://",
        _ACCOUNT,
        is_real_account,
        before=lazy(_DATABASE),
        shown=False,
    ),
    rule(
        "password in a URL",
        b"://",
        _ACCOUNT,
        has_random_password,
        before=lazy(_WEB),
        shown=False,
    ),
    rule(
        "netrc password",
        b"machine ",
        _LOGIN,
        is_real_login,
        shown=False,
    ),
    # connection strings
    rule(
        "password in a connection string",
        b"Password|password|PASSWORD|Pwd|PWD|pwd",
        rb"[^\s;\"'<>{}$&`\\]{6,128}",
        _is_real_connection,
        kind=rb"\s?=\s?",
        before=lazy(_PAIR + rb"[;?&\s]\s?\Z|(?i:jdbc:[^\s\"']{3,150}[;?&]\Z)"),
        shown=False,
    ),
    rule(
        "password in a connection string",
        b":oracle:thin:|:oracle:oci:",
        rb"[\w$#]{1,64}/[^\s\"'@<>{}$]{6,64}@[\w./:-]{3,128}",
        _is_real_connection,
        before=lazy(rb"(?i)jdbc\Z"),
        shown=False,
    ),
    # headers
    rule(
        "bearer token",
        b"Bearer |bearer ",
        rb"[A-Za-z0-9][\w.~+/-]{19,511}={0,2}",
        _is_random_header,
        before=ANYWHERE,
        exact=True,
        shown=False,
    ),
    rule(
        "basic authentication",
        b"Basic ",
        rb"[A-Za-z0-9+/]{12,512}={0,2}",
        _is_basic_login,
        before=ANYWHERE,
        exact=True,
        shown=False,
    ),
    # a session: it may have expired, and some are public, so it only warns
    rule(
        "JSON Web Token",
        b"eyJ",
        rb"[\w-]{10,800}\.eyJ[\w-]{10,3000}\.[\w-]{20,1024}",
        _is_session_token,
        shown=False,
        is_warning=True,
    ),
    # without a format of its own: a random value, by the name that it is assigned to
    rule(
        "secret by name",
        b"secret_access_key|SecretAccessKey",
        rb"[A-Za-z0-9+/]{40}",
        kind=IS,
        before=ANYWHERE,
        exact=True,
        shown=False,
    ),
    rule(
        "secret by name",
        b"KEY|SECRET|TOKEN|_PAT|_pat|-pat|Pat|key|secret|token|Key|Secret|Token",
        _VALUE,
        _is_random_secret,
        kind=IS,
        before=_NAME,
        exact=True,
        shown=False,
    ),
    rule(
        "password by name",
        b"PASSWORD|PASSWD|password|passwd|Password",
        rb"[\w+/.!@#%^&*~-]{10,64}(?![(\[\w])",
        _is_mixed_password,
        kind=IS,
        before=_NAME,
        exact=True,
        shown=False,
    ),
)
