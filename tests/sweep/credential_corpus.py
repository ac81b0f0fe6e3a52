"""Credentials, and what only looks like one, made when a test runs: no value stands here.

Formats are from the services' documentation and from the rules of public scanners. In a template,
`{b32}` is 32 random characters of the alphabet `b`.
"""

from __future__ import annotations

import json
import random
import re
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator

_LETTERS, _DIGITS = string.ascii_letters, string.digits
_ALPHABETS = {
    "a": _LETTERS,
    "b": _LETTERS + _DIGITS,
    "u": _LETTERS + _DIGITS + "_-",
    "p": _LETTERS + _DIGITS + "+/",
    "w": _LETTERS + _DIGITS + "_",
    "h": "0123456789abcdef",
    "H": "0123456789ABCDEF",
    "d": _DIGITS,
    "l": string.ascii_lowercase + _DIGITS,
    "U": string.ascii_uppercase + _DIGITS,
    "s": string.ascii_lowercase + "234567",
    "S": string.ascii_uppercase + "234567",
}

OWN = """
hf_{a34} | hf_{b34} | api_org_{a34} | hf_oauth_{u60} | ghp_{b36} | gho_{b36} | ghu_{b36}
ghs_{b36} | ghr_{b76} | github_pat_{b22}_{b59} | glpat-{u20} | glpat-{u27}.01.{l9} | gldt-{u20}
glrt-{u20} | glptt-{h40} | glcbt-{b2}_{u20} | glft-{u20} | glsoat-{u20} | glimt-{u25}
glagent-{u50} | gloas-{h64} | _gitlab_session={h32} | GR1348941{u20} | ATBB{b32}
ATATT3xFfG{u180} | ATCTT3xFfG{u180} | ATTA{h72} | npm_{b36} | pypi-AgEIcHlwaS5vcmc{u150}
rubygems_{h48} | cio{b32} | oy2{l43} | dckr_pat_{u27} | dckr_oat_{u32} | AKCp{b69} | squ_{h40}
sqp_{h40} | sqa_{h40} | bkua_{h40} | CCIPAT_{b22}_{h40} | sgp_{h40} | sgp_local_{h40}
sgp_{h16}_{h40} | API-{U26} | PMAK-{h24}-{h34} | CLOJARS_{h60} | tk-us-{u48} | ico-{b32}
snyk_uat.{h8}.{u60} | pat.{u22}.{h24}.{b20} | hawk.{u20}.{u20} | slk_{h64} | odt_{b32} | ctp_{b36}
mka_{b44} | ion_{l42} | sha256~{u43} | tss_{b40} | sk-{b20}T3BlbkFJ{b20}
sk-proj-{u74}T3BlbkFJ{u74} | sk-svcacct-{u74}T3BlbkFJ{u74} | sk-admin-{u74} | sk-ant-api03-{u93}AA
sk-ant-admin01-{u93}AA | sk-ant-oat01-{u93}AA | sk-or-v1-{h64} | sk-{h32} | sk-{b48} | sk_{h48}
gsk_{b52} | nvapi-{u64} | xai-{b80} | csk-{l48} | pplx-{b48} | fw_{b22} | tgp_v1_{u43} | r8_{b37}
rpa_{U40} | as-{b22} | pa-{u43} | BSA{u28} | jina_{b60} | tvly-{b32} | tvly-dev-{b32} | fc-{h32}
apify_api_{b36} | e2b_{h40} | pcsk_{b6}_{b63} | lsv2_pt_{h32}_{h10} | lsv2_sk_{h32}_{h10}
sk-lf-{g} | KGAT_{h32} | llx-{b48} | sk-helicone-{l7}-{l7}-{l7}-{l7} | {h32}.{b16} | nk-{u43}
flp_{b46} | sk_car_{b22} | m0-{b40} | bb_live_{u27} | key_{h128} | app-{b24} | VF.DM.{h24}.{b16}
sgp_{b64} | db-{b29} | tr_dev_{b24} | tr_prod_{b24} | signkey-prod-{h64} | secret-{b43} | sdk-{g}
api-{g} | sec-c-{p0}{b56} | waka_{g} | aio_{b28} | BBFF-{b30} | rdme_{l70} | tfp_{b44}_{b14}
{b6}_{b29}_mmk | {b6}.{b6}:{u43} | zpka_{h32}_{h8} | AKIA{S16} | ASIA{S16} | ABIA{S16} | ACCA{S16}
A3TX{S16} | ABSK{p128} | IQoJb3JpZ2lu{p360} | FwoGZXIvYXdz{p300} | AIza{u35} | AQ.Ab8{u46}
GOCSPX-{u28} | 1//0{u98} | ya29.{u180} | AccountName=acme;AccountKey={p86}==
Endpoint=sb://acme.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey={p43}=
{b52}JQQJ99{b18}AZDO{b4} | {b3}8Q~{u34} | ?sv=2022-11-02&sig={b43}%3D | {p76}+ASt{p6}==
{p76}ACDb{p6}== | {b44}AzSe{b6} | {b44}AzFu{b6}== | {p42}+ACR{p6}
Id={b4}-l0-s0:{p20};Secret={p43}=
https://prod-01.westeurope.logic.azure.com/workflows/{h32}/triggers/manual/paths/invoke?api-version=2016-06-01&sig={u43}
LTAI{b20} | AKID{b32} | AQVN{u38} | y0_{u55} | t1.{u30}.{u86} | dop_v1_{h64} | doo_v1_{h64}
dapi{h32} | dapi{h32}-2 | cfut_{b40}{h8} | v1.0-{h24}-{h146} | HRKU-AA{u58} | vcp_{b56}
vercel_blob_rw_{b16}_{b30} | nfp_{b36} | rnd_{b28} | fm2_{p200} | fo1_{u43} | ddp_{b36}
hvs.{u95} | hvb.{u140} | s.{b24} | {b14}.atlasv1.{b67} | pul-{h40} | dp.pt.{b43} | dp.st.dev.{b43}
dp.sa.{b43} | tskey-auth-{b12}CNTRL-{b32} | tskey-api-{b12}CNTRL-{b32} | ops_eyJ{b300}
A3-{U6}-{U11}-{U5}-{U5}-{U5} | glsa_{b32}_{h8} | glc_{p80}= | eyJrIjoi{b80} | NRAK-{U27}
NRII-{u32} | {h32}FFFFNRAL | sntrys_eyJ{p120} | sntryu_{h64} | dt0c01.{S24}.{S64} | phx_{b43}
sbp_{h40} | sb_secret_{u31} | napi_{l64} | pscale_tkn_{u43} | pscale_pw_{u43} | mdb_sa_sk_{u40}
AVNS_{u19} | CCDB1_{b22}_{b40} | pat{b14}.{h64} | pnu_{b36} | SCW{U17} | DO00{U16}
xoxb-{d12}-{d13}-{b24} | xoxp-{d12}-{d12}-{d13}-{h32} | xoxe.xoxp-1-{b160} | xoxe-1-{U146}
xapp-1-A{U10}-{d13}-{h64} | https://hooks.slack.com/services/T{U10}/B{U10}/{b24}
https://hooks.slack.com/workflows/T{U10}/A{U10}/{d18}/{b24}
https://acme.webhook.office.com/webhookb2/{g}@{g}/IncomingWebhook/{h32}/{g}
https://outlook.office.com/webhook/{g}@{g}/IncomingWebhook/{h32}/{g}
https://discord.com/api/webhooks/{d19}/{u68} | https://canary.discord.com/api/webhooks/{d18}/{u68}
https://discord.com/api/v10/webhooks/{d19}/{u68}
https://ptb.discordapp.com/api/webhooks/{d18}/{u68}
https://chat.googleapis.com/v1/spaces/AAAA{b7}/messages?key={b39}&token={u43}
https://hooks.zapier.com/hooks/catch/{d7}/{l7} | M{b3}M{b3}M{b3}N{b3}O{b3}N{b3}.{u6}.{u38}
{d10}:AA{u33} | os_v2_app_{s103} | pk_{h34} | polar_oat_{b43} | SG.{u22}.{u43} | key-{h32}
{h32}-us14 | {h32}-{h8}-{h8} | xkeysib-{h64}-{b16} | re_{b8}_{b24} | mlsn.{h64} | SK{h32}
EAAG{b180} | EAAC{b180} | sk_live_{b24} | sk_test_{b99} | rk_live_{b99} | whsec_{b32}
sq0atp-{u22} | sq0csp-{u43} | EAAAE{u59} | shpat_{h32} | shpss_{h32} | access-production-{g}
lin_api_{b40} | lin_oauth_{h64} | ntn_{d11}{b35} | secret_{b43} | figd_{u40} | pat-na1-{g}
CFPAT-{u43} | sl.{u140} | sk.eyJ{u90}.{u22} | 00D{b12}!AQ{b94} | duffel_live_{u43}
duffel_test_{u43} | shippo_live_{h40} | shippo_test_{h40} | EZAK{b54} | EZTK{b54} | p8e-{l32}
fio-u-{u64} | s-s4t2ud-{h64} | FLWSECK_TEST-{h12} | FLWSECK-{h32}-X | live_{h35} | sk_sbox_{s26}
access_token$production${l16}${h32} | Mid-server-{u24} | KEY0{H30}_{b22}
secret-token:mercury_production_wma_{b40} | api_live.{u11}.{u32} | md-{u22} | nyk_v0_{b64}
pk_{d8}_{U32} | pina_{U32} | 1/{d16}:{h32} | 2/{d16}/{d16}:{h32} | 1000.{h32}.{h32}
flb_live_{b20} | shltm_{u40} | NF-{b32} | ak_live_{b30} | gAAAAA{u120} | FERNET_KEY={u43}=
Fernet(b"{u43}=") | AGE-SECRET-KEY-1{B58} | PrivateKey = {p43}=
//npm.acme.io/:_authToken={b36} | postgres://app:{b16}@db1.acme.io:5432/app
mysql+pymysql://app:{b12}@10.2.3.4/app | mongodb+srv://app:{b16}@c0.ab1cd.mongodb.net/app
redis://:{b20}@cache.acme.io:6379/0 | rediss://default:{b24}@eu1.upstash.io:6379
amqps://app:{b16}@mq.acme.io/vhost | mssql+pyodbc://sa:{b14}@sql.acme.io/app?driver=x
https://ci:{b20}@git.acme.io/a.git
Server=tcp:acme.database.windows.net,1433;Initial Catalog=app;User ID=app;Password={b14}9;Encrypt=True;
Driver={{ODBC Driver 18}};Server=sql.acme.io;Database=app;Uid=app;Pwd={b14}7;
jdbc:postgresql://db.acme.io:5432/app?user=app&password={b14}7
jdbc:mysql://app:{b14}@db.acme.io/app
jdbc:sqlserver://sql.acme.io:1433;databaseName=app;user=app;password={b14}7;
jdbc:oracle:thin:app/{b12}7@//ora.acme.io:1521/x
host=db.acme.io port=5432 dbname=app user=app password={b14}7
Data Source=sql.acme.io;User Id=app;Password={b14}7 | Authorization: Bearer {b40}
Authorization: Bearer {u64} | Authorization: Basic {basic}
machine api.acme.io login julia password {b18} | {jwt} | {pem} | EAAAl{u59}
"""

NAMED = """
MISTRAL_API_KEY={b32} | COHERE_API_KEY={b40} | DEEPGRAM_API_KEY={h40} | ASSEMBLYAI_API_KEY={h32}
AZURE_OPENAI_KEY={h32} | AZURE_OPENAI_API_KEY={b84} | STABILITY_KEY={b48} | DATADOG_API_KEY={h32}
DD_APP_KEY={h40} | HEROKU_API_KEY={g} | SNYK_TOKEN={g} | CODECOV_TOKEN={g}
TWILIO_AUTH_TOKEN={h32} | ALGOLIA_ADMIN_KEY={h32} | CLOUDFLARE_API_TOKEN={u40}
CLOUDFLARE_API_KEY={h37} | FASTLY_API_TOKEN={u32} | OKTA_API_TOKEN=00{u40}
AUTH0_CLIENT_SECRET={u64} | SPOTIFY_CLIENT_SECRET={h32} | GITHUB_CLIENT_SECRET={h40}
GOOGLE_CLIENT_SECRET={u24} | TWITTER_API_SECRET={b50} | TWITTER_ACCESS_TOKEN={d19}-{b40}
REDDIT_CLIENT_SECRET={u27} | TWITCH_CLIENT_SECRET={l30} | COMET_API_KEY={b25}
OPENWEATHER_API_KEY={h32} | SERPAPI_API_KEY={h64} | SERPER_API_KEY={h40} | NEWSAPI_KEY={h32}
PINECONE_API_KEY={g} | WEAVIATE_API_KEY={b36} | QDRANT_API_KEY={u54} | ELASTIC_API_KEY={b58}==
LINODE_TOKEN={h64} | HCLOUD_TOKEN={b64} | VULTR_API_KEY={U36} | SCALEWAY_SECRET_KEY={g}
IBM_CLOUD_API_KEY={u44} | NGROK_AUTHTOKEN={b27}_{b21} | OPSGENIE_API_KEY={g}
PAGERDUTY_TOKEN={u20} | ZENDESK_API_TOKEN={b40} | FRESHDESK_API_KEY={b20}
INTERCOM_ACCESS_TOKEN={b59}= | ROLLBAR_ACCESS_TOKEN={h32} | BUGSNAG_API_KEY={h32}
HONEYCOMB_API_KEY={b22} | AMPLITUDE_SECRET_KEY={h32} | COINBASE_API_SECRET={b32}
BINANCE_API_SECRET={b64} | KRAKEN_PRIVATE_KEY={p86}== | PLAID_SECRET={h30} | ADYEN_API_KEY={b80}
RAZORPAY_KEY_SECRET={b24} | PAYPAL_CLIENT_SECRET={u80} | BRAINTREE_PRIVATE_KEY={h32}
PUSHER_APP_SECRET={h20} | DROPBOX_APP_SECRET={l15} | LINKEDIN_CLIENT_SECRET={b16}
CONFLUENT_API_SECRET={p64} | BROWSERSTACK_ACCESS_KEY={b20} | SAUCE_ACCESS_KEY={g}
SECRET_KEY={h64} | JWT_SECRET={u43} | SESSION_SECRET={h32} | ENCRYPTION_KEY={p43}=
AZURE_DEVOPS_PAT={s52} | AZURE_DEVOPS_EXT_PAT={s52} | JIRA_API_TOKEN={b24}
AWS_SECRET_ACCESS_KEY={p40} | AWS_SESSION_TOKEN={b300} | SUPABASE_JWT_SECRET={p86}==
LANGCHAIN_API_KEY={h32} | WANDB_API_KEY={h40} | REPLICATE_TOKEN={h40}
DISCORD_CLIENT_SECRET={u32} | MAILJET_SECRET_KEY={h32} | POSTMARK_SERVER_TOKEN={g}
VONAGE_API_SECRET={b16} | MESSAGEBIRD_ACCESS_KEY={b25} | SUMOLOGIC_ACCESS_KEY={b64}
LOGGLY_TOKEN={g} | MAPQUEST_API_KEY={b32} | BING_SUBSCRIPTION_KEY={h32} | ETHERSCAN_API_KEY={U34}
INFURA_PROJECT_SECRET={h32} | ALCHEMY_API_KEY={u32} | DB_PASSWORD={b20} | POSTGRES_PASSWORD={b24}
LICENSE_KEY={U4}-{U4}-{U4}-{U4}-{U4}-{U4} | ACTIVATION_KEY={U5}-{U5}-{U5}-{U5}-{U5}
"""
_NAMED_FORMS = (
    "{name}={value}",
    'os.environ["{name}"] = "{value}"',
    "{name}: {value}",
    '"{lower}": "{value}",',
    '  {camel}: "{value}",',
    "{lower} = '{value}'",
    "--{kebab} {value}",
)
_FORMS = (
    'x = "{}"',
    "{}",
    "VALUE={}",
    '{{"value": "{}"}}',
    "run --with {} --now",
    "  - {}\n",
    "a={}&b=1",
)
_PLACE = re.compile(r"\{([a-zA-Z])(\d*)\}|\{(jwt|pem|basic)\}")


def _templates(table: str) -> list[str]:
    return [one.strip() for line in table.strip().splitlines() for one in line.split(" | ")]


def _uuid(dice: random.Random) -> str:
    return "-".join("".join(dice.choices(_ALPHABETS["h"], k=n)) for n in (8, 4, 4, 4, 12))


def _url64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def value(template: str, dice: random.Random) -> str:
    """A random value of this format."""

    def fill(found: re.Match[str]) -> str:
        if found[3] == "jwt":
            claims = {"sub": _uuid(dice), "exp": dice.randrange(10**9, 2 * 10**9)}
            parts = [json.dumps(one).encode() for one in ({"alg": "HS256", "typ": "JWT"}, claims)]
            return ".".join(_url64(part) for part in (*parts, dice.randbytes(32)))
        if found[3] == "basic":
            return b64encode(f"julia:{value('{b16}', dice)}".encode()).decode()
        if found[3] == "pem":
            body = "\n".join(value("{p64}", dice) for _ in range(4))
            return "-----BEGIN PRIVATE " + f"KEY-----\n{body}\n-----END PRIVATE KEY-----"
        if found[1] == "g":
            return _uuid(dice)
        alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" if found[1] == "B" else _ALPHABETS[found[1]]
        return "".join(dice.choices(alphabet, k=int(found[2])))

    return _PLACE.sub(fill, template).replace("{{", "{").replace("}}", "}")


def own_formats(dice: random.Random) -> Iterator[tuple[str, str]]:
    """Each format with a shape of its own, and a text with a value of it, in several forms."""
    for template in _templates(OWN):
        for form in dice.sample(_FORMS, 4):
            yield template, form.replace("{}", value(template, dice)).replace("{{", "{")


def named_formats(dice: random.Random) -> Iterator[tuple[str, str]]:
    """The same for values that only their name marks as secret."""
    for template in _templates(NAMED):
        name, _, kind = template.partition("=")
        camel = name.title().replace("_", "")
        names = {
            "name": name,
            "lower": name.lower(),
            "camel": camel[0].lower() + camel[1:],
            "kebab": name.lower().replace("_", "-"),
        }
        for form in _NAMED_FORMS:
            yield template, form.format(**names, value=value(kind, dice))


_PLACEHOLDERS = (
    "x",
    "X",
    "*",
    "0",
    "your-key-here",
    "YOUR_API_KEY",
    "<key>",
    "...",
    "abc123",
    "REPLACE_ME",
)


def look_alikes(dice: random.Random) -> Iterator[str]:
    """Texts without a credential."""
    for template in _templates(OWN):
        head = template.partition("{")[0]
        length = int((re.search(r"\{[a-zA-Z](\d+)\}", template) or ["", "32"])[1]) or 32
        if len(head) < 3:
            continue
        word = dice.choice(_PLACEHOLDERS)
        yield f'x = "{head}{(word * (length // len(word) + 1))[:length]}"'
        yield f"{head}${{SECRET}} or {head}{{token}} or {head}<your token>"
        yield f"{head}{''.join(dice.choices(['model', 'value', 'name', 'request', 'with'], k=6))}"
    hexes = "0123456789abcdef"
    for number in range(60):
        h40, h64 = ("".join(dice.choices(hexes, k=n)) for n in (40, 64))
        b64 = b64encode(dice.randbytes(64)).decode()
        name = dice.choice(("data", "weights", "index", "app", "model"))
        yield f"rev: {h40}\nsha256: {h64}\n{name}-{h40[:20]}.js"
        yield f'"integrity": "sha512-{b64}"'
        yield f'"resolved": "https://npm.acme.io/{name}.tgz#{h40}"'
        yield f'"id": "{_uuid(dice)}", "user_id": "{_uuid(dice)}", request_id={h64[:32]}'
        yield f"data:image/png;base64,{b64encode(dice.randbytes(3000)).decode()}"
        yield f"cache_key = '{h64}'; CACHE_KEY={h64[:32]}; fileKey: \"{h40}\""
        yield f"NEXT_PUBLIC_API_KEY={h64[:32]} PUBLISHABLE_KEY={h40} SITE_KEY={h40}"
        yield f"token = get_token_{number}(headers['Authorization'], key={name}_key_v2_2024)"
        yield f"API_KEY=${{{{ secrets.API_KEY }}}} secret: /run/secrets/{name}_{number}"
        yield f"postgres://user:password@localhost:{5000 + number}/{name} mysql://u:{name}@db/x"
        yield f"Server=localhost;User Id=sa;Password=Strong{number}; Password={{word}}; Pwd=%s;"
        yield f"Authorization: Bearer <token> Bearer ${{TOKEN}} Bearer your-token-{number}"
        yield f"MODEL=Org{number}/Llama-3.{number}-8B-Instruct-Q4_K_M TOKENIZER=bert-base-v{number}"
        yield f"sk-container-id-{number} hf_hub_download_{number} pk_live_{h40[:24]}"
        yield f"from {name}_key import Secret{number}Manager, TokenBucket{number}RateLimiterFactory"
        yield f"tokens: [{', '.join(str(dice.randrange(50_000)) for _ in range(20))}]"
