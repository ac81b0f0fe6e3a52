"""The line of each event: harmless, whatever the event holds."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given

from deployer import events
from deployer.release.history import Commit
from deployer.report.event_lines import event_line
from tests.unit.text import HOSTILE, is_harmless


def _commit(author: str, title: str) -> Commit:
    return Commit("c" * 40, title, "", author, datetime.now(UTC))


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
        event_line(events.AutoRollbackStarted(one, two)),
        event_line(events.ManualRollbackStarted(one, two, three)),
    ]
    assert all(is_harmless(line) for line in lines)
