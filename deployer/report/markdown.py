"""A job summary in GitHub's Markdown.

Text from outside goes through `plain`, `code`, `fenced` or `address` on its way to a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from deployer.release.outcome import DeployResult, ErrorDetails
from deployer.release.plan import Plan
from deployer.report.terminal import (
    commit_line,
    duration,
    format_size,
    printable,
    rollback_sentence,
)

# GitHub throws a summary of more than 1 MiB away: https://docs.github.com/actions (job summaries)
_MAX_BYTES = 900_000
_MAX_PATHS = 200
_MAX_DRIFT = 20
_ADDRESS = re.compile(r"https?://[\w.:/?=%&~+-]+", re.ASCII)
_WELL = "✅"
_ILL = "❌"


def summary(outcome: DeployResult) -> str:
    """The whole summary of a deploy that ended, well or not."""
    ending = outcome.rollout
    sign = _ILL if outcome.exit_code else _WELL
    text = [f"### {sign} {code(str(outcome.space))}: {ending.verdict.value}", ""]
    if ending.error is not None:
        text += _trouble(ending.error)
    else:
        text += [ending.sentence, ""]
    text += [f"> ⚠️ {plain(warning)}\n" for warning in ending.warnings]
    if ending.log:
        text += ["<details open><summary>The end of the log</summary>", ""]
        text += [fenced(ending.log), "", "</details>", ""]
    if (restored := outcome.rolled_back) is not None:
        sign = _WELL if restored.healthy else _ILL
        text += [f"{sign} {plain(rollback_sentence(restored))}", ""]
        text += [f"> ⚠️ {plain(warning)}\n" for warning in restored.rollout.warnings]
        if restored.rollout.error is not None:
            text += _trouble(restored.rollout.error)
    text += list(_facts(outcome))
    if outcome.plan is not None:
        text += list(_plan(outcome.plan))
    return _capped("\n".join(text) + "\n")


def failure(error: ErrorDetails, space: str | None) -> str:
    """The summary of a deploy that never came to an outcome."""
    about = f" {code(space)}" if space else ""
    return _capped("\n".join([f"### {_ILL}{about}: not deployed", "", *_trouble(error)]) + "\n")


def plain(text: str) -> str:
    """Text as text: nothing in it is Markdown, HTML, a mention or a link."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>&~@:$])", r"\\\1", printable(text))
    return escaped.replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")


def code(text: str) -> str:
    """Text as code on one line, safe inside a table."""
    # an HTML element, since no number of backticks is safe for every text in a table
    spelt = re.sub(r"[&<>|`*_~\\@#\[\]:$]", lambda match: f"&#{ord(match[0])};", printable(text))
    return f"<code>{spelt}</code>"


def address(url: str) -> str:
    """A link, where it is plainly an address; else code."""
    return f"<{url}>" if _ADDRESS.fullmatch(url) else code(url)


def fenced(lines: Sequence[str]) -> str:
    """Lines as a block of code that nothing in them can close."""
    body = "\n".join(printable(line) for line in lines)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{body}\n{fence}"


def _trouble(error: ErrorDetails) -> list[str]:
    return [
        f"**{plain(error.message)}**",
        "",
        f"- Seen: {code(error.cause)}",
        f"- Now: {plain(error.fix)}",
        "",
    ]


def _facts(outcome: DeployResult) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    if outcome.app_url:
        yield f"| App | {address(outcome.app_url)} |"
    if outcome.space_url:
        yield f"| Space | {address(outcome.space_url)} |"
    if outcome.source:
        yield f"| Source | {code(outcome.source)} |"
    if outcome.commit and outcome.space_url:
        yield f"| Commit | {address(f'{outcome.space_url}/commit/{outcome.commit}')} |"
    if outcome.number is not None:
        yield f"| Release | {outcome.number} |"
    if outcome.rolled_back and outcome.space_url:
        page = f"{outcome.space_url}/commit/{outcome.rolled_back.commit}"
        yield (
            f"| Running now | {address(page)} |"
            if outcome.rolled_back.healthy
            else (f"| Brought back | {address(page)} |")
        )
    if outcome.settings:
        yield f"| Settings | {', '.join(code(name) for name in outcome.settings)} |"
    for commit in outcome.drift[:_MAX_DRIFT]:
        page = address(f"{outcome.space_url}/commit/{commit.id}")
        yield f"| Not by us | {code(commit_line(commit))} {page} |"
    yield f"| Took | {duration(outcome.seconds)} |"
    yield ""


def _plan(plan: Plan) -> Iterator[str]:
    yield (
        f"| added | updated | deleted | unchanged | sent |\n|---|---|---|---|---|\n"
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
    return text.encode()[:_MAX_BYTES].decode("utf-8", "ignore") + "\n\n(cut: the summary is full)\n"
