"""Lines for a person at a terminal, or in a job's log: plans, errors and results.

Text from outside is made printable on its way, by `labelled_line`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, Rollback, RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.report.text import duration, format_size, labelled_line, printable
from deployer.space.space import FAILED, Stage

_MAX_PATHS_SHOWN = 10  # of each kind
_NOTHING, _PREVIOUS = ": nothing serves users", ": the previous version serves users"
_LEFT: dict[str, str] = {
    **dict.fromkeys((*FAILED, Stage.BUILDING, Stage.APP_STARTING), _NOTHING),
    **dict.fromkeys((Stage.RUNNING_BUILDING, Stage.RUNNING_APP_STARTING), _PREVIOUS),
    Stage.RUNNING: ": this commit stays on the Space",  # an app that is unhealthy may still serve
}


def counts(plan: Plan) -> str:
    """What a plan changes, in numbers."""
    parts = [
        f"{len(plan.add)} to add" if plan.add else "",
        f"{len(plan.update)} to update" if plan.update else "",
        f"{len(plan.delete)} to delete" if plan.delete else "",
        f"{len(plan.keep)} kept on the Space" if plan.keep else "",
        f"{plan.unchanged} unchanged",
    ]
    sent = f" ({format_size(plan.bytes_sent)} to upload)" if plan.sent else ""
    return ", ".join(part for part in parts if part) + sent


def plan_marks(plan: Plan) -> Sequence[tuple[str, str]]:
    """The plan path by path: `+` added, `~` updated, `-` deleted, `=` kept."""
    return [
        *(("+", file.path) for file in plan.add),
        *(("~", file.path) for file in plan.update),
        *(("-", path) for path in plan.delete),
        *(("=", path) for path in plan.keep),
    ]


def plan_lines(plan: Plan, *, whole: bool) -> Iterator[str]:
    """A line for each path of a plan, or for the first of each kind and how many more there are."""
    for mark, marked in groupby(plan_marks(plan), itemgetter(0)):
        paths = [path for _, path in marked]
        shown = paths if whole else paths[:_MAX_PATHS_SHOWN]
        for path in shown:
            yield labelled_line("", f"{mark} {path}")
        if len(shown) < len(paths):
            yield labelled_line("", f"{mark} … and {len(paths) - len(shown)} more")


def error_lines(error: ErrorDetails, log: Sequence[str] = ()) -> Iterator[str]:
    """The three lines of an error, after the end of the log that shows the cause."""
    for line in log:
        yield f"  │ {printable(line)}"
    yield labelled_line("error", error.message)
    yield labelled_line("cause", error.cause)
    yield labelled_line("fix", error.fix)


def detail_lines(result: DeployResult) -> Iterator[str]:
    """What a person should know about a result besides the verdict."""
    yield from _details(result.rollout)
    if (rolled_back := result.rolled_back) is not None:
        yield labelled_line("rollback", rollback_sentence(rolled_back))
        yield labelled_line("", f"{result.space_url}/commit/{rolled_back.commit}")
        yield from _details(rolled_back.rollout)


def _details(rollout: RolloutResult) -> Iterator[str]:
    if rollout.usage is not None:
        yield labelled_line("usage", str(rollout.usage))
    for warning in rollout.warnings:
        yield labelled_line("warning", warning)
    if rollout.notice is not None:
        yield labelled_line("notice", rollout.notice)
    if rollout.error is not None:
        yield from error_lines(rollout.error, rollout.log)


def rollback_sentence(rolled_back: Rollback) -> str:
    """What a failed deploy was rolled back to, and whether that is healthy."""
    to = f"{rolled_back.to} as release {rolled_back.number}"
    sentence = _end(rolled_back, to)
    return f"{sentence[0].upper()}{sentence[1:]}"


def _end(rolled_back: Rollback, to: str) -> str:
    """How a rollback ended, and what the Space is left at."""
    rollout, commit = rolled_back.rollout, f"(commit {rolled_back.commit[:7]})"
    if rolled_back.healthy:
        return f"rolled back to {to}, which is healthy"
    if rollout.verdict is Verdict.COMMITTED:
        return f"rolled back to {to}, which was not seen healthy"
    if rollout.calls_for_rollback:
        state = "unhealthy" if rollout.verdict is Verdict.UNHEALTHY else "down"
        return f"the rollback to {to} failed, too: the Space is {state} {commit}"
    return f"the rollback to {to} ended as {rollout.verdict} {commit}"


def rollback_lines(rolled_back: Rollback) -> Iterator[str]:
    """The same, and where it failed the cause and the fix; not yet printable."""
    yield rollback_sentence(rolled_back)
    if (error := rolled_back.rollout.error) is not None:
        yield from (error.message, f"cause: {error.cause}", f"fix: {error.fix}")


def rollback_clause(result: DeployResult) -> str:
    """What a failed deploy was rolled back to, or left at, as the end of a sentence."""
    back = result.rolled_back
    if back is None:
        return _what_is_left(result)
    return f"; {_end(back, str(back.to))}"


def _what_is_left(result: DeployResult) -> str:
    """That a failed commit was not rolled back, and what serves users, as far as that is known."""
    rollout = result.rollout
    is_deploy = result.changed and result.restored is None
    if not is_deploy or rollout.error is None or rollout.verdict is Verdict.COMMITTED:
        return ""
    return f"; not rolled back{_LEFT.get(rollout.stage or '', '')}"


def headline(result: DeployResult) -> str:
    """What the result means, in one sentence without a period."""
    if result.plan is not None and result.rollout.verdict is Verdict.PLANNED:
        return f"{counts(result.plan)}; nothing was changed"
    what = result.rollout.headline
    if result.rollout.verdict is Verdict.SUPERSEDED and not (result.changed or result.settings):
        what += "; nothing was changed"
    return f"{what}{rollback_clause(result)}"


def verdict_line(result: DeployResult) -> str:
    """How it ended, where, and how long it took."""
    where = result.app_url or result.space_url or ""
    took = duration(result.seconds)
    return labelled_line(result.rollout.verdict.value, f"{headline(result)} {where} ({took})")


def commit_line(commit: Commit) -> str:
    """A commit of a Space in a few words: which, when, who, and its title."""
    return f"{commit.id[:7]} ({commit.at:%Y-%m-%d %H:%M}, {commit.author}: {commit.title})"
