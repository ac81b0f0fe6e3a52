"""Options in messages become inputs of the action; commands stay as they are to be typed."""

from __future__ import annotations

import pytest
from hypothesis import given

from deployer.errors import Finding, HubError
from deployer.events import Failed, LogLine, Warned
from deployer.checks.findings import Findings
from deployer.github.inputs import Inputs
from deployer.problem import Problem
from deployer.release.outcome import DeployResult, ErrorDetails, Restored, Rollback, RolloutResult
from deployer.release.verdict import Verdict
from deployer.space.space import SpaceId
from tests.unit.text import HOSTILE

INPUTS = Inputs.read(
    {
        "PATH": "/bin",
        **dict.fromkeys(("HF_DEPLOY_PATH", "HF_DEPLOY_SECRETS", "HF_DEPLOY_ON_DRIFT"), ""),
    }
)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("pass it to --path, or drop it", "pass it to `path`, or drop it"),
        ("`--path apps/a b`", "`path: apps/a b`"),
        ("use `--path`", "use `path`"),
        ("pass --path FILE", "pass `path: FILE`"),
        ("`--on-drift deploy` (or so)", "`on-drift: deploy` (or so)"),
        ("pass --secret API_KEY, or not", "pass `secrets: API_KEY`, or not"),
        ("pass --wait", "pass --wait"),
        ("--path-like and ---path and x--path", "--path-like and ---path and x--path"),
        ("run `hf-deploy plan --path x`", "run `hf-deploy plan --path x`"),
        ("`git add --path`", "`git add --path`"),
        (
            "again: hf-deploy status a/b --path x; --path",
            "again: hf-deploy status a/b --path x; `path`",
        ),
    ],
)
def test_an_option_is_named_as_the_input(said: str, shown: str) -> None:
    assert INPUTS.text(said) == shown


@given(HOSTILE)
def test_without_inputs_no_message_changes(text: str) -> None:
    assert Inputs().text(text) == text


def test_the_messages_of_a_run_change_and_the_lines_of_its_logs_do_not() -> None:
    error = ErrorDetails("--path", "--path", "--path", (Finding("a", 1, "--path"),))
    shown = ErrorDetails("`path`", "`path`", "`path`", (Finding("a", 1, "`path`"),))
    assert INPUTS.error(error) == shown
    rollout = RolloutResult(Verdict.CRASHED, error, ("--path",), ("--path",), notice="--path")
    space = SpaceId("julia", "demo")
    back = Rollback("c" * 40, Restored("b" * 40), 2, rollout)
    result = INPUTS.result(DeployResult(space, rollout, rolled_back=back, warned=("--path",)))
    for one in (result.rollout, result.rolled_back and result.rolled_back.rollout):
        assert one and one.error and (one.error.fix, one.error.cause) == ("`path`", "--path")
        assert (one.log, one.warnings, one.notice) == (("--path",), ("`path`",), "`path`")
    assert result.warned == ("`path`",)
    assert INPUTS.event(Warned("--path")) == Warned("`path`")
    assert INPUTS.event(LogLine("--path")) == LogLine("--path")
    # as in the result, so that it is not printed once more at the end
    failed = INPUTS.event(Failed(error, ("--path",)))
    assert failed == Failed(result.rollout.error or error, ("--path",))


def test_the_findings_of_a_check_change_and_their_files_do_not() -> None:
    problem = Problem("--path", 1, "--path", name="file-size")
    error = HubError("--path", cause="--path", fix="--path")
    found = INPUTS.findings(Findings(1, (problem,), (), ("--path",), access_error=error))
    assert [(one.path, one.message) for one in found.problems] == [("--path", "`path`")]
    assert found.warnings == ("`path`",)
    assert found.error == ErrorDetails("`path`", "`path`", "`path`")
