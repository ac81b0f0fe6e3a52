"""Blocks of Markdown that job summaries have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from deployer.errors import Finding
from deployer.release.history import Commit
from deployer.release.outcome import ErrorDetails
from deployer.release.plan import Plan
from deployer.report.markdown import advice, code, details, fitting, link, prose, table
from deployer.report.source_pages import SourcePages
from deployer.report.terminal import commit_line
from deployer.source.snapshot import Source

PASSED, WARNING, FAILED = "✅", "⚠️", "❌"
_MAX_DRIFT = 20
_MAX_NAMED = 5


def reasons(error: ErrorDetails) -> str:
    """The cause and the fix of an error; lines at fault are a cause with a table of their own."""
    cause = "" if error.findings else f"- **cause**: {code(error.cause)}\n"
    return f"{cause}- **fix**: {advice(error.fix)}\n"


def finding_table(findings: Sequence[Finding], pages: SourcePages) -> Iterator[str]:
    """A table of findings at their lines, if there are any."""
    shown, more = fitting([f"{_place(one, pages)} | {prose(one.text)}" for one in findings])
    rest = [f" | and {more} more"] if more else []
    if shown:
        yield table(("where", "what"), ([row] for row in (*shown, *rest)))


def _place(finding: Finding, pages: SourcePages) -> str:
    page = pages.of_line(finding)
    shown = code(finding.location) if finding.location else ""
    return link(page, shown) if page else shown


def warning_blocks(warnings: Iterable[str]) -> Iterator[str]:
    """A block for each warning."""
    return (f"> {WARNING} {advice(warning)}\n" for warning in warnings)


def overwritten_block(
    commits: Sequence[Commit], plan: Plan, space_url: str | None, *, is_plan: bool
) -> Iterator[str]:
    """A warning of whose commits a deploy went over, or would, if any, and of what it deletes."""
    if not commits or not plan.changes:
        return
    how, delete = ("To deploy", "to delete") if is_plan else ("Deployed", "deleted")
    count = "1 commit" if len(commits) == 1 else f"{len(commits)} commits"
    authors = _some(list(dict.fromkeys(code(one.author) for one in commits)))
    links = _some([commit_link(space_url, one.id) for one in commits])
    gone = f"; {delete}: {_some(list(map(code, plan.delete)))}" if plan.delete else ""
    yield f"> {WARNING} {how} over {count} by {authors} ({links}), not made by hf-deploy{gone}\n"


def _some(items: Sequence[str]) -> str:
    more = f" and {len(items) - _MAX_NAMED} more" if len(items) > _MAX_NAMED else ""
    return ", ".join(items[:_MAX_NAMED]) + more


def drift_block(
    commits: Sequence[Commit], space_url: str | None, *, is_open: bool = False
) -> Iterator[str]:
    """The commits that were not made by hf-deploy, if there are any."""
    lines = [
        f"- {link(f'{space_url}/commit/{one.id}', code(commit_line(one)))}\n"
        for one in commits[:_MAX_DRIFT]
    ]
    if len(commits) > _MAX_DRIFT:
        lines.append(f"- and {len(commits) - _MAX_DRIFT} more\n")
    if lines:
        title = f"Commits not made by hf-deploy: {len(commits)}"
        yield details(title, "".join(lines), is_open=is_open)


def source_link(source: Source, pages: SourcePages) -> str:
    """The commit of a source, with a link where its page is known."""
    page, shown = pages.of_commit(source), code(source.short)
    return link(page, shown) if page else shown


def commit_link(space_url: str | None, commit: str) -> str:
    """A commit of a Space, with a link to its page."""
    return link(f"{space_url}/commit/{commit}", code(commit[:7]))
