"""The log of a workflow run: whatever happens, its groups are balanced and annotations are few."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from deployer import events
from deployer.commands.workflow_reporter import WorkflowReporter
from deployer.errors import Finding
from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, Known, Restored, RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.report.annotations import MAX_WARNINGS
from deployer.report.phases import Phase
from deployer.report.redaction import Redactor
from deployer.source.snapshot import Snapshot, Source
from deployer.space.space import SpaceId, Visibility
from tests.cli.conftest import commands
from tests.unit.text import HOSTILE

SPACE, PLAN, ID = SpaceId("julia", "demo"), Plan("b" * 40, unchanged=1), "c" * 40
COMMIT = Commit(ID, "t", "", "someone", datetime.now(UTC))
ERROR = ErrorDetails("build failed", "ERROR", "fix it", (Finding("app.py", 1, "x"),))
EVENTS = some.one_of(
    some.sampled_from(
        [
            events.SnapshotTaken(Snapshot(Source("julia/project"), {})),
            events.Planned(SPACE, PLAN),
            events.Replanned(ID),
            events.Created(SPACE, Visibility.PRIVATE, "as requested"),
            events.SettingsPlanned(("variable A",)),
            events.SettingsApplied(("variable A",)),
            events.CommitStarted(PLAN),
            events.Committed(ID, 3, "https://hub/commit"),
            events.StageChanged("BUILDING", None, 1.0),
            events.Waiting("BUILDING", 2.0),
            events.Restarted("BUILD_ERROR", "it failed"),
            events.WakeUpStarted(),
            events.DriftFound((COMMIT,), ("https://hub/commit",)),
            events.Failed(ERROR, ("::error::x",)),
            events.AutoRollbackStarted("crashed", Restored(ID)),
            events.ManualRollbackStarted("release 2", "release 1", Restored(ID)),
            events.Verified("hf-deploy/3"),
            events.ProbeStarted("https://app/"),
            events.VerifyStarted("./smoke.sh"),
            events.SoakStarted(5.0),
        ]
    ),
    some.builds(events.LogLine, HOSTILE),
    some.builds(events.Warned, HOSTILE),
    some.builds(events.Warned, HOSTILE, some.builds(Finding, HOSTILE, some.just(3), HOSTILE)),
)
ENDS = some.sampled_from(["live", "failed", "refused", "interrupted", "bug"])


def _end(reporter: WorkflowReporter, how: str) -> None:
    rollout = RolloutResult(Verdict.LIVE)
    if how == "failed":
        rollout = RolloutResult(Verdict.BUILD_FAILED, ERROR, ("::error::x",), ("w", "v"))
    if how in ("live", "failed"):
        reporter.show_result(DeployResult(SPACE, rollout, plan=PLAN))
    else:
        if how == "bug":
            reporter.show_traceback(["Traceback", "::error::"])
        reporter.show_error(ERROR, 130 if how == "interrupted" else 3, Known())


def _log(happening: list[events.Event], how: str) -> list[str]:
    """What a run prints for the runner."""
    printed = io.StringIO()
    with redirect_stderr(printed), redirect_stdout(printed):
        reporter = WorkflowReporter(Redactor(), space=str(SPACE))
        for event in happening:
            reporter.emit(event)
        _end(reporter, how)
    return printed.getvalue().split("\n")


@given(some.lists(EVENTS, max_size=30), ENDS)
def test_groups_are_balanced_never_nested_and_hide_no_annotation(
    happening: list[events.Event], how: str
) -> None:
    is_open = False
    for line in _log(happening, how):
        for name in commands(line):
            if name == "group":
                assert not is_open and line.removeprefix("::group::") in set(Phase)
            elif name == "endgroup":
                assert is_open
            else:
                assert not is_open and name in ("error", "warning")
            is_open = name == "group"
    assert not is_open


@given(some.lists(EVENTS, max_size=30), ENDS)
def test_a_run_has_at_most_one_error_and_a_few_warnings(
    happening: list[events.Event], how: str
) -> None:
    issued = [name for line in _log(happening, how) for name in commands(line)]
    assert issued.count("error") == (0 if how == "live" else 1)
    assert issued.count("warning") <= MAX_WARNINGS


@given(some.lists(some.builds(events.LogLine, HOSTILE), min_size=1, max_size=9))
def test_a_log_is_printed_whole_in_its_group(lines: list[events.Event]) -> None:
    log = _log([events.StageChanged("BUILDING", None, 0.0), *lines], "live")
    begin, end = log.index("::group::build log"), log.index("::endgroup::")
    assert len([line for line in log[begin:end] if line.startswith("  │ ")]) == len(lines)


def test_the_error_is_at_its_line() -> None:
    (shown,) = [line for line in _log([], "refused") if line.startswith("::error")]
    assert re.match("::error file=app.py,line=1,title=hf-deploy%3A not deployed::", shown)
