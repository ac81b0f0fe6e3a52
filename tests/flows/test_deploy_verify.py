"""`--verify`: the exit code decides, the output is reported, and no secret is passed on."""

from __future__ import annotations

import time

import pytest

from deployer.events import LogLine, ProbeStarted, VerifyStarted
from deployer.flows.health import check_health
from deployer.flows.operation import Operation
from deployer.flows.running_app import RunningApp
from deployer.rehearsal import App, Build, LocalHub, Step
from deployer.release.verdict import Verdict
from deployer.request import Health, Verify
from deployer.space.settings import RequestedSettings, Secret
from tests.conftest import SPACE
from tests.flows.conftest import Deployer

QUICK = Health(timeout=1.0)


def _output_of(deploy: Deployer) -> list[str]:
    """The lines that were emitted after the verify command started."""
    begin = next(i for i, event in enumerate(deploy.events) if isinstance(event, VerifyStarted))
    return [event.line for event in deploy.events[begin:] if isinstance(event, LogLine)]


def test_a_successful_command_is_reported_and_the_deploy_is_live(deploy: Deployer) -> None:
    result = deploy(verify=Verify("echo one; echo two >&2"))
    assert (result.rollout.verdict, result.rollout.warnings) == (Verdict.LIVE, ())
    assert [event.command for event in deploy.events_of(VerifyStarted)] == [
        "echo one; echo two >&2"
    ]
    assert _output_of(deploy) == ["one", "two"]


def test_a_command_gets_the_space_and_a_working_app_url(deploy: Deployer) -> None:
    result = deploy(verify=Verify('echo "$SPACE_URL $SPACE_ID $SPACE_COMMIT"'))
    assert _output_of(deploy) == [f"{result.app_url} {SPACE} {result.commit}"]


def test_a_failed_command_is_unhealthy_with_the_end_of_its_output(deploy: Deployer) -> None:
    result = deploy(verify=Verify("seq 100; echo not good; exit 3"))
    rollout = result.rollout
    assert (rollout.verdict, result.exit_code, result.changed) == (Verdict.UNHEALTHY, 9, True)
    assert rollout.error is not None and "--verify" in rollout.error.message
    assert "3" in rollout.error.cause and "not good" in rollout.error.cause
    assert str(result.app_url) in rollout.error.fix
    assert len(rollout.log) == 20 and rollout.log[-1] == "not good"


def test_a_failed_command_without_output_is_unhealthy(deploy: Deployer) -> None:
    error = deploy(verify=Verify("false")).rollout.error
    assert error is not None and "exit code 1" in error.cause


@pytest.mark.parametrize("command", ["sleep 600", "trap 'exit 0' TERM; echo x; sleep 600 & wait"])
def test_a_command_that_takes_too_long_is_unhealthy(deploy: Deployer, command: str) -> None:
    begin = time.monotonic()
    rollout = deploy(verify=Verify(command, timeout=0.5)).rollout
    assert rollout.verdict is Verdict.UNHEALTHY
    assert rollout.error is not None
    assert "0.5 s" in rollout.error.cause and "--verify-timeout" in rollout.error.fix
    assert time.monotonic() - begin < 60


def test_a_command_gets_no_secret(deploy: Deployer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_write")
    monkeypatch.setenv("ELSEWHERE", "https://julia:hf_write@example.com")
    monkeypatch.setenv("OPENAI", "sk-0123456789")
    monkeypatch.setenv("PLAIN", "plain")
    monkeypatch.setenv("UNKNOWN", "unknown")
    monkeypatch.setenv("TZ", "UTC")
    asked = RequestedSettings(secrets=(Secret("OPENAI", "sk-0123456789"),))
    result = deploy(verify=Verify("env; exit 1", environment=("PLAIN",)), settings=asked)
    output = "\n".join(_output_of(deploy))
    assert "PLAIN=plain" in output and "TZ=UTC" in output and "UNKNOWN" not in output
    assert "hf_write" not in output and "sk-0123456789" not in output
    assert result.rollout.verdict is Verdict.UNHEALTHY


def test_an_unhealthy_app_is_not_verified(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(status=500))]
    assert deploy(health=QUICK, verify=Verify("true")).rollout.verdict is Verdict.UNHEALTHY
    assert not deploy.events_of(VerifyStarted)


def test_a_failed_space_is_not_verified(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))]
    deploy(verify=Verify("true"))
    assert not deploy.events_of(VerifyStarted)


@pytest.mark.parametrize(
    ("command", "verdict"), [("true", Verdict.LIVE), ("false", Verdict.UNHEALTHY)]
)
def test_an_app_that_denies_access_is_verified(
    deploy: Deployer, hub: LocalHub, command: str, verdict: Verdict
) -> None:
    hub.scenario.builds = [Build(app=App(status=401))]
    rollout = deploy(health=QUICK, verify=Verify(command)).rollout
    assert rollout.verdict is verdict
    assert "not checked" in rollout.warnings[0]


def test_without_an_app_url_a_command_gets_that_of_the_page(
    deploy: Deployer, hub: LocalHub
) -> None:
    request = deploy.request(verify=Verify("echo $SPACE_URL"))
    nowhere = RunningApp("a" * 40, None, "the Hub does not say the app URL")
    rollout = check_health(Operation(deploy.client(), request, deploy.events.append), nowhere)
    assert rollout.verdict is Verdict.LIVE
    assert "the Hub does not say the app URL" in rollout.warnings[0]
    assert not deploy.events_of(ProbeStarted)
    assert _output_of(deploy) == [f"{hub.url}/spaces/{SPACE}"]


def test_an_unchanged_space_is_verified(deploy: Deployer) -> None:
    deploy()
    assert deploy(verify=Verify("true")).rollout.verdict is Verdict.UNCHANGED
    result = deploy(verify=Verify("false"))
    assert (result.rollout.verdict, result.changed) == (Verdict.UNHEALTHY, False)


def test_no_wait_runs_no_command(deploy: Deployer) -> None:
    assert deploy(wait=False, verify=Verify("false")).rollout.verdict is Verdict.COMMITTED
    assert not deploy.events_of(VerifyStarted)
