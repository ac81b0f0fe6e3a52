"""Diagnosis: a known cause in the log of a failure is in the error, with a fix."""

from __future__ import annotations

import pytest

from deployer.rehearsal import Build, LocalHub, Step
from deployer.release.verdict import Verdict
from tests.conftest import APP, SPACE
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

MODULE = "ModuleNotFoundError: No module named 'cv2'"
PIN = "    The user requested gradio==3.50.2"
CHATTER = [f"line {number}\n" for number in range(100)]


def _failing(stage: str, log: str, *, message: str | None = None) -> Build:
    lines = [*CHATTER, f"{log}\n", *CHATTER[-30:]]
    if stage == "BUILD_ERROR":
        return Build(steps=(Step("BUILDING", log=lines, polls=1), Step(stage)), message=message)
    steps = (Step("BUILDING", polls=1), Step("APP_STARTING", polls=1), Step(stage))
    return Build(steps=steps, run_log=lines, message=message)


@pytest.mark.parametrize(
    ("stage", "line", "sentence", "fix", "link"),
    [
        ("BUILD_ERROR", PIN, "another gradio", "sdk_version", "?logs=build"),
        ("RUNTIME_ERROR", MODULE, "cv2", "opencv-python-headless", "?logs=container"),
    ],
)
def test_a_known_cause_in_the_log_is_in_the_error(
    deploy: Deployer, hub: LocalHub, stage: str, line: str, sentence: str, fix: str, link: str
) -> None:
    hub.scenario.builds = [_failing(stage, line, message="The Hub's own word")]
    rollout = deploy().rollout
    error = rollout.error
    assert error is not None
    assert error.message.startswith(rollout.verdict.headline) and sentence in error.message
    assert error.cause == line.strip()
    assert fix in error.fix and error.fix.endswith(f"{hub.url}/spaces/{SPACE}{link}")
    assert rollout.log == tuple(line.strip() for line in CHATTER[-20:])


def test_a_known_cause_in_the_message_of_the_hub_is_in_the_error(
    deploy: Deployer, hub: LocalHub
) -> None:
    late = "Launch timed out, workload was not healthy after 30 min"
    hub.scenario.builds = [_failing("RUNTIME_ERROR", "Loading", message=late)]
    rollout = deploy().rollout
    assert rollout.verdict is Verdict.CRASHED
    assert rollout.error is not None and rollout.error.cause == late
    assert "startup_duration_timeout" in rollout.error.fix


def test_an_invalid_card_is_not_explained_by_an_older_log(deploy: Deployer, hub: LocalHub) -> None:
    hub.scenario.builds = [_failing("RUNTIME_ERROR", MODULE), Build(steps=(Step("CONFIG_ERROR"),))]
    deploy()
    hub.commit(SPACE, {"README.md": APP["README.md"] + b"by hand"})
    rollout = deploy().rollout
    assert rollout.verdict is Verdict.MISCONFIGURED
    assert rollout.error is not None and rollout.error.message == Verdict.MISCONFIGURED.headline
