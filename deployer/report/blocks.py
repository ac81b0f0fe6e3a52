"""Blocks of Markdown that job summaries have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from deployer.errors import Finding
from deployer.release.history import Commit
from deployer.release.outcome import ErrorDetails
from deployer.report.markdown import advice, code, details, fitting, link, plain, prose, table
from deployer.report.source_pages import SourcePages
from deployer.report.terminal import commit_line
from deployer.source.snapshot import Source

PASSED, WARNING, FAILED = "✅", "⚠️", "❌"
_MAX_DRIFT = 20


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


def source_link(source: Source, pages: SourcePages) -> str:
    """The commit of a source, with a link where its page is known."""
    page, shown = pages.of_commit(source), code(source.short)
    return link(page, shown) if page else shown


def commit_link(space_url: str | None, commit: str) -> str:
    """A commit of a Space, with a link to its page."""
    return link(f"{space_url}/commit/{commit}", code(commit[:7]))
