"""The job summary: no text from outside is taken for Markdown or HTML."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as some

from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, Rollback, RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.report import markdown
from deployer.report.text import printable
from deployer.source.snapshot import File, Source
from deployer.space.space import SpaceId
from tests.unit.text import HOSTILE, is_harmless

RESULT = DeployResult(SpaceId("julia", "demo"), RolloutResult(Verdict.LIVE))


def _commit(author: str, title: str) -> Commit:
    return Commit("c" * 40, title, "", author, datetime.now(UTC))


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


def _rows(text: str) -> list[str]:
    """The rows of a summary that hold text from outside; anything else in it must be harmless."""
    assert is_harmless(text.replace("\n", ""))
    outside = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", text)
    allowed = r"</?(?:details|summary|code)(?: open)?>|<https?://[^\s<>|]*>"
    assert "<" not in re.sub(allowed, "", outside)
    started = r"\| (?:(?:added|deleted|Source|Settings|Not made by hf-deploy) \| <code>|App \| )"
    return [line for line in outside.splitlines() if re.match(started, line)]


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_a_summary(one: str, two: str) -> None:
    plan = Plan("head", add=(File.of_bytes(one, b""),), delete=(two,))
    rollout = RolloutResult(Verdict.CRASHED, ErrorDetails(one, two, one), (two,), (one,))
    result = replace(
        RESULT,
        rollout=rollout,
        plan=plan,
        source=Source(f"s{one}"),
        space_url="https://y",
        settings=(one,),
        drift=(_commit(one, two),),
        rolled_back=Rollback("c" * 40, one, 3, rollout),
    )
    rows = _rows(markdown.summary(result))
    assert [row.count("|") for row in rows] == [3] * 5


@given(HOSTILE)
def test_no_url_breaks_a_summary(path: str) -> None:
    rollout = replace(RESULT.rollout, app_url=f"https://x/{path}")
    result = replace(RESULT, rollout=rollout, space_url="https://y", commit="c" * 40)
    rows = _rows(markdown.summary(result))
    assert [row.count("|") for row in rows] == [3]


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_the_summary_of_an_error(one: str, two: str) -> None:
    text = markdown.failure(ErrorDetails(one, two, one), two)
    assert is_harmless(text.replace("\n", ""))
    assert not re.search(r"<(?!/?code>)", text)


def test_a_summary_stays_below_the_limit_of_github() -> None:
    paths = tuple(f"{number:05}/{'ü' * 200}" for number in range(20_000))
    text = markdown.summary(replace(RESULT, plan=Plan("head", delete=paths)))
    assert len(text.encode()) < 1024 * 1024
    assert "more" in text
