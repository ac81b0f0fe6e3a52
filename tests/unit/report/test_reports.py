"""Reports: whatever the text from outside, it can do nothing where it is shown."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer import events
from deployer.release.history import Commit
from deployer.release.outcome import DeployResult, ErrorDetails, Rollback, RolloutResult
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.report import json_output, markdown, terminal
from deployer.report.event_lines import event_line
from deployer.report.text import duration, format_size, printable
from deployer.source.snapshot import File
from deployer.space.space import SpaceId

HOSTILE = some.one_of(
    some.text(),
    some.lists(
        some.sampled_from(
            ["\x1b[31m", "\x1b]0;t\x07", "\x1b", "[0m", "\x9b", "\r", "\n", "\u2028", "\u202e",
             "::error::", "##[error]", "`", "```", "~~~", "|", "<img src=x>", "</code>",
             "</details>",
             "<!--", "&lt;", "\\", "*", "_", "[a](b)", "![a](b)", "@julia", "#1",
             "https://x.y", "$x$",
             ":smile:", "é", "\udce9"]
        )  # fmt: skip
    ).map("".join),
)
TROUBLE = ErrorDetails("It broke.", "HTTP 500", "Mend it.")
OUTCOME = DeployResult(SpaceId("julia", "demo"), RolloutResult(Verdict.LIVE))


def _commit(author: str, title: str) -> Commit:
    return Commit("c" * 40, title, "", author, datetime.now(UTC))


def _is_harmless(text: str) -> bool:
    return not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text
    )


@given(HOSTILE)
def test_a_printable_line_has_nothing_hidden(hostile: str) -> None:
    shown = printable(hostile)
    assert _is_harmless(shown)
    shown.encode()


def test_a_printable_line_keeps_what_is_harmless() -> None:
    for line in ("plain", "ümläut 日本 🚀", "  indented", "100% [=====>]"):
        assert printable(line) == line
    assert printable("\x1b[1;31mred\x1b[0m\n") == "red"
    assert printable("a\tb") == "a    b"
    assert printable("\u202egnp.exe") == "\\u202egnp.exe"


def test_a_very_long_line_is_cut() -> None:
    assert len(printable("x" * 1_000_000)) < 5_000


@given(HOSTILE, HOSTILE, HOSTILE)
def test_every_line_of_a_terminal_s_report_is_one_harmless_line(
    one: str, two: str, three: str
) -> None:
    ending = RolloutResult(
        Verdict.CRASHED, ErrorDetails(one, two, three), (one, two), (three,), app_url=one
    )
    plan = Plan("head", add=(File.of_bytes(one, b""),), delete=(two,), keep=(three,))
    restored = Rollback(one, two, 3, ending)
    outcome = replace(OUTCOME, rollout=ending, space_url=two, rolled_back=restored)
    lines = [
        *terminal.detail_lines(outcome),
        terminal.verdict_line(outcome),
        *terminal.plan_lines(plan, whole=False),
        event_line(events.LogLine(one)),
        event_line(events.Warned(two)),
        event_line(events.StageChanged(three, one, 0.0)),
        event_line(events.ProbeStarted(one)),
        event_line(events.VerifyStarted(one)),
        event_line(events.SettingsApplied((one, two))),
        event_line(events.SettingsPlanned((one, two))),
        event_line(events.DriftFound((_commit(one, two),), (three,))),
        event_line(events.AutoRollbackStarted(one, two)),
        event_line(events.ManualRollbackStarted(one, two)),
    ]
    assert all(_is_harmless(line) for line in lines)


def test_an_error_is_three_rows() -> None:
    labels = [line.split()[0] for line in terminal.error_lines(TROUBLE)]
    assert labels == ["error", "cause", "fix"]


def test_a_long_plan_is_cut_unless_all_is_asked_for() -> None:
    plan = Plan("head", delete=tuple(f"f{number}" for number in range(100)))
    assert len(list(terminal.plan_lines(plan, whole=False))) < 50
    assert "70 more" in list(terminal.plan_lines(plan, whole=False))[-1]
    assert len(list(terminal.plan_lines(plan, whole=True))) == 100


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (2_500_000, "2.5 MB"),
        (3_000_000_000, "3.0 GB"),
    ],
)
def test_sizes_are_said_as_people_read_them(size: int, said: str) -> None:
    assert format_size(size) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s")]
)
def test_durations_are_said_as_people_read_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@given(HOSTILE)
def test_code_in_a_table_is_one_cell_of_plain_text(hostile: str) -> None:
    shown = markdown.code(hostile)
    inside = shown.removeprefix("<code>").removesuffix("</code>")
    assert not set(inside) & set("<>|`\n\r")
    assert not re.search(r"[*_~\\\[\]@]", inside)
    assert html.unescape(inside) == printable(hostile)


@given(HOSTILE)
def test_plain_text_is_no_markdown(text: str) -> None:
    shown = markdown.plain(text)
    assert _is_harmless(shown) and "<" not in shown and ">" not in shown
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
    assert _is_harmless(text.replace("\n", ""))
    outside = re.sub(r"(?ms)^(`{3,})text$.*?^\1$", "", text)
    allowed = r"</?(?:details|summary|code)(?: open)?>|<https?://[^\s<>|]*>"
    assert "<" not in re.sub(allowed, "", outside)
    started = r"\| (?:(?:added|deleted|Source|Settings|Not made by hf-deploy) \| <code>|App \| )"
    return [line for line in outside.splitlines() if re.match(started, line)]


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_a_summary(one: str, two: str) -> None:
    plan = Plan("head", add=(File.of_bytes(one, b""),), delete=(two,))
    ending = RolloutResult(Verdict.CRASHED, ErrorDetails(one, two, one), (two,), (one,))
    outcome = replace(
        OUTCOME,
        rollout=ending,
        plan=plan,
        source=f"s{one}",
        space_url="https://y",
        settings=(one,),
        drift=(_commit(one, two),),
        rolled_back=Rollback("c" * 40, one, 3, ending),
    )
    rows = _rows(markdown.summary(outcome))
    assert [row.count("|") for row in rows] == [3] * 5


@given(HOSTILE)
def test_no_url_breaks_a_summary(path: str) -> None:
    rollout = replace(OUTCOME.rollout, app_url=f"https://x/{path}")
    outcome = replace(OUTCOME, rollout=rollout, space_url="https://y", commit="c" * 40)
    rows = _rows(markdown.summary(outcome))
    assert [row.count("|") for row in rows] == [3]


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_the_summary_of_an_error(one: str, two: str) -> None:
    text = markdown.failure(ErrorDetails(one, two, one), two)
    assert _is_harmless(text.replace("\n", ""))
    assert not re.search(r"<(?!/?code>)", text)


def test_a_summary_stays_below_what_github_takes() -> None:
    paths = tuple(f"{number:05}/{'ü' * 200}" for number in range(20_000))
    text = markdown.summary(replace(OUTCOME, plan=Plan("head", delete=paths)))
    assert len(text.encode()) < 1024 * 1024
    assert "more" in text


def test_the_object_has_the_same_keys_whatever_happened() -> None:
    well = json.loads(json_output.result_json(replace(OUTCOME, plan=Plan("head"))))
    ill = json.loads(json_output.error_json(TROUBLE, 5, None))
    assert list(well) == list(ill)
    assert ill["error"] == {"error": "It broke.", "cause": "HTTP 500", "fix": "Mend it."}
    assert (ill["exit_code"], ill["changed"], ill["verdict"]) == (5, False, None)


@given(HOSTILE)
def test_the_object_is_one_line_of_ascii_that_holds_the_text(text: str) -> None:
    line = json_output.error_json(ErrorDetails(text, text, text), 1, text)
    assert line.isascii() and "\n" not in line
    assert json.loads(line)["error"]["cause"] == text


def test_changed_means_that_this_run_made_a_commit() -> None:
    assert not replace(OUTCOME, commit="a", previous="a").changed
    assert not replace(OUTCOME, commit=None, previous="a").changed
    assert replace(OUTCOME, commit="b", previous="a").changed
    assert replace(OUTCOME, commit="b", previous=None).changed
