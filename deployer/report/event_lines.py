"""A line for each event of a run."""

from __future__ import annotations

from functools import singledispatch

from deployer import events
from deployer.report.terminal import commit_line, counts
from deployer.report.text import duration, file_count, format_size, labelled_line, printable
from deployer.space.space import Stage

_STAGES: dict[str, str] = {
    Stage.RUNNING_BUILDING: "building; the previous version is running",
    Stage.APP_STARTING: "starting",
    Stage.RUNNING_APP_STARTING: "starting; the previous version is running",
    Stage.SLEEPING: "asleep",
    Stage.DELETING: "being deleted",
}


def _words(stage: str) -> str:
    """A stage in words, also one that is new."""
    return _STAGES.get(stage, stage.lower().replace("_", " "))


def waiting_line(waiting: events.Waiting | None, log_line: str = "") -> str:
    """The line that changes: the time comes first, for it is cut to the width of the terminal.

    The newest line of the log takes the place of the stage, which has a line of its own above.
    """
    took = f" {duration(waiting.seconds)}" if waiting else ""
    if log_line:
        return printable(f"…{took} │ {log_line}")
    return printable(f"…{took}, {_words(waiting.stage)}" if waiting else "…")


@singledispatch
def event_line(event: object) -> str:
    """The line for an event."""
    raise TypeError(f"no line for {event!r}")


@event_line.register
def _(event: events.SnapshotTaken) -> str:
    snapshot = event.snapshot
    excluded = f", {len(snapshot.excluded)} excluded" if snapshot.excluded else ""
    return labelled_line(
        "source", f"{snapshot.source.short}: {file_count(len(snapshot.files))}{excluded}"
    )


@event_line.register
def _(event: events.Planned) -> str:
    new = "" if event.plan.base else " (new Space)"
    return labelled_line("plan", f"{event.space}{new}: {counts(event.plan)}")


@event_line.register
def _(event: events.Replanned) -> str:
    return labelled_line("plan", f"the head moved to {event.head[:7]}; planning again")


@event_line.register
def _(event: events.Created) -> str:
    return labelled_line("created", f"{event.space}, {event.visibility}: {event.reason}")


@event_line.register
def _(event: events.SettingsPlanned) -> str:
    return labelled_line("settings", f"to change: {', '.join(event.names)}")


@event_line.register
def _(event: events.SettingsApplied) -> str:
    return labelled_line("settings", ", ".join(event.names))


@event_line.register
def _(event: events.CommitStarted) -> str:
    if not event.plan.sent:
        return labelled_line("commit", f"deleting {file_count(len(event.plan.delete))}")
    return labelled_line(
        "upload", f"{file_count(len(event.plan.sent))}, {format_size(event.plan.bytes_sent)}"
    )


@event_line.register
def _(event: events.Committed) -> str:
    return labelled_line("commit", f"{event.commit[:7]}, release {event.number}: {event.url}")


@event_line.register
def _(event: events.StageChanged) -> str:
    running = f" ({event.running[:7]})" if event.running and event.stage == Stage.RUNNING else ""
    return labelled_line("space", f"{_words(event.stage)}{running}")


@event_line.register
def _(event: events.LogLine) -> str:
    return f"  │ {printable(event.line)}"


@event_line.register
def _(event: events.Restarted) -> str:
    return labelled_line("restart", f"{_words(event.stage)}: {event.why}")


@event_line.register
def _(_: events.WakeUpStarted) -> str:
    return labelled_line("space", "waking it up")


@event_line.register
def _(event: events.DriftFound) -> str:
    newest = event.commits[0]
    more = f" and {len(event.commits) - 1} more" if len(event.commits) > 1 else ""
    return labelled_line(
        "drift", f"{commit_line(newest)}{more}, not made by hf-deploy: {event.pages[0]}"
    )


@event_line.register
def _(event: events.AutoRollbackStarted) -> str:
    return labelled_line("rollback", f"{event.verdict}: rolling back to {event.to}")


@event_line.register
def _(event: events.ManualRollbackStarted) -> str:
    return labelled_line("rollback", f"{event.before} → {event.after}")


@event_line.register
def _(event: events.PromotionStarted) -> str:
    promoted = event.promoted
    release = f"{promoted.short}, {event.source.short} ({promoted.commit[:7]})"
    return labelled_line("promote", f"{release} → {event.to}")


@event_line.register
def _(event: events.GateMeasured) -> str:
    state = {True: ", open", False: ", closed", None: ""}[event.gate.is_open]
    return labelled_line("gate", f"{event.gate}{state}")


@event_line.register
def _(event: events.Verified) -> str:
    return labelled_line("verified", f"tagged {event.tag}")


@event_line.register
def _(event: events.ProbeStarted) -> str:
    return labelled_line("probe", event.url)


@event_line.register
def _(event: events.VerifyStarted) -> str:
    return labelled_line("verify", event.command)


@event_line.register
def _(event: events.SoakStarted) -> str:
    return labelled_line("soak", f"probing the app for {duration(event.seconds)} more")


@event_line.register
def _(event: events.Warned) -> str:
    return labelled_line("warning", event.message)
