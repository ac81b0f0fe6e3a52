"""Short lines for a person at a terminal, or in a job's log.

Text from outside goes through `printable`, here and nowhere else on its way to a terminal.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import singledispatch

from deployer import events
from deployer.checks.credentials import redact
from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, Rollback, RolloutResult
from deployer.release.plan import Plan
from deployer.source.ignore import IgnoreRules, Patterns
from deployer.source.snapshot import Snapshot
from deployer.space.space import Stage

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_COLUMN = 10
_MAX_PATHS_SHOWN = 30
_MAX_LINE = 2000
_STAGES: dict[str, str] = {
    Stage.BUILDING: "building",
    Stage.RUNNING_BUILDING: "building, while the version before answers",
    Stage.APP_STARTING: "starting",
    Stage.RUNNING_APP_STARTING: "starting, while the version before answers",
    Stage.RUNNING: "running",
}


def printable(text: str) -> str:
    """A line that can do nothing to a terminal, and holds no credential.

    Escape sequences are removed, invisible characters are spelled out:
    https://trojansource.codes.
    """
    plain = _ANSI.sub("", redact(text).replace("\t", "    ").rstrip("\r\n"))[:_MAX_LINE]
    return "".join(
        character if unicodedata.category(character) not in _HIDDEN else _spelt(character)
        for character in plain
    )


def _spelt(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def labelled_line(label: str, text: str) -> str:
    """One line: what it is about, and what there is to say."""
    return f"{label:<{_COLUMN}} {printable(text)}"


def format_size(size: int) -> str:
    """A size in bytes as people read it: `12.3 kB`."""
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def number(files: int) -> str:
    """`1 file`, `2 files`."""
    return "1 file" if files == 1 else f"{files} files"


def duration(seconds: float) -> str:
    """Seconds as people read them: `42 s`, `3 min 5 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def counts(plan: Plan) -> str:
    """What a plan does, in numbers."""
    parts = [
        f"{len(plan.add)} to add" if plan.add else "",
        f"{len(plan.update)} to update" if plan.update else "",
        f"{len(plan.delete)} to delete" if plan.delete else "",
        f"{len(plan.keep)} kept on the Space" if plan.keep else "",
        f"{plan.unchanged} unchanged",
    ]
    sent = f" ({format_size(plan.bytes_sent)} to send)" if plan.sent else ""
    return ", ".join(part for part in parts if part) + sent


def plan_lines(plan: Plan, *, whole: bool) -> Iterator[str]:
    """The plan path by path: `+` added, `~` updated, `-` deleted, `=` kept."""
    marked = [
        *(("+", file.path) for file in plan.add),
        *(("~", file.path) for file in plan.update),
        *(("-", path) for path in plan.delete),
        *(("=", path) for path in plan.keep),
    ]
    shown = marked if whole else marked[:_MAX_PATHS_SHOWN]
    for mark, path in shown:
        yield labelled_line("", f"{mark} {path}")
    if len(shown) < len(marked):
        yield labelled_line(
            "", f"… and {len(marked) - len(shown)} more; `hf-deploy plan` shows all"
        )


def explanation(snapshot: Snapshot, keep: Patterns, path: str) -> str:
    """Why a path ships or does not."""
    path = path.removeprefix("./")
    if path in snapshot.files:
        return f"{path} ships."
    if rule := snapshot.excluded.get(path):
        return f"{path} is left out by {rule}."
    if rule := IgnoreRules().excluding_rule(path):
        return f"{path} never ships: {rule}."
    if rule := keep.match(path):
        return f"{path} does not ship; where the Space has it, it is kept by {rule}."
    inside = [name for name in snapshot.files if name.startswith(f"{path.rstrip('/')}/")]
    if inside:
        return f"{path} is a folder; {len(inside)} of its files ship."
    return f"{path} does not ship: git does not track it. Name it with --include to ship it."


def error_lines(error: ErrorDetails, log: Sequence[str] = ()) -> Iterator[str]:
    """The three lines of an error, and before them the end of the log that explains it."""
    for line in log:
        yield f"  │ {printable(line)}"
    yield labelled_line("error", error.message)
    yield labelled_line("cause", error.cause)
    yield labelled_line("fix", error.fix)


def detail_lines(outcome: DeployResult) -> Iterator[str]:
    """What a person should know about an outcome besides the verdict."""
    yield from _remarks(outcome.rollout)
    if (restored := outcome.rolled_back) is not None:
        yield labelled_line("rollback", rollback_sentence(restored))
        yield labelled_line("", f"{outcome.space_url}/commit/{restored.commit}")
        yield from _remarks(restored.rollout)


def _remarks(ending: RolloutResult) -> Iterator[str]:
    for warning in ending.warnings:
        yield labelled_line("warning", warning)
    if ending.error is not None:
        yield from error_lines(ending.error, ending.log)


def rollback_sentence(restored: Rollback) -> str:
    """What came back after a failure, and whether it runs."""
    how = "and run" if restored.healthy else f"but ended {restored.rollout.verdict.value}"
    return f"The files of {restored.to[:7]} are back as release {restored.number}, {how}."


def verdict_line(outcome: DeployResult) -> str:
    """How it ended, where, and how long it took."""
    ending = outcome.rollout
    where = outcome.app_url or outcome.space_url or ""
    took = duration(outcome.seconds)
    return labelled_line(ending.verdict.value, f"{ending.sentence} {where} ({took})")


def commit_line(commit: Commit) -> str:
    """A commit of a Space in a few words: which, when, who, and its title."""
    return f"{commit.id[:7]} ({commit.at:%Y-%m-%d %H:%M}, {commit.author}: {commit.title})"


@singledispatch
def event_line(event: object) -> str:
    """The line for an event."""
    raise TypeError(f"no words for {event!r}")


@event_line.register
def _(event: events.SnapshotTaken) -> str:
    snapshot = event.snapshot
    left_out = f", {len(snapshot.excluded)} left out" if snapshot.excluded else ""
    return labelled_line(
        "source", f"{snapshot.source.short}: {number(len(snapshot.files))}{left_out}"
    )


@event_line.register
def _(event: events.Planned) -> str:
    there = "" if event.plan.base else ", a new Space"
    return labelled_line("plan", f"{event.space}{there}: {counts(event.plan)}")


@event_line.register
def _(event: events.Replanned) -> str:
    return labelled_line("plan", f"somebody committed {event.head[:7]} meanwhile; planning again")


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
        return labelled_line("sending", f"nothing but {number(len(event.plan.delete))} to delete")
    return labelled_line(
        "sending", f"{number(len(event.plan.sent))}, {format_size(event.plan.bytes_sent)}"
    )


@event_line.register
def _(event: events.Committed) -> str:
    return labelled_line("commit", f"{event.commit[:7]}, release {event.number}: {event.url}")


@event_line.register
def _(event: events.StageChanged) -> str:
    running = f" ({event.running[:7]})" if event.running and event.stage == Stage.RUNNING else ""
    return labelled_line("space", f"{_STAGES.get(event.stage, event.stage)}{running}")


@event_line.register
def _(event: events.Waiting) -> str:
    return printable(f"… {_STAGES.get(event.stage, event.stage)}, {duration(event.seconds)}")


@event_line.register
def _(event: events.LogLine) -> str:
    return f"  │ {printable(event.line)}"


@event_line.register
def _(event: events.Restarted) -> str:
    return labelled_line("restart", f"the Space is in {event.stage} and {event.why}")


@event_line.register
def _(_: events.WakeUpStarted) -> str:
    return labelled_line("space", "asleep; waking it by a visit")


@event_line.register
def _(event: events.DriftFound) -> str:
    newest = event.commits[0]
    more = f" and {len(event.commits) - 1} more" if len(event.commits) > 1 else ""
    return labelled_line(
        "drift", f"{commit_line(newest)}{more}, not by hf-deploy: {event.pages[0]}"
    )


@event_line.register
def _(event: events.AutoRollbackStarted) -> str:
    return labelled_line(
        "rollback", f"{event.verdict}: bringing the files of {event.commit[:7]} back"
    )


@event_line.register
def _(event: events.ManualRollbackStarted) -> str:
    return labelled_line("rollback", f"{event.before} → {event.after}")


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
    return labelled_line("soak", f"looking at the app for {duration(event.seconds)} more")


@event_line.register
def _(event: events.Warned) -> str:
    return labelled_line("warning", event.message)
