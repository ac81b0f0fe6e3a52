"""A job summary in GitHub's Markdown.

Text from outside goes through `plain`, `code`, `fenced` or `link` on its way to a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from deployer.release.outcome import DeployResult, ErrorDetails
from deployer.release.plan import Plan
from deployer.report.terminal import commit_line, rollback_sentence
from deployer.report.text import duration, format_size, printable

# GitHub throws a summary of more than 1 MiB away: https://docs.github.com/actions (job summaries)
_MAX_BYTES = 900_000
_MAX_PATHS = 200
_MAX_DRIFT = 20
_URL = re.compile(r"https?://[\w.:/?=%&~+-]+", re.ASCII)
_OK = "✅"
_FAILED = "❌"


def summary(result: DeployResult) -> str:
    """The summary of a run that came to a result."""
    rollout = result.rollout
    sign = _FAILED if result.exit_code else _OK
    text = [f"### {sign} {code(str(result.space))}: {rollout.verdict.value}", ""]
    if rollout.error is not None:
        text += _error_lines(rollout.error)
    else:
        text += [plain(rollout.headline), ""]
    text += _warnings(result.warnings)
    if rollout.notice is not None:
        text += [f"> {plain(rollout.notice)}\n"]
    if rollout.log:
        text += ["<details open><summary>End of the log</summary>", ""]
        text += [fenced(rollout.log), "", "</details>", ""]
    if (rolled_back := result.rolled_back) is not None:
        sign = _OK if rolled_back.healthy else _FAILED
        text += [f"{sign} {plain(rollback_sentence(rolled_back))}", ""]
        if rolled_back.rollout.error is not None:
            text += _error_lines(rolled_back.rollout.error)
    text += list(_facts(result))
    if result.plan is not None:
        text += list(_plan(result.plan))
    return _capped("\n".join(text) + "\n")


def failure(error: ErrorDetails, space: str | None, warnings: Sequence[str] = ()) -> str:
    """The summary of a run that could not be carried out."""
    about = f" {code(space)}" if space else ""
    title = f"### {_FAILED}{about}: not deployed"
    return _capped("\n".join([title, "", *_error_lines(error), *_warnings(warnings)]) + "\n")


def plain(text: str) -> str:
    """Text as text: nothing in it is Markdown, HTML, a mention or a link."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>&~@:$])", r"\\\1", printable(text))
    return escaped.replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")


def code(text: str) -> str:
    """Text as code on one line, safe inside a table."""
    # an HTML element, since no number of backticks is safe for every text in a table
    escaped = re.sub(r"[&<>|`*_~\\@#\[\]:$]", lambda match: f"&#{ord(match[0])};", printable(text))
    return f"<code>{escaped}</code>"


def link(url: str) -> str:
    """A link, where the text is plainly a URL; else code."""
    return f"<{url}>" if _URL.fullmatch(url) else code(url)


def fenced(lines: Sequence[str]) -> str:
    """Lines as a block of code that nothing in them can close."""
    body = "\n".join(printable(line) for line in lines)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{body}\n{fence}"


def _warnings(warnings: Sequence[str]) -> list[str]:
    return [f"> ⚠️ {plain(warning)}\n" for warning in warnings]


def _error_lines(error: ErrorDetails) -> list[str]:
    return [
        f"**error: {plain(error.message)}**",
        "",
        f"- cause: {code(error.cause)}",
        f"- fix: {plain(error.fix)}",
        "",
    ]


def _facts(result: DeployResult) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    if result.app_url:
        yield f"| App | {link(result.app_url)} |"
    if result.space_url:
        yield f"| Space | {link(result.space_url)} |"
    if result.source:
        yield f"| Source | {code(result.source.short)} |"
    if result.commit_url:
        yield f"| Commit | {link(result.commit_url)} |"
    if result.number is not None:
        yield f"| Release | {result.number} |"
    if result.rolled_back and result.space_url:
        page = f"{result.space_url}/commit/{result.rolled_back.commit}"
        yield f"| Rolled back by | {link(page)} |"
    if result.settings:
        yield f"| Settings | {', '.join(code(name) for name in result.settings)} |"
    for commit in result.drift[:_MAX_DRIFT]:
        page = link(f"{result.space_url}/commit/{commit.id}")
        yield f"| Not made by hf-deploy | {code(commit_line(commit))} {page} |"
    yield f"| Duration | {duration(result.seconds)} |"
    yield ""


def _plan(plan: Plan) -> Iterator[str]:
    yield (
        f"| added | updated | deleted | unchanged | uploaded |\n|---|---|---|---|---|\n"
        f"| {len(plan.add)} | {len(plan.update)} | {len(plan.delete)} | {plan.unchanged} "
        f"| {format_size(plan.bytes_sent)} |\n"
    )
    rows = [
        *(("added", file.path) for file in plan.add),
        *(("updated", file.path) for file in plan.update),
        *(("deleted", path) for path in plan.delete),
        *(("kept on the Space", path) for path in plan.keep),
    ]
    if not rows:
        return
    yield "<details><summary>Files</summary>\n\n| | |\n|---|---|"
    for what, path in rows[:_MAX_PATHS]:
        yield f"| {what} | {code(path)} |"
    if len(rows) > _MAX_PATHS:
        yield f"| | and {len(rows) - _MAX_PATHS} more |"
    yield "\n</details>\n"


def _capped(text: str) -> str:
    if len(text.encode()) <= _MAX_BYTES:
        return text
    return (
        text.encode()[:_MAX_BYTES].decode("utf-8", "ignore")
        + "\n\n(cut: the summary is too long)\n"
    )
