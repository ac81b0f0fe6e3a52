"""The phases of a run, which a workflow's log folds: a phase for each event."""

from __future__ import annotations

from enum import StrEnum

from deployer import events


class Phase(StrEnum):
    """A part of a run, by the name of its group in a log."""

    PLAN = "plan"
    DEPLOY = "deploy"
    BUILD = "build log"
    HEALTH = "health"


# all others belong to the phase that they come in
PHASES: dict[type, Phase | None] = {
    events.SnapshotTaken: Phase.PLAN,
    events.PromotionStarted: Phase.PLAN,
    events.Planned: Phase.PLAN,
    events.Replanned: Phase.PLAN,
    events.SettingsPlanned: Phase.PLAN,
    events.DriftFound: Phase.PLAN,
    events.Created: Phase.DEPLOY,
    events.SettingsApplied: Phase.DEPLOY,
    events.CommitStarted: Phase.DEPLOY,
    events.Committed: Phase.DEPLOY,
    events.Restarted: Phase.BUILD,
    events.WakeUpStarted: Phase.BUILD,
    events.StageChanged: Phase.BUILD,
    events.ProbeStarted: Phase.HEALTH,
    events.VerifyStarted: Phase.HEALTH,
    events.SoakStarted: Phase.HEALTH,
    events.Verified: Phase.HEALTH,
    # what a reader must not miss is in no group
    events.Failed: None,
    events.AutoRollbackStarted: None,
    events.ManualRollbackStarted: None,
    events.GateMeasured: None,
}


def next_phase(before: Phase | None, event: events.Event) -> Phase | None:
    """The phase that an event is in, after one in the phase `before`; None: in none."""
    if isinstance(event, events.LogLine):
        return Phase.HEALTH if before is Phase.HEALTH else Phase.BUILD
    return PHASES.get(type(event), before)
