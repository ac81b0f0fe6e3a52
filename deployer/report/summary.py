"""The job summary of a deploy, a plan or a rollback: what happened, then how, then what changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from deployer.errors import Finding, Interrupted
from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, HealthCheck, RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
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
from deployer.report.terminal import commit_line, counts, headline, plan_marks, rollback_clause
from deployer.report.text import duration
from deployer.source.snapshot import Source

PASSED, WARNING, FAILED = "✅", "⚠️", "❌"
INTERRUPTED = "interrupted"
_NOTHING_DONE = (Verdict.PAUSED, Verdict.SKIPPED, Verdict.SUPERSEDED)
_UNDEPLOYED = (Verdict.PLANNED, Verdict.SUPERSEDED)
_WHOLE = "The Space is at a whole commit: one is made completely or not at all.\n"
_MAX_DRIFT = 20
_MAX_SETTINGS = 100


def summary(result: DeployResult, pages: SourcePages = SourcePages()) -> str:
    """The summary of a run that came to a result."""
    return document(_blocks(result, pages))


def failure(
    error: ErrorDetails,
    how: str,
    space: str | None,
    warnings: Sequence[str] = (),
    pages: SourcePages = SourcePages(),
) -> str:
    """The summary of a run that could not be carried out; `how` is that in two words."""
    about = f"{code(space)} " if space else ""
    what = "" if error.message == how else f": {prose(error.message)}"
    blocks = [heading(FAILED, f"{about}{how}{what}"), reasons(error)]
    if how == INTERRUPTED:
        blocks.append(_WHOLE)
    return document([*blocks, *finding_table(error.findings, pages), *warning_blocks(warnings)])


def reasons(error: ErrorDetails) -> str:
    """The cause and the fix of an error; lines at fault are a cause with a table of their own."""
    cause = "" if error.findings else f"- **cause**: {code(error.cause)}\n"
    return f"{cause}- **fix**: {advice(error.fix)}\n"


def finding_table(findings: Sequence[Finding], pages: SourcePages) -> Iterator[str]:
    """A table of findings at their lines, if there are any."""
    rows = list(fitting([f"| {_place(one, pages)} | {prose(one.text)} |" for one in findings]))
    if len(rows) < len(findings):
        rows[-1] = f"| | {plain(rows[-1])} |"
    if findings:
        yield table(("where", "what"), ()) + "".join(f"{row}\n" for row in rows)


def _place(finding: Finding, pages: SourcePages) -> str:
    page = pages.of_line(finding)
    shown = code(finding.location) if finding.location else ""
    return link(page, shown) if page else shown


def warning_blocks(warnings: Iterable[str]) -> Iterator[str]:
    """A block for each warning."""
    return (f"> {WARNING} {plain(warning)}\n" for warning in warnings)


def drift_block(commits: Sequence[Commit], space_url: str | None) -> Iterator[str]:
    """The commits that were not made by hf-deploy, if there are any."""
    lines = [
        f"- {link(f'{space_url}/commit/{one.id}', code(commit_line(one)))}\n"
        for one in commits[:_MAX_DRIFT]
    ]
    if len(commits) > _MAX_DRIFT:
        lines.append(f"- and {len(commits) - _MAX_DRIFT} more\n")
    if lines:
        yield details(f"Commits not made by hf-deploy: {len(commits)}", "".join(lines))


def _blocks(result: DeployResult, pages: SourcePages) -> Iterator[str]:
    rollout, rolled_back = result.rollout, result.rolled_back
    yield heading(_sign(result), f"{code(str(result.space))}{_sentence(result)}")
    yield _links(result)
    if rollout.error is not None:
        yield reasons(rollout.error)
    if rollout.code == Interrupted.exit_code:
        yield _WHOLE
    if rollout.notice is not None:
        yield f"> {plain(rollout.notice)}\n"
    if rollout.log:
        yield details("The end of the log", fenced(rollout.log), is_open=True)
    if rolled_back is not None and (error := rolled_back.rollout.error) is not None:
        yield f"**{prose(error.message)}**\n"
        yield reasons(error)
    yield from warning_blocks(result.warnings)
    if result.changed or result.source or result.number:
        yield _chain(result, pages)
    title = "step" if rollout.error else "how it was proved"
    yield from _proof(rollout, title, result.seconds_to_commit)
    if rolled_back is not None:
        yield from _proof(rolled_back.rollout, "step of the rollback")
    if result.settings:
        yield _settings(result)
    yield from drift_block(result.drift, result.space_url)
    if result.plan is not None:
        yield from _plan(result.plan, is_open=rollout.verdict is Verdict.PLANNED)


def _sign(result: DeployResult) -> str:
    rollout = result.rollout
    if result.exit_code:
        return FAILED
    is_doubtful = rollout.verdict is Verdict.LIVE and rollout.warnings
    return WARNING if is_doubtful or rollout.verdict in _NOTHING_DONE else PASSED


def _sentence(result: DeployResult) -> str:
    """What happened, after the name of the Space."""
    rollout = result.rollout
    if rollout.error is not None:
        return f": {prose(rollout.error.message)}{plain(rollback_clause(result))}"
    lead = {Verdict.LIVE: " is live: ", Verdict.SUPERSEDED: ": superseded; "}
    return f"{lead.get(rollout.verdict, ': ')}{plain(headline(result))}"


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


def _chain(result: DeployResult, pages: SourcePages) -> str:
    """From the source commit to the Space's commit to the release, and what was rolled back."""
    space, commit, source = result.space_url, result.commit, result.source
    parts = []
    if source is not None:
        parts.append(f"source {source_link(source, pages)}")
    if not result.changed and result.rollout.verdict in _UNDEPLOYED:
        at = f"the Space is at {_commit(space, commit)}" if commit else "the Space does not exist"
        return f"- {'; '.join((*parts, at))}\n"
    if result.restored is not None:
        parts.append(f"files of {_commit(space, result.restored)}")
    if commit is not None:
        parts.append(f"commit {_commit(space, commit)}")
    if result.number is not None:
        parts.append(_release(space, result.number, result.rollout.tag))
    lines = [" → ".join(parts)]
    if (back := result.rolled_back) is not None:
        release = _release(space, back.number, back.rollout.tag)
        commits = (
            f"rolled back to {_commit(space, back.to)}",
            f"commit {_commit(space, back.commit)}",
        )
        lines.append(" → ".join((*commits, release)))
    return "".join(f"- {line}\n" for line in lines)


def source_link(source: Source, pages: SourcePages) -> str:
    """The commit of a source, with a link where its page is known."""
    page, shown = pages.of_commit(source), code(source.short)
    return link(page, shown) if page else shown


def _commit(space_url: str | None, commit: str) -> str:
    return link(f"{space_url}/commit/{commit}", code(commit[:7]))


def _release(space_url: str | None, number: int, tag: str | None) -> str:
    if tag is None:
        return f"release {number}"
    return link(f"{space_url}/tree/{tag.replace('/', '%2F')}", f"release {number}") + ", verified"


def _proof(rollout: RolloutResult, title: str, seconds_to_commit: float = 0.0) -> Iterator[str]:
    """What was seen of a commit, step by step, with the time of each; nothing if nothing was."""
    rows = list(_rows(rollout))
    if rows and seconds_to_commit:
        rows.insert(0, (PASSED, "plan and commit", _time(seconds_to_commit)))
    if rows:
        yield table(("", title, "time"), rows)


def _rows(rollout: RolloutResult) -> Iterator[tuple[str, str, str]]:
    checks = rollout.checks
    if rollout.stages:
        is_over = bool(checks) or rollout.verdict is Verdict.LIVE
        sign = PASSED if is_over else FAILED if rollout.error else WARNING
        taken = rollout.seconds - sum(check.seconds for check in checks)
        yield sign, f"stage: {_stages(rollout)}", _time(taken)
    elif checks:
        yield PASSED, "stage: the commit was running before", ""
    for check in checks:
        yield _sign_of(check), f"{check.name}: {code(check.target)}", _time(check.seconds)


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
    if marked:
        body = fenced(list(fitting(marked)), "diff")
        yield details(f"Plan: {counts(plan)}", body, is_open=is_open)
    else:
        yield f"Plan: {plain(counts(plan))}\n"
