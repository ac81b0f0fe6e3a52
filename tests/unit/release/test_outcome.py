"""The result of a deploy: whether this run changed the Space."""

from __future__ import annotations

from dataclasses import replace

from deployer.release.outcome import DeployResult, RolloutResult
from deployer.release.verdict import Verdict
from deployer.space.space import SpaceId

RESULT = DeployResult(SpaceId("julia", "demo"), RolloutResult(Verdict.LIVE))


def test_changed_means_that_this_run_made_a_commit() -> None:
    assert not replace(RESULT, commit="a", previous="a").changed
    assert not replace(RESULT, commit=None, previous="a").changed
    assert replace(RESULT, commit="b", previous="a").changed
    assert replace(RESULT, commit="b", previous=None).changed
