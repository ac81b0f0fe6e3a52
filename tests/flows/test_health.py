"""The health check: which responses are healthy, and where the token is sent."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from deployer.events import Warned
from deployer.flows import health
from deployer.rehearsal import App, Build, Fault, LocalHub, Step, token_fingerprint
from deployer.rehearsal.request_log import RecordedRequest
from deployer.release.verdict import Verdict
from deployer.request import Health
from deployer.space.settings import RequestedSettings
from deployer.space.space import Visibility
from deployer.world import clock
from deployer.world.probe import may_get_token
from tests.conftest import APP, SPACE
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

QUICK = Health(timeout=5.0)


def _at(hub: LocalHub, address: str) -> None:
    """Make the Hub report this URL of the app."""
    hub.scenario.faults = [
        Fault("GET", "/host", 99, status=200, body=json.dumps({"host": address}))
    ]


def _visits(hub: LocalHub) -> list[RecordedRequest]:
    return [visit for visit in hub.visits if visit.headers.get("user-agent") == "hf-deploy"]


@pytest.mark.parametrize("status", [200, 204, 302, 404, 418])
def test_any_status_below_500_is_healthy(deploy: Deployer, hub: LocalHub, status: int) -> None:
    hub.scenario.builds = [Build(app=App(status=status))]
    assert deploy(health=QUICK).rollout.verdict is Verdict.LIVE


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_app_that_keeps_failing_is_unhealthy(
    deploy: Deployer, hub: LocalHub, status: int
) -> None:
    hub.scenario.builds = [Build(app=App(status=status))]
    result = deploy(health=QUICK)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNHEALTHY, 9)
    assert result.rollout.error is not None
    assert f"HTTP {status}" in result.rollout.error.cause
    assert str(result.app_url) in result.rollout.error.cause


def test_an_app_that_starts_slowly_is_healthy(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(statuses=(503, 500, 200)))]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(_visits(hub)) == 3


@pytest.mark.parametrize(("status", "well"), [(200, True), (204, True), (302, False), (404, False)])
def test_a_health_path_is_only_healthy_with_a_2xx_status(
    deploy: Deployer, hub: LocalHub, status: int, well: bool
) -> None:
    hub.scenario.builds = [Build(app=App(paths={"/health": status}))]
    result = deploy(health=Health("/health?full=1", timeout=5.0))
    assert result.rollout.verdict is (Verdict.LIVE if well else Verdict.UNHEALTHY)
    assert {(visit.path, visit.query) for visit in _visits(hub) if visit.path != "/"} == {
        ("/health", "full=1")
    }


def test_a_private_app_that_is_hidden_from_the_token_is_not_checked(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(app=App(404))]
    result = deploy(health=Health("/health", timeout=5.0))
    assert (result.rollout.verdict, hub.tags(SPACE)) == (Verdict.LIVE, {})
    assert "not checked" in result.rollout.warnings[0]


@pytest.mark.parametrize("status", [401, 403])
def test_an_app_that_denies_access_is_not_checked(
    deploy: Deployer, hub: LocalHub, status: int
) -> None:
    hub.scenario.builds = [Build(app=App(status=status))]
    result = deploy(health=Health("/health", timeout=5.0))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.LIVE, 0)
    assert "not checked" in result.rollout.warnings[0]
    assert f"HTTP {status}" in result.rollout.warnings[0]


def test_an_unreachable_app_is_not_checked(deploy: Deployer, hub: LocalHub) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        _at(hub, f"http://127.0.0.1:{closed.getsockname()[1]}")
        result = deploy(health=QUICK)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.LIVE, 0)
    assert "not checked" in result.rollout.warnings[0]


def test_an_invalid_app_url_is_not_checked(deploy: Deployer, hub: LocalHub) -> None:
    _at(hub, "http://[not-an-address")
    result = deploy(health=QUICK)
    assert result.exit_code == 0
    assert result.rollout.warnings


@pytest.fixture(name="real_time")
def _real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that passes while an app does not answer counts, too."""
    started_at = time.monotonic()
    waited = clock.now
    monkeypatch.setattr(clock, "now", lambda: waited() + time.monotonic() - started_at)


def test_an_app_that_accepts_and_never_answers_is_unhealthy(
    deploy: Deployer, hub: LocalHub, real_time: None
) -> None:
    del real_time
    hub.scenario.builds = [Build(app=App(hang=True))]
    result = deploy(health=Health(timeout=0.5))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNHEALTHY, 9)
    assert result.rollout.error is not None
    assert "accepted connections, but did not respond for 0.5 s" in result.rollout.error.cause
    assert not hub.tags(SPACE)


def _drip(client: socket.socket) -> None:
    """Send one header after the other, and no end."""
    client.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        client.sendall(b"X-Slow: 1\r\n")
        time.sleep(0.05)


def _answer_slowly(client: socket.socket) -> None:
    for line in (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 0\r\n", b"\r\n"):
        time.sleep(0.1)
        client.sendall(line)


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _answer_nonsense(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH_9.7\r\n")


@pytest.fixture(name="app_that")
def _app_that(hub: LocalHub) -> Iterator[Callable[[Callable[[socket.socket], None]], None]]:
    """Makes the Hub name an app that does this with each connection once it has read a request."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def handle(client: socket.socket, respond: Callable[[socket.socket], None]) -> None:
            with client, suppress(OSError):
                client.recv(65_536)
                respond(client)

        def serve(respond: Callable[[socket.socket], None]) -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=handle, args=(client, respond), daemon=True).start()

        def start(respond: Callable[[socket.socket], None]) -> None:
            _at(hub, f"http://127.0.0.1:{server.getsockname()[1]}")
            threading.Thread(target=serve, args=(respond,), daemon=True).start()

        yield start


@pytest.mark.parametrize("respond", [_drip, _reset, _answer_nonsense])
def test_an_app_without_a_whole_response_is_unhealthy(
    deploy: Deployer,
    real_time: None,
    app_that: Callable[[Callable[[socket.socket], None]], None],
    respond: Callable[[socket.socket], None],
) -> None:
    del real_time
    app_that(respond)
    started_at = time.monotonic()
    result = deploy(health=Health(timeout=1.0))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNHEALTHY, 9)
    assert result.rollout.error is not None
    assert "accepted connections, but did not respond" in result.rollout.error.cause
    assert time.monotonic() - started_at < 10


def test_an_app_that_sends_its_headers_slowly_is_healthy(
    deploy: Deployer,
    real_time: None,
    app_that: Callable[[Callable[[socket.socket], None]], None],
) -> None:
    del real_time
    app_that(_answer_slowly)
    result = deploy(health=Health(timeout=10.0))
    assert (result.rollout.verdict, result.rollout.warnings) == (Verdict.LIVE, ())


def test_a_slow_response_may_take_what_is_left_of_the_health_timeout(
    deploy: Deployer, hub: LocalHub, real_time: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del real_time
    monkeypatch.setattr(health, "_FIRST_TIMEOUT", 0.5)
    hub.scenario.builds = [Build(app=App(delay=1.5))]
    assert deploy(health=Health(timeout=20.0)).rollout.verdict is Verdict.LIVE


@pytest.mark.parametrize("has_tls", [True, False])
def test_a_host_that_only_a_proxy_says_to_connect_to_is_not_checked(
    deploy: Deployer, hub: LocalHub, monkeypatch: pytest.MonkeyPatch, has_tls: bool
) -> None:
    """A proxy that accepts every tunnel, or refuses it, does not vouch for the host behind it."""
    answer = b"HTTP/1.1 200 OK\r\n\r\n" if has_tls else b"HTTP/1.1 502 Bad Gateway\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    client, _ = proxy.accept()
                    with client, suppress(OSError):
                        client.recv(65_536)
                        client.sendall(answer)
                        client.recv(65_536)

        threading.Thread(target=serve, daemon=True).start()
        hub.add_space(SPACE, APP)
        _at(hub, "https://app.invalid")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        result = deploy(health=QUICK)
    assert result.exit_code == 0
    assert "not checked" in result.rollout.warnings[0]


@pytest.mark.parametrize("private", [True, False])
def test_an_explicit_health_path_that_is_not_found_is_unhealthy(
    deploy: Deployer, hub: LocalHub, private: bool
) -> None:
    hub.add_space(SPACE, APP, private=private, app=App(paths={"/health": 404}))
    result = deploy(health=Health("/health", timeout=5.0))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNHEALTHY, 9)
    assert result.rollout.error is not None and "HTTP 404" in result.rollout.error.cause


def test_a_private_app_that_the_token_may_not_open_is_not_checked(
    deploy: Deployer, hub: LocalHub
) -> None:
    space = hub.add_space(SPACE, APP, private=True, app=App(paths={"/health": 200}))
    # the token is not for this URL, and without one the app is hidden
    _at(hub, f"http://0.0.0.0:{space.server.port}")
    result = deploy(health=Health("/health", timeout=5.0))
    assert (result.rollout.verdict, result.exit_code) == (Verdict.UNCHANGED, 0)
    assert "HTTP 404" in result.rollout.warnings[0]
    assert not hub.tags(SPACE)


def test_a_404_of_the_container_of_a_private_space_is_its_own(
    deploy: Deployer, hub: LocalHub
) -> None:
    proxied = App(404, headers={"x-proxied-host": "http://10.0.0.1"})
    hub.add_space(SPACE, APP, private=True, app=proxied)
    assert deploy(health=QUICK).rollout.warnings == ()
    result = deploy(health=Health("/health", timeout=5.0))
    assert result.rollout.verdict is Verdict.UNHEALTHY


def test_a_single_denial_is_not_believed(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(statuses=(401, 403, 200)))]
    result = deploy(health=QUICK)
    assert (result.rollout.verdict, result.rollout.warnings) == (Verdict.LIVE, ())


def test_a_redirect_is_not_followed(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space("julia/elsewhere", APP)
    elsewhere = f"{hub.space('julia/elsewhere').url}/stolen"
    hub.scenario.builds = [Build(app=App(status=302, headers={"Location": elsewhere}))]
    deploy(settings=RequestedSettings(visibility=Visibility.PRIVATE), health=QUICK)
    assert [visit.path for visit in _visits(hub)] == ["/"]


def test_a_private_app_is_probed_with_the_token(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(paths={"/health": 200}))]
    result = deploy(
        settings=RequestedSettings(visibility=Visibility.PRIVATE),
        health=Health("/health", timeout=5.0),
    )
    assert result.rollout.verdict is Verdict.LIVE
    assert {visit.token for visit in _visits(hub)} == {token_fingerprint("hf_write")}


def test_a_public_app_is_probed_without_the_token(deploy: Deployer, hub: LocalHub) -> None:
    deploy(settings=RequestedSettings(visibility=Visibility.PUBLIC))
    assert {visit.token for visit in _visits(hub)} == {None}


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1@0.0.0.0"])
def test_the_token_is_not_sent_over_plain_http_to_another_machine(
    deploy: Deployer, hub: LocalHub, host: str
) -> None:
    space = hub.add_space(SPACE, APP, private=True)
    # no loopback address by its looks, but it reaches this machine
    _at(hub, f"http://{host}:{space.server.port}")
    deploy(health=QUICK)
    assert _visits(hub)
    assert token_fingerprint("hf_write") not in {visit.token for visit in _visits(hub)}
    assert [event for event in deploy.events_of(Warned) if "without the token" in event.message]


def test_an_unchanged_space_is_probed(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, app=App(status=500))
    result = deploy(health=QUICK)
    assert (result.rollout.verdict, result.changed) == (Verdict.UNHEALTHY, False)


def test_a_space_that_failed_to_build_is_not_probed(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))]
    deploy()
    assert not _visits(hub)


_REAL, _OWN = "https://huggingface.co", "https://hub.example.com:8443"


@pytest.mark.parametrize(
    ("endpoint", "address", "may"),
    [
        (_REAL, "https://julia-demo.hf.space", True),
        (_REAL, "https://julia-demo.static.hf.space/", True),
        (_REAL, "http://julia-demo.hf.space/", False),
        (_REAL, "https://julia-demo.hf.space:8443", False),
        (_REAL, "https://hf.space.evil.example", False),
        (_REAL, "https://evilhf.space", False),
        (_REAL, "https://julia-demo.hf.space@evil.example", False),
        (_REAL, "https://evil.example\\.hf.space", False),
        (_REAL, "https://evil.example#.hf.space", False),
        (_REAL, "https://evil.example?.hf.space", False),
        (_REAL, "https://huggingface.co", False),
        (_REAL, "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:9000", "http://127.0.0.1:8000/health", True),
        ("http://127.0.0.1:9000", "http://[::1]:8000/", True),
        ("http://localhost:9000", "http://localhost:8000/", True),
        ("http://localhost:9000", "http://localhost.example/", False),
        ("http://localhost:9000", "https://julia-demo.hf.space", False),
        ("http://localhost:9000", "http://10.0.0.1/", False),
        (_OWN, "https://hub.example.com", True),
        (_OWN, "https://julia-demo.hub.example.com/", True),
        (_OWN, "http://julia-demo.hub.example.com/", False),
        (_OWN, "https://example.com", False),
        (_OWN, "https://evilhub.example.com", False),
        (_OWN, "https://julia-demo.hf.space", False),
        (_OWN, "no URL", False),
    ],
)
def test_a_token_is_only_for_the_apps_of_its_hub(endpoint: str, address: str, may: bool) -> None:
    assert may_get_token(endpoint, address) is may
