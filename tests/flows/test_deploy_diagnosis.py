"""Diagnosis: where a failure's log shows a known cause, the error says it and how to mend it."""

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
    lines = [*CHATTER, f"{log}\n", *CHATTER]
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
def test_a_failure_that_the_log_explains_says_so(
    deploy: Deployer, hub: LocalHub, stage: str, line: str, sentence: str, fix: str, link: str
) -> None:
    hub.scenario.builds = [_failing(stage, line, message="The Hub's own word")]
    ending = deploy().rollout
    error = ending.error
    assert error is not None
    assert error.message.startswith(ending.verdict.headline) and sentence in error.message
    assert error.cause == line.strip()
    assert fix in error.fix and error.fix.endswith(f"{hub.url}/spaces/{SPACE}{link}")
    assert ending.log == tuple(line.strip() for line in CHATTER[-20:])


def test_the_hub_s_message_explains_where_there_is_no_log(deploy: Deployer, hub: LocalHub) -> None:
    late = "Launch timed out, workload was not healthy after 30 min"
    hub.scenario.builds = [_failing("RUNTIME_ERROR", "Loading", message=late)]
    ending = deploy().rollout
    assert ending.verdict is Verdict.CRASHED
    assert ending.error is not None and ending.error.cause == late
    assert "startup_duration_timeout" in ending.error.fix


def test_a_card_that_the_hub_can_not_read_is_not_explained_by_an_older_log(
    deploy: Deployer, hub: LocalHub
) -> None:
    hub.scenario.builds = [_failing("RUNTIME_ERROR", MODULE), Build(steps=(Step("CONFIG_ERROR"),))]
    deploy()
    hub.commit(SPACE, {"README.md": APP["README.md"] + b"by hand"})
    ending = deploy().rollout
    assert ending.verdict is Verdict.MISCONFIGURED
    assert ending.error is not None and ending.error.message == Verdict.MISCONFIGURED.headline
