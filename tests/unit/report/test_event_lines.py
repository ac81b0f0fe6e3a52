"""The line of each event: harmless, whatever the event holds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from deployer import events
from deployer.release.history import Commit
from deployer.release.outcome import Restored
from deployer.report.event_lines import event_line, waiting_line
from deployer.space.space import Stage
from tests.unit.text import HOSTILE, is_harmless


def _commit(author: str, title: str) -> Commit:
    return Commit("c" * 40, title, "", author, datetime.now(UTC))


def test_the_line_that_changes_begins_with_the_time() -> None:
    waiting = events.Waiting("RUNNING_BUILDING", 65.0)
    assert waiting_line(waiting) == "… 1 min 5 s, building; the previous version is running"
    assert waiting_line(waiting, "RUN pip") == "… 1 min 5 s │ RUN pip"
    assert waiting_line(None, "RUN pip") == "… │ RUN pip"


@pytest.mark.parametrize("stage", [*Stage, "NEW_STAGE"])
def test_every_stage_is_in_words(stage: str) -> None:
    for line in (
        event_line(events.StageChanged(stage, None, 0.0)),
        event_line(events.Restarted(stage, "requested")),
        waiting_line(events.Waiting(stage, 0.0)),
    ):
        assert line == line.lower() and "_" not in line


@given(HOSTILE, HOSTILE, HOSTILE)
def test_the_line_of_every_event_is_one_harmless_line(one: str, two: str, three: str) -> None:
    lines = [
        event_line(events.LogLine(one)),
        event_line(events.Warned(two)),
        event_line(events.StageChanged(three, one, 0.0)),
        event_line(events.ProbeStarted(one)),
        event_line(events.VerifyStarted(one)),
        event_line(events.SettingsApplied((one, two))),
        event_line(events.SettingsPlanned((one, two))),
        event_line(events.DriftFound((_commit(one, two),), (three,))),
        event_line(events.AutoRollbackStarted(one, Restored(two))),
        waiting_line(events.Waiting(one, 1.0)),
        waiting_line(None, two),
        event_line(events.ManualRollbackStarted(one, two, Restored(three))),
    ]
    assert all(is_harmless(line) for line in lines)
