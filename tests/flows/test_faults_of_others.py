"""A failure that is not the files' fault: it is named, and nothing is rolled back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deployer.events import Restarted, Warned
from deployer.flows.check import check
from deployer.flows.check_account import check_account
from deployer.flows.status import read_status
from deployer.problem import Level
from deployer.rehearsal import Build, Fault, LocalHub, Step, TokenOwner
from deployer.rehearsal.scenario import PUBLISHER
from deployer.release.outcome import DeployResult
from deployer.release.status import SpaceState
from deployer.release.verdict import Verdict
from deployer.space.settings import RequestedSettings, Variable
from tests.conftest import APP, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

OLD = {**APP, "app.py": b"old"}
SCHEDULING = "Scheduling failure: unable to schedule"
REGISTRY = (
    "--> ERROR: failed to push spaces-registry.huggingface.tech/spaces/65ab:cpu-1: unexpected "
    "status from HEAD request: 401 Unauthorized\n"
)
NO_MACHINE = Build(steps=(Step("BUILDING", polls=1), Step("RUNTIME_ERROR")), message=SCHEDULING)
NO_REGISTRY = Build(
    steps=(Step("BUILDING", log=("--> Pushing image\n", REGISTRY), polls=1), Step("BUILD_ERROR"))
)


@pytest.fixture(name="over_old")
def _over_old(deploy: Deployer, hub: LocalHub) -> Callable[..., DeployResult]:
    """Deploy to a Space that runs, with these builds from then on."""

    def run(*builds: Build, **more: object) -> DeployResult:
        hub.add_space(SPACE, OLD)
        hub.scenario.builds = list(builds)
        return deploy(**more)  # type: ignore[arg-type]

    return run


@pytest.mark.parametrize("failure", [NO_MACHINE, NO_REGISTRY], ids=["machine", "registry"])
def test_a_failure_of_the_platform_is_restarted_once_and_not_rolled_back(
    deploy: Deployer, hub: LocalHub, over_old: Callable[..., DeployResult], failure: Build
) -> None:
    result = over_old(failure)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.PLATFORM_FAILED, 10)
    assert result.rolled_back is None and commits_sent(hub) == 1
    assert [event.why for event in deploy.events_of(Restarted)] == ["the platform failed"]
    error = result.rollout.error
    assert error is not None and error.cause in (SCHEDULING, REGISTRY.strip())
    assert "later" in error.fix


def test_a_restart_that_succeeds_is_live(
    hub: LocalHub, over_old: Callable[..., DeployResult]
) -> None:
    result = over_old(NO_MACHINE, Build())
    assert (result.rollout.verdict, result.exit_code) == (Verdict.LIVE, 0)
    assert len(hub.requests_to("/restart", "POST")) == 1


def test_a_restart_that_shows_an_error_of_the_files_is_rolled_back(
    over_old: Callable[..., DeployResult],
) -> None:
    crash = Build(
        steps=(Step("BUILDING", polls=1), Step("RUNTIME_ERROR")), message="Exit code: 1. Reason: x"
    )
    result = over_old(NO_MACHINE, crash, Build())
    assert (result.rollout.verdict, result.exit_code) == (Verdict.CRASHED, 8)


def test_a_keyless_run_says_that_it_cannot_restart(deploy: Deployer, hub: LocalHub) -> None:
    token = "hf_jwt_" + "0" * 32
    hub.scenario.tokens[token] = TokenOwner("[OIDC]", PUBLISHER, only=SPACE)
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [NO_MACHINE]
    assert deploy(token=token).exit_code == 10
    assert any(
        "Trusted Publisher cannot restart" in one.message for one in deploy.events_of(Warned)
    )
    assert not hub.requests_to("/restart")


def test_a_restart_that_the_hub_refuses_is_a_warning(
    deploy: Deployer, hub: LocalHub, over_old: Callable[..., DeployResult]
) -> None:
    hub.scenario.faults = [Fault("POST", "/restart", 99, status=403)]
    assert over_old(NO_MACHINE).rollout.verdict is Verdict.PLATFORM_FAILED
    assert any("could not restart" in one.message for one in deploy.events_of(Warned))


def test_status_names_the_platform(deploy: Deployer, over_old: Callable[..., DeployResult]) -> None:
    over_old(NO_MACHINE)
    status = read_status(deploy.operation())
    assert (status.state, status.exit_code) == (SpaceState.PLATFORM_FAILED, 9)
    assert status.error is not None and status.error.cause == SCHEDULING


@pytest.mark.parametrize(
    "message",
    ["Collision on variables and secrets names", "Hardware t4-small is not available"],
)
def test_a_settings_error_is_not_rolled_back_and_names_what_changed(
    hub: LocalHub, over_old: Callable[..., DeployResult], message: str
) -> None:
    build = Build(steps=(Step("BUILDING", polls=1), Step("CONFIG_ERROR")), message=message)
    asked = RequestedSettings(variables=(Variable("MODE", "fast"),), hardware="t4-small")
    result = over_old(build, settings=asked)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.MISCONFIGURED, 3)
    assert result.rolled_back is None and commits_sent(hub) == 1
    error = result.rollout.error
    assert error is not None and "with its settings" in error.message
    assert error.message.startswith(result.rollout.headline) and error.fix.endswith("/settings")
    assert error.cause == f"{message}; changed by this run: variable MODE, hardware t4-small"


def test_a_card_error_is_rolled_back(over_old: Callable[..., DeployResult]) -> None:
    message = "torch version in requirements.txt is not compatible with ZeroGPU"
    build = Build(steps=(Step("BUILDING", polls=1), Step("CONFIG_ERROR")), message=message)
    result = over_old(build, Build())
    assert (result.rollout.verdict, result.exit_code) == (Verdict.MISCONFIGURED, 8)


@pytest.mark.parametrize(
    ("message", "helps"),
    [
        ("Flagged as abusive", False),
        ("You've reached your hardware quota limit across all your Spaces!", True),
        ("Paused for a failed payment", True),
        ("Space was paused: crypto mining detected", False),
    ],
)
def test_a_space_that_the_hub_stopped_shows_the_words_of_the_hub(
    deploy: Deployer, hub: LocalHub, message: str, helps: bool
) -> None:
    hub.add_space(SPACE, OLD, stage="PAUSED")
    hub.space(SPACE).runtime.message = message
    deploy.plan()
    (warned,) = deploy.events_of(Warned)
    found, checked = check(deploy.request())
    problems = check_account(found, checked, deploy.operation).problems
    (problem,) = [one.message for one in problems if one.level is Level.ERROR]
    status = read_status(deploy.operation())
    assert (status.state, status.exit_code) == (SpaceState.PAUSED, 5)
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.PAUSED, 5)
    assert result.rolled_back is None
    for error in (status.error, result.rollout.error):
        assert error is not None and message in error.cause
        assert ("then resume" in error.fix) is helps
    for sentence in (warned.message, problem):
        assert message in sentence and ("then resume" in sentence) is helps


def test_a_pause_of_the_owner_ends_without_an_error(deploy: Deployer, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD, stage="PAUSED")
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.PAUSED, 0)
    assert result.rollout.error is None and "resume it" in result.rollout.warnings[0]


def test_the_message_of_a_pause_by_the_owner_is_shown(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, OLD, stage="PAUSED")
    hub.space(SPACE).runtime.message = "Paused at the owner's request"
    repo.commit()
    result = deploy()
    assert result.exit_code == 0 and "the owner's request" in result.rollout.warnings[0]
