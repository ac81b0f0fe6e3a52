"""The local Hub builds and runs what is committed to it: only its own user may send it anything."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from huggingface_hub import HfApi

from deployer.rehearsal import LocalHub
from deployer.rehearsal.access import MAX_ANONYMOUS_BODY_BYTES, MAX_BODY_BYTES
from tests.conftest import ROOT

WEB = httpx2.Client()
CREATE = json.dumps({"type": "space", "name": "app", "organization": "x", "sdk": "gradio"}).encode()


@pytest.fixture(name="own_hub")
def _own_hub() -> Iterator[LocalHub]:
    """The Hub as `hf-deploy hub` starts it."""
    with LocalHub(real=True) as started:
        yield started


def port_of(hub: LocalHub) -> int:
    """The port that a Hub listens on."""
    return int(hub.url.rpartition(":")[2])


def status(
    hub: LocalHub, *headers: str, line: str = "POST /api/repos/create", body: bytes = b""
) -> int:
    """The status of a request with exactly these headers, sent through a socket."""
    head = "\r\n".join([f"{line} HTTP/1.1", *headers, "Connection: close", "", ""])
    with socket.create_connection(("127.0.0.1", port_of(hub)), 30) as sock:
        sock.sendall(head.encode("latin-1") + body)
        return int(sock.makefile("rb").readline().split()[1])


def with_length(hub: LocalHub, token: str, *more: str, host: str | None = None) -> int:
    """The status of creating a Space with a token, a host and more headers."""
    headers = [f"Host: {host or f'127.0.0.1:{port_of(hub)}'}", f"Content-Length: {len(CREATE)}"]
    return status(hub, *headers, f"Authorization: Bearer {token}", *more, body=CREATE)


@pytest.mark.parametrize(
    "host",
    ["evil.example:{port}", "evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "localhost:1",
     "127.0.0.1.evil.example:{port}", "0.0.0.0:{port}", "127.0.0.2:{port}", "localhost.:{port}",
     "evil@127.0.0.1:{port}"],
)  # fmt: skip
def test_a_name_that_was_rebound_to_loopback_is_refused(own_hub: LocalHub, host: str) -> None:
    foreign = host.format(port=port_of(own_hub))
    assert with_length(own_hub, own_hub.token, host=foreign) in (400, 421)
    assert status(own_hub, f"Host: {foreign}", line="GET /api/spaces/x/app") in (400, 421)
    assert not own_hub.spaces()


def test_a_request_without_a_host_or_with_two_is_refused(own_hub: LocalHub) -> None:
    right = f"Host: 127.0.0.1:{port_of(own_hub)}"
    for headers in ((), (right, "Host: evil.example"), ("Host: evil.example", right)):
        assert status(own_hub, *headers, line="GET /api/agent-harnesses") in (400, 421)
    assert status(own_hub, right, line="GET /api/agent-harnesses") == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1", "http://localhost:1",
     "null", "", "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/"],
)  # fmt: skip
def test_a_page_of_another_origin_is_refused(own_hub: LocalHub, origin: str) -> None:
    foreign = f"Origin: {origin.format(port=port_of(own_hub))}"
    assert with_length(own_hub, own_hub.token, foreign) == 403
    assert not own_hub.spaces()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_its_own_names_and_origins_are_accepted(own_hub: LocalHub, name: str) -> None:
    own = f"{name}:{port_of(own_hub)}"
    assert with_length(own_hub, own_hub.token, f"Origin: http://{own}", host=own) == 200
    assert own_hub.spaces() == ["x/app"]


@pytest.mark.parametrize(
    "token", ["hf_rehearsal", "hf_write", "hf_read", "", "x", "github-request-token", "hf_é"]
)
def test_a_token_that_is_not_of_this_run_is_refused(own_hub: LocalHub, token: str) -> None:
    assert with_length(own_hub, token) == 401
    for line in ("GET /api/whoami-v2", "GET /_github/oidc?audience=x"):
        host = f"Host: 127.0.0.1:{port_of(own_hub)}"
        assert status(own_hub, host, f"Authorization: Bearer {token}", line=line) == 401
    assert not own_hub.spaces()


def test_a_private_space_is_hidden_without_the_token(own_hub: LocalHub) -> None:
    HfApi(endpoint=own_hub.url, token=own_hub.token).create_repo(
        "x/app", repo_type="space", space_sdk="static", private=True
    )
    for path in ("/api/spaces/x/app", "/spaces/x/app/resolve/main/README.md"):
        assert WEB.get(own_hub.url + path).status_code == 401
        wrong = {"Authorization": "Bearer hf_rehearsal"}
        assert WEB.get(own_hub.url + path, headers=wrong).status_code == 401


def test_each_run_has_a_token_of_its_own(own_hub: LocalHub) -> None:
    with LocalHub(real=True) as other:
        assert own_hub.token != other.token and len(own_hub.token) > 40
        assert with_length(other, own_hub.token) == 401


def test_a_large_body_is_refused_before_it_is_read(own_hub: LocalHub) -> None:
    own = (f"Host: 127.0.0.1:{port_of(own_hub)}", f"Authorization: Bearer {own_hub.token}")
    assert status(own_hub, *own, f"Content-Length: {MAX_BODY_BYTES + 1}") == 413
    assert status(own_hub, own[0], f"Content-Length: {MAX_ANONYMOUS_BODY_BYTES + 1}") == 413


def test_a_large_body_of_unknown_length_is_cut(own_hub: LocalHub) -> None:
    head = (
        f"POST /api/validate-yaml HTTP/1.1\r\nHost: 127.0.0.1:{port_of(own_hub)}\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", port_of(own_hub)), 30) as sock:
        sock.sendall(head.encode())
        for _ in range(MAX_ANONYMOUS_BODY_BYTES // 0x100000 + 1):
            sock.sendall(chunk)
        assert sock.makefile("rb").readline().split()[1] == b"413"


def test_an_upload_is_not_larger_than_announced(own_hub: LocalHub) -> None:
    api = HfApi(endpoint=own_hub.url, token=own_hub.token)
    api.create_repo("x/app", repo_type="space", space_sdk="static")
    sent = WEB.post(
        f"{own_hub.url}/spaces/x/app.git/info/lfs/objects/batch",
        json={"operation": "upload", "objects": [{"oid": "0" * 64, "size": 10}]},
        headers={"Authorization": f"Bearer {own_hub.token}"},
    )
    url = sent.json()["objects"][0]["actions"]["upload"]["href"]
    assert WEB.put(url, content=b"x" * 11).status_code == 413
    assert WEB.put(url, content=b"x" * 10).status_code == 400


def test_the_command_prints_the_token_of_its_run() -> None:
    command = [sys.executable, "-m", "deployer", "hub"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().removeprefix("export ").strip() for _ in range(3)]
        printed = dict(line.split("=", 1) for line in lines)
        try:
            api = HfApi(endpoint=printed["HF_ENDPOINT"], token=printed["HF_TOKEN"])
            api.create_repo("x/app", repo_type="space", space_sdk="static")
            old = {"Authorization": "Bearer hf_rehearsal"}
            assert WEB.get(f"{api.endpoint}/api/whoami-v2", headers=old).status_code == 401
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
