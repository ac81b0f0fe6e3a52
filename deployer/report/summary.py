"""The job summary of a deploy, a plan or a rollback: what happened, then how, then what changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from deployer.errors import Interrupted
from deployer.release.outcome import (
    DeployResult,
    ErrorDetails,
    Gate,
    HealthCheck,
    Known,
    Restored,
    RolloutResult,
)
from deployer.release.plan import Plan
from deployer.release.release import Promoted
from deployer.release.verdict import Verdict
from deployer.report.blocks import (
    FAILED,
    PASSED,
    WARNING,
    commit_link,
    drift_block,
    finding_table,
    overwritten_block,
    reasons,
    source_link,
    warning_blocks,
)
from deployer.report.markdown import (
    advice,
    code,
    details,
    document,
    fenced,
    fitting,
    heading,
    link,
    plain,
    prose,
    table,
)
from deployer.report.source_pages import SourcePages
from deployer.report.terminal import counts, headline, plan_marks, rollback_clause
from deployer.report.text import duration

INTERRUPTED = "interrupted"
_NOTHING_DONE = (Verdict.PAUSED, Verdict.SKIPPED, Verdict.SUPERSEDED)
_PROVED = (Verdict.LIVE, Verdict.UNCHANGED)
_UNDEPLOYED = (Verdict.PLANNED, Verdict.SUPERSEDED, Verdict.GATE_CLOSED)
_WHOLE = "The Space is at a whole commit: one is made completely or not at all.\n"
_MAX_SETTINGS = 100
_Row = tuple[str, str, str]


def summary(result: DeployResult, pages: SourcePages = SourcePages()) -> str:
    """The summary of a run that came to a result."""
    return document(_blocks(result, pages))


def failure(
    error: ErrorDetails,
    how: str,
    space: str | None,
    known: Known = Known(),
    pages: SourcePages = SourcePages(),
) -> str:
    """The summary of a run that could not be carried out; `how` is that in two words."""
    return document(_of_failure(error, how, space, known, pages))


def _of_failure(
    error: ErrorDetails, how: str, space: str | None, known: Known, pages: SourcePages
) -> Iterator[str]:
    about = f"{code(space)} " if space else ""
    what = "" if error.message == how else f": {prose(error.message)}"
    yield heading(FAILED, f"{about}{how}{what}")
    yield reasons(error)
    yield from finding_table(error.findings, pages)
    yield from warning_blocks(known.warned)
    if known.source is not None:
        was = known.previous
        head = f"; the Space was at {commit_link(known.space_url, was)}" if was else ""
        yield f"source {source_link(known.source, pages)}{head}\n"
    yield from _gates(known.gates)
    yield from drift_block(known.drift, known.space_url, is_open=True)
    if known.plan is not None:
        yield from _plan(known.plan, is_open=False)


def _blocks(result: DeployResult, pages: SourcePages) -> Iterator[str]:
    rollout, rolled_back = result.rollout, result.rolled_back
    yield heading(_sign(result), f"{code(str(result.space))}{_sentence(result)}")
    yield _links(result)
    if rollout.error is not None:
        yield reasons(rollout.error)
    if rollout.code == Interrupted.exit_code and result.changed:
        yield _WHOLE
    if rollout.notice is not None:
        yield f"> {advice(rollout.notice)}\n"
    if rollout.log:
        yield details("The end of the log", fenced(rollout.log), is_open=True)
    if rolled_back is not None and (error := rolled_back.rollout.error) is not None:
        yield f"**{prose(error.message)}**\n"
        yield reasons(error)
    yield from warning_blocks(result.warnings)
    is_plan = rollout.verdict is Verdict.PLANNED
    if result.plan is not None and (result.changed or is_plan):
        yield from overwritten_block(result.drift, result.plan, result.space_url, is_plan=is_plan)
    if result.changed or result.source or result.number:
        yield _chain(result, pages)
    yield from _gates(result.gates)
    title = "how it was proved" if rollout.verdict in _PROVED else "step"
    yield from _proof(rollout, title, _prepared(result))
    if rolled_back is not None:
        yield from _proof(rolled_back.rollout, "step of the rollback")
    if result.settings:
        yield _settings(result)
    yield from drift_block(result.drift, result.space_url)
    if result.plan is not None:
        yield from _plan(result.plan, is_open=is_plan)


def _sign(result: DeployResult) -> str:
    rollout = result.rollout
    if result.exit_code:
        return FAILED
    is_doubtful = rollout.warnings and rollout.verdict in (Verdict.LIVE, Verdict.UNCHANGED)
    return WARNING if is_doubtful or rollout.verdict in _NOTHING_DONE else PASSED


def _sentence(result: DeployResult) -> str:
    """What happened, after the name of the Space."""
    rollout = result.rollout
    if rollout.error is not None:
        return f": {prose(rollout.error.message)}{plain(rollback_clause(result))}"
    is_live = f" is live{plain(_what_is_live(result))}: "
    if result.restored is not None:
        is_live = f" was rolled back to {plain(str(result.restored))}: "
    lead = {Verdict.LIVE: is_live, Verdict.SUPERSEDED: ": superseded; "}
    return f"{lead.get(rollout.verdict, ': ')}{plain(headline(result))}"


def _what_is_live(result: DeployResult) -> str:
    """The release and its source, as the end of a clause."""
    if result.number is None:
        return ""
    return f" with release {result.number}" + (f" ({result.source.short})" if result.source else "")


def _links(result: DeployResult) -> str:
    """The app, the Space's page, and how the run ended."""
    parts = (
        f"**{link(result.app_url)}**" if result.app_url else "",
        link(result.space_url, "Space") if result.space_url else "",
        code(result.rollout.verdict.value),
        f"exit code {result.exit_code}" if result.exit_code else "",
        duration(result.seconds),
    )
    return f"{' · '.join(filter(None, parts))}\n"


def _gates(gates: Sequence[Gate]) -> Iterator[str]:
    """What was asked of the release to promote, and what was measured; nothing without gates."""
    if gates:
        signs = {True: PASSED, False: FAILED, None: WARNING}
        rows = (
            (signs[one.is_open], f"{one.name}: {code(one.target)}", code(one.shown))
            for one in gates
        )
        yield table(("", "gate", "measured"), rows)


def _chain(result: DeployResult, pages: SourcePages) -> str:
    """From the source commit to the Space's commit to the release, and what was rolled back."""
    space, commit, source = result.space_url, result.commit, result.source
    parts = []
    if source is not None:
        parts.append(f"source {source_link(source, pages)}")
    if result.promoted is not None:
        parts.append(_promoted(space, result.promoted))
    if not result.changed and result.rollout.verdict in _UNDEPLOYED:
        release = f", release {result.number}" if result.number is not None else ""
        at = (
            f"the Space is at {commit_link(space, commit)}{release}"
            if commit
            else "the Space does not exist"
        )
        return f"{'; '.join((*parts, at))}\n"
    if result.restored is not None:
        parts.append(f"files of {_restored(space, result.restored, pages)}")
    if commit is not None:
        parts.append(f"commit on the Space {commit_link(space, commit)}")
    if result.number is not None:
        parts.append(_release(space, result.number, result.rollout.tag))
    lines = [" → ".join(parts)]
    if (back := result.rolled_back) is not None:
        steps = (
            f"rolled back to {_restored(space, back.to, pages)}",
            f"commit on the Space {commit_link(space, back.commit)}",
            _release(space, back.number, back.rollout.tag),
        )
        lines.append(" → ".join(steps))
    # no list: one that follows the list of cause and fix would be a part of it
    return "\n".join(f"{line}\n" for line in lines)


def _promoted(space_url: str | None, promoted: Promoted) -> str:
    """The release that was promoted, with a link to its commit; both Spaces are on one Hub."""
    hub = (space_url or "").partition("/spaces/")[0]
    page = f"{hub}/spaces/{promoted.space}/commit/{promoted.commit}"
    return f"{link(page, plain(promoted.short))} ({code(promoted.commit[:7])})"


def _restored(space_url: str | None, restored: Restored, pages: SourcePages) -> str:
    """What a rollback went back to: the release and its source, else the commit."""
    if restored.number is None or restored.source is None:
        return commit_link(space_url, restored.commit)
    page = f"{space_url}/commit/{restored.commit}"
    release = link(page, f"release {restored.number}")
    return f"{release} ({source_link(restored.source, pages)})"


def _release(space_url: str | None, number: int, tag: str | None) -> str:
    if tag is None:
        return f"release {number}"
    return link(f"{space_url}/tree/{tag.replace('/', '%2F')}", f"release {number}") + ", verified"


def _proof(rollout: RolloutResult, title: str, before: Sequence[_Row] = ()) -> Iterator[str]:
    """What was seen of a commit, step by step, with the time of each; nothing if nothing was."""
    if rows := list(_rows(rollout)):
        yield table(("", title, "time"), [*before, *rows])


def _prepared(result: DeployResult) -> Sequence[_Row]:
    """The row of all that preceded the rollout, where its time is known."""
    if not result.seconds_to_commit:
        return ()
    what = "plan and commit" if result.changed else "plan"
    return [(PASSED, what, _time(result.seconds_to_commit))]


def _rows(rollout: RolloutResult) -> Iterator[_Row]:
    checks = rollout.checks
    if rollout.stages:
        has_failed = rollout.error is not None and rollout.verdict is not Verdict.COMMITTED
        is_over = bool(checks) or rollout.verdict is Verdict.LIVE
        sign = PASSED if is_over else FAILED if has_failed else WARNING
        taken = rollout.seconds - sum(check.seconds for check in checks)
        yield sign, f"stage: {_stages(rollout)}", _time(taken)
    elif checks:
        yield PASSED, "stage: the commit was running before", ""
    for check in checks:
        used = f"; {plain(str(rollout.usage))}" if check.name == "soak" and rollout.usage else ""
        yield _sign_of(check), f"{check.name}: {code(check.target)}{used}", _time(check.seconds)


def _stages(rollout: RolloutResult) -> str:
    """Each stage, with the time until the next."""
    stages = rollout.stages
    ends = [one.seconds for one in stages[1:]]
    shown = [
        f"{code(one.stage)} {_time(end - one.seconds)}"
        for one, end in zip(stages, ends, strict=False)
    ]
    return " → ".join([*shown, code(stages[-1].stage)])


def _sign_of(check: HealthCheck) -> str:
    return {True: PASSED, False: FAILED, None: WARNING}[check.passed]


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else duration(seconds)


def _settings(result: DeployResult) -> str:
    names = ", ".join(map(code, result.settings[:_MAX_SETTINGS]))
    more = len(result.settings) - _MAX_SETTINGS
    is_plan = result.rollout.verdict is Verdict.PLANNED
    rest = f" and {more} more" if more > 0 else ""
    return f"Settings {'to change' if is_plan else 'changed'}: {names}{rest}\n"


def _plan(plan: Plan, *, is_open: bool) -> Iterator[str]:
    marked = [f"{mark} {path}" for mark, path in plan_marks(plan)]
    if not marked:
        yield f"Plan: {plain(counts(plan))}\n"
        return
    shown, more = fitting(marked)
    rest = [f"… and {more} more"] if more else []
    yield details(f"Plan: {counts(plan)}", fenced([*shown, *rest], "diff"), is_open=is_open)
