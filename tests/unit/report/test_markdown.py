"""Markdown: no text from outside is taken for markup, and a long document is cut."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as some

from deployer.report import markdown
from deployer.report.text import printable
from tests.unit.text import HOSTILE, is_harmless


@given(HOSTILE)
def test_code_in_a_table_is_one_cell_of_plain_text(hostile: str) -> None:
    shown = markdown.code(hostile)
    inside = shown.removeprefix("<code>").removesuffix("</code>")
    assert not set(inside) & set("<>|`\n\r")
    assert not re.search(r"[*_~\\\[\]@]", inside)
    assert html.unescape(inside) == printable(hostile)


@given(HOSTILE)
def test_plain_text_is_not_markdown(text: str) -> None:
    shown = markdown.plain(text)
    assert is_harmless(shown) and "<" not in shown and ">" not in shown
    left = re.sub(r"\\[!-/:-@\[-`{-~]|&(?:lt|gt|amp);", "", shown)
    assert not set(left) & set("\\`*_[]()#!|<>@:$~")


@given(some.lists(HOSTILE, max_size=6))
def test_nothing_in_a_fenced_block_closes_it(lines: list[str]) -> None:
    first, *body, last = markdown.fenced(lines).split("\n")
    fence = first.removesuffix("text")
    assert set(fence) == {"`"} and len(fence) >= 3 and last == fence
    assert len(body) == max(1, len(lines))
    assert not any(re.fullmatch(rf" {{0,3}}`{{{len(fence)},}}\s*", line) for line in body)


@given(HOSTILE)
def test_in_prose_only_code_and_links_are_markup(text: str) -> None:
    assert "<http" not in markdown.prose(text)
    for shown in (markdown.prose(text), markdown.advice(text)):
        assert is_harmless(shown)
        left = re.sub(r"<https?://[\w.:/?=%&~+-]+>|<code>[^<>`|]*</code>", "", shown)
        left = re.sub(r"\\[!-/:-@\[-`{-~]|&(?:lt|gt|amp);", "", left)
        assert not set(left) & set("\\`*_[]()#!|<>@:$~")


def test_advice_links_its_urls_and_shows_commands_as_code() -> None:
    shown = markdown.advice("run `hf-deploy check`; see https://x.y/a_b?logs=build. (more)")
    assert shown.startswith("run <code>hf-deploy check</code>; see <https://x.y/a_b?logs=build>")


@given(HOSTILE)
def test_the_title_of_what_folds_is_plain_text(title: str) -> None:
    shown = markdown.details(title, "body").partition("</summary>")[0]
    assert "<" not in shown.removeprefix("<details><summary>")


def test_a_document_is_cut_between_two_blocks_and_says_so() -> None:
    blocks = [markdown.fenced(["ü" * 2000] * 20)] * 100
    text = markdown.document(blocks)
    assert len(text.encode()) <= 900_000
    assert text.endswith("_\n") and "is cut" in text
    assert text.count("```") % 2 == 0
    assert "is cut" not in markdown.document(blocks[:2])


@given(some.lists(HOSTILE, max_size=30))
def test_the_lines_that_fit_are_all_or_are_counted(lines: list[str]) -> None:
    assert markdown.fitting(lines) == (lines, 0)
    many = [*lines, *("x" * 1000 for _ in range(200))]
    shown, more = markdown.fitting(many)
    assert shown == many[:-more]
    assert 90_000 < sum(len(line.encode("utf-8", "surrogatepass")) for line in shown) <= 100_000
