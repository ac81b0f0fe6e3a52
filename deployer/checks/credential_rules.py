"""The rules of the credential scan: the prefix and value of each format, and placeholders.

Every rule is a literal prefix and a bounded run of one class of bytes, so any input is scanned in
linear time. The formats are those of gitleaks, betterleaks, Kingfisher, TruffleHog and GitHub, and
some that they lack: the longer `ghs_`, `hf_jwt_` and `hf_oauth_`. A format without a prefix of its
own only counts together with the name that the value is assigned to.

https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml
https://github.com/betterleaks/betterleaks/blob/main/config/betterleaks.toml
https://github.com/mongodb/kingfisher
https://github.com/trufflesecurity/trufflehog/tree/main/pkg/detectors
https://docs.github.com/code-security/reference/secret-security/supported-secret-scanning-patterns
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

HIDDEN = "…"

_Match = re.Match[bytes]
_Pattern = re.Pattern[bytes]

# --- placeholders ------------------------------------------------------------------------------

_MAX_CHECKED = 100  # bytes of a value; more do not change the result
_MIN_DISTINCT = 8
_MIN_DISTINCT_DENSE = 30
_MIN_DIGITS = 2
_MAX_SEQUENTIAL_RUN = 6
_PLACEHOLDER_WORD = re.compile(
    rb"(?i:example|placeholder|dummy|sample|redact|changeme|insert|replace|secret|token|passw)"
    rb"|your|YOUR|Your|here\b|HERE\b|fake|FAKE|Fake|[xX]{4}|\*{3}|\.{3}"
)
_WORD = re.compile(rb"[A-Z]?[a-z]{4,}|[_.-]")
# prefixes of the example values in the documentation of Stripe, Azure's emulators, GitHub, Discord,
# Telegram, Supabase, WireGuard and FastAPI
_DOCUMENTED_EXAMPLES = tuple(
    b"4eC39HqL BQokikJO TYooMQau tR3PYbcV VePHdqKT 26PHem9A Eby8vdM0 C2y6yDjf 16C7e42F 1B4a2e77 "
    b"Cl2FMQ.Z HdqTcvCH N7UND0Ug yAnz5TF+ 09d25e09".split()
)


@lru_cache(256)
def is_placeholder(value: bytes) -> bool:
    """Whether a value is a placeholder, by one rule for all formats.

    A placeholder contains a word such as `your` or `example`, has fewer than 8 distinct characters,
    has a sequential run of 6 (`aaaaaa`, `123456`, `fedcba`), consists of sequential runs for more
    than half of its length, or of words of 4 letters and more for three quarters
    (`DownloadProgressBar`). Of 10,000 random values, 1 to 8 match.
    """
    value = value[:_MAX_CHECKED]
    if len(set(value)) < _MIN_DISTINCT:
        return True
    if (
        _PLACEHOLDER_WORD.search(value)
        or value.startswith(_DOCUMENTED_EXAMPLES)
        or _is_sequential(value.lower())
    ):
        return True
    return 4 * sum(len(word) for word in _WORD.findall(value)) > 3 * len(value)


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


_UPPER, _LOWER = re.compile(rb"[A-Z]"), re.compile(rb"[a-z]")
_DIGIT, _LETTER = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]")


def _is_random(found: _Match) -> bool:
    return not is_placeholder(found[2])


def _has_both_cases(found: _Match) -> bool:
    """Upper and lower case, as in base62 and base64."""
    value = found[2]
    return bool(_UPPER.search(value) and _LOWER.search(value)) and not is_placeholder(value)


def _is_base62_or_hex(found: _Match) -> bool:
    """For formats of which some values are base62, and some hexadecimal."""
    return _has_both_cases(found) or _has_digits(found)


def _has_digits(found: _Match) -> bool:
    """Digits and letters, as in hexadecimal."""
    value = found[2]
    return bool(_DIGIT.search(value) and _LETTER.search(value)) and not is_placeholder(value)


def _is_base62(found: _Match) -> bool:
    """Both cases and digits: for short formats, or those whose prefix is a word."""
    return bool(_DIGIT.search(found[2])) and _has_both_cases(found)


def _is_dense_base62(found: _Match) -> bool:
    """More distinct characters than there are in base64 of image data with many zero bytes."""
    return len(set(found[2])) >= _MIN_DISTINCT_DENSE and _is_base62(found)


def _always(_found: _Match) -> bool:
    return True


@cache
def _word_prefixes() -> tuple[bytes, ...]:
    return tuple(prefix for rule in RULES for prefix in rule.prefixes if prefix.isalnum())


def _is_random_secret(found: _Match) -> bool:
    """For long values that only their name marks as secret, and no other rule covers."""
    value = found[2]
    has_enough_digits = len(_DIGIT.findall(value)) >= _MIN_DIGITS
    return has_enough_digits and _has_digits(found) and not value.startswith(_word_prefixes())


def _is_dense_lowercase(found: _Match) -> bool:
    """Lower case and digits, where letters alone may look like words."""
    value = found[2]
    is_dense = len(set(value)) > _MIN_DISTINCT and len(_DIGIT.findall(value)) >= _MIN_DIGITS
    return is_dense and not _PLACEHOLDER_WORD.search(value)


def _decoded(value: bytes) -> bytes:
    """Decode base64 of either alphabet; empty for invalid base64."""
    try:
        return b64decode(value.rstrip(b"=") + b"=" * (-len(value.rstrip(b"=")) % 4), b"-_")
    except ValueError:
        return b""


# What may come between the first line of a key and its bytes: quotes and escapes of the language
# around it, and the header lines of RFC 1421 and RFC 9580.
_HEADER_LINE = re.compile(
    rb"(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|MessageID): [^\n\\]{0,120}"
)
_BODY = re.compile(rb"[\s\"'`\\+,()nrt#*>;]{0,80}?([A-Za-z0-9+/]{40,})(\.{2}|\xe2\x80\xa6)?")
_MIN_DISTINCT_BODY = 12


def _has_body(found: _Match) -> bool:
    """Whether the bytes of a key follow its first line, which alone is no credential."""
    after = found.string[found.end() : found.end() + 700]
    if b": " in after[:40]:
        after = _HEADER_LINE.sub(b"", after)
    body = _BODY.match(after)
    return (
        body is not None and not body[2] and len(set(body[1][:_MAX_CHECKED])) >= _MIN_DISTINCT_BODY
    )


def _has_private_lines(found: _Match) -> bool:
    return b"Private-Lines:" in found.string[found.end() : found.end() + 3000]


def _is_encoded_key(found: _Match) -> bool:
    return b"PRIVATE KEY" in _decoded(found[1] + found[2][:50])


def _is_service_role(found: _Match) -> bool:
    """Supabase's key with full access, by its claims. (The `anon` key is public.)"""
    claims = _decoded(found[2].split(b".")[1]).replace(b" ", b"")
    return b'"role":"service_role"' in claims and b'"supabase-demo"' not in claims


_PLACEHOLDER_PASSWORD = re.compile(
    rb"(?i)passw|passwd|secret|example|your|change|placeholder|dummy|xxx|[$<>{}*%\[\]]|\.\.\."
    rb"|\A(?:postgres|postgresql|mysql|mongodb|rabbitmq|(?:my|test)?pass\d*|pwd\d*|admin\d*"
    rb"|root\d*|123456\d*)\Z"
)
_PLACEHOLDER_HOST = re.compile(
    rb"(?i)\A(?:localhost|127\.[0-9.]+|0\.0\.0\.0|host(?:name)?|server|db|database"
    rb"|(?:[a-z0-9.-]*\.)?example(?:\.[a-z]{2,4})?|[a-z0-9.-]*\.(?:local|test|invalid))\Z"
)


def _is_real_account(found: _Match) -> bool:
    return _is_real(found[2])


@lru_cache(256)
def _is_real(location: bytes) -> bool:
    """Whether `user:password@host` has neither a placeholder as password nor a local host."""
    account, _, host = location.rpartition(b"@")
    user, _, password = account.partition(b":")
    plain = password.replace(b"%", b"") if re.search(rb"%[0-9A-Fa-f]{2}", password) else password
    return (
        password != user
        and not _PLACEHOLDER_PASSWORD.search(plain)
        and not _PLACEHOLDER_HOST.match(host)
    )


def _has_random_password(found: _Match) -> bool:
    """The same for a web URL, where only a random password counts."""
    account, _, host = found[2].rpartition(b"@")
    password = account.partition(b":")[2]
    mixed = _LOWER.search(password) and (_UPPER.search(password) or _DIGIT.search(password))
    return (
        mixed is not None
        and b"." in host
        and not is_placeholder(password)
        and _is_real_account(found)
    )


def _is_real_login(found: _Match) -> bool:
    host, *_, password = found[2].replace(b"\\n", b" ").split()
    return not (
        is_placeholder(password)
        or _PLACEHOLDER_PASSWORD.search(password)
        or _PLACEHOLDER_HOST.match(host)
    )


def _is_registry_account(found: _Match) -> bool:
    user, _, password = _decoded(found[2]).partition(b":")
    return user.isascii() and len(password) >= 6 and not _PLACEHOLDER_PASSWORD.search(password)


# --- the rules ---------------------------------------------------------------------------------

# A value starts at a word boundary, or after an escape: `\n` in a notebook, `%3D` in a URL, `[0m`
# in the output of a terminal.
_WORD_BYTES = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_DIGIT_BYTES = frozenset(b"0123456789")
_ESCAPE = re.compile(rb"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|[0-9]m)\Z")
_ESCAPE_ENDS = frozenset(b"nrtbfm0123456789abcdefABCDEF")
_ANYWHERE = re.compile(rb"")
LOOK_BACK = 64  # bytes before a prefix that `before` may match
_MIN_SHOWN = 16  # bytes of a value, of which the ends are then shown
_IN_BASE64 = (b"+", b"/", b"=")
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
    none, since a short prefix occurs in it by chance.
    """

    name: str
    prefixes: tuple[bytes, ...]
    pattern: bytes
    is_plausible: Callable[[_Match], bool]
    before: _Pattern | None
    exact: bool
    shown: bool
    not_in_base64: bool

    def accepts(self, found: _Match, binary: bool) -> bool:
        """Whether a match of this rule's pattern is a credential."""
        data, (start, end) = found.string, found.span()
        ends_free = end == len(data) or data[end] not in _WORD_BYTES
        if self.not_in_base64 and (
            data[start - 1 : start] in _IN_BASE64 or data[end : end + 1] in _IN_BASE64
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

    def redact(self, found: _Match) -> str:
        """`hf_ab…yz`; only `…` where the prefix says nothing, `hf_…` for a short value."""
        if not self.shown:
            return HIDDEN
        prefix, value = found[1].decode("ascii"), found[2].decode("ascii")
        if len(value) < _MIN_SHOWN:
            return prefix + HIDDEN
        return f"{prefix}{value[:2]}{HIDDEN}{value[-2:]}"


def _rule(
    name: str,
    prefixes: bytes,
    value: bytes,
    is_plausible: Callable[[_Match], bool] = _has_both_cases,
    *,
    kind: bytes = b"",
    before: _Pattern | None = None,
    exact: bool = False,
    shown: bool = True,
    not_in_base64: bool = False,
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
    )


PRIVATE_KEY, GOOGLE_KEY = "private key", "Google service account key"
SERVICE_ACCOUNT = b'"service_account"'
_BASE62, _HEX = rb"[A-Za-z0-9]", rb"[0-9a-f]"
_UUID = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FREE = rb"(?:(?<![\w-])|(?<=\\n)|(?<=[0-9]m)|(?<=%3D))"  # as in `_is_boundary`
_ID_IN_BASE64 = _FREE + rb"(?:[MNO][A-Za-z0-9]{3}){5,6}(?:[MNO][A-Za-z0-9]{1,2})?\Z"
_ACCOUNT = rb"[^\s:/@\"'<>`\\]{0,64}:[^\s/@\"'`\\]{6,128}@[A-Za-z0-9._-]{1,128}"
_DATABASE = (
    rb"(?i)(?:postgres|postgresql|mysql|mariadb|mongodb|rediss?|amqps?|mssql|clickhouse)"
    rb"(?:\+[a-z0-9]{1,16})?\Z"
)
_WEB = rb"(?i)(?:https?|s?ftps?|smtps?|imaps?|ldaps?|ssh|socks5h?|git|wss?)(?:\+[a-z0-9]{1,16})?\Z"
_LOGIN = (
    rb"[!-~]{1,80}%(b)blogin%(b)b[!-~]{1,64}%(b)bpassword%(b)b(?:(?![\"'<>\\])[!-~]){6,128}"
    % {b"b": rb"(?:\s|\\n){1,9}?"}
)
IS = rb"[\s\\\"':=>\]),]{1,8}"  # between a name and its value: `="`, `": "`, `"] = '`
_NAME = (
    rb"(?i)(?<!\w)(?!\w*(?:public|publish|search|anon|site|vite_|react_app|test|dummy|example))"
    rb"\w*(?:api|secret|access|auth|client|app|jwt|bot|refresh|consumer|webhook|account)\Z"
)
RULES = (
    # the hub, code and packages
    _rule("Hugging Face token", b"hf_", _BASE62 + b"{30,64}"),
    _rule("Hugging Face token", b"hf_jwt_|hf_oauth_", rb"[\w.-]{20,1024}"),
    _rule("Hugging Face organization token", b"api_org_", _BASE62 + b"{30,64}"),
    _rule("GitHub token", b"ghp_|gho_|ghu_|ghr_", _BASE62 + b"{36,255}"),
    _rule("GitHub token", b"ghs_", rb"[\w.-]{36,1024}"),
    _rule("GitHub token", b"github_pat_", rb"\w{36,255}"),
    _rule(
        "GitLab token",
        b"glpat-|glptt-|gldt-|glrt-|glrtr-|glcbt-|glft-|glimt-|glsoat-|glagent-|gloas-|glffct-"
        b"|glwt-",
        rb"[\w.-]{20,300}",
        _is_base62_or_hex,
    ),
    _rule("GitLab token", b"GR1348941", rb"[\w-]{20}", exact=True),
    _rule("Bitbucket password", b"ATBB", _BASE62 + b"{32}", exact=True),
    _rule("Atlassian token", b"ATATT3xFfG|ATCTT3xFfG", rb"[\w=-]{100,300}"),
    _rule("Trello token", b"ATTA", _HEX + b"{64,72}", _has_digits, exact=True),
    _rule("npm token", b"npm_", _BASE62 + b"{36}", exact=True),
    _rule(
        "npm token",
        b"_authToken=|:_password=|:_auth=",
        rb"[^\s\"'`${}<>\\\x80-\xff]{16,255}",
        _has_digits,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule("PyPI token", b"pypi-", rb"AgE[\w-]{60,1024}"),
    _rule("RubyGems key", b"rubygems_", _HEX + b"{48}", _has_digits, exact=True),
    _rule("crates.io token", b"cio", _BASE62 + b"{32}", exact=True, not_in_base64=True),
    _rule("NuGet key", b"oy2", rb"[a-z0-9]{43}", _is_dense_lowercase, exact=True),
    _rule("Docker token", b"dckr_pat_|dckr_oat_", rb"[\w-]{27,32}", exact=True),
    _rule(
        "registry password",
        b'"auth',
        rb"[A-Za-z0-9+/]{8,400}={0,2}(?=[\"\\])",
        _is_registry_account,
        kind=rb'\\?"\s{0,4}:\s{0,4}\\?"',
        before=_ANYWHERE,
        shown=False,
    ),
    _rule("JFrog token", b"AKCp|cmVmdGtu", _BASE62 + b"{56,69}", exact=True),
    _rule("SonarQube token", b"squ_|sqp_|sqa_", _HEX + b"{40}", _has_digits, exact=True),
    _rule("Buildkite token", b"bkua_", rb"[a-z0-9]{40,53}", _has_digits, exact=True),
    _rule("CircleCI token", b"CCIPAT_|CCIPRJ_", _BASE62 + b"{20,24}_[0-9a-f]{40}", exact=True),
    _rule(
        "Sourcegraph token",
        b"sgp_",
        _HEX + b"{40}",
        _has_digits,
        kind=rb"(?:\w{5,16}_)?",
        exact=True,
    ),
    _rule("Octopus key", b"API-", rb"[A-Z0-9]{26}", _has_digits, exact=True),
    _rule("Devin key", b"cog_", rb"[a-z2-7]{52}", _is_dense_lowercase, exact=True),
    _rule("Postman key", b"PMAK-", _HEX + b"{24}-[0-9a-f]{34}", _has_digits, exact=True),
    # models
    _rule("OpenAI key", b"sk-", _BASE62 + b"{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _rule("OpenAI key", b"sk-proj-|sk-svcacct-|sk-admin-|sk-service-|sk-None-", rb"[\w-]{40,255}"),
    _rule("Anthropic key", b"sk-ant-", rb"[\w-]{80,255}", kind=rb"[a-z]{3,5}[0-9]{2}-"),
    _rule("OpenRouter key", b"sk-or-v1-", _HEX + b"{64}", _has_digits, exact=True),
    _rule("MiniMax key", b"sk-api-|sk-cp-", rb"[\w-]{80,200}"),
    _rule("Langfuse key", b"sk-lf-", _UUID, _is_random, exact=True),
    _rule("secret key", b"sk-", _BASE62 + b"{32,64}", _has_digits, exact=True),  # of many services
    _rule("ElevenLabs key", b"sk_", _HEX + b"{48}", _has_digits, exact=True),
    _rule("Groq key", b"gsk_", _BASE62 + b"{40,64}"),
    _rule("NVIDIA key", b"nvapi-", rb"[\w-]{60,80}"),
    _rule("xAI key", b"xai-", rb"\w{70,120}"),
    _rule("Cerebras key", b"csk-", rb"[a-z0-9]{48}", _is_dense_lowercase, exact=True),
    _rule("Perplexity key", b"pplx-", _BASE62 + b"{40,64}", _is_base62_or_hex),
    _rule("Fireworks key", b"fw_", _BASE62 + b"{22,24}", exact=True),
    _rule("Together key", b"tgp_v1_", rb"[\w-]{43}", exact=True),
    _rule("Replicate token", b"r8_", _BASE62 + b"{37}", exact=True),
    _rule("RunPod key", b"rpa_", _BASE62 + b"{30,46}", _has_digits, exact=True),
    _rule("Modal secret", b"as-", _BASE62 + b"{22}", _is_base62, exact=True),
    _rule("Voyage key", b"pa-", rb"[\w-]{43}", _is_base62, exact=True),
    _rule("Brave key", b"BSA", rb"[\w-]{27,29}", _is_base62, exact=True, not_in_base64=True),
    _rule("Jina key", b"jina_", rb"[\w-]{50,80}"),
    _rule("Tavily key", b"tvly-", _BASE62 + b"{20,40}", _has_digits, kind=rb"(?:dev-|prod-)?"),
    _rule("Firecrawl key", b"fc-", _HEX + b"{32}", _has_digits, exact=True),
    _rule("Apify token", b"apify_api_", _BASE62 + b"{34,40}"),
    _rule("E2B key", b"e2b_", _HEX + b"{40}", _has_digits, exact=True),
    _rule("Pinecone key", b"pcsk_", _BASE62 + b"{5,6}_[A-Za-z0-9]{50,70}"),
    _rule(
        "LangSmith key", b"lsv2_pt_|lsv2_sk_", _HEX + b"{32}_[0-9a-f]{10}", _has_digits, exact=True
    ),
    _rule("Weights & Biases key", b"wandb_v1_", rb"\w{70,90}"),
    _rule(
        "Weights & Biases key",
        b"WANDB_API_KEY",
        _HEX + b"{40}",
        _has_digits,
        kind=IS,
        before=_ANYWHERE,
        exact=True,
        shown=False,
    ),
    _rule("Neptune token", b"eyJhcGlfYWRkcmVzcyI6", rb"[A-Za-z0-9+/=]{60,400}"),
    _rule("Kaggle token", b"KGAT_", _HEX + b"{32}", _has_digits, exact=True),
    # clouds
    _rule("AWS access key", b"AKIA|ASIA|ABIA|ACCA", rb"[A-Z2-7]{16}", _is_random, exact=True),
    _rule("AWS access key", b"A3T", rb"[A-Z0-9][A-Z2-7]{16}", _is_random, exact=True),
    _rule("AWS Bedrock key", b"ABSK|bedrock-api-key-", rb"[A-Za-z0-9+/]{100,1024}={0,2}"),
    _rule("Google key", b"AIza", rb"[\w-]{35}", exact=True),
    _rule("Google key", b"AQ.", rb"Ab8[\w-]{40,64}"),
    _rule("Google OAuth secret", b"GOCSPX-", rb"[\w-]{28}", exact=True),
    _rule("Google refresh token", b"1//0", rb"[\w-]{60,120}"),
    _rule("Google access token", b"ya29.", rb"[\w-]{50,1024}"),
    _rule("Azure storage key", b"AccountKey=", rb"[A-Za-z0-9+/]{86}==", before=_ANYWHERE),
    _rule("Azure access key", b"SharedAccessKey=", rb"[A-Za-z0-9+/]{43}=", before=_ANYWHERE),
    _rule(
        "Azure access key",
        b"JQQJ99",
        _BASE62 + b"{26}",
        _has_digits,
        before=re.compile(rb"[A-Za-z0-9]{52}\Z"),
        exact=True,
        shown=False,
    ),
    _rule(
        "Azure client secret",
        b"Q~",
        rb"[\w~.-]{31,34}",
        before=re.compile(_FREE + rb"[\w~.-]{3}[0-9]\Z"),
        exact=True,
        shown=False,
    ),
    _rule("Azure signature", b"&sig=|?sig=", rb"[A-Za-z0-9%]{40,80}%3[Dd]", before=_ANYWHERE),
    _rule("Alibaba access key", b"LTAI", _BASE62 + b"{17,21}", exact=True),
    _rule("Tencent access key", b"AKID", _BASE62 + b"{32}", exact=True),
    _rule("Yandex key", b"AQVN|y0_", rb"[\w-]{35,60}", exact=True),
    _rule(
        "DigitalOcean token", b"dop_v1_|doo_v1_|dor_v1_", _HEX + b"{64}", _has_digits, exact=True
    ),
    _rule("Databricks token", b"dapi", _HEX + b"{32}(?:-[0-9])?", _has_digits, exact=True),
    _rule("Cloudflare token", b"cfut_|cfat_|cfk_", _BASE62 + b"{40}[0-9a-f]{8}", exact=True),
    _rule("Cloudflare key", b"v1.0-", _HEX + b"{24}-[0-9a-f]{146}", _has_digits, exact=True),
    _rule("Heroku key", b"HRKU-", rb"[\w-]{36,64}", _has_digits),
    _rule("Vercel token", b"vcp_|vca_|vcr_|vci_|vck_", rb"[\w-]{56}", exact=True),
    _rule("Vercel token", b"vercel_blob_rw_", _BASE62 + b"{16}_[A-Za-z0-9]{20,60}"),
    _rule("Netlify token", b"nfp_|nfc_", _BASE62 + b"{36,40}", exact=True),
    _rule("Render key", b"rnd_", _BASE62 + b"{28,32}", _is_base62, exact=True),
    _rule("Fly token", b"fm1a_|fm1r_|fm2_", rb"[A-Za-z0-9+/]{60,1024}"),
    _rule("Fly token", b"fo1_", rb"[\w-]{43}", exact=True),
    _rule("Deno token", b"ddp_|ddw_|ddo_", _BASE62 + b"{36}", exact=True),
    _rule("HashiCorp Vault token", b"hvs.|hvb.|hvr.", rb"[\w-]{90,300}"),
    _rule(
        "Terraform token",
        b".atlasv1.",
        rb"[\w-]{60,70}",
        before=re.compile(rb"[A-Za-z0-9]{14}\Z"),
        shown=False,
    ),
    _rule("Pulumi token", b"pul-", _HEX + b"{40}", _has_digits, exact=True),
    _rule(
        "Doppler token",
        b"dp",
        rb"\.(?:pt|ct|sa|scim|audit|st(?:\.[\w-]{2,35})?)\.[A-Za-z0-9]{40,44}",
        exact=True,
    ),
    _rule(
        "Tailscale key",
        b"tskey-",
        rb"[A-Za-z0-9]{8,20}-[A-Za-z0-9]{20,40}",
        _has_digits,
        kind=rb"[a-z]{2,10}-",
    ),
    _rule("1Password token", b"ops_", rb"eyJ[A-Za-z0-9+/]{200,1024}"),
    _rule("Grafana token", b"glsa_", _BASE62 + b"{32}_[0-9A-Fa-f]{8}", exact=True),
    _rule("Grafana token", b"glc_|eyJrIjoi", rb"[A-Za-z0-9+/]{40,400}={0,2}"),
    _rule("New Relic key", b"NRAK-|NRII-", rb"[A-Z0-9][\w-]{24,31}", _has_digits, exact=True),
    _rule(
        "New Relic key",
        b"FFFFNRAL",
        b"",
        _always,
        before=re.compile(rb"[0-9a-f]{32}\Z"),
        exact=True,
        shown=False,
    ),
    _rule("Sentry token", b"sntrys_", rb"eyJ[A-Za-z0-9+/=_]{60,400}"),
    _rule("Sentry token", b"sntryu_", _HEX + b"{64}", _has_digits, exact=True),
    _rule(
        "Dynatrace token", b"dt0c01.|dt0s01.|dt0s16.", rb"[A-Z0-9]{24}\.[A-Z0-9]{64}", _has_digits
    ),
    _rule("PostHog key", b"phx_", _BASE62 + b"{40,50}", exact=True),
    # data
    _rule("Supabase key", b"sbp_|sbp_oauth_", _HEX + b"{40}", _has_digits, exact=True),
    _rule("Supabase key", b"sb_secret_", rb"[\w-]{31}", exact=True),
    _rule(
        "Supabase key",
        b"eyJhbGciOi",
        rb"[\w-]{10,80}\.eyJ[\w-]{20,800}\.[\w-]{43}",
        _is_service_role,
        exact=True,
    ),
    _rule("Neon key", b"napi_", rb"[a-z0-9]{64}", _is_dense_lowercase, exact=True),
    _rule("PlanetScale token", b"pscale_tkn_|pscale_pw_|pscale_oauth_", rb"[\w.=-]{32,64}"),
    _rule("MongoDB Atlas secret", b"mdb_sa_sk_", rb"[\w-]{40}", exact=True),
    _rule("Aiven password", b"AVNS_", rb"[\w-]{19}", exact=True),
    _rule("CockroachDB key", b"CCDB1_", _BASE62 + b"{22}_[A-Za-z0-9]{40}", exact=True),
    _rule("Airtable token", b"pat", _BASE62 + rb"{14}\.[0-9a-f]{64}", exact=True),
    _rule("Prefect key", b"pnu_", _BASE62 + b"{36}", exact=True),
    # people, messages, money
    _rule(
        "Slack token",
        b"xoxa-|xoxb-|xoxc-|xoxe-|xoxo-|xoxp-|xoxr-|xoxs-|xoxe.xoxb-|xoxe.xoxp-",
        rb"[0-9A-Za-z-]{24,255}",
        _has_digits,
    ),
    _rule("Slack token", b"xoxd-", rb"[A-Za-z0-9%+/=-]{60,300}"),
    _rule("Slack token", b"xapp-", rb"[0-9]-[0-9A-Za-z-]{24,255}", _has_digits),
    _rule(
        "Slack webhook",
        b"hooks.slack.com/",
        rb"[A-Z0-9]{8,14}/[A-Z0-9]{8,14}/[A-Za-z0-9/]{18,60}",
        kind=rb"(?:services|workflows|triggers)/",
    ),
    _rule(
        "Teams webhook",
        b".webhook.office.com/webhookb2/",
        rb"[0-9a-f@-]{73}/IncomingWebhook/[\w/-]{60,80}",
        _has_digits,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule(
        "Discord bot token",
        b".",
        rb"[\w-]{6}\.[\w-]{27,40}",
        before=re.compile(_ID_IN_BASE64),
        shown=False,
    ),
    _rule(
        "Discord webhook",
        b"/api/webhooks/",
        rb"[0-9]{17,20}/[\w-]{60,80}",
        before=re.compile(rb"discord(?:app)?\.com\Z"),
        shown=False,
    ),
    _rule(
        "Telegram bot token",
        b":AA",
        rb"[\w-]{32,33}",
        before=re.compile(rb"(?:%b|(?<=bot))[0-9]{8,10}\Z" % _FREE),
        exact=True,
        shown=False,
    ),
    _rule(
        "OneSignal key",
        b"os_v2_app_|os_v2_org_",
        rb"[a-z2-7]{103}",
        _is_dense_lowercase,
        exact=True,
    ),
    _rule("Klaviyo key", b"pk_", _HEX + b"{34}", _has_digits, exact=True),
    _rule("Polar token", b"polar_oat_|polar_pat_", rb"[\w-]{30,100}"),
    _rule("SendGrid key", b"SG.", rb"[\w-]{22}\.[\w-]{43}", exact=True),
    _rule("Mailgun key", b"key-", _HEX + b"{32}", _has_digits, exact=True),
    _rule(
        "Mailchimp key",
        b"-us",
        rb"[0-9]{1,2}",
        _always,
        before=re.compile(_FREE + rb"[0-9a-f]{32}\Z"),
        exact=True,
        shown=False,
    ),
    _rule("Brevo key", b"xkeysib-|xsmtpsib-", _HEX + b"{64}-[A-Za-z0-9]{16}", exact=True),
    _rule("Resend key", b"re_", _BASE62 + b"{8}_[A-Za-z0-9]{24}", exact=True),
    _rule("MailerSend token", b"mlsn.", _HEX + b"{64}", _has_digits, exact=True),
    _rule("Twilio key", b"SK", _HEX + b"{32}", _has_digits, exact=True),
    _rule(
        "Facebook token",
        b"EAA",
        rb"[A-Z][A-Za-z0-9]{99,300}",
        _is_dense_base62,
        exact=True,
        not_in_base64=True,
    ),
    _rule(
        "Stripe key",
        b"sk_live_|sk_test_|rk_live_|rk_test_|sk_org_live_|sk_org_test_",
        _BASE62 + b"{20,255}",
    ),
    _rule("webhook secret", b"whsec_", rb"[A-Za-z0-9+/]{32,64}"),
    _rule("Square token", b"sq0atp-|sq0csp-", rb"[\w-]{22,43}", exact=True),
    _rule("Square token", b"EAAAE|EAAAl", rb"[\w-]{59}", exact=True, not_in_base64=True),
    _rule("Shopify token", b"shpat_|shpca_|shppa_|shpss_", _HEX + b"{32}", _has_digits, exact=True),
    _rule(
        "Plaid token",
        b"access-",
        _UUID,
        _is_random,
        kind=rb"(?:sandbox|development|production)-",
        exact=True,
    ),
    _rule(
        "Linear key", b"lin_api_|lin_oauth_", _BASE62 + b"{40,64}", _is_base62_or_hex, exact=True
    ),
    _rule("Notion token", b"ntn_", rb"[0-9]{11}[A-Za-z0-9]{35}", exact=True),
    _rule("Notion token", b"secret_", _BASE62 + b"{43}", _is_base62, exact=True),
    _rule("Figma token", b"figd_|figo_|figp_|figu_", rb"[\w-]{38,54}"),
    _rule("HubSpot token", b"pat-", _UUID, _is_random, kind=rb"(?:na|eu|ap)[0-9]-", exact=True),
    _rule("Contentful token", b"CFPAT-", rb"[\w-]{43}", exact=True),
    _rule("Dropbox token", b"sl.|sl.u.", rb"[\w-]{130,1400}"),
    _rule("Mapbox token", b"sk.", rb"eyJ[\w-]{40,200}\.[\w-]{20,24}", exact=True),
    _rule(
        "Salesforce token",
        b"!",
        rb"[A-Za-z0-9._]{80,260}",
        before=re.compile(_FREE + rb"00D[A-Za-z0-9]{12,15}\Z"),
        shown=False,
    ),
    # keys and passwords
    _rule(
        PRIVATE_KEY,
        b"-----BEGIN ",
        rb"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
        _has_body,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule(
        PRIVATE_KEY,
        b"PuTTY-User-Key-File",
        rb"-[123]:",
        _has_private_lines,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule(
        PRIVATE_KEY, b"LS0tLS1CRUdJTi", rb"[A-Za-z0-9+/]{100,1024}", _is_encoded_key, shown=False
    ),
    _rule(PRIVATE_KEY, b"AGE-SECRET-KEY-", rb"1[AC-HJ-NP-Z02-9]{58}", _has_digits, shown=False),
    _rule(PRIVATE_KEY, b"PrivateKey = ", rb"[A-Za-z0-9+/]{43}=", exact=True, shown=False),
    _rule(
        "database password",
        b"://",
        _ACCOUNT,
        _is_real_account,
        before=re.compile(_DATABASE),
        shown=False,
    ),
    _rule(
        "password in a URL",
        b"://",
        _ACCOUNT,
        _has_random_password,
        before=re.compile(_WEB),
        shown=False,
    ),
    _rule(
        "netrc password",
        b"machine ",
        _LOGIN,
        _is_real_login,
        shown=False,
    ),
    # without a format of its own: a long random value, by the name that it is assigned to
    _rule(
        "secret by name",
        b"_KEY|_SECRET|_TOKEN",
        rb"[A-Za-z0-9+/]{32,128}={0,2}(?![(.\[/+])",
        _is_random_secret,
        kind=IS,
        before=re.compile(_NAME),
        exact=True,
        shown=False,
    ),
    _rule(
        "secret by name",
        b"secret_access_key|SecretAccessKey|secretAccessKey",
        rb"[A-Za-z0-9+/]{40}",
        kind=IS,
        before=_ANYWHERE,
        exact=True,
        shown=False,
    ),
    _rule(
        "secret by name",
        b"_key|_secret|_token|apikey",
        rb"[A-Za-z0-9]{32,64}(?![(.\[/+])",
        _is_random_secret,
        kind=IS,
        before=re.compile(_NAME),
        exact=True,
        shown=False,
    ),
)
