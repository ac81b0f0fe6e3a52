"""The job summaries of a check and of a Space's status."""

from __future__ import annotations

import html
from datetime import UTC, datetime

from hypothesis import given

from deployer.checks.credentials import Credential
from deployer.checks.findings import Findings
from deployer.errors import HubError, NotAllowed
from deployer.problem import Level, Problem
from deployer.release.history import Commit, ReleaseLog
from deployer.release.status import HealthResult, Status
from deployer.report.readonly_summary import check_summary, status_summary
from deployer.report.source_pages import SourcePages
from deployer.space.space import Runtime, Space, SpaceId
from tests.unit.text import HOSTILE, is_valid_summary

PAGES = SourcePages("https://github.com", "julia/project", "5" * 40)
PROBLEM = Problem("README.md", 4, "`sdk` is missing", name="card-sdk")
COMMIT = Commit("c" * 40, "By hand", "", "someone", datetime(2026, 11, 1, 12, tzinfo=UTC))


def _space(stage: str) -> Space:
    return Space(SpaceId("julia", "demo"), "c" * 40, "gradio", False, Runtime(stage, "c" * 40))


def _status(stage: str = "RUNNING", app_url: str | None = None) -> Status:
    return Status(
        _space(stage), ReleaseLog(()), COMMIT, "https://hub/spaces/julia/demo", app_url=app_url
    )


def test_a_check_opens_with_what_was_found_and_lists_it_at_its_lines() -> None:
    text = html.unescape(check_summary(Findings(3, (PROBLEM,), ()), 1, PAGES).replace("\\", ""))
    assert text.startswith("### ❌ Checked 3 files: 1 problem, no credentials, no warnings\n")
    page = f"https://github.com/julia/project/blob/{'5' * 40}/README.md#L4"
    assert (
        f"| [<code>README.md:4</code>]({page}) | <code>sdk</code> is missing [card-sdk] |" in text
    )


def test_the_sign_of_a_check_is_that_of_its_exit_code() -> None:
    warning = Problem("a", None, "odd", Level.WARNING, name="file-size")
    for findings, code, sign in (
        (Findings(1, (), ()), 0, "✅"),
        (Findings(1, (warning,), ()), 0, "⚠️"),
        (Findings(1, (warning,), ()), 1, "❌"),
    ):
        assert check_summary(findings, code).startswith(f"### {sign} Checked 1 file")


def test_a_credential_comes_with_its_fix_and_an_account_with_its_error() -> None:
    error = HubError("no answer", cause="timeout", fix="try again")
    found = Findings(1, (), (Credential("a.txt", 2, "token", "hf_…x"),), access_error=error)
    text = html.unescape(check_summary(found, 4).replace("\\", ""))
    assert "| <code>a.txt:2</code> | token (hf_…x) |" in text
    assert "**fix**: remove and rotate them" in text
    assert "**no answer**" in text and "- **fix**: try again" in text


def test_a_check_that_only_the_account_fails_opens_with_the_reason() -> None:
    error = NotAllowed("no token", cause="HF_TOKEN is not set", fix="set `HF_TOKEN`")
    text = check_summary(Findings(3, (), (), access_error=error), error.exit_code)
    assert text.startswith("### ❌ no token\n")
    assert text.index("- **fix**: set") < text.index("Checked 3 files")
    assert text.count("no token") == 1


def test_a_status_opens_with_the_state_and_the_link_of_the_app() -> None:
    first, _, links = status_summary(_status(app_url="https://app"), 0).splitlines()[:3]
    assert first.startswith("### ✅ <code>julia/demo</code> <code>live</code>: ")
    assert links.startswith("**<https://app>** · [Space](https://hub/spaces/julia/demo) · ")


def test_warnings_on_the_way_are_in_both() -> None:
    for text in (
        check_summary(Findings(1, (), ()), 0, warned=("renamed",)),
        status_summary(_status(), 0, warned=("renamed",)),
    ):
        assert text.endswith("> ⚠️ renamed\n\n")


def test_an_unhealthy_status_says_what_to_do() -> None:
    text = status_summary(_status("RUNTIME_ERROR"), 9)
    assert text.startswith("### ❌ ") and "- **fix**: see its log" in text
    assert "\n\nhead: [<code>ccccccc</code>]" in text


@given(HOSTILE, HOSTILE)
def test_no_text_breaks_a_summary(one: str, two: str) -> None:
    findings = Findings(
        1, (Problem(one, 1, two, name="file-size"),), (Credential(two, 1, one, two),), (one,),
        access_error=HubError(one, cause=two, fix=one),
    )  # fmt: skip
    assert is_valid_summary(check_summary(findings, 1, PAGES))
    commit = Commit(one, two, "", one, datetime.now(UTC))
    status = Status(
        Space(SpaceId("julia", "demo"), one, "gradio", False, Runtime(one, two)),
        ReleaseLog((), drift=(commit,)),
        commit,
        f"https://y/{one}",
        app_url=two,
        health=HealthResult(None, one),
    )
    assert is_valid_summary(status_summary(status, 6, PAGES))
