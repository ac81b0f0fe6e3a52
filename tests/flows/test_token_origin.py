"""The token goes to the Hub's own server, whatever other one an answer names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import get_session

from deployer.errors import DeployError
from deployer.rehearsal import Fault, LocalHub
from deployer.rehearsal.scenario import TokenOwner
from deployer.source.snapshot import File
from deployer.space.settings import RequestedSettings, Secret
from deployer.space.space import SpaceId
from deployer.world.hub import accounts, commits, downloads, origins, spaces, tokens
from deployer.world.hub.client import Client, connect
from tests.conftest import APP, SPACE, Repo
from tests.flows.conftest import Deployer
from tests.foreign_server import ForeignServer, foreign_server

TOKEN = "hf_SentinelAbCdEfGh1234"
SECRET = "s3ntinel-v4lue-of-a-secret"
_SPACE = SpaceId.parse(SPACE)
_APP = File.of_bytes("app.py", APP["app.py"])
_COMMIT = {
    "title": "t",
    "message": "",
    "authors": [],
    "date": "2026-01-01T00:00:00.000Z",
}

pytestmark = pytest.mark.usefixtures("no_waits", "_other_hubs_are_forgotten")


@pytest.fixture(name="_other_hubs_are_forgotten")
def _forget_other_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Hub of an earlier test in this process may have had the port of the other server."""
    monkeypatch.setattr(origins, "_origins", {})


@pytest.fixture(name="foreign")
def _foreign() -> Iterator[ForeignServer]:
    with foreign_server() as server:
        yield server


@pytest.fixture(name="client")
def _client(hub: LocalHub) -> Client:
    hub.scenario.tokens[TOKEN] = TokenOwner("julia")
    return connect(hub.url, TOKEN)


def _assert_nothing_secret(foreign: ForeignServer) -> None:
    got = "\n".join(foreign.received)
    assert not [secret for secret in (TOKEN, SECRET, "ookie:") if secret in got], got


def test_the_next_page_of_a_history_is_asked_for_without_the_token(
    client: Client, hub: LocalHub, foreign: ForeignServer
) -> None:
    head = hub.add_space(SPACE, APP).repository.head.id
    link = {"Link": f'<{foreign.url}/api/spaces/{SPACE}/commits/{head}?p=1>; rel="next"'}
    body = json.dumps([{**_COMMIT, "id": head}])
    hub.scenario.faults = [Fault("GET", "/commits/", 9, status=200, headers=link, body=body)]
    with suppress(DeployError):
        commits.whole_history(client, _SPACE, head)
    assert foreign.received
    _assert_nothing_secret(foreign)


_AT = "X-Repo-Commit"
_FILE = {"ETag": f'"{"b" * 40}"', "X-Linked-Size": "2"}
_READS: dict[str, Callable[[Client, str], object]] = {
    "/api/whoami": lambda client, _: accounts.account(client),
    "/resolve/": lambda client, head: downloads.download(client, _SPACE, _APP, head),
    "/commits/": lambda client, head: commits.whole_history(client, _SPACE, head),
    "/runtime": lambda client, _: spaces.runtime(client, _SPACE),
    "/host": lambda client, _: spaces.app_url(client, _SPACE),
    "/api/spaces/[^/]+/[^/]+[?]": lambda client, _: spaces.find(client, _SPACE),
    "/logs/build": lambda client, _: spaces.log_tail(client, _SPACE, build=True, lines=9),
}


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("route", _READS)
def test_a_redirect_is_followed_without_the_token(
    client: Client, hub: LocalHub, foreign: ForeignServer, route: str, status: int
) -> None:
    head = hub.add_space(SPACE, APP).repository.head.id
    headers = {
        "Location": f"{foreign.url}/elsewhere",
        "Set-Cookie": "session=1",
        **_FILE,
        _AT: head,
    }
    hub.scenario.faults = [Fault("*", route, 99, status=status, headers=headers)]
    with suppress(DeployError, ValueError):
        _READS[route](client, head)
    assert foreign.received
    _assert_nothing_secret(foreign)


@pytest.mark.parametrize("route", ["/secrets", "/commit/", "/preupload/"])
def test_a_redirect_does_not_take_what_was_sent_to_another_server(
    deploy: Deployer, hub: LocalHub, foreign: ForeignServer, route: str
) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.tokens[TOKEN] = TokenOwner("julia")
    headers = {"Location": f"{foreign.url}/elsewhere"}
    hub.scenario.faults = [Fault("POST", route, 99, status=307, headers=headers)]
    settings = RequestedSettings(secrets=(Secret("KEY", SECRET),))
    with pytest.raises(DeployError) as raised:
        deploy(token=TOKEN, settings=settings)
    assert "redirected" in raised.value.summary
    assert not foreign.received


def test_an_upload_goes_where_the_hub_says_without_the_token(
    deploy: Deployer, hub: LocalHub, repo: Repo, foreign: ForeignServer
) -> None:
    data = b"\0large\n"
    repo.commit({"model.bin": data})
    hub.scenario.tokens[TOKEN] = TokenOwner("julia")
    hub.add_space(SPACE, APP)
    actions = {
        action: {"href": f"{foreign.url}/{action}", "header": {}} for action in ("upload", "verify")
    }
    oid = hashlib.sha256(data).hexdigest()
    one = {"oid": oid, "size": len(data), "actions": actions}
    body = json.dumps({"transfer": "basic", "objects": [one]})
    hub.scenario.faults = [Fault("POST", "/objects/batch", 99, status=200, body=body)]
    with suppress(DeployError):
        deploy(token=TOKEN)
    assert [line.split(" ", 2)[1] for line in foreign.received] == ["/upload", "/verify"]
    _assert_nothing_secret(foreign)


def test_a_download_by_xet_does_not_take_the_token_to_a_route_that_an_answer_names(
    client: Client, hub: LocalHub, foreign: ForeignServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    space = hub.add_space(SPACE, APP)
    head = space.repository.head.id
    headers = {
        "X-Xet-Hash": "a" * 64,
        "X-Xet-Refresh-Route": f"{foreign.url}/xet-read-token",
        _AT: head,
        **_FILE,
    }
    hub.scenario.faults = [Fault("*", "/resolve/", 9, status=200, headers=headers, body="{}")]
    with suppress(DeployError, ValueError):
        downloads.download(client, _SPACE, _APP, head)
    assert hub.requests_to("/resolve/")
    assert not foreign.received


def test_a_token_for_another_server_is_not_sent_to_the_hub(client: Client, hub: LocalHub) -> None:
    del client
    hub.add_space(SPACE, APP)
    headers = {"Authorization": "Bearer hf_of_someone_else"}
    get_session().get(f"{hub.url}/api/spaces/{SPACE}", headers=headers)
    assert [request.token for request in hub.requests_to(f"/api/spaces/{SPACE}")] == [None]


def test_the_request_for_an_oidc_token_is_not_redirected_with_its_token(
    hub: LocalHub, foreign: ForeignServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_URL", f"{hub.url}/_github/oidc?a=b")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", TOKEN)
    headers = {"Location": f"{foreign.url}/elsewhere"}
    hub.scenario.faults = [Fault("GET", "/_github/oidc", 9, status=302, headers=headers)]
    with pytest.raises(DeployError):
        tokens.find_token(connect(hub.url, None), _SPACE, lambda _: None)
    assert foreign.received
    _assert_nothing_secret(foreign)
