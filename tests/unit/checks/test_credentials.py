"""What counts as a credential, what only looks like one, and that none is ever shown.

No value stands in this file: each is made from a seed when the test runs. (This repository passes
its own scan, and GitHub's.)
"""

from __future__ import annotations

import json
import pickle
import random
import sqlite3
import string
import subprocess
import time
import tracemalloc
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import astuple
from itertools import product
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from deployer.checks.credentials import (
    MAX_CREDENTIALS,
    Credential,
    Scanner,
    find_by_name,
    find_in_names,
    redact_fragments,
    scan,
)
from deployer.checks.known_secrets import known_secrets

_SEED = random.Random(20)
_BASE62 = string.ascii_letters + string.digits
_URL64 = _BASE62 + "_-"
_HEX = "0123456789abcdef"
_DIGITS, _LOW = string.digits, string.ascii_lowercase + string.digits
_BASE32 = string.ascii_uppercase + "234567"
_ROOT = Path(__file__).parents[3]


def _of(alphabet: str, length: int) -> str:
    """Random characters, with one of each kind that a value of this alphabet has."""
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits)
    first = [_SEED.choice(kind) for kind in kinds if set(kind) <= set(alphabet)]
    rest = _SEED.choices(alphabet, k=length - len(first))
    return "".join(_SEED.sample(first + rest, length))


def _pem(kind: str = "", lines: int = 4, end: str = "\n") -> str:
    body = [_of(_BASE62 + "+/", 64) for _ in range(lines)]
    mark = f"{kind}PRIVATE " + "KEY"
    return end.join((f"-----BEGIN {mark}-----", *body, f"-----END {mark}-----"))


def _database(scheme: str, user: str, password: str, host: str) -> str:
    return scheme + "://" + user + ":" + password + "@" + host


def _discord() -> str:
    number = b64encode(str(_SEED.randrange(10**17, 10**18)).encode()).decode().rstrip("=")
    return f"{number}.{_of(_URL64, 6)}.{_of(_URL64, 38)}"


def _uuid() -> str:
    return "-".join(_of(_HEX, length) for length in (8, 4, 4, 4, 12))


def _jwt(claims: dict[str, str]) -> str:
    encoded = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    head, body = [urlsafe_b64encode(part).decode().rstrip("=") for part in encoded]
    return f"{head}.{body}.{_of(_URL64, 43)}"


# a head and so many characters of one kind; a blank keeps the head from being one in this file
_PLAIN = [
    (rule, head.replace(" ", ""), kind, length)
    for kind, rows in (
        (
            _BASE62,
            (
                *(("GitLab token", "GR13 48941", 20), ("Bitbucket password", "AT BB", 32)),
                *(("Atlassian token", "ATATT3 xFfG", 180), ("crates.io token", "c io", 32)),
                *(("Docker token", "dckr _pat_", 27), ("Docker token", "dckr _oat_", 32)),
                *(("JFrog token", "AK Cp", 69), ("Fireworks key", "f w_", 22)),
                *(("Perplexity key", "pp lx-", 48), ("Modal secret", "a s-", 22)),
                *(("RunPod key", "rp a_", 46), ("Jina key", "ji na_", 60)),
                *(("Tavily key", "tv ly-", 32), ("Apify token", "api fy_api_", 36)),
                *(("Weights & Biases key", "wan db_v1_", 77), ("secret key", "s k-", 48)),
                *(("Alibaba access key", "LT AI", 20), ("Tencent access key", "AK ID", 32)),
                *(("Netlify token", "nf p_", 36), ("Render key", "rn d_", 28)),
                *(("Deno token", "dd p_", 36), ("1Password token", "op s_eyJ", 400)),
                *(("PostHog key", "ph x_", 43), ("Prefect key", "pn u_", 36)),
                *(("Linear key", "li n_api_", 40), ("Notion token", "sec ret_", 43)),
                *(("Facebook token", "EA AG", 180), ("webhook secret", "wh sec_", 32)),
                *(("AWS Bedrock key", "AB SK", 128), ("New Relic key", "NR AK-A", 26)),
                *(("Brave key", "BS A", 28), ("Polar token", "polar_ oat_", 43)),
            ),
        ),
        (
            _URL64,
            (
                *(("GitLab token", "gld t-", 20), ("GitLab token", "glr t-", 20)),
                *(("Together key", "tg p_v1_", 43), ("Voyage key", "p a-", 43)),
                *(("Google key", "A Q.Ab8", 46), ("Google access token", "ya 29.", 180)),
                *(("Vercel token", "vc p_", 56), ("Fly token", "fo 1_", 43)),
                *(("HashiCorp Vault token", "hv s.", 95), ("Supabase key", "sb_ secret_", 31)),
                *(("PlanetScale token", "pscale _tkn_", 43), ("Aiven password", "AV NS_", 19)),
                *(("MongoDB Atlas secret", "mdb_ sa_sk_", 40), ("Figma token", "fi gd_", 40)),
                *(("Contentful token", "CF PAT-", 43), ("Dropbox token", "s l.", 140)),
                *(("Square token", "sq0 atp-", 22), ("Heroku key", "HR KU-AA", 58)),
                *(("Anthropic key", "sk-ant -oat01-", 95), ("MiniMax key", "sk- api-", 119)),
            ),
        ),
        (
            _HEX,
            (
                *(("secret key", "s k-", 32), ("ElevenLabs key", "s k_", 48)),
                *(("Perplexity key", "pp lx-", 48), ("Firecrawl key", "f c-", 32)),
                *(("E2B key", "e2 b_", 40), ("Kaggle token", "KG AT_", 32)),
                *(("DigitalOcean token", "do o_v1_", 64), ("Pulumi token", "pu l-", 40)),
                *(("Sentry token", "sn tryu_", 64), ("Supabase key", "sb p_", 40)),
                *(("Shopify token", "shp at_", 32), ("RubyGems key", "ruby gems_", 48)),
                *(("SonarQube token", "sq u_", 40), ("Trello token", "AT TA", 72)),
                *(("MailerSend token", "ml sn.", 64), ("Buildkite token", "bk ua_", 40)),
                *(("Klaviyo key", "p k_", 34), ("Sourcegraph token", "sg p_local_", 40)),
            ),
        ),
        (
            _LOW,
            (("Cerebras key", "cs k-", 48), ("Neon key", "na pi_", 64), ("NuGet key", "oy 2", 43)),
        ),
        (
            _BASE32.lower(),
            (("Devin key", "co g_", 52), ("OneSignal key", "os_ v2_app_", 103)),
        ),
        (_BASE32, (("Octopus key", "AP I-", 26),)),
        ("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", (("private key", "AGE-SECRET- KEY-1", 58),)),
    )
    for rule, head, length in rows
]
_HOOKS = "https://hooks." + "slack.com/services/"
_REAL: dict[str, tuple[str, Callable[[], str]]] = {
    "hf": ("Hugging Face token", lambda: "hf" + "_" + _of(string.ascii_letters, 34)),
    "hf with digits": ("Hugging Face token", lambda: "hf" + "_" + _of(_BASE62, 34)),
    "hf jwt": (
        "Hugging Face token",
        lambda: "hf" + "_jwt_" + "eyJ" + ".".join(_of(_URL64, n) for n in (30, 300, 86)),
    ),
    "hf oauth": ("Hugging Face token", lambda: "hf" + "_oauth_" + _of(_URL64, 60)),
    "hf org": (
        "Hugging Face organization token",
        lambda: "api" + "_org_" + _of(string.ascii_letters, 34),
    ),
    **{
        f"github {kind}": ("GitHub token", lambda kind=kind: f"gh{kind}" + "_" + _of(_BASE62, 36))
        for kind in "pousr"
    },
    "github jwt": (
        "GitHub token",
        lambda: "gh" + "s_" + ".".join(_of(_URL64, n) for n in (36, 400, 80)),
    ),
    "github fine": (
        "GitHub token",
        lambda: "github" + "_pat_" + _of(_BASE62, 22) + "_" + _of(_BASE62, 59),
    ),
    **{
        f"aws {head}": ("AWS access key", lambda head=head: head[0] + head[1:] + _of(_BASE32, 16))
        for head in ("AKIA", "ASIA", "ABIA", "ACCA", "A3TX")
    },
    **{
        f"pem {kind}": ("private key", lambda kind=kind: _pem(kind))
        for kind in ("", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ")
    },
    "pem in json": ("private key", lambda: json.dumps(_pem())),
    "pem in json twice": ("private key", lambda: json.dumps(json.dumps(_pem()))),
    "pem in one line": ("private key", lambda: _pem(end=" ")),
    "pem with CRLF": ("private key", lambda: _pem(end="\r\n")),
    "pem in Python": ("private key", lambda: "key = (" + _pem(end='\\n"\n    "') + ")"),
    "pem with headers": (
        "private key",
        lambda: _pem("RSA ").replace(
            "-----\n",
            "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC," + _of(_HEX, 32) + "\n\n",
            1,
        ),
    ),
    "pgp": (
        "private key",
        lambda: "-----BEGIN PGP PRIVATE "
        + "KEY BLOCK-----\nVersion: GnuPG v2\n\n"
        + _of(_BASE62, 64),
    ),
    "ppk": (
        "private key",
        lambda: "PuTTY-User-"
        + "Key-File-3: ssh-ed25519\nEncryption: none\nComment: x\nPublic-Lines: 2\n"
        + _of(_BASE62, 64)
        + "\nPrivate-"
        + "Lines: 1\n"
        + _of(_BASE62, 44),
    ),
    "service account": (
        "Google service account key",
        lambda: json.dumps(
            {"type": "service_account", "project_id": "p", "private_key": _pem(lines=24)}
        ),
    ),
    **{
        f"openai {kind}": (
            "OpenAI key",
            lambda kind=kind: f"sk-{kind}-" + _of(_URL64, 58) + "T3Blbk" + "FJ" + _of(_URL64, 58),
        )
        for kind in ("proj", "svcacct", "admin")
    },
    "openai": (
        "OpenAI key",
        lambda: "sk" + "-" + _of(_BASE62, 20) + "T3Blbk" + "FJ" + _of(_BASE62, 20),
    ),
    "anthropic": ("Anthropic key", lambda: "sk-ant-" + "api03-" + _of(_URL64, 93) + "AA"),
    "anthropic admin": ("Anthropic key", lambda: "sk-ant-" + "admin01-" + _of(_URL64, 93) + "AA"),
    "openrouter": ("OpenRouter key", lambda: "sk-or-" + "v1-" + _of(_HEX, 64)),
    "groq": ("Groq key", lambda: "gsk" + "_" + _of(_BASE62, 52)),
    "nvidia": ("NVIDIA key", lambda: "nvapi" + "-" + _of(_URL64, 64)),
    "xai": ("xAI key", lambda: "xai" + "-" + _of(_BASE62, 80)),
    "replicate": ("Replicate token", lambda: "r8" + "_" + _of(_BASE62, 37)),
    "wandb": ("Weights & Biases key", lambda: 'environ["WANDB_API_KEY"] = "' + _of(_HEX, 40) + '"'),
    "wandb env": ("Weights & Biases key", lambda: "export WANDB_API_KEY=" + _of(_HEX, 40)),
    "slack bot": (
        "Slack token",
        lambda: "xox" + "b-" + _of("0123456789", 12) + "-2947105836472-" + _of(_BASE62, 24),
    ),
    "slack refresh": ("Slack token", lambda: "xox" + "e.xox" + "p-1-" + _of(_BASE62, 160)),
    "slack app": (
        "Slack token",
        lambda: "xapp" + "-1-A0" + _of(_BASE32, 9) + "-2947105836472-" + _of(_HEX, 64),
    ),
    "slack hook": (
        "Slack webhook",
        lambda: _HOOKS + f"T{_of(_BASE32, 9)}/B{_of(_BASE32, 9)}/{_of(_BASE62, 24)}",
    ),
    "google": ("Google key", lambda: "AI" + "za" + _of(_URL64, 35)),
    "google oauth": ("Google OAuth secret", lambda: "GOC" + "SPX-" + _of(_URL64, 28)),
    "google refresh": ("Google refresh token", lambda: "1/" + "/0" + _of(_URL64, 98)),
    **{
        f"stripe {kind}": ("Stripe key", lambda kind=kind: f"{kind}" + "_" + _of(_BASE62, 99))
        for kind in ("sk_live", "rk_live", "sk_test", "rk_test")
    },
    "gitlab": ("GitLab token", lambda: "glp" + "at-" + _of(_URL64, 20)),
    "npm": ("npm token", lambda: "npm" + "_" + _of(_BASE62, 36)),
    "npmrc": (
        "npm token",
        lambda: "//npm.example.org/:_auth" + "Token=8c5f61d2-" + _of(_HEX, 24),
    ),
    "pypi": ("PyPI token", lambda: "pypi-AgE" + "IcHlwaS5vcmc" + _of(_URL64, 150)),
    "sendgrid": ("SendGrid key", lambda: "S" + "G." + _of(_URL64, 22) + "." + _of(_URL64, 43)),
    "digitalocean": ("DigitalOcean token", lambda: "dop" + "_v1_" + _of(_HEX, 64)),
    "databricks": ("Databricks token", lambda: "da" + "pi" + _of(_HEX, 32)),
    "twilio": ("Twilio key", lambda: "S" + "K" + _of(_HEX, 32)),
    "mailgun": ("Mailgun key", lambda: "ke" + "y-" + _of(_HEX, 32)),
    "telegram": ("Telegram bot token", lambda: "7391528640:" + "AA" + _of(_URL64, 33)),
    "discord": ("Discord bot token", _discord),
    "discord hook": (
        "Discord webhook",
        lambda: "https://discord.com/api/" + "webhooks/1029384756019283746/" + _of(_URL64, 68),
    ),
    "azure": (
        "Azure storage key",
        lambda: "AccountName=x;Account" + "Key=" + _of(_BASE62 + "+/", 86) + "==;E=1",
    ),
    "azure bus": ("Azure access key", lambda: "SharedAccess" + "Key=" + _of(_BASE62, 43) + "="),
    **{
        f"database {scheme}": (
            "database password",
            lambda scheme=scheme: _database(scheme, "app", _of(_BASE62, 12), "db1.acme.io:5432/x"),
        )
        for scheme in (
            *("postgres", "postgresql", "postgresql+asyncpg", "mysql+pymysql", "mongodb+srv"),
            *("redis", "rediss", "amqp"),
        )
    },
    **{
        f"{head} and {length}": (rule, lambda head=head, kind=kind, n=length: head + _of(kind, n))
        for rule, head, kind, length in _PLAIN
    },
    "gitlab routable": (
        "GitLab token",
        lambda: "glp" + "at-" + _of(_URL64, 27) + ".01." + _of(_LOW, 9),
    ),
    "pinecone": ("Pinecone key", lambda: "pcsk" + "_" + _of(_BASE62, 6) + "_" + _of(_BASE62, 63)),
    "langsmith": ("LangSmith key", lambda: "lsv2" + "_pt_" + _of(_HEX, 32) + "_" + _of(_HEX, 10)),
    "langfuse": ("Langfuse key", lambda: "sk-" + "lf-" + _uuid()),
    "hubspot": ("HubSpot token", lambda: "pat-" + "na1-" + _uuid()),
    "plaid": ("Plaid token", lambda: "access-" + "production-" + _uuid()),
    "airtable": ("Airtable token", lambda: "p" + "at" + _of(_BASE62, 14) + "." + _of(_HEX, 64)),
    "postman": ("Postman key", lambda: "PMA" + "K-" + _of(_HEX, 24) + "-" + _of(_HEX, 34)),
    "brevo": ("Brevo key", lambda: "xkey" + "sib-" + _of(_HEX, 64) + "-" + _of(_BASE62, 16)),
    "resend": ("Resend key", lambda: "r" + "e_" + _of(_BASE62, 8) + "_" + _of(_BASE62, 24)),
    "grafana": ("Grafana token", lambda: "gls" + "a_" + _of(_BASE62, 32) + "_" + _of(_HEX, 8)),
    "notion": ("Notion token", lambda: "nt" + "n_" + _of(_DIGITS, 11) + _of(_BASE62, 35)),
    "mailchimp": ("Mailchimp key", lambda: _of(_HEX, 32) + "-u" + "s14"),
    "new relic license": ("New Relic key", lambda: _of(_HEX, 32) + "FFFF" + "NRAL"),
    "cloudflare ca": (
        "Cloudflare key",
        lambda: "v1" + ".0-" + _of(_HEX, 24) + "-" + _of(_HEX, 146),
    ),
    "doppler": ("Doppler token", lambda: "d" + "p.st.dev." + _of(_BASE62, 43)),
    "tailscale": (
        "Tailscale key",
        lambda: "tsk" + "ey-auth-" + _of(_BASE62, 12) + "CNTRL-" + _of(_BASE62, 32),
    ),
    "terraform": ("Terraform token", lambda: _of(_BASE62, 14) + ".atlas" + "v1." + _of(_URL64, 67)),
    "fly": ("Fly token", lambda: "FlyV1 fm" + "2_" + _of(_BASE62, 200) + ",fm1"),
    "salesforce": (
        "Salesforce token",
        lambda: "00" + "D" + _of(_BASE62, 12) + "!AQ" + _of(_BASE62, 94),
    ),
    "dynatrace": (
        "Dynatrace token",
        lambda: "dt0" + "c01." + _of(_BASE32, 24) + "." + _of(_BASE32, 64),
    ),
    "azure devops": (
        "Azure access key",
        lambda: _of(_BASE62, 52) + "JQQ" + "J99" + _of(_BASE62, 18) + "AZDO" + _of(_BASE62, 4),
    ),
    "azure secret": ("Azure client secret", lambda: _of(_BASE62, 3) + "8" + "Q~" + _of(_URL64, 34)),
    "azure signature": (
        "Azure signature",
        lambda: "https://a.example.org/b?sv=2022&s" + "ig=" + _of(_BASE62, 43) + "%3D",
    ),
    "telegram in an address": (
        "Telegram bot token",
        lambda: "https://api.telegram.org/bot7391528640:" + "AA" + _of(_URL64, 33) + "/getMe",
    ),
    "wireguard": ("private key", lambda: "Private" + "Key = " + _of(_BASE62, 43) + "="),
    "kubeconfig": (
        "private key",
        lambda: "client-key-data: " + b64encode(_pem("RSA ").encode()).decode(),
    ),
    "neptune": (
        "Neptune token",
        lambda: b64encode(f'{{"api_address":"https://a.ai","key":"{_uuid()}"}}'.encode()).decode(),
    ),
    "registry": (
        "registry password",
        lambda: json.dumps({"auth": b64encode(f"julia:{_of(_BASE62, 14)}".encode()).decode()}),
    ),
    "netrc": (
        "netrc password",
        lambda: "machine api.acme.io\n  login julia\n  password " + _of(_BASE62, 18),
    ),
    "supabase": ("Supabase key", lambda: _jwt({"iss": "supabase", "role": "service" + "_role"})),
    "web": (
        "password in a URL",
        lambda: _database("https", "ci", _of(_BASE62, 16), "acme.io"),
    ),
    **{
        f"by the name {name}": ("secret by name", lambda name=name: name + _of(_BASE62, 40))
        for name in (
            *(
                "MISTRAL_API_KEY=",
                'COHERE_API_KEY = "',
                'api_key="',
                "JWT_SECRET: ",
                "X_AUTH_TOKEN=",
            ),
            *("AWS_SECRET_ACCESS_KEY=", "aws_secret_access_key = ", '"SecretAccessKey": "'),
            *('environ["DB_API_KEY"] = "', "app.config['SECRET_KEY'] = '"),
        )
    },
    "by a uuid": ("secret by name", lambda: f"API_KEY={_uuid()}"),
    "database, escaped": (
        "database password",
        lambda: _database("postgres", "app", "q%40" + _of(_BASE62, 9), "10.2.3.4/x"),
    ),
}
_ALL = sorted(_REAL)


def _real(kind: str = "hf", number: int = 0) -> str:
    """The same value for the same number in each run: one in thousands looks made up."""
    _SEED.seed(f"{kind} {number}")
    return _REAL[kind][1]()


def _rules(data: bytes | str, path: str = "app.py") -> list[str]:
    return [one.rule for one in scan(path, data if isinstance(data, bytes) else data.encode())]


def test_each_kind_of_credential_is_found_whatever_is_around_it() -> None:
    around = (("", ""), ("x = ", "\n"), ("first\n# ", " is it\n"), ("<b>", "</b>"))
    for kind, (before, after) in product(_ALL, around):
        assert _rules(before + _real(kind) + after) == [_REAL[kind][0]], (kind, before, after)


def test_what_is_reported_holds_nothing_of_the_value() -> None:
    for kind in _ALL:
        _assert_hidden(kind)


def _assert_hidden(kind: str) -> None:
    value = _real(kind)
    (one,) = scan("app.py", f"\n{value}\n".encode())
    assert one.line == 2
    for text in (one.redacted, repr(one), str(one), str(astuple(one))):
        assert "…" in text
        secret = value[-12:]
        assert not any(secret[at : at + 5] in text for at in range(len(secret) - 4))
    _, _, shown = one.redacted.rpartition("…")
    assert len(shown) <= 2
    secret = value.partition("-----END")[0][-14:-4]
    for sentence in (f"`colorFrom` is {value!r}; use red", f"invalid requirement `{value}`"):
        assert secret not in redact_fragments(sentence)


@pytest.mark.parametrize("kind", ["hf", "github p", "aws AKIA", "anthropic", "stripe sk_live"])
def test_a_value_is_known_by_its_beginning_and_two_characters_at_each_end(kind: str) -> None:
    heads = {"hf": "hf_", "github p": "ghp_", "aws AKIA": "AKIA"}
    heads |= {"anthropic": "sk-ant-api03-", "stripe sk_live": "sk_live_"}
    head, value = heads[kind], _real(kind)
    (one,) = scan("app.py", value.encode())
    assert one.redacted == f"{head}{value[len(head) :][:2]}…{value[-2:]}"


RANDOM_KINDS = ("hf", "github p", "aws AKIA", "gitlab", "mailgun", "google")


def count_found(kind: str, values: int) -> int:
    """How many of so many random values of this kind are found."""
    return sum(bool(_rules(_real(kind, number))) for number in range(values))


def test_random_values_are_not_taken_for_placeholders() -> None:
    assert {kind: count_found(kind, 40) for kind in RANDOM_KINDS} == dict.fromkeys(RANDOM_KINDS, 40)


def test_memory_stays_small_whatever_is_fed() -> None:
    data = b"some text of a line\n" * 200_000
    tracemalloc.start()
    scan("a", data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3_000_000 < len(data)


def _look_alikes() -> dict[str, str]:
    _SEED.seed(3)
    letters = string.ascii_letters
    fakes = ("x" * 34, "aBcDeFgHiJkLmNoPqRsTuVwXyZ01234567", "1234567890" * 4, "aB1" * 12)
    fakes += ("yourTokenGoesHere" + "Abc123" * 3, "TransformersPipelineDownloadProgressBar")
    heads = ("hf_", "gh" + "p_", "github_pat_", "gsk_", "npm_", "sk-proj-", "glpat-", "sk_live_")
    return {
        **{f"{head}{fake}": head + fake for head in heads for fake in fakes},
        "your token": "hf_your_token_here, hf_xxx…, hf_…, hf_..., <hf_token>, ${HF_TOKEN}",
        "Anthropic's example": "sk-ant-api03-..., sk-ant-api03-" + "x" * 95,
        "a name": "hf_hub_download_with_progress_bar_and_more(hf_oauth_client_id_of_the_space_v2)",
        "AWS's example": "AKIA" + "IOSFODNN7EXAMPLE",
        "a commit": _of(_HEX, 40),
        "a word before": f"my{_real()} my_{_real('github p')} disk-proj-{_of(_BASE62, 60)}",
        "part of a longer one": "S" + "K" + _of(_HEX, 64) + " AI" + "za" + _of(_URL64, 60),
        "uuid": "8c5f61d2-4b1e-4f7a-9d3c-0a1b2c3d4e5f",
        "a lock file": f'"integrity": "sha512-{_of(_BASE62 + "+/", 86)}==", sha256:{_of(_HEX, 64)}',
        "an image": "data:image/png;base64," + b64encode(_SEED.randbytes(90_000)).decode(),
        "an image of its own alphabet": _of(_URL64, 90_000),
        "an SVG path": "M" + " ".join(f"{_SEED.random():.3f}-.5c{n}" for n in range(5000)),
        "a vocabulary": json.dumps({_of(letters, 5): n for n in range(3000)} | {"ghp_": 1}),
        "a header": 'if "-----BEGIN ' + 'PRIVATE KEY-----" in text and '
        "len(text_of_the_key_without_any_space_in_it_or_so) > 3:",
        "a shortened key": "-----BEGIN " + "PRIVATE KEY-----\n" + _of(_BASE62, 64) + "...\n",
        "a key of one letter": "-----BEGIN " + "PRIVATE KEY-----\n" + "ABab" * 16,
        "a PuTTY header": "it begins with PuTTY-User-" + "Key-File-3: ssh-ed25519",
        "a stair in it": "hf_" + _of(_BASE62, 24) + "234567" + _of(_BASE62, 4),
        "many stairs": "hf_" + "".join(a + chr(ord(a) + 1) + chr(ord(a) + 2) for a in "aMfT1pCxGk"),
        "Stripe's example": "sk_test_" + "4eC39HqL" + "yjWDarjtT1zdp7dc",
        "letters only": "xoxb-" + "QPWOE-RUTYA-LSKDJ-FHGMZ-NXBCV-ILOQE",
        "a certificate": _pem().replace("PRIVATE KEY", "CERTIFICATE"),
        "a public key": _pem().replace("PRIVATE", "PUBLIC"),
        "service account without its key": '{"type": "service_account"}',
        **{
            f"password {account} at {host}": _database("postgres", *account, host)
            for account in (("user", "pass12"), ("user", "password"), ("u", "${DB_WORD}"))
            for host in ("localhost", "127.0.0.1:5432/x", "host:5432/db", "db.example.com/x")
        },
        **{
            f"password {account}": _database("mysql", *account, "db1.acme.io")
            for account in (
                *(("user", "password"), ("u", "<password>"), ("u", "${DB_WORD}"), ("u", "*" * 8)),
                *(("guests", "guests"), ("u", "{password}"), ("u", "changeme"), ("u", "%s%s%s%s")),
            )
        },
        "a web address": "https://user:longpassphrase@acme.io, http://a:"
        + _of(_BASE62, 9)
        + "@b/c",
        "Telegram's example": "110201543:" + "AA" + "HdqTcvCH1vGWJxfSe1ofSAs0K5PALDsaw",
        "GitHub's example": "gh" + "o_" + "16C7e42F292c6912E7710c838347Ae178B4a",
        "Discord's example": "MTk4NjIyNDgzNDcxOTI1MjQ4." + "Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        "AWS's example secret": "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/"
        + "K7MDENG/bPxRfiCYEXAMPLEKEY",
        "Supabase's key for browsers": _jwt({"iss": "supabase", "role": "anon"}),
        "Supabase's key on each machine": _jwt(
            {"iss": "supabase-demo", "role": "service" + "_role"}
        ),
        "a name for no secret": f"CACHE_KEY={_of(_HEX, 64)} COMMIT_SHA={_of(_HEX, 40)}",
        "keys for all to see": f"NEXT_PUBLIC_API_KEY={_of(_HEX, 32)} ANON_API_KEY={_of(_HEX, 32)}",
        "a key that is read": "API_KEY = readTheKeyFrom2EnvironmentsAndTheVault(1)",
        "an object by a uuid": f"OBJECT_KEY={_uuid()} page_token={_uuid()}",
        "a word in it": f"task-{_of(_HEX, 32)} disk-{_of(_BASE62, 40)} sk-estimator-id-1",
        "a hashed name": f"{_of(_HEX, 32)}.{_of(_HEX, 16)}.js index-{_of(_BASE62, 8)}.js",
        "a registry's example": '{"auth": "' + b64encode(b"user:password").decode() + '"}',
        "netrc's example": "machine acme.io login julia password mypassword",
        "scikit-learn": 'class="sk-top-container" id="sk-container-id-1"',
        "Slack's example": _HOOKS + "T00000000/B00000000/" + "X" * 24,
        "npm's variable": "//npm.example.org/:_auth" + "Token=${NPM_TOKEN_OF_MY_REGISTRY}",
        "wandb's hash elsewhere": "WANDB_API_KEY is read at commit " + _of(_HEX, 40),
        "a JWT": "eyJ" + _of(_URL64, 33) + ".eyJ" + _of(_URL64, 80) + "." + _of(_URL64, 43),
    }


def test_what_only_looks_like_a_credential_is_not_reported() -> None:
    found = {name: _rules(text) for name, text in _look_alikes().items()}
    assert {name: rules for name, rules in found.items() if rules} == {}


def test_this_repository_passes() -> None:
    listed = ["git", "-C", str(_ROOT), "ls-files", "-z", "--cached", "--others"]
    shown = subprocess.run([*listed, "--exclude-standard"], capture_output=True, check=True).stdout
    paths = [_ROOT / name for name in shown.decode().split("\0") if name]
    credentials = [
        one for path in paths if path.is_file() for one in scan(str(path), path.read_bytes())
    ]
    assert not credentials


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_count_from_one_in_any_block(end: str) -> None:
    lines = [_of(string.ascii_lowercase, 60)] * 3000
    places = (0, 7, 130, 135, 136, 1500, 2999)
    for number in places:
        lines[number] = f"token = '{_real(number=number)}'"
    data = end.join(lines).encode()
    for block in (8_000, 8_003, 50_000, 1 << 18):
        scanner = Scanner("a.txt", block=block)
        scanner.feed(data)
        assert [one.line for one in scanner.end()] == [number + 1 for number in places]


@given(some.integers(0, 2**32), some.integers(8_000, 9_000))
def test_a_file_in_pieces_has_the_credentials_of_the_whole(seed: int, block: int) -> None:
    dice = random.Random(seed)
    kinds = [dice.choice(_ALL) for _ in range(8)]
    parts = [f"\n{_real(kind)}\n" + "filler text\n" * dice.randrange(700) for kind in kinds]
    data = "".join(parts).encode()
    whole = scan("a.txt", data)
    expected = [_REAL[kind][0] for kind in kinds]
    google = "Google service account key"
    if google in expected:
        expected = [google if rule == "private key" else rule for rule in expected]
    assert [one.rule for one in whole] == expected
    scanner, at = Scanner("a.txt", block=block), 0
    while at < len(data):
        size = dice.choice((1, 7, 100, 5_000, 20_000))
        scanner.feed(data[at : at + size])
        at += size
    assert scanner.end() == whole


@given(some.integers(-120, 120))
@example(0)
def test_a_credential_across_the_border_of_two_blocks_is_found_once(shift: int) -> None:
    for kind in ("hf", "pem ", "hf jwt", "database redis"):
        for border in (8_000, 8_000 - 4096):
            data = ("\n" * (border + shift - 60) + _real(kind) + "\n" * 9_000).encode()
            scanner = Scanner("a", block=8_000)
            scanner.feed(data)
            assert [one.line for one in scanner.end()] == [border + shift - 59], kind


@given(some.binary(max_size=300), some.sampled_from(_ALL), some.binary(max_size=300))
def test_any_bytes_around_a_credential_are_read_and_never_shown(
    before: bytes, kind: str, after: bytes
) -> None:
    value = _real(kind).encode()
    for one in scan("x", before + value + after):
        text = f"{one} {one!r}".encode()
        assert value[-12:] not in text


@given(some.binary(max_size=500), some.text(max_size=40))
def test_nothing_makes_it_fail(data: bytes, path: str) -> None:
    scan(path, data)
    find_by_name(path)
    for mark in (b"\xff\xfe", b"\xfe\xff"):
        scan(path, mark + data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_read(encoding: str) -> None:
    filler = "plain text, with ünd Ċ and ਊ here\n"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    text = mark + "x = 1\n" * 200 + filler * 9_000 + f"token: {_real()}\n" + filler
    (one,) = scan("a.txt", text.encode(encoding))
    assert (one.rule, one.line) == ("Hugging Face token", 9_201)


def test_a_notebook_s_cells_and_outputs_are_read() -> None:
    aws, token, other = _real("aws AKIA"), _real(), _real("github p")
    notebook = {
        "cells": [
            {
                "source": ["import os\n", f'os.environ["AWS"] = "{aws}"\n'],
                "outputs": [{"text": [f"logged in with\n{token}\n", f"\x1b[31m{other}\x1b[0m"]}],
            },
            {"source": [_pem("RSA ")]},
        ]
    }
    assert sorted(_rules(json.dumps(notebook, indent=1), "a.ipynb")) == [
        *("AWS access key", "GitHub token", "Hugging Face token", "private key")
    ]


def test_a_credential_in_a_binary_has_no_line() -> None:
    dice = random.Random(3)
    for kind in (kind for kind in _ALL if "pem" not in kind and kind != "ppk"):
        value = b"\0" + _real(kind).encode() + b"\0"
        data = b"\x93NUMPY\0" + dice.randbytes(9_000) + value + dice.randbytes(9_000)
        found = [(one.rule, one.line) for one in scan("a.bin", data)]
        assert found == [(_REAL[kind][0], None)], kind


@pytest.mark.parametrize("kind", ["hf", "github p", "aws AKIA", "openai proj", "replicate"])
def test_a_credential_in_a_database_s_file_is_found(tmp_path: Path, kind: str) -> None:
    with sqlite3.connect(tmp_path / "a.db") as base:
        base.execute("create table t (name text, value text, more text)")
        base.execute("insert into t values ('token', ?, '')", [_real(kind)])
    base.close()
    assert _rules((tmp_path / "a.db").read_bytes()) == [_REAL[kind][0]]


def test_letters_in_a_binary_are_not_a_key() -> None:
    inside = _of(_BASE32, 9) + _real("aws AKIA") + _of(_BASE32, 9)
    assert not scan("a.wasm", b"\0asm" + inside.encode())
    assert _rules(b"\0asm\0" + _real("aws AKIA").encode() + b"more") == ["AWS access key"]


def test_the_first_bytes_say_what_a_file_is() -> None:
    token = f"\n{_real()}  # hf-deploy: allow-secret\n".encode()
    (one,) = scan("a.bin", b"\0" + b"\n" * 300_000 + token)
    assert one.line is None
    short = scan("a.txt", f"{'ключ и пароль ' * 90}{_real()}".encode("utf-16"))
    assert [one.line for one in short] == [1]


def test_mangled_names_are_not_tokens() -> None:
    name = b"_ZN6hf_xet7session11XetSessionGt3new17h" + _of(_HEX, 16).encode() + b"E"
    assert not scan("a.so", b"\x7fELF\0" + name.replace(b"7s", b"S7s") + b"\0" + name)


@pytest.mark.parametrize("comment", ["# %s", "// %s", "/* %s */", "<!-- %s -->", "%% %s"])
def test_a_line_with_the_pragma_is_let_through_and_no_other(comment: str) -> None:
    pragma = comment % "hf-deploy: allow-secret"
    one, other = _real(), _real(number=1)
    assert not scan("a", f"x = '{one}'  {pragma}\n".encode())
    assert not scan("a", f"{pragma} {one}\n".encode())
    credentials = scan("a", f"{pragma}\nx = '{one}'\n{other} {pragma}\n{pragma}".encode())
    assert [one.line for one in credentials] == [2]


def test_the_pragma_counts_for_its_line_of_a_cell_only() -> None:
    source = f"a = '{_real()}'  # hf-deploy: allow-secret\nb = '{_real(number=1)}'\n"
    assert len(scan("a.ipynb", json.dumps({"source": source}).encode())) == 1
    assert not scan("a.ipynb", json.dumps({"source": source.split("\n")[:1]}).encode())


def test_a_file_full_of_them_reports_the_first_hundred() -> None:
    data = "\n".join(_real(number=number) for number in range(3 * MAX_CREDENTIALS)).encode()
    assert [one.line for one in scan("a", data)] == list(range(1, MAX_CREDENTIALS + 1))


def test_several_on_a_line_are_reported_in_their_order() -> None:
    line = f"{_real('npm')} {_real()} {_real('aws AKIA')} {_real('npmrc')}"
    assert _rules(line) == ["npm token", "Hugging Face token", "AWS access key", "npm token"]
    assert _rules("_auth" + "Token=" + _real("npm")) == ["npm token"]


HOSTILE = (
    *("hf_", "eyJ", "-----BEGIN ", "://a:b", "://u:password@", ".aaaaaa", "sk-ant-api03-", "A"),
    *("xoxb-", "postgres://a:b", "AKIA", "SG.SG.", "WANDB_API_KEY ", "_authToken=", "EAA", "Q~"),
    *(
        "eyJ.eyJ.",
        "machine a login ",
        "_KEY=",
        "a_",
        "-",
        "LS0tLS1CRUdJTi",
        "https://u:1aB2345@a.b ",
    ),
)


def scan_seconds(unit: str, size: int) -> float:
    """The CPU time that a scan of so many bytes of this unit takes."""
    start = time.process_time()
    scan("a", unit.encode() * (size // len(unit)))
    return time.process_time() - start


def test_no_input_takes_long() -> None:
    # far more than the slowest takes (benchmarks/scan.py), and far below what a runaway would
    for unit in HOSTILE:
        assert scan_seconds(unit, 30_000) < 0.5, unit


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "a/.env", ".env.local", ".ENV.production", ".netrc", ".pypirc", "keys/id_rsa"),
        *("id_ed25519", ".streamlit/secrets.toml", "app/.streamlit/secrets.toml", "a.p12", "b.pfx"),
        *("home/.huggingface/token", ".git-credentials", ".aws/credentials", "kaggle.json"),
        *("a.kdbx", ".cargo/credentials.toml", "application_default_credentials.json"),
        *(".envrc", "prod.env", "a/terraform.tfstate", "terraform.tfstate.backup", "x.jks"),
        *("client_secret.json", "client_secret_12-ab.apps.googleusercontent.com.json"),
        *(".bash_history", ".zsh_history", ".python_history", ".psql_history", "fish_history"),
        *(".dockerconfigjson", ".dockercfg"),
    ],
)
def test_a_name_can_be_enough(path: str) -> None:
    one = find_by_name(path)
    assert one is not None
    assert (one.path, one.line, one.redacted) == (path, None, "…")


@pytest.mark.parametrize(
    "path",
    [
        *(
            ".env.vault",
            ".env.schema",
            ".env.example",
            ".env.sample",
            ".env.template",
            ".env.dist",
            "env",
            "a.env.py",
            *("example.env", "app.env.template", "client_secret.example.json", "history.md"),
            *(".envrc.example", "dotenv", "main.tf", "client_secrets.md", "sample.env"),
            ".envs",
        ),
        *("id_rsa.pub", "my_id_rsa", ".npmrc", "credentials.json", "cert.pem", "a.key", "token"),
        *("secrets.toml", "environment.yml", "credentials.py", "token.json", ""),
    ],
)
def test_a_weak_name_is_not(path: str) -> None:
    assert find_by_name(path) is None


def test_a_credential_shows_where_it_is() -> None:
    assert str(Credential("a.py", 3, "npm token", "npm_ab…yz")) == "a.py:3: npm token (npm_ab…yz)"
    assert str(Credential(".env", None, "environment file", "…")) == ".env: environment file (…)"


def test_a_name_that_holds_a_credential_is_reported_without_it() -> None:
    token = _real()
    names = ["app.py", f"data/{token}.txt", "odd\nname", f"\udcff {_real('npm')}"]
    credentials = find_in_names(names)
    assert set(credentials) == {names[1], names[3]}
    assert credentials[names[1]].rule == "Hugging Face token in the name"
    assert credentials[names[1]].path == f"data/{token[:5]}…{token[-2:]}.txt"


@pytest.mark.parametrize("kind", ["hf", "github p", "anthropic", "pem ", "web", "slack hook"])
def test_a_piece_of_a_credential_is_hidden_as_well(kind: str) -> None:
    value = _real(kind)
    for length in range(40, len(value), 7):
        assert value[30:length] not in redact_fragments(
            f"invalid requirement `{value[:length]}`"
        ), length


@pytest.mark.parametrize(
    "sentence",
    [
        "`colorFrom` is 'bleu'; did you mean `blue`?",
        "http://localhost:7860/config and https://huggingface.co/docs/hub/spaces-config-reference",
        "imports src/components/application/interface/things.py, which is not deployed",
        "hf_transfer, hf_hub_download_something, sk-learn, key = value, \ud800 and é",
        'invalid requirement `numpy=1`; use a full version, e.g. `sdk_version: "5.10.0"`',
    ],
)
def test_a_sentence_without_a_credential_stays_as_it_is(sentence: str) -> None:
    assert redact_fragments(sentence) == sentence


@given(some.text())
def test_nothing_makes_hiding_fail(text: str) -> None:
    assert redact_fragments(redact_fragments(text)) == redact_fragments(text)


def test_a_string_in_a_pickle_is_found_whatever_its_length() -> None:
    for length in range(30, 65):
        value = "hf" + "_" + _of(_BASE62, length)
        assert _rules(pickle.dumps({"a": 1.5, "token": value})) == ["Hugging Face token"], length


@pytest.mark.parametrize(("head", "length"), [("EAAB", 120), ("BSA", 28), ("cio", 32)])
def test_a_short_prefix_inside_base64_is_not_a_token(head: str, length: int) -> None:
    letters = string.ascii_letters + string.digits
    token = head + "".join(random.Random(length).choices(letters, k=length))
    assert _rules(f"key = '{token}'")
    assert not _rules(f"data:audio/wav;base64,UklGRi/{token}+AAA")


_PRAGMA = "hf-deploy: allow-secret"


def test_a_pragma_allows_one_credential_the_nearest() -> None:
    one, other, third = (_real(number=number) for number in range(3))
    minified = f"a='{one}';b='{other}'; /* {_PRAGMA} */ var c=1,d=function(){{}};e='{third}'"
    assert [found.redacted for found in scan("a.js", minified.encode())] == [
        f"hf_{value[3:5]}…{value[-2:]}" for value in (one, third)
    ]
    assert len(scan("a.js", f"{_PRAGMA} {one} {other}".encode())) == 1
    assert not scan("a.js", f"{one} {_PRAGMA} {other} {_PRAGMA}".encode())


@pytest.mark.parametrize("shift", range(4))
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_a_known_secret_is_found_in_base64(shift: int, encode: Callable[[bytes], bytes]) -> None:
    token = _of(_URL64 + "!?~", 38)
    known = known_secrets(token, [])
    encoded = encode(b"x" * shift + token.encode() + b":y" * shift).decode()
    wrapped = "\n    ".join(encoded[at : at + 19] for at in range(0, len(encoded), 19))
    for text in (encoded, f"a = '{encoded}'", f"data: |\n    {wrapped}\nmore: 1\n"):
        (one,) = scan("a.yaml", f"first\n{text}".encode(), known)
        assert (one.rule, one.redacted) == ("the token in use", "…")
        assert one.line == 3 if "|" in text else 2


def test_a_known_secret_is_found_as_it_is_quoted() -> None:
    value = "p/Q&r9" + _of(_BASE62, 14) + '"Z'
    known = known_secrets(None, [("DB", value)])
    quoted = "".join(f"%{byte:02x}" for byte in value.encode())
    half = "".join(f"%{ord(char):02X}" if at % 3 else char for at, char in enumerate(value))
    texts = (value, quote(value), quote(value, safe=""), quoted, half, json.dumps(value), half * 2)
    for text in (*texts, value + "  # hf-deploy: allow-secret"):
        found = scan("a", f"x%20y\n\n{text}\n".encode(), known)
        assert {(one.rule, one.line) for one in found} == {("value of secret DB", 3)}, text
    assert value not in repr(known)


@given(some.integers(-60, 60))
def test_a_known_secret_across_two_blocks_is_found_once(shift: int) -> None:
    token = _real()[:30]
    for text in (token, b64encode(token.encode()).decode()):
        data = "\n" * (4_000 + shift) + text + "\n" * 9_000
        scanner = Scanner("a", known_secrets(token, []), block=8_000)
        scanner.feed(data.encode())
        assert [one.line for one in scanner.end()] == [4_001 + shift]


@pytest.mark.parametrize(
    "value",
    [
        *("gpt-4o", "production", "HuggingFaceTB/SmolLM2-360M-Instruct", "us-east-1", "info"),
        *("meta-llama/Llama-3.1-8B-Instruct-Q4_K_M", "2024-06-01-preview", "julia@acme.io"),
        *("https://api.acme.io/v1/deployments", "postgresql", "20240601T120000Z", "true", ""),
        *("correct-horse-battery-staple", "TransformersPipeline", "1234567890123456", "/data/x"),
    ],
)
def test_a_setting_that_is_not_a_secret_may_stand_in_a_file(value: str) -> None:
    assert not known_secrets(None, [("NAME", value)])


def test_random_values_are_searched_for() -> None:
    for alphabet, length in ((_BASE62, 12), (_HEX, 32), (_LOW, 20), (_URL64, 24), (_BASE32, 24)):
        values = [_of(alphabet, length) for _ in range(200)]
        # nine of ten are found; with eight, no order of the tests draws values that fail
        assert sum(bool(known_secrets(None, [("A", value)])) for value in values) >= 160, alphabet
    for value in (_uuid(), _pem(), f"postgres://app:{_of(_BASE62, 16)}@db/x"):
        assert known_secrets(None, [("A", value)])
    assert not known_secrets("hf_short", [])


def test_a_path_that_holds_a_known_secret_is_shown_without_it() -> None:
    token = _of(_HEX, 40)
    (one,) = find_in_names([f"logs/{token}.txt", "app.py"], known_secrets(token, [])).values()
    assert (one.path, one.rule) == ("logs/….txt", "the token in use in the name")


def test_a_jwt_only_warns() -> None:
    token = _jwt({"sub": _uuid(), "exp": "1"})
    (one,) = scan("a.py", f"x = '{token}'".encode())
    assert (one.rule, one.is_warning) == ("JSON Web Token", True)
    many = "\n".join([token] * 300 + [_real()])
    assert [found.is_warning for found in scan("a", many.encode())] == [True] * 10 + [False]


@pytest.mark.parametrize(
    ("head", "length"),
    [("EAA" + "G", 180), ("EAA" + "AE", 59), ("ci" + "o", 32), ("BS" + "A", 28)],
)
def test_an_assigned_token_of_the_letters_of_base64_is_found(head: str, length: int) -> None:
    assert scan("a", f"NAME={head}{_of(_BASE62, length)}\n".encode())


@pytest.mark.parametrize(
    ("head", "length"),
    [
        *(("AB" + "SK", 128), ("LT" + "AI", 20), ("AK" + "ID", 32), ("AI" + "za", 35)),
        *(("AQ" + "VN", 38), ("1/" + "/0", 98)),
    ],
)
@pytest.mark.parametrize("before", ["+", "/"])
def test_a_start_within_base64_is_none(head: str, length: int, before: str) -> None:
    picture = "data:image/png;base64," + _of(_BASE62, 40) + before + head + _of(_BASE62, length)
    assert not scan("a.html", f"<img src='{picture}/{_of(_BASE62, 40)}'>".encode())
