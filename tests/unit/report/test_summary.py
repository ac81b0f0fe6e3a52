"""The job summary of a deploy: it opens with what happened, and nothing from outside breaks it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from deployer.errors import Finding
from deployer.release.history import Commit
from deployer.release.outcome import (
    DeployResult,
    ErrorDetails,
    Gate,
    HealthCheck,
    Known,
    Restored,
    Rollback,
    RolloutResult,
    SeenStage,
)
from deployer.release.plan import Plan
from deployer.release.release import Promoted
from deployer.release.verdict import Verdict
from deployer.report.source_pages import SourcePages
from deployer.report.summary import failure, summary
from deployer.source.snapshot import File, Source
from deployer.space.space import SpaceId
from tests.unit.text import HOSTILE, is_valid_summary

PAGES = SourcePages("https://github.com", "julia/project", "5" * 40)
ERROR = ErrorDetails("build failed: no torchh", "ERROR: torchh", "correct `requirements.txt`")
CHECKS = (
    HealthCheck("probe", "https://app/", 0.25, True),
    HealthCheck("verify", "./smoke.sh", 2.0, True),
    HealthCheck("soak", "https://app/", 120.0, True),
)
STAGES = (SeenStage("BUILDING", 1.0), SeenStage("APP_STARTING", 41.0), SeenStage("RUNNING", 46.0))
LIVE = RolloutResult(
    Verdict.LIVE,
    app_url="https://app",
    stages=STAGES,
    checks=CHECKS,
    seconds=168.25,
    tag="hf-deploy/3",
)
RESULT = DeployResult(
    SpaceId("julia", "demo"),
    LIVE,
    plan=Plan("b" * 40, add=(File.of_bytes("app.py", b""),), delete=("old.py",)),
    source=Source("julia/project", "a" * 40),
    commit="c" * 40,
    previous="b" * 40,
    space_url="https://hub/spaces/julia/demo",
    number=3,
    settings=("variable A", "secret KEY"),
    seconds=175.0,
    seconds_to_commit=6.5,
)
FAILED = RolloutResult(
    Verdict.BUILD_FAILED, ERROR, ("--> RUN pip", "ERROR: torchh"), stages=STAGES[:1], seconds=30.0
)
UNSENT = replace(RESULT, commit=RESULT.previous, number=None, settings=())


def _text(result: DeployResult) -> str:
    """The summary as a reader sees it, more or less."""
    return html.unescape(summary(result, PAGES).replace("\\", ""))


def _opening(result: DeployResult) -> str:
    return re.sub("</?code>", "", _text(result).splitlines()[0])


def test_it_opens_with_one_sentence_and_the_link_of_the_app() -> None:
    first, _, links = _text(RESULT).splitlines()[:3]
    assert first == (
        "### ✅ <code>julia/demo</code> is live with release 3 (julia/project@aaaaaaa): the commit "
        "is running and healthy"
    )
    assert links.startswith("**<https://app>** · [Space](https://hub/spaces/julia/demo) · ")


def test_source_commit_and_release_are_linked_in_their_order() -> None:
    chain = next(line for line in _text(RESULT).splitlines() if line.startswith("source "))
    assert re.findall(r"\]\((.*?)\)", chain) == [
        f"https://github.com/julia/project/commit/{'a' * 40}",
        f"https://hub/spaces/julia/demo/commit/{'c' * 40}",
        "https://hub/spaces/julia/demo/tree/hf-deploy%2F3",
    ]


def test_each_step_has_its_time() -> None:
    rows = re.findall(r"^\| (.) \| (.*) \| (.*) \|$", _text(RESULT), re.MULTILINE)
    assert [(sign, re.sub("</?code>", "", what), time) for sign, what, time in rows] == [
        ("✅", "plan and commit", "6.5 s"),
        ("✅", "stage: BUILDING 40 s → APP_STARTING 5.0 s → RUNNING", "46 s"),
        ("✅", "probe: https://app/", "0.2 s"),
        ("✅", "verify: ./smoke.sh", "2.0 s"),
        ("✅", "soak: https://app/", "2 min 0 s"),
    ]


def test_what_was_not_seen_to_its_end_is_neither_passed_nor_failed() -> None:
    stopped = ErrorDetails("interrupted", "julia/demo is at c", "run it again")
    cut_short = RolloutResult(Verdict.COMMITTED, stopped, code=130, stages=STAGES[:1])
    assert "| ⚠️ | stage: <code>BUILDING</code> |" in _text(replace(RESULT, rollout=cut_short))
    unseen = replace(LIVE, verdict=Verdict.UNCHANGED, warnings=("not reached",), stages=())
    unseen = replace(unseen, checks=(replace(CHECKS[0], passed=None),))
    text = _text(replace(UNSENT, rollout=unseen))
    assert text.startswith("### ⚠️ ") and "| ⚠️ | probe: " in text
    assert "| ✅ | plan | 6.5 s |" in text


def test_settings_are_named_and_the_plan_is_folded() -> None:
    text = _text(RESULT)
    assert "Settings changed: <code>variable A</code>, <code>secret KEY</code>" in text
    folded = text.partition("<details><summary>Plan: 1 to add, 1 to delete")[2]
    assert "\n+ app.py\n- old.py\n" in folded


def test_a_failed_deploy_says_what_to_do_before_anything_else() -> None:
    text = _text(replace(RESULT, rollout=FAILED))
    assert text.startswith("### ❌ <code>julia/demo</code>: build failed: no torchh; not rolled ")
    parts = ["- **cause**: ", "- **fix**: correct <code>requirements.txt</code>", "ERROR: torchh\n"]
    places = [text.index(part) for part in [*parts, "\nsource ", "❌ | stage", "Plan: "]]
    assert places == sorted(places)


RELEASE_1 = Restored("b" * 40, 1, Source("julia/project", "e" * 40))


def test_a_rollback_is_in_the_first_sentence_and_has_steps_of_its_own() -> None:
    result = replace(RESULT, rollout=FAILED, rolled_back=Rollback("d" * 40, RELEASE_1, 4, LIVE))
    assert "rolled back to release 1 (julia/project@eeeeeee)" in _opening(result)
    text = _text(result)
    assert "step of the rollback" in text
    chain = next(
        line for line in text.splitlines() if line.startswith("rolled back to [release 1]")
    )
    assert re.findall(r"\]\((.*?)\)", chain) == [
        f"https://hub/spaces/julia/demo/commit/{'b' * 40}",
        f"https://github.com/julia/project/commit/{'e' * 40}",
        f"https://hub/spaces/julia/demo/commit/{'d' * 40}",
        "https://hub/spaces/julia/demo/tree/hf-deploy%2F3",
    ]


def test_a_rollback_that_failed_says_why_and_names_an_unreleased_commit_by_its_id() -> None:
    failed = replace(FAILED, error=replace(ERROR, message="rollback failed"))
    back = Rollback("d" * 40, Restored("b" * 40), 4, failed)
    result = replace(RESULT, rollout=FAILED, rolled_back=back)
    assert _opening(result).endswith(
        "; the rollback to bbbbbbb failed, too: the Space is down (commit ddddddd)"
    )
    text = _text(result)
    assert "**rollback failed**" in text and "rolled back to [<code>bbbbbbb</code>]" in text


def test_a_rollback_by_hand_says_which_release_runs_and_links_it() -> None:
    result = replace(RESULT, source=RELEASE_1.source, restored=RELEASE_1)
    assert " was rolled back to release 1 (julia/project@eeeeeee): " in _opening(result)
    assert "→ files of [release 1](https://hub/spaces/julia/demo/commit/bbb" in _text(result)


def test_cause_and_fix_are_a_list_and_the_chain_below_is_not_a_part_of_it() -> None:
    blocks = summary(replace(RESULT, rollout=replace(FAILED, log=())), PAGES).split("\n\n")
    assert [block.startswith("- ") for block in blocks[:5]] == [False, False, True, False, False]


def test_a_deploy_over_the_commits_of_others_names_them_and_what_it_deleted() -> None:
    drift = tuple(_commit(author, "mine") for author in ("mallory", "mallory", "eve"))
    for result, how in (
        (replace(RESULT, drift=drift), "⚠️ Deployed over 3 commits by mallory, eve ("),
        (
            replace(UNSENT, drift=drift, rollout=RolloutResult(Verdict.PLANNED)),
            "⚠️ To deploy over ",
        ),
    ):
        (line,) = [one for one in _text(result).splitlines() if "over 3 commits" in one]
        assert how in re.sub("</?code>", "", line)
        assert line.endswith(": <code>old.py</code>")
        assert f"](https://hub/spaces/julia/demo/commit/{'c' * 40})" in line
    unsent = replace(UNSENT, drift=drift, rollout=RolloutResult(Verdict.SUPERSEDED))
    assert " over 3 commits" not in _text(unsent)


def test_a_warning_has_links_and_code_and_nothing_was_proved_of_a_superseded_commit() -> None:
    warning = "newer: https://hub/commit; see `hf-deploy history`"
    superseded = RolloutResult(Verdict.SUPERSEDED, warnings=(warning,), stages=STAGES, notice="`a`")
    text = summary(replace(RESULT, rollout=superseded))
    assert "<https://hub/commit>" in text and "<code>hf-deploy history</code>" in text
    assert "> <code>a</code>" in text
    assert "| step |" in text and "proved" not in text


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (replace(UNSENT, rollout=RolloutResult(Verdict.SUPERSEDED)),
         "### ⚠️ julia/demo: superseded; a newer commit is on the Space; nothing was changed"),
        (replace(RESULT, rollout=RolloutResult(Verdict.SUPERSEDED)),
         "### ⚠️ julia/demo: superseded; a newer commit is on the Space"),
        (replace(UNSENT, rollout=replace(LIVE, verdict=Verdict.UNCHANGED)),
         "### ✅ julia/demo: no file changed; the commit is running and healthy"),
        (replace(UNSENT, rollout=RolloutResult(Verdict.PLANNED)),
         "### ✅ julia/demo: 1 to add, 1 to delete, 0 unchanged (0 B to upload); nothing was "
         "changed"),
        (replace(RESULT, rollout=replace(LIVE, warnings=("not reached",))),
         "### ⚠️ julia/demo is live with release 3 (julia/project@aaaaaaa): the commit is running; "
         "not all health checks could be made"),
        (replace(RESULT, restored=Restored("d" * 40)),
         "### ✅ julia/demo was rolled back to ddddddd: the commit is running and healthy"),
        (replace(RESULT, rollout=RolloutResult(Verdict.PAUSED)),
         "### ⚠️ julia/demo: the Space is paused"),
    ],
)  # fmt: skip
def test_the_first_sentence_is_that_of_the_verdict(result: DeployResult, expected: str) -> None:
    assert _opening(result) == expected


def test_a_source_that_was_not_deployed_is_not_shown_at_the_commit_of_the_space() -> None:
    for verdict in (Verdict.SUPERSEDED, Verdict.PLANNED):
        text = _text(replace(UNSENT, rollout=RolloutResult(verdict)))
        assert "; the Space is at [<code>bbbbbbb</code>]" in text and "→" not in text


def test_an_interrupted_run_says_which_whole_commit_is_there() -> None:
    where = ErrorDetails("interrupted", f"julia/demo is at {'c' * 40}", "run it again")
    cut_short = RolloutResult(Verdict.COMMITTED, where, code=130)
    for text, is_committed in (
        (failure(where, "interrupted", "julia/demo"), False),
        (summary(replace(RESULT, rollout=cut_short)), True),
    ):
        assert re.match(r"### ❌ <code>julia/demo</code>\W* interrupted\n", text)
        assert "c" * 40 in text and ("whole commit" in text) is is_committed


def test_a_refused_deploy_lists_each_finding_with_a_link_to_its_line() -> None:
    findings = (Finding("a b/README.md", 4, "bad [card]"), Finding(None, None, "no token"))
    error = ErrorDetails("2 problems", "a; b", "fix them", findings)
    text = failure(error, "not deployed", "julia/demo", pages=PAGES)
    assert f"](https://github.com/julia/project/blob/{'5' * 40}/a%20b/README.md#L4)" in text
    assert text.count("\n| ") == 4 and "**cause**" not in text


def _commit(author: str, title: str) -> Commit:
    return Commit("c" * 40, title, "", author, datetime.now(UTC))


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_a_summary(one: str, two: str) -> None:
    error = ErrorDetails(one, two, one, (Finding(one, 3, two),))
    rollout = RolloutResult(
        Verdict.CRASHED, error, (two,), (one,), stages=(SeenStage(one, 0.0), SeenStage(two, 1.0)),
        checks=(HealthCheck("verify", one, 1.0, False),), notice=two, tag=one, app_url=one,
    )  # fmt: skip
    result = replace(
        RESULT,
        rollout=rollout,
        plan=Plan("head", add=(File.of_bytes(one, b""),), delete=(two,), keep=(one,)),
        source=Source(f"s{one}", two),
        space_url=f"https://y/{two}",
        settings=(one,),
        drift=(_commit(one, two),),
        restored=Restored(one),
        rolled_back=Rollback(two, Restored(one), 3, rollout),
        promoted=Promoted(one, two, 1),
        gates=(Gate("gate-verify", one, two, False), Gate("min-age", two)),
    )
    assert is_valid_summary(summary(result, PAGES))
    assert is_valid_summary(summary(result, SourcePages(one, f"s{one}", two)))


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_the_summary_of_an_error(one: str, two: str) -> None:
    findings = (Finding(one, 1, two), Finding(None, None, one))
    known = Known(one, Source(two, one), 1, Plan(two, delete=(one,)), (_commit(one, two),), (one,))
    text = failure(ErrorDetails(one, two, one, findings), "not deployed", two, known, PAGES)
    assert is_valid_summary(text)


@settings(max_examples=15)  # each is of megabytes
@given(some.integers(1, 30_000), some.sampled_from(["ü" * 2000, "\x07" * 2000, "|`" * 1000, "x"]))
def test_a_summary_stays_below_the_limit_of_github(count: int, text: str) -> None:
    many = (text,) * min(count, 3000)
    rollout = replace(FAILED, log=many[:20], warnings=tuple(f"{n}{text}" for n in range(300)))
    plan = Plan("head", delete=tuple(f"{number:05}/{text[:200]}" for number in range(count)))
    result = replace(
        RESULT, rollout=rollout, plan=plan, settings=many, drift=(_commit(text, text),) * 500
    )
    shown = summary(result, PAGES)
    assert len(shown.encode()) <= 900_000
    assert is_valid_summary(shown)
    assert count < 30_000 or "more" in shown or "is cut" in shown
