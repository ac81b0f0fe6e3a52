"""The user's own command: its exit code decides, its words are told, no secret reaches it."""

from __future__ import annotations

import time

import pytest

from deployer.events import LogLine, ProbeStarted, VerifyStarted
from deployer.flows.health import check_health
from deployer.flows.operation import Operation
from deployer.flows.soak import RunningApp
from deployer.rehearsal import App, Build, LocalHub, Step
from deployer.release.verdict import Verdict
from deployer.request import Health, Verify
from deployer.space.settings import RequestedSettings, Secret
from tests.conftest import SPACE
from tests.flows.conftest import Deployer

QUICK = Health(timeout=1.0)


def _told(deploy: Deployer) -> list[str]:
    """What came after the command began."""
    begin = next(i for i, event in enumerate(deploy.events) if isinstance(event, VerifyStarted))
    return [event.line for event in deploy.events[begin:] if isinstance(event, LogLine)]


def test_a_command_that_succeeds_is_told_and_the_deploy_is_live(deploy: Deployer) -> None:
    outcome = deploy(verify=Verify("echo one; echo two >&2"))
    assert (outcome.rollout.verdict, outcome.rollout.warnings) == (Verdict.LIVE, ())
    assert [event.command for event in deploy.told(VerifyStarted)] == ["echo one; echo two >&2"]
    assert _told(deploy) == ["one", "two"]


def test_it_finds_the_space_in_its_environment_and_the_app_answers_there(deploy: Deployer) -> None:
    outcome = deploy(verify=Verify('echo "$SPACE_URL $SPACE_ID $SPACE_COMMIT"'))
    assert _told(deploy) == [f"{outcome.app_url} {SPACE} {outcome.commit}"]


def test_a_command_that_fails_is_unhealthy_with_its_last_words(deploy: Deployer) -> None:
    outcome = deploy(verify=Verify("seq 100; echo not good; exit 3"))
    ending = outcome.rollout
    assert (ending.verdict, outcome.exit_code, outcome.changed) == (Verdict.UNHEALTHY, 9, True)
    assert ending.error is not None and "--verify" in ending.error.message
    assert "3" in ending.error.cause and "not good" in ending.error.cause
    assert str(outcome.app_url) in ending.error.fix
    assert len(ending.log) == 20 and ending.log[-1] == "not good"


def test_a_command_that_fails_without_a_word_is_unhealthy(deploy: Deployer) -> None:
    error = deploy(verify=Verify("false")).rollout.error
    assert error is not None and "exit code 1" in error.cause


@pytest.mark.parametrize("command", ["sleep 600", "trap 'exit 0' TERM; echo x; sleep 600 & wait"])
def test_a_command_that_takes_too_long_is_unhealthy(deploy: Deployer, command: str) -> None:
    begin = time.monotonic()
    ending = deploy(verify=Verify(command, timeout=0.5)).rollout
    assert ending.verdict is Verdict.UNHEALTHY
    assert ending.error is not None
    assert "0.5 s" in ending.error.cause and "--verify-timeout" in ending.error.fix
    assert time.monotonic() - begin < 60


def test_no_secret_of_ours_reaches_it(deploy: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_write")
    monkeypatch.setenv("ELSEWHERE", "https://julia:hf_write@example.com")
    monkeypatch.setenv("OPENAI", "sk-0123456789")
    monkeypatch.setenv("PLAIN", "plain")
    monkeypatch.setenv("UNKNOWN", "unknown")
    monkeypatch.setenv("TZ", "UTC")
    asked = RequestedSettings(secrets=(Secret("OPENAI", "sk-0123456789"),))
    outcome = deploy(verify=Verify("env; exit 1", environment=("PLAIN",)), settings=asked)
    told = "\n".join(_told(deploy))
    assert "PLAIN=plain" in told and "TZ=UTC" in told and "UNKNOWN" not in told
    assert "hf_write" not in told and "sk-0123456789" not in told
    assert outcome.rollout.verdict is Verdict.UNHEALTHY


def test_an_app_that_is_not_well_is_not_verified(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(status=500))]
    assert deploy(health=QUICK, verify=Verify("true")).rollout.verdict is Verdict.UNHEALTHY
    assert not deploy.told(VerifyStarted)


def test_a_space_that_failed_is_not_verified(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))]
    deploy(verify=Verify("true"))
    assert not deploy.told(VerifyStarted)


@pytest.mark.parametrize(
    ("command", "verdict"), [("true", Verdict.LIVE), ("false", Verdict.UNHEALTHY)]
)
def test_an_app_that_refused_us_is_verified_all_the_same(
    deploy: Deployer, hub: LocalHub, command: str, verdict: Verdict
) -> None:
    hub.scenario.builds = [Build(app=App(status=401))]
    ending = deploy(health=QUICK, verify=Verify(command)).rollout
    assert ending.verdict is verdict
    assert "not checked" in ending.warnings[0]


def test_without_an_address_it_gets_that_of_the_page(deploy: Deployer, hub: LocalHub) -> None:
    order = deploy.request(verify=Verify("echo $SPACE_URL"))
    nowhere = RunningApp("a" * 40, None, "the Hub does not say the app URL")
    ending = check_health(Operation(deploy.client(), order, deploy.events.append), nowhere)
    assert ending.verdict is Verdict.LIVE
    assert "the Hub does not say the app URL" in ending.warnings[0]
    assert not deploy.told(ProbeStarted)
    assert _told(deploy) == [f"{hub.url}/spaces/{SPACE}"]


def test_an_unchanged_space_is_verified_too(deploy: Deployer) -> None:
    deploy()
    assert deploy(verify=Verify("true")).rollout.verdict is Verdict.UNCHANGED
    outcome = deploy(verify=Verify("false"))
    assert (outcome.rollout.verdict, outcome.changed) == (Verdict.UNHEALTHY, False)


def test_no_wait_runs_no_command(deploy: Deployer) -> None:
    assert deploy(wait=False, verify=Verify("false")).rollout.verdict is Verdict.COMMITTED
    assert not deploy.told(VerifyStarted)
