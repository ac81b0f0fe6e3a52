"""The rules of credentials: how each begins, what follows, and what an example looks like.

Every rule is a literal beginning and a bounded run of one class of bytes, so any input is read in
linear time. The formats are those that gitleaks, betterleaks, Kingfisher, TruffleHog and GitHub
look for, with what they lack: the longer `ghs_`, `hf_jwt_` and `hf_oauth_`. A format without a
beginning of its own counts only by the name that a value is given.

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

# --- what tells a real one from an example -------------------------------------------------------

_FIRST = 100  # bytes of a value that are looked at: more would not tell more
_MIN_DIFFERENT = 8
_MIN_IN_RICH = 30
_MIN_DIGITS = 2
_MAX_SEQUENTIAL_RUN = 6
_EXAMPLE = re.compile(
    rb"(?i:example|placeholder|dummy|sample|redact|changeme|insert|replace|secret|token|passw)"
    rb"|your|YOUR|Your|here\b|HERE\b|fake|FAKE|Fake|[xX]{4}|\*{3}|\.{3}"
)
_WORD = re.compile(rb"[A-Z]?[a-z]{4,}|[_.-]")
# how the examples begin that services print themselves (Stripe, Azure's emulators, GitHub, Discord,
# Telegram, Supabase, WireGuard, FastAPI)
_PUBLISHED = tuple(
    b"4eC39HqL BQokikJO TYooMQau tR3PYbcV VePHdqKT 26PHem9A Eby8vdM0 C2y6yDjf 16C7e42F 1B4a2e77 "
    b"Cl2FMQ.Z HdqTcvCH N7UND0Ug yAnz5TF+ 09d25e09".split()
)


@lru_cache(256)
def is_placeholder(value: bytes) -> bool:
    """Whether a value is an example. The one rule, for all formats.

    It is one where it holds a word such as `your` or `example`, or has fewer than 8 different
    characters, or a stair of 6 (`aaaaaa`, `123456`, `fedcba`), or stairs for more than half of it,
    or words of 4 letters and more for three quarters of it (`DownloadProgressBar`). Of 10,000
    random values, 1 to 8 look like that.
    """
    value = value[:_FIRST]
    if len(set(value)) < _MIN_DIFFERENT:
        return True
    if _EXAMPLE.search(value) or value.startswith(_PUBLISHED) or _sequential_runs(value.lower()):
        return True
    return 4 * sum(len(word) for word in _WORD.findall(value)) > 3 * len(value)


def _sequential_runs(value: bytes) -> bool:
    flat, length, before = 0, 1, None
    for one, other in zip(value, value[1:], strict=False):
        step = other - one
        if -1 <= step <= 1:
            flat += 1
            length = length + 1 if step == before else 2
            if length >= _MAX_SEQUENTIAL_RUN:
                return True
        before = step
    return 2 * flat > len(value)


_UPPER, _LOWER = re.compile(rb"[A-Z]"), re.compile(rb"[a-z]")
_DIGIT, _LETTER = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]")


def _random(found: _Match) -> bool:
    return not is_placeholder(found[2])


def _mixed(found: _Match) -> bool:
    """Both cases, as in base62 and base64."""
    value = found[2]
    return bool(_UPPER.search(value) and _LOWER.search(value)) and not is_placeholder(value)


def _varied(found: _Match) -> bool:
    """Either of both: where some values are base62, and some are hexadecimal."""
    return _mixed(found) or _digits(found)


def _digits(found: _Match) -> bool:
    """Digits and letters, as in hexadecimal."""
    value = found[2]
    return bool(_DIGIT.search(value) and _LETTER.search(value)) and not is_placeholder(value)


def _base62(found: _Match) -> bool:
    """Both cases and digits: for formats that are short, or whose head is a word."""
    return bool(_DIGIT.search(found[2])) and _mixed(found)


def _rich(found: _Match) -> bool:
    """More different characters than a picture's bytes in base64 have where zeros are many."""
    return len(set(found[2])) >= _MIN_IN_RICH and _base62(found)


def _always(_found: _Match) -> bool:
    return True


@cache
def _word_heads() -> tuple[bytes, ...]:
    return tuple(head for rule in RULES for head in rule.heads if head.isalnum())


def _nameless(found: _Match) -> bool:
    """A long value that its name alone makes a secret, and that no other rule knows."""
    value = found[2]
    several = len(_DIGIT.findall(value)) >= _MIN_DIGITS
    return several and _digits(found) and not value.startswith(_word_heads())


def _dense(found: _Match) -> bool:
    """Small letters and digits, where letters alone may look like words."""
    value = found[2]
    several = len(set(value)) > _MIN_DIFFERENT and len(_DIGIT.findall(value)) >= _MIN_DIGITS
    return several and not _EXAMPLE.search(value)


def _decoded(value: bytes) -> bytes:
    """The bytes behind base64 of either alphabet; none where there are none."""
    try:
        return b64decode(value.rstrip(b"=") + b"=" * (-len(value.rstrip(b"=")) % 4), b"-_")
    except ValueError:
        return b""


# What may stand between the first line of a key and its bytes: quotes and escapes of the language
# around it, and the header lines of RFC 1421 and RFC 9580.
_HEADER_LINE = re.compile(
    rb"(?:Proc-Type|DEK-Info|Version|Comment|Charset|Hash|MessageID): [^\n\\]{0,120}"
)
_BODY = re.compile(rb"[\s\"'`\\+,()nrt#*>;]{0,80}?([A-Za-z0-9+/]{40,})(\.{2}|\xe2\x80\xa6)?")
_MIN_IN_BODY = 12


def _has_body(found: _Match) -> bool:
    """Whether the bytes of a key follow its first line, which alone is only talk of keys."""
    after = found.string[found.end() : found.end() + 700]
    if b": " in after[:40]:
        after = _HEADER_LINE.sub(b"", after)
    body = _BODY.match(after)
    return body is not None and not body[2] and len(set(body[1][:_FIRST])) >= _MIN_IN_BODY


def _has_private_lines(found: _Match) -> bool:
    return b"Private-Lines:" in found.string[found.end() : found.end() + 3000]


def _encoded_key(found: _Match) -> bool:
    return b"PRIVATE KEY" in _decoded(found[1] + found[2][:50])


def _service_role(found: _Match) -> bool:
    """Supabase's key to everything: a token whose claims say so. (The other is for browsers.)"""
    claims = _decoded(found[2].split(b".")[1]).replace(b" ", b"")
    return b'"role":"service_role"' in claims and b'"supabase-demo"' not in claims


_NO_PASSWORD = re.compile(
    rb"(?i)passw|passwd|secret|example|your|change|placeholder|dummy|xxx|[$<>{}*%\[\]]|\.\.\."
    rb"|\A(?:postgres|postgresql|mysql|mongodb|rabbitmq|(?:my|test)?pass\d*|pwd\d*|admin\d*"
    rb"|root\d*|123456\d*)\Z"
)
_NO_HOST = re.compile(
    rb"(?i)\A(?:localhost|127\.[0-9.]+|0\.0\.0\.0|host(?:name)?|server|db|database"
    rb"|(?:[a-z0-9.-]*\.)?example(?:\.[a-z]{2,4})?|[a-z0-9.-]*\.(?:local|test|invalid))\Z"
)


def _reachable(found: _Match) -> bool:
    return _elsewhere(found[2])


@lru_cache(256)
def _elsewhere(address: bytes) -> bool:
    """A database's address with a password that is none of an example, and a host elsewhere."""
    account, _, host = address.rpartition(b"@")
    user, _, password = account.partition(b":")
    plain = password.replace(b"%", b"") if re.search(rb"%[0-9A-Fa-f]{2}", password) else password
    return password != user and not _NO_PASSWORD.search(plain) and not _NO_HOST.match(host)


def _guarded(found: _Match) -> bool:
    """The same of a web address, where only a random password counts."""
    account, _, host = found[2].rpartition(b"@")
    password = account.partition(b":")[2]
    mixed = _LOWER.search(password) and (_UPPER.search(password) or _DIGIT.search(password))
    return mixed is not None and b"." in host and not is_placeholder(password) and _reachable(found)


def _logged_in(found: _Match) -> bool:
    host, *_, password = found[2].replace(b"\\n", b" ").split()
    return not (is_placeholder(password) or _NO_PASSWORD.search(password) or _NO_HOST.match(host))


def _account(found: _Match) -> bool:
    user, _, password = _decoded(found[2]).partition(b":")
    return user.isascii() and len(password) >= 6 and not _NO_PASSWORD.search(password)


# --- the rules ---------------------------------------------------------------------------------

# A value starts where no word goes on, or after an escape: `\n` in a notebook, `%3D` in an address,
# `[0m` in a terminal's output.
_WORD_BYTES = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")
_DIGIT_BYTES = frozenset(b"0123456789")
_ESCAPE = re.compile(rb"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|%[0-9a-fA-F]{2}|[0-9]m)\Z")
_ESCAPE_ENDS = frozenset(b"nrtbfm0123456789abcdefABCDEF")
_ANYWHERE = re.compile(rb"")
LOOK_BACK = 64
_IN_BASE64 = (b"+", b"/", b"=")
_IN_PICKLE = b"\x8c%c"  # and the length stand before a short string in a pickle


def _begins(data: bytes, start: int) -> bool:
    if start == 0 or data[start - 1] not in _WORD_BYTES:
        return True
    if data[start - 1] not in _ESCAPE_ENDS:
        return False
    return _ESCAPE.search(data[max(0, start - 6) : start]) is not None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One of the `heads` and then the value: the head may be shown, the value must not be.

    `before` is what must stand before the head; without it, a value starts where no word goes on.
    An `exact` value ends so too. In a binary file (a database's) values stand next to each other:
    there, one end of an exact value has to be free, and of others only no digit may stand before
    them, as one does in a compiler's names (`6hf_xet…`). What stands `apart` is no part of base64,
    where a short head comes up by chance.
    """

    name: str
    heads: tuple[bytes, ...]
    shape: bytes
    real: Callable[[_Match], bool]
    before: _Pattern | None
    exact: bool
    shown: bool
    apart: bool

    def holds(self, found: _Match, binary: bool) -> bool:
        """Whether what has this rule's shape is a credential."""
        data, (start, end) = found.string, found.span()
        ends = end == len(data) or data[end] not in _WORD_BYTES
        if self.apart and (
            data[start - 1 : start] in _IN_BASE64 or data[end : end + 1] in _IN_BASE64
        ):
            return False
        if self.before is not None:
            if (self.exact and not ends) or not self.real(found):
                return False
            return self.before.search(data[max(0, start - LOOK_BACK) : start]) is not None
        begins = _begins(data, start)
        if binary:
            begins = begins or (ends if self.exact else data[start - 1] not in _DIGIT_BYTES)
            begins = begins or data[start - 2 : start] == _IN_PICKLE % (end - start & 0xFF)
            ends = True
        return begins and (ends or not self.exact) and self.real(found)

    def redact(self, found: _Match) -> str:
        """`hf_ab…yz`; only `…` where there is no beginning to know it by, or little to hide in."""
        if not self.shown:
            return HIDDEN
        head, value = found[1].decode("ascii"), found[2].decode("ascii")
        return f"{head}{value[:2]}{HIDDEN}{value[-2:]}" if len(value) >= 16 else head + HIDDEN


def _rule(
    name: str,
    heads: bytes,
    value: bytes,
    real: Callable[[_Match], bool] = _mixed,
    *,
    kind: bytes = b"",
    before: _Pattern | None = None,
    exact: bool = False,
    shown: bool = True,
    apart: bool = False,
) -> Rule:
    """`heads` are plain bytes with `|` between them; `kind` goes on with them, and is shown."""
    return Rule(
        name,
        tuple(heads.split(b"|")),
        b"%b)(%b)" % (kind, value),
        real,
        before,
        exact,
        shown,
        apart,
    )


PRIVATE_KEY, GOOGLE_KEY = "private key", "Google service account key"
SERVICE_ACCOUNT = b'"service_account"'
_BASE62, _HEX = rb"[A-Za-z0-9]", rb"[0-9a-f]"
_UUID = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_FREE = rb"(?:(?<![\w-])|(?<=\\n)|(?<=[0-9]m)|(?<=%3D))"  # as `_begins` has it
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
        _varied,
    ),
    _rule("GitLab token", b"GR1348941", rb"[\w-]{20}", exact=True),
    _rule("Bitbucket password", b"ATBB", _BASE62 + b"{32}", exact=True),
    _rule("Atlassian token", b"ATATT3xFfG|ATCTT3xFfG", rb"[\w=-]{100,300}"),
    _rule("Trello token", b"ATTA", _HEX + b"{64,72}", _digits, exact=True),
    _rule("npm token", b"npm_", _BASE62 + b"{36}", exact=True),
    _rule(
        "npm token",
        b"_authToken=|:_password=|:_auth=",
        rb"[^\s\"'`${}<>\\\x80-\xff]{16,255}",
        _digits,
        before=_ANYWHERE,
        shown=False,
    ),
    _rule("PyPI token", b"pypi-", rb"AgE[\w-]{60,1024}"),
    _rule("RubyGems key", b"rubygems_", _HEX + b"{48}", _digits, exact=True),
    _rule("crates.io token", b"cio", _BASE62 + b"{32}", exact=True, apart=True),
    _rule("NuGet key", b"oy2", rb"[a-z0-9]{43}", _dense, exact=True),
    _rule("Docker token", b"dckr_pat_|dckr_oat_", rb"[\w-]{27,32}", exact=True),
    _rule(
        "registry password",
        b'"auth',
        rb"[A-Za-z0-9+/]{8,400}={0,2}(?=[\"\\])",
        _account,
        kind=rb'\\?"\s{0,4}:\s{0,4}\\?"',
        before=_ANYWHERE,
        shown=False,
    ),
    _rule("JFrog token", b"AKCp|cmVmdGtu", _BASE62 + b"{56,69}", exact=True),
    _rule("SonarQube token", b"squ_|sqp_|sqa_", _HEX + b"{40}", _digits, exact=True),
    _rule("Buildkite token", b"bkua_", rb"[a-z0-9]{40,53}", _digits, exact=True),
    _rule("CircleCI token", b"CCIPAT_|CCIPRJ_", _BASE62 + b"{20,24}_[0-9a-f]{40}", exact=True),
    _rule(
        "Sourcegraph token", b"sgp_", _HEX + b"{40}", _digits, kind=rb"(?:\w{5,16}_)?", exact=True
    ),
    _rule("Octopus key", b"API-", rb"[A-Z0-9]{26}", _digits, exact=True),
    _rule("Devin key", b"cog_", rb"[a-z2-7]{52}", _dense, exact=True),
    _rule("Postman key", b"PMAK-", _HEX + b"{24}-[0-9a-f]{34}", _digits, exact=True),
    # models
    _rule("OpenAI key", b"sk-", _BASE62 + b"{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    _rule("OpenAI key", b"sk-proj-|sk-svcacct-|sk-admin-|sk-service-|sk-None-", rb"[\w-]{40,255}"),
    _rule("Anthropic key", b"sk-ant-", rb"[\w-]{80,255}", kind=rb"[a-z]{3,5}[0-9]{2}-"),
    _rule("OpenRouter key", b"sk-or-v1-", _HEX + b"{64}", _digits, exact=True),
    _rule("MiniMax key", b"sk-api-|sk-cp-", rb"[\w-]{80,200}"),
    _rule("Langfuse key", b"sk-lf-", _UUID, _random, exact=True),
    _rule("secret key", b"sk-", _BASE62 + b"{32,64}", _digits, exact=True),  # of many services
    _rule("ElevenLabs key", b"sk_", _HEX + b"{48}", _digits, exact=True),
    _rule("Groq key", b"gsk_", _BASE62 + b"{40,64}"),
    _rule("NVIDIA key", b"nvapi-", rb"[\w-]{60,80}"),
    _rule("xAI key", b"xai-", rb"\w{70,120}"),
    _rule("Cerebras key", b"csk-", rb"[a-z0-9]{48}", _dense, exact=True),
    _rule("Perplexity key", b"pplx-", _BASE62 + b"{40,64}", _varied),
    _rule("Fireworks key", b"fw_", _BASE62 + b"{22,24}", exact=True),
    _rule("Together key", b"tgp_v1_", rb"[\w-]{43}", exact=True),
    _rule("Replicate token", b"r8_", _BASE62 + b"{37}", exact=True),
    _rule("RunPod key", b"rpa_", _BASE62 + b"{30,46}", _digits, exact=True),
    _rule("Modal secret", b"as-", _BASE62 + b"{22}", _base62, exact=True),
    _rule("Voyage key", b"pa-", rb"[\w-]{43}", _base62, exact=True),
    _rule("Brave key", b"BSA", rb"[\w-]{27,29}", _base62, exact=True, apart=True),
    _rule("Jina key", b"jina_", rb"[\w-]{50,80}"),
    _rule("Tavily key", b"tvly-", _BASE62 + b"{20,40}", _digits, kind=rb"(?:dev-|prod-)?"),
    _rule("Firecrawl key", b"fc-", _HEX + b"{32}", _digits, exact=True),
    _rule("Apify token", b"apify_api_", _BASE62 + b"{34,40}"),
    _rule("E2B key", b"e2b_", _HEX + b"{40}", _digits, exact=True),
    _rule("Pinecone key", b"pcsk_", _BASE62 + b"{5,6}_[A-Za-z0-9]{50,70}"),
    _rule("LangSmith key", b"lsv2_pt_|lsv2_sk_", _HEX + b"{32}_[0-9a-f]{10}", _digits, exact=True),
    _rule("Weights & Biases key", b"wandb_v1_", rb"\w{70,90}"),
    _rule(
        "Weights & Biases key",
        b"WANDB_API_KEY",
        _HEX + b"{40}",
        _digits,
        kind=IS,
        before=_ANYWHERE,
        exact=True,
        shown=False,
    ),
    _rule("Neptune token", b"eyJhcGlfYWRkcmVzcyI6", rb"[A-Za-z0-9+/=]{60,400}"),
    _rule("Kaggle token", b"KGAT_", _HEX + b"{32}", _digits, exact=True),
    # clouds
    _rule("AWS access key", b"AKIA|ASIA|ABIA|ACCA", rb"[A-Z2-7]{16}", _random, exact=True),
    _rule("AWS access key", b"A3T", rb"[A-Z0-9][A-Z2-7]{16}", _random, exact=True),
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
        _digits,
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
    _rule("DigitalOcean token", b"dop_v1_|doo_v1_|dor_v1_", _HEX + b"{64}", _digits, exact=True),
    _rule("Databricks token", b"dapi", _HEX + b"{32}(?:-[0-9])?", _digits, exact=True),
    _rule("Cloudflare token", b"cfut_|cfat_|cfk_", _BASE62 + b"{40}[0-9a-f]{8}", exact=True),
    _rule("Cloudflare key", b"v1.0-", _HEX + b"{24}-[0-9a-f]{146}", _digits, exact=True),
    _rule("Heroku key", b"HRKU-", rb"[\w-]{36,64}", _digits),
    _rule("Vercel token", b"vcp_|vca_|vcr_|vci_|vck_", rb"[\w-]{56}", exact=True),
    _rule("Vercel token", b"vercel_blob_rw_", _BASE62 + b"{16}_[A-Za-z0-9]{20,60}"),
    _rule("Netlify token", b"nfp_|nfc_", _BASE62 + b"{36,40}", exact=True),
    _rule("Render key", b"rnd_", _BASE62 + b"{28,32}", _base62, exact=True),
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
    _rule("Pulumi token", b"pul-", _HEX + b"{40}", _digits, exact=True),
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
        _digits,
        kind=rb"[a-z]{2,10}-",
    ),
    _rule("1Password token", b"ops_", rb"eyJ[A-Za-z0-9+/]{200,1024}"),
    _rule("Grafana token", b"glsa_", _BASE62 + b"{32}_[0-9A-Fa-f]{8}", exact=True),
    _rule("Grafana token", b"glc_|eyJrIjoi", rb"[A-Za-z0-9+/]{40,400}={0,2}"),
    _rule("New Relic key", b"NRAK-|NRII-", rb"[A-Z0-9][\w-]{24,31}", _digits, exact=True),
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
    _rule("Sentry token", b"sntryu_", _HEX + b"{64}", _digits, exact=True),
    _rule("Dynatrace token", b"dt0c01.|dt0s01.|dt0s16.", rb"[A-Z0-9]{24}\.[A-Z0-9]{64}", _digits),
    _rule("PostHog key", b"phx_", _BASE62 + b"{40,50}", exact=True),
    # data
    _rule("Supabase key", b"sbp_|sbp_oauth_", _HEX + b"{40}", _digits, exact=True),
    _rule("Supabase key", b"sb_secret_", rb"[\w-]{31}", exact=True),
    _rule(
        "Supabase key",
        b"eyJhbGciOi",
        rb"[\w-]{10,80}\.eyJ[\w-]{20,800}\.[\w-]{43}",
        _service_role,
        exact=True,
    ),
    _rule("Neon key", b"napi_", rb"[a-z0-9]{64}", _dense, exact=True),
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
        _digits,
    ),
    _rule("Slack token", b"xoxd-", rb"[A-Za-z0-9%+/=-]{60,300}"),
    _rule("Slack token", b"xapp-", rb"[0-9]-[0-9A-Za-z-]{24,255}", _digits),
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
        _digits,
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
    _rule("OneSignal key", b"os_v2_app_|os_v2_org_", rb"[a-z2-7]{103}", _dense, exact=True),
    _rule("Klaviyo key", b"pk_", _HEX + b"{34}", _digits, exact=True),
    _rule("Polar token", b"polar_oat_|polar_pat_", rb"[\w-]{30,100}"),
    _rule("SendGrid key", b"SG.", rb"[\w-]{22}\.[\w-]{43}", exact=True),
    _rule("Mailgun key", b"key-", _HEX + b"{32}", _digits, exact=True),
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
    _rule("MailerSend token", b"mlsn.", _HEX + b"{64}", _digits, exact=True),
    _rule("Twilio key", b"SK", _HEX + b"{32}", _digits, exact=True),
    _rule("Facebook token", b"EAA", rb"[A-Z][A-Za-z0-9]{99,300}", _rich, exact=True, apart=True),
    _rule(
        "Stripe key",
        b"sk_live_|sk_test_|rk_live_|rk_test_|sk_org_live_|sk_org_test_",
        _BASE62 + b"{20,255}",
    ),
    _rule("webhook secret", b"whsec_", rb"[A-Za-z0-9+/]{32,64}"),
    _rule("Square token", b"sq0atp-|sq0csp-", rb"[\w-]{22,43}", exact=True),
    _rule("Square token", b"EAAAE|EAAAl", rb"[\w-]{59}", exact=True, apart=True),
    _rule("Shopify token", b"shpat_|shpca_|shppa_|shpss_", _HEX + b"{32}", _digits, exact=True),
    _rule(
        "Plaid token",
        b"access-",
        _UUID,
        _random,
        kind=rb"(?:sandbox|development|production)-",
        exact=True,
    ),
    _rule("Linear key", b"lin_api_|lin_oauth_", _BASE62 + b"{40,64}", _varied, exact=True),
    _rule("Notion token", b"ntn_", rb"[0-9]{11}[A-Za-z0-9]{35}", exact=True),
    _rule("Notion token", b"secret_", _BASE62 + b"{43}", _base62, exact=True),
    _rule("Figma token", b"figd_|figo_|figp_|figu_", rb"[\w-]{38,54}"),
    _rule("HubSpot token", b"pat-", _UUID, _random, kind=rb"(?:na|eu|ap)[0-9]-", exact=True),
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
    _rule(PRIVATE_KEY, b"LS0tLS1CRUdJTi", rb"[A-Za-z0-9+/]{100,1024}", _encoded_key, shown=False),
    _rule(PRIVATE_KEY, b"AGE-SECRET-KEY-", rb"1[AC-HJ-NP-Z02-9]{58}", _digits, shown=False),
    _rule(PRIVATE_KEY, b"PrivateKey = ", rb"[A-Za-z0-9+/]{43}=", exact=True, shown=False),
    _rule(
        "database password", b"://", _ACCOUNT, _reachable, before=re.compile(_DATABASE), shown=False
    ),
    _rule(
        "password in an address", b"://", _ACCOUNT, _guarded, before=re.compile(_WEB), shown=False
    ),
    _rule(
        "netrc password",
        b"machine ",
        _LOGIN,
        _logged_in,
        shown=False,
    ),
    # no format to know it by: a long random value, by the name that it is given
    _rule(
        "secret by its name",
        b"_KEY|_SECRET|_TOKEN",
        rb"[A-Za-z0-9+/]{32,128}={0,2}(?![(.\[/+])",
        _nameless,
        kind=IS,
        before=re.compile(_NAME),
        exact=True,
        shown=False,
    ),
    _rule(
        "secret by its name",
        b"secret_access_key|SecretAccessKey|secretAccessKey",
        rb"[A-Za-z0-9+/]{40}",
        kind=IS,
        before=_ANYWHERE,
        exact=True,
        shown=False,
    ),
    _rule(
        "secret by its name",
        b"_key|_secret|_token|apikey",
        rb"[A-Za-z0-9]{32,64}(?![(.\[/+])",
        _nameless,
        kind=IS,
        before=re.compile(_NAME),
        exact=True,
        shown=False,
    ),
)
