"""A token, a secret and a password are searched for in all that a run of a deploy writes."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from deployer.rehearsal import Fault, LocalHub
from deployer.rehearsal.scenario import TokenOwner
from tests.cli.conftest import Runner
from tests.conftest import APP, ROOT, SPACE, Cli, Ran
from tests.foreign_server import ForeignServer, foreign_server
from tests.fork_server import SHORT_WAITS

TOKEN = "hf_SentinelTokenAbCdEfGhIjKlMnOpQrSt"
SECRET = "s3ntinel/v4lue of+a=secret"
PASSWORD = "pr0xyPa55"
_PARTS = [TOKEN[at : at + 12] for at in range(len(TOKEN) - 11)]
_ENCODED = [quote(SECRET, safe=""), b64encode(SECRET.encode()).decode()]
ECHO = f"no {TOKEN} nor {TOKEN[5:25]} {SECRET} {quote(SECRET, safe='')} " + " ".join(
    b64encode(text.encode()).decode() for text in (TOKEN, SECRET)
)

ROUTES = [
    ("GET", f"/api/spaces/{SPACE}[?]"),
    ("POST", "/validate-yaml"),
    ("POST", "/secrets"),
    ("GET", "/secrets"),
    ("POST", "/preupload/"),
    ("POST", "/commit/"),
    ("GET", "/runtime"),
    ("GET", "/commits/"),
    ("GET", "/host"),
    ("POST", "/tag/"),
    ("GET", "/logs/"),
]
ANSWERS = {
    "echo in the body": Fault("", "", 9, status=403, body=json.dumps({"error": ECHO})),
    "echo in a header": Fault("", "", 9, status=400, headers={"X-Error-Message": ECHO}),
    "server error": Fault("", "", 1, status=500, body=json.dumps({"error": ECHO})),
    "page": Fault("", "", 9, status=200, body=f"<html>{ECHO}</html>"),
    "wrong type": Fault("", "", 9, status=200, body=json.dumps([ECHO, {"error": ECHO}])),
    "wrong values": Fault(
        "", "", 9, status=200, body=json.dumps({"sha": ECHO, "host": ECHO, "stage": ECHO})
    ),
    "cut": Fault("", "", 9, status=200, body=json.dumps({"error": ECHO})[:-5]),
    "redirect": Fault("", "", 9, status=302),
}


@pytest.fixture(name="foreign")
def _foreign() -> Iterator[ForeignServer]:
    with foreign_server() as server:
        yield server


def _shown(ran: Ran, runner: Runner) -> str:
    """All that a run has written, without what tells the runner to mask."""
    lines = (ran.out + ran.err).splitlines()
    shown = [line for line in lines if not line.startswith("::add-mask::")]
    files = [file.read_text("utf-8") for file in runner.folder.iterdir()]
    return "\n".join((*shown, *files))


def _assert_silent(text: str) -> None:
    found = [one for one in (SECRET, PASSWORD, *_PARTS, *_ENCODED) if one in text]
    assert not found, text


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_answer_has_a_deploy_show_a_secret(
    cli: Cli, hub: LocalHub, runner: Runner, foreign: ForeignServer, answer: str
) -> None:
    hub.scenario.tokens[TOKEN] = TokenOwner("julia")
    told = ANSWERS[answer]
    headers = {"Location": f"{foreign.url}/"} if answer == "redirect" else told.headers
    for method, path in ROUTES:
        if not hub.spaces():
            hub.add_space(SPACE, {**APP, "app.py": b"old"})
        (cli.here / "app.py").write_bytes(path.encode())
        hub.scenario.faults = [
            Fault(method, path, told.times, 0, told.status, headers=headers, body=told.body)
        ]
        options = ("--secret", "KEY", "--push-secrets", "--timeout", "5s", "--health-timeout", "1s")
        more = {"HF_TOKEN": TOKEN, "KEY": SECRET, **runner.environment, **SHORT_WAITS}
        output = ["--json"] if method == "GET" else []
        ran = cli("deploy", SPACE, *options, *output, **more)
        _assert_silent(_shown(ran, runner))
    assert not [text for text in foreign.received if TOKEN in text or SECRET in text]


@pytest.fixture(name="bug")
def _bug(tmp_path: Path) -> str:
    """A PYTHONPATH on which the Hub's client fails in the middle, and says all that it knows."""
    folder = tmp_path / "bug"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import base64, os\n"
        "from huggingface_hub import utils\n"
        "check = utils.hf_raise_for_status\n"
        "def fail(response, *_, **__):\n"
        "    if not response.request.url.path.startswith('/api/spaces/'):\n"
        "        return check(response)\n"
        "    token = response.request.headers['Authorization'].removeprefix('Bearer ')\n"
        "    known = f'{token} {os.environ.get(\"KEY\")}'\n"
        "    raise RuntimeError(known + base64.b64encode(known.encode()).decode())\n"
        "utils.hf_raise_for_status = fail\n"
    )
    return f"{folder}:{ROOT}"


@pytest.mark.parametrize("how", ["variable", "saved login", "keyless"])
def test_a_bug_does_not_show_the_token(
    cli: Cli, hub: LocalHub, runner: Runner, bug: str, how: str
) -> None:
    more = {"PYTHONPATH": bug, "KEY": SECRET, **runner.environment, "HF_TOKEN": ""}
    if how == "variable":
        more["HF_TOKEN"] = TOKEN
    elif how == "saved login":
        (cli.home / "hf").mkdir()
        (cli.home / "hf" / "token").write_text(TOKEN)
    else:
        more["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{hub.url}/_github/oidc?a=b"
        more["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = hub.scenario.github_token
        hub.add_space(SPACE, APP)
    ran = cli("deploy", SPACE, "--secret", "KEY", **more)
    assert ran.code == 70 and "RuntimeError: *** ***" in ran.err, ran.err
    shown = _shown(ran, runner)
    _assert_silent(shown)
    masked = [line for line in ran.err.splitlines() if line.startswith("::add-mask::")]
    assert not [line for line in masked if line.removeprefix("::add-mask::") in shown]


@pytest.mark.parametrize(
    "proxy",
    [
        "nonsense",
        "://x",
        "ftp://julia:{}@proxy:1",
        "http://julia:{}@proxy:port",
        "http://:80",
        "http://julia:{}@proxy:99999",
        "socks5://julia:{}@proxy:1",
        "http://julia:{}#x@proxy:1",
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_bad_proxy_is_a_usage_error(cli: Cli, name: str, proxy: str) -> None:
    ran = cli("status", SPACE, **{name: proxy.format(PASSWORD)})
    assert ran.code == 2, ran.err
    assert name in ran.error["error"] and name in ran.error["fix"]
    _assert_silent(ran.out + ran.err)


def test_the_password_of_a_proxy_that_is_not_there_is_not_shown(cli: Cli) -> None:
    proxy = f"http://julia:{PASSWORD}@127.0.0.1:9"
    ran = cli("check", SPACE, "--endpoint", "http://hub.invalid", HTTP_PROXY=proxy)
    _assert_silent(ran.out + ran.err)


def test_the_password_of_an_endpoint_is_not_shown(cli: Cli) -> None:
    for arguments in (("status", SPACE), ("check", SPACE, "--json")):
        ran = cli(*arguments, "--endpoint", f"http://julia:{PASSWORD}@127.0.0.1:9")
        assert ran.code == 2
        _assert_silent(ran.out + ran.err)
