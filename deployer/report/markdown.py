"""GitHub's Markdown: the only place where text from outside becomes a part of a page.

That text goes through `plain`, `code`, `prose`, `advice`, `fenced` or `link`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from deployer.report.text import printable

# GitHub throws a summary of more than 1 MiB away: https://docs.github.com/actions (job summaries)
_MAX_BYTES = 900_000
_MAX_BLOCK = 100_000  # bytes
_CUT = "_The rest is cut: GitHub shows no longer summary. All of it is in the log._\n"
_URL = re.compile(r"https?://[\w.:/?=%&~+#-]+", re.ASCII)
_CODE = re.compile(r"`([^`]+)`()")
_CODE_OR_URL = re.compile(r"`([^`]+)`|(https?://[\w.:/?=%&~+-]*[\w/=-])", re.ASCII)


def plain(text: str) -> str:
    """Text as text: nothing in it is Markdown, HTML, a mention or a link."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|<>&~@:$])", r"\\\1", printable(text))
    return escaped.replace("\\<", "&lt;").replace("\\>", "&gt;").replace("\\&", "&amp;")


def code(text: str) -> str:
    """Text as code on one line, safe inside a table."""
    # an HTML element, since no number of backticks is safe for every text in a table
    escaped = re.sub(r"[&<>|`*_~\\@#\[\]:$]", lambda match: f"&#{ord(match[0])};", printable(text))
    return f"<code>{escaped}</code>"


def prose(text: str) -> str:
    """Plain text in which what is in backticks is code."""
    return _marked_up(_CODE, text)


def advice(text: str) -> str:
    """The same, with links: for the words of hf-deploy itself."""
    return _marked_up(_CODE_OR_URL, text)


def _marked_up(markup: re.Pattern[str], text: str) -> str:
    shown, end = [], 0
    for match in markup.finditer(line := printable(text)):
        shown += [plain(line[end : match.start()]), code(match[1]) if match[1] else link(match[2])]
        end = match.end()
    return "".join((*shown, plain(line[end:])))


def link(url: str, text: str | None = None) -> str:
    """A link, shown as the Markdown `text` or its URL; without one where it is no plain URL."""
    if not _URL.fullmatch(url):
        return text or code(url)
    return f"<{url}>" if text is None else f"[{text}]({url})"


def fenced(lines: Sequence[str], language: str = "text") -> str:
    """Lines as a block of code that nothing in them can close."""
    body = "\n".join(printable(line) for line in lines)
    longest = max((len(run) for run in re.findall(r"`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def heading(sign: str, text: str) -> str:
    """The heading of a summary: a sign, and one sentence in Markdown."""
    return f"### {sign} {text}\n"


def details(title: str, body: str, *, is_open: bool = False) -> str:
    """A block that folds, under a title in plain text."""
    # in HTML, where no Markdown counts
    title = printable(title).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    begin = "<details open>" if is_open else "<details>"
    return f"{begin}<summary>{title}</summary>\n\n{body}\n\n</details>\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def fitting(lines: Sequence[str]) -> tuple[Sequence[str], int]:
    """The first lines, as many as a block may have, and how many more there are."""
    size = 0
    for index, line in enumerate(lines):
        size += len(line.encode("utf-8", "surrogatepass"))
        if size > _MAX_BLOCK:
            return lines[:index], len(lines) - index
    return lines, 0


def document(blocks: Iterable[str]) -> str:
    """Blocks as one text; where GitHub would not accept all of them, the first."""
    text, size = "", 0
    for block in blocks:
        size += len(block.encode("utf-8", "backslashreplace")) + 1
        if size > _MAX_BYTES:
            return text + _CUT
        text += f"{block}\n"
    return text
