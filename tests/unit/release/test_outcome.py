"""The result of a deploy: whether this run changed the Space, and all that it warned of."""

from __future__ import annotations

from dataclasses import replace

from deployer.release.outcome import DeployResult, Rollback, RolloutResult
from deployer.release.verdict import Verdict
from deployer.space.space import SpaceId

RESULT = DeployResult(SpaceId("julia", "demo"), RolloutResult(Verdict.LIVE))


def test_changed_means_that_this_run_made_a_commit() -> None:
    assert not replace(RESULT, commit="a", previous="a").changed
    assert not replace(RESULT, commit=None, previous="a").changed
    assert replace(RESULT, commit="b", previous="a").changed
    assert replace(RESULT, commit="b", previous=None).changed


def test_the_warnings_are_those_of_the_run_of_its_rollout_and_of_a_rollback_each_once() -> None:
    rollout = RolloutResult(Verdict.CRASHED, warnings=("b", "c"))
    rolled_back = Rollback("2" * 40, "1" * 40, 3, RolloutResult(Verdict.LIVE, warnings=("c", "d")))
    result = replace(RESULT, rollout=rollout, rolled_back=rolled_back, warned=("a", "b"))
    assert result.warnings == ("a", "b", "c", "d")
