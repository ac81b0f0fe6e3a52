"""The end of the build log is a sign that the stage changes."""

from __future__ import annotations

from itertools import repeat

import pytest

from deployer.events import StageChanged
from deployer.rehearsal import Build, LocalHub, Step
from deployer.release.verdict import Verdict
from deployer.world import clock
from tests.flows.conftest import Deployer

_LONG = 30.0  # seconds


def test_the_stage_is_asked_for_as_soon_as_the_build_log_ends(
    deploy: Deployer, hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "backoff", lambda **_: repeat(_LONG))
    hub.scenario.builds = [Build(steps=(Step("BUILDING", seconds=0.3), Step("RUNNING")))]
    assert deploy(timeout=2 * _LONG).rollout.verdict is Verdict.LIVE
    building, running = deploy.events_of(StageChanged)
    assert running.seconds - building.seconds < _LONG
