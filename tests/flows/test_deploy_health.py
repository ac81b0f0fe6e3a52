"""The probe: what counts as well, and who gets to see the token."""

from __future__ import annotations

import json
import socket
import time

import pytest

from deployer.events import Warned
from deployer.rehearsal import App, Build, Fault, LocalHub, Step, token_fingerprint
from deployer.rehearsal.request_log import RecordedRequest
from deployer.release.verdict import Verdict
from deployer.request import Health
from deployer.space.settings import RequestedSettings
from deployer.space.space import Visibility
from deployer.world import clock, probe
from deployer.world.probe import may_get_token
from tests.conftest import APP, SPACE
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

QUICK = Health(timeout=5.0)


def _at(hub: LocalHub, address: str) -> None:
    """Have the Hub give this address for the app."""
    hub.scenario.faults = [
        Fault("GET", "/host", 99, status=200, body=json.dumps({"host": address}))
    ]


def _visits(hub: LocalHub) -> list[RecordedRequest]:
    return [visit for visit in hub.visits if visit.headers.get("user-agent") == "hf-deploy"]


@pytest.mark.parametrize("status", [200, 204, 302, 404, 418])
def test_any_answer_below_500_is_well(deploy: Deployer, hub: LocalHub, status: int) -> None:
    hub.scenario.builds = [Build(app=App(status=status))]
    assert deploy(health=QUICK).rollout.verdict is Verdict.LIVE


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_app_that_keeps_failing_is_unhealthy(
    deploy: Deployer, hub: LocalHub, status: int
) -> None:
    hub.scenario.builds = [Build(app=App(status=status))]
    outcome = deploy(health=QUICK)
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.UNHEALTHY, 9)
    assert outcome.rollout.error is not None
    assert f"HTTP {status}" in outcome.rollout.error.cause
    assert str(outcome.app_url) in outcome.rollout.error.cause


def test_an_app_that_needs_a_moment_is_given_it(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(statuses=(503, 500, 200)))]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert len(_visits(hub)) == 3


@pytest.mark.parametrize(("status", "well"), [(200, True), (204, True), (302, False), (404, False)])
def test_a_health_path_is_only_well_with_a_2xx_answer(
    deploy: Deployer, hub: LocalHub, status: int, well: bool
) -> None:
    hub.scenario.builds = [Build(app=App(paths={"/health": status}))]
    outcome = deploy(health=Health("/health?full=1", timeout=5.0))
    assert outcome.rollout.verdict is (Verdict.LIVE if well else Verdict.UNHEALTHY)
    assert {(visit.path, visit.query) for visit in _visits(hub) if visit.path != "/"} == {
        ("/health", "full=1")
    }


def test_a_private_app_that_is_not_there_for_the_token_was_not_checked(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [Build(app=App(404))]
    outcome = deploy(health=Health("/health", timeout=5.0))
    assert (outcome.rollout.verdict, hub.tags(SPACE)) == (Verdict.LIVE, {})
    assert "not checked" in outcome.rollout.warnings[0]


@pytest.mark.parametrize("status", [401, 403])
def test_an_app_that_refuses_us_was_not_checked(
    deploy: Deployer, hub: LocalHub, status: int
) -> None:
    hub.scenario.builds = [Build(app=App(status=status))]
    outcome = deploy(health=Health("/health", timeout=5.0))
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.LIVE, 0)
    assert "not checked" in outcome.rollout.warnings[0]
    assert f"HTTP {status}" in outcome.rollout.warnings[0]


def test_an_app_that_can_not_be_reached_was_not_checked(deploy: Deployer, hub: LocalHub) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        _at(hub, f"http://127.0.0.1:{closed.getsockname()[1]}")
        outcome = deploy(health=QUICK)
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.LIVE, 0)
    assert "not checked" in outcome.rollout.warnings[0]


def test_an_address_that_is_none_was_not_checked(deploy: Deployer, hub: LocalHub) -> None:
    _at(hub, "http://[not-an-address")
    outcome = deploy(health=QUICK)
    assert outcome.exit_code == 0
    assert outcome.rollout.warnings


def test_a_health_timeout_also_ends_a_visit_that_hangs(
    deploy: Deployer, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "_MAX_TIMEOUT", 600.0)  # seconds, far more than the health timeout
    monkeypatch.setattr(clock, "now", time.monotonic)
    hub.scenario.builds = [Build(app=App(hang=True))]
    outcome = deploy(health=Health(timeout=0.5))
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.LIVE, 0)
    assert "not checked" in outcome.rollout.warnings[0]


def test_a_redirect_is_not_followed(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space("julia/elsewhere", APP)
    elsewhere = f"{hub.space('julia/elsewhere').url}/stolen"
    hub.scenario.builds = [Build(app=App(status=302, headers={"Location": elsewhere}))]
    deploy(settings=RequestedSettings(visibility=Visibility.PRIVATE), health=QUICK)
    assert [visit.path for visit in _visits(hub)] == ["/"]


def test_a_private_space_is_visited_with_the_token(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(paths={"/health": 200}))]
    outcome = deploy(
        settings=RequestedSettings(visibility=Visibility.PRIVATE),
        health=Health("/health", timeout=5.0),
    )
    assert outcome.rollout.verdict is Verdict.LIVE
    assert {visit.token for visit in _visits(hub)} == {token_fingerprint("hf_write")}


def test_a_public_space_is_visited_without_the_token(deploy: Deployer, hub: LocalHub) -> None:
    deploy(settings=RequestedSettings(visibility=Visibility.PUBLIC))
    assert {visit.token for visit in _visits(hub)} == {None}


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1@0.0.0.0"])
def test_the_token_does_not_go_over_plain_http_to_another_machine(
    deploy: Deployer, hub: LocalHub, host: str
) -> None:
    space = hub.add_space(SPACE, APP, private=True)
    # no loopback address by its looks, but it reaches this machine
    _at(hub, f"http://{host}:{space.server.port}")
    deploy(health=QUICK)
    assert _visits(hub)
    assert token_fingerprint("hf_write") not in {visit.token for visit in _visits(hub)}
    assert [event for event in deploy.told(Warned) if "without the token" in event.message]


def test_an_unchanged_space_is_visited_too(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, app=App(status=500))
    outcome = deploy(health=QUICK)
    assert (outcome.rollout.verdict, outcome.changed) == (Verdict.UNHEALTHY, False)


def test_a_space_that_failed_to_build_is_not_visited(deploy: Deployer, hub: LocalHub) -> None:
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
