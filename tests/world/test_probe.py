"""One request to an app: whether its own host was reached, over TLS, too."""

from __future__ import annotations

import inspect
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpcore2
import pytest

from deployer.world import probe

Respond = Callable[[socket.socket], None]


def _nothing(_client: socket.socket) -> None:
    time.sleep(5)


def _respond(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def _close(_client: socket.socket) -> None:
    """End the connection."""


@pytest.fixture(name="certificate")
def _certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """A certificate for localhost, which the client trusts."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 2"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run([*command.split(), *names, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    # the tests of flows read the certificates once
    uncached = inspect.unwrap(httpcore2.default_ssl_context)
    monkeypatch.setattr(httpcore2, "default_ssl_context", uncached)
    probe._ssl_context.cache_clear()  # pylint: disable=protected-access
    yield context
    probe._ssl_context.cache_clear()  # pylint: disable=protected-access


@pytest.fixture(name="serve")
def _serve() -> Iterator[Callable[[Respond, ssl.SSLContext | None], int]]:
    """Starts a server that does this with each connection; returns its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept(respond: Respond, tls: ssl.SSLContext | None) -> None:
            with suppress(OSError):
                while True:
                    accepted, _ = server.accept()
                    with suppress(OSError), accepted:
                        client = tls.wrap_socket(accepted, server_side=True) if tls else accepted
                        client.recv(65_536)
                        respond(client)

        def start(respond: Respond, tls: ssl.SSLContext | None = None) -> int:
            threading.Thread(target=accept, args=(respond, tls), daemon=True).start()
            return int(server.getsockname()[1])

        yield start


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
@pytest.mark.parametrize(("respond", "status"), [(_respond, 204), (_nothing, None), (_close, None)])
def test_a_host_that_finishes_tls_is_the_app(
    certificate: ssl.SSLContext,
    serve: Callable[..., int],
    respond: Respond,
    status: int | None,
) -> None:
    seen = probe.get(f"https://localhost:{serve(respond, certificate)}/", None, 1.0)
    assert (seen.status, seen.is_connected, seen.is_from_app) == (status, True, True)


@pytest.mark.parametrize("respond", [_nothing, _close, _respond])
def test_a_host_that_does_not_finish_tls_is_not_the_app(
    serve: Callable[..., int], respond: Respond
) -> None:
    seen = probe.get(f"https://localhost:{serve(respond)}/", None, 1.0)
    assert (seen.status, seen.is_from_app) == (None, False)


@pytest.mark.parametrize(("host", "is_connected"), [("127.0.0.1", True), ("0.0.0.0", False)])
def test_plain_http_only_proves_a_host_of_this_machine(
    serve: Callable[..., int], host: str, is_connected: bool
) -> None:
    seen = probe.get(f"http://{host}:{serve(_close)}/", None, 1.0)
    assert (seen.status, seen.is_connected) == (None, is_connected)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://app.invalid/", "http://[broken/", "no URL"]
)
def test_a_host_that_is_not_there_is_not_connected_to(url: str) -> None:
    seen = probe.get(url, None, 5.0)
    assert (seen.status, seen.is_from_app) == (None, False)
    assert str(seen)


def test_an_app_on_this_machine_is_asked_without_a_proxy(
    serve: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert probe.get(f"http://127.0.0.1:{serve(_respond)}/", None).status == 204


def test_a_request_ends_in_time_though_headers_keep_coming(serve: Callable[..., int]) -> None:
    def drip(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            client.sendall(b"X-Slow: 1\r\n")
            time.sleep(0.05)

    started_at = time.monotonic()
    seen = probe.get(f"http://127.0.0.1:{serve(drip)}/", None, 1.0)
    assert (str(seen), seen.is_connected) == ("no response in 1 s", True)
    assert time.monotonic() - started_at < 5
