"""The phase of each event of a run."""

from __future__ import annotations

from typing import get_args

from deployer import events
from deployer.release.outcome import ErrorDetails, Restored
from deployer.report.phases import PHASES, Phase, next_phase

_IN_ANY = {events.LogLine, events.Warned, events.Waiting}


def test_every_event_is_in_a_phase_or_may_come_in_any() -> None:
    assert PHASES.keys() | _IN_ANY == set(get_args(events.Event))


def test_a_line_of_a_log_is_one_of_the_build_unless_the_app_is_checked() -> None:
    line = events.LogLine("x")
    for before in (None, Phase.PLAN, Phase.DEPLOY, Phase.BUILD):
        assert next_phase(before, line) is Phase.BUILD
    assert next_phase(Phase.HEALTH, line) is Phase.HEALTH


def test_a_warning_begins_no_phase() -> None:
    for before in (None, *Phase):
        assert next_phase(before, events.Warned("x")) is before


def test_a_failure_and_the_begin_of_a_rollback_are_not_folded() -> None:
    for event in (
        events.Failed(ErrorDetails("crashed", "exit code 1", "fix it")),
        events.AutoRollbackStarted("crashed", Restored("c" * 40)),
    ):
        assert next_phase(Phase.HEALTH, event) is None
