"""The result of a deploy: whether this run changed the Space, and all that it warned of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from deployer.errors import DeployError, HubError, Interrupted, NotAllowed
from deployer.release.outcome import DeployResult, LastSeen, Restored, Rollback, RolloutResult
from deployer.release.verdict import Verdict
from deployer.source.snapshot import Source
from deployer.space.space import SpaceId

RESULT = DeployResult(SpaceId("julia", "demo"), RolloutResult(Verdict.LIVE))


def test_changed_means_that_this_run_made_a_commit() -> None:
    assert not replace(RESULT, commit="a", previous="a").changed
    assert not replace(RESULT, commit=None, previous="a").changed
    assert replace(RESULT, commit="b", previous="a").changed
    assert replace(RESULT, commit="b", previous=None).changed


def test_the_warnings_are_those_of_the_run_of_its_rollout_and_of_a_rollback_each_once() -> None:
    rollout = RolloutResult(Verdict.CRASHED, warnings=("b", "c"))
    rolled_back = Rollback(
        "2" * 40, Restored("1" * 40), 3, RolloutResult(Verdict.LIVE, warnings=("c", "d"))
    )
    result = replace(RESULT, rollout=rollout, rolled_back=rolled_back, warned=("a", "b"))
    assert result.warnings == ("a", "b", "c", "d")


@pytest.mark.parametrize("stage", ["BUILDING", None])
@pytest.mark.parametrize("kind", [HubError, NotAllowed, Interrupted])
def test_a_result_that_was_cut_short_names_commit_stage_and_next_command(
    kind: type[DeployError], stage: str | None
) -> None:
    error = kind("could not get the status", cause="HTTP 503", fix="try again")
    cut = RolloutResult.cut_short(error, LastSeen(RESULT.space, "abcdef01" * 5, stage))
    assert (cut.verdict, cut.exit_code) == (Verdict.COMMITTED, kind.exit_code)
    assert cut.error is not None and cut.error.message == "could not get the status"
    assert cut.error.cause == f"HTTP 503; commit abcdef0, last seen stage: {stage or 'none'}"
    assert cut.error.fix.endswith("hf-deploy status julia/demo --wait --timeout 1h")


def test_a_restored_commit_is_named_by_its_release_and_source_or_else_by_its_id() -> None:
    release = Restored("1" * 40, 2, Source("julia/demo", "ab" * 20))
    assert str(release) == "release 2 (julia/demo@abababa)"
    assert str(Restored("1" * 40)) == "1111111"
