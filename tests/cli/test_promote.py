"""`hf-deploy promote`: the command line, in an empty folder, and in a workflow."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.rehearsal import App, Build, LocalHub, Step
from deployer.release.history import parse_trailers
from tests.cli.conftest import KEYS, Runner
from tests.conftest import APP, Cli, Repo, changes_asked

# pylint: disable=missing-function-docstring  # the names are the sentences

STAGING, PRODUCTION = "julia/staging", "julia/production"
PROMOTE = ("promote", STAGING, PRODUCTION)
FILES = {**APP, "model.bin": bytes(range(256)) * 50, "data/ü ?#%41.txt": b"one\r\n"}
CONFIG = b"""
on-drift = "fail"

[environments.staging]
space = "julia/staging"
card = {title = "Demo (staging)", pinned = false}

[environments.production]
space = "julia/production"
visibility = "private"
variables = ["MODE=live"]
min-age = "0s"

[environments.production.card]
title = "Demo: the real one"
"""


@pytest.fixture(name="staged")
def _staged(cli: Cli, repo: Repo) -> str:
    """The source commit of a release that staging runs, verified."""
    commit = repo.commit(FILES)
    assert cli("deploy", STAGING).code == 0
    return commit


@pytest.fixture(name="elsewhere")
def _elsewhere(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_a_promotion_needs_no_checkout(
    cli: Cli, hub: LocalHub, staged: str, elsewhere: Path
) -> None:
    ran = cli(*PROMOTE, "--json", here=elsewhere)
    assert ran.code == 0 and list(ran.json) == KEYS
    assert (ran.json["verdict"], ran.json["source_commit"]) == ("live", staged)
    head = hub.commits(STAGING)[0].id
    assert ran.json["from"] == {"space": STAGING, "commit": head, "release": 1}
    assert hub.files(PRODUCTION) == hub.files(STAGING)


def test_history_and_status_name_the_source_and_where_it_came_from(
    cli: Cli, hub: LocalHub, staged: str, elsewhere: Path, tmp_path: Path
) -> None:
    assert cli(*PROMOTE, here=elsewhere).code == 0
    fresh = {"HOME": str(tmp_path / "another"), "HF_HOME": str(tmp_path / "another/hf")}
    history = cli("history", PRODUCTION, here=elsewhere, **fresh).out
    assert f"@{staged[:7]}" in history and "promote, verified, running" in history
    assert "from julia/staging release 1" in history
    head = hub.commits(STAGING)[0].id
    status = cli("status", PRODUCTION, here=elsewhere, **fresh).out
    assert f"from       julia/staging release 1 ({head[:7]})" in status
    said = {"space": STAGING, "commit": head, "release": 1}
    assert cli("status", PRODUCTION, "--json", here=elsewhere).json["from"] == said
    releases = cli("history", PRODUCTION, "--json", here=elsewhere).json["releases"]
    assert releases[0]["from"] == said and releases[0]["kind"] == "promote"


def test_the_terminal_shows_what_is_promoted_its_gates_and_what_is_lacking(
    cli: Cli, hub: LocalHub, staged: str, elsewhere: Path
) -> None:
    ran = cli(*PROMOTE, "--gate-soak", "1s", "--gate-verify", "test -n $SPACE_URL", here=elsewhere)
    assert ran.code == 0, ran.err
    head = hub.commits(STAGING)[0].id
    assert f"promote    julia/staging release 1, source@{staged[:7]} ({head[:7]})" in ran.err
    assert "gate       gate-verify test -n $SPACE_URL: passed, open" in ran.err
    assert "gate       gate-soak 1s: healthy all the time, open" in ran.err


def test_a_closed_gate_ends_with_its_figures_and_changes_nothing(
    cli: Cli, hub: LocalHub, staged: str, elsewhere: Path
) -> None:
    assert staged
    before = len(changes_asked(hub))
    ran = cli(*PROMOTE, "--min-age", "1h", here=elsewhere)
    assert ran.code == 12 and "gate-closed" in ran.out
    assert ran.error["error"] == "gate closed: min-age; nothing was promoted"
    assert ran.error["cause"].startswith("min-age 1h: ") and "--min-age" in ran.error["fix"]
    assert len(changes_asked(hub)) == before and hub.spaces() == [STAGING]


def test_a_dry_run_ends_as_planned(cli: Cli, hub: LocalHub, staged: str, elsewhere: Path) -> None:
    assert staged
    ran = cli(*PROMOTE, "--dry-run", "--min-age", "1h", "--json", here=elsewhere)
    assert (ran.code, ran.json["verdict"]) == (0, "planned")
    assert ran.json["gates"][0]["name"] == "min-age" and ran.json["gates"][0]["open"] is False
    assert hub.spaces() == [STAGING]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("promote", STAGING), 2, "TO"),
        (("promote", "staging", PRODUCTION), 2, "invalid Space id 'staging'"),
        (("promote", STAGING, STAGING), 6, "FROM and TO are the same Space"),
        (("promote", "julia/none", PRODUCTION), 5, "Space not found"),
        ((*PROMOTE, "--max-cpu", "80%"), 2, "--gate-soak"),
        ((*PROMOTE, "--gate-verify", " "), 2, "--gate-verify is empty"),
        ((*PROMOTE, "--min-age", "soon"), 2, "invalid duration"),
    ],
)
def test_invalid_input_changes_nothing(
    cli: Cli, hub: LocalHub, elsewhere: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ran = cli(*arguments, here=elsewhere)
    assert ran.code == code and said in ran.err and "Traceback" not in ran.err
    assert not changes_asked(hub)


def test_environments_differ_by_their_own_keys_of_the_card(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({**FILES, "hf-deploy.toml": CONFIG})
    source = repo.tracked()["README.md"]
    assert cli("deploy", "staging").code == 0
    assert b"Demo (staging)" in hub.files(STAGING)["README.md"]
    ran = cli("promote", "staging", "production", "--json")
    assert (ran.code, ran.json["space"]) == (0, PRODUCTION), ran.err
    promoted = hub.files(PRODUCTION)
    assert promoted["README.md"] == source.replace(b"title: Demo", b'title: "Demo: the real one"')
    theirs = hub.files(STAGING)
    assert {**promoted, "README.md": b""} == {**theirs, "README.md": b""}
    assert hub.space(PRODUCTION).variables["MODE"].value == "live"
    trailers = parse_trailers(hub.commits(PRODUCTION)[0].message)
    assert trailers["Card"] == '{"title": "title: Demo\\n"}'
    assert cli("promote", "staging", "production", "--json").json["verdict"] == "unchanged"
    assert cli("deploy", "production", "--json").json["verdict"] == "unchanged"


def test_without_environments_the_card_is_as_in_the_source(
    cli: Cli, hub: LocalHub, repo: Repo, elsewhere: Path
) -> None:
    repo.commit({**FILES, "hf-deploy.toml": CONFIG})
    source = repo.tracked()["README.md"]
    assert cli("deploy", "staging").code == 0
    assert cli(*PROMOTE, here=elsewhere).code == 0
    assert hub.files(PRODUCTION)["README.md"] == source


def test_a_failed_promotion_is_rolled_back(
    cli: Cli, hub: LocalHub, repo: Repo, staged: str, elsewhere: Path
) -> None:
    assert staged and cli(*PROMOTE, here=elsewhere).code == 0
    before = hub.files(PRODUCTION)
    repo.commit({"app.py": b"print('broken there')\n"})
    assert cli("deploy", STAGING).code == 0
    crashing = Build(steps=(Step("BUILDING", polls=1), Step("RUNTIME_ERROR")))
    hub.scenario.builds = [crashing, Build()]
    ran = cli(*PROMOTE, "--json", here=elsewhere)
    assert (ran.code, ran.json["verdict"]) == (8, "crashed")
    assert hub.files(PRODUCTION) == before
    releases = cli("history", PRODUCTION, "--json", here=elsewhere).json["releases"]
    assert [one["state"] for one in releases] == ["verified", "rolled back", "verified"]
    assert releases[0]["from"] == releases[2]["from"], "the rollback is of that promotion"


def test_a_workflow_hears_of_a_promotion_in_its_summary_and_outputs(
    cli: Cli, hub: LocalHub, staged: str, elsewhere: Path, runner: Runner
) -> None:
    variables = {
        "HF_DEPLOY_FROM": STAGING,
        "HF_DEPLOY_TO": PRODUCTION,
        "HF_DEPLOY_GATE_SOAK": "1s",
        **runner.environment,
    }
    assert cli("promote", "--yes", here=elsewhere, **variables).code == 0
    head = hub.commits(STAGING)[0].id
    assert runner.outputs["from-commit"] == head
    assert runner.outputs["source-commit"] == staged
    assert runner.outputs["verdict"] == "live"
    page = f"{hub.url}/spaces/{STAGING}/commit/{head}"
    assert f"[julia/staging release 1]({page})" in runner.summary
    assert (
        "| ✅ | gate-soak: <code>1s</code> | <code>healthy all the time</code> |" in runner.summary
    )


def test_a_missing_input_is_named_as_the_action_has_it(
    cli: Cli, elsewhere: Path, runner: Runner
) -> None:
    variables = {"HF_DEPLOY_FROM": STAGING, "HF_DEPLOY_TO": "", **runner.environment}
    ran = cli("promote", here=elsewhere, **variables)
    assert ran.code == 2 and ran.error["error"] == "the input `to` is missing"


def test_an_event_that_anyone_can_cause_promotes_nothing(
    cli: Cli, hub: LocalHub, staged: str, elsewhere: Path, runner: Runner
) -> None:
    assert staged
    event = runner.event("issue_comment", {}, "f" * 40)
    ran = cli(*PROMOTE, "--json", here=elsewhere, **event)
    assert (ran.code, ran.json["verdict"]) == (0, "skipped")
    assert hub.spaces() == [STAGING]


def test_an_app_that_is_unhealthy_now_is_not_promoted(
    cli: Cli, hub: LocalHub, repo: Repo, elsewhere: Path
) -> None:
    hub.scenario.builds = [Build(app=App(statuses=(200, 500)))]
    repo.commit(FILES)
    assert cli("deploy", STAGING).code == 0
    (elsewhere / "hf-deploy.toml").write_text('health-timeout = "1s"')
    ran = cli(*PROMOTE, here=elsewhere)
    assert ran.code == 6 and "is not healthy" in ran.error["error"]
    assert hub.spaces() == [STAGING]


def test_the_source_is_probed_as_its_own_environment_says(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    hub.scenario.builds = [Build(app=App(paths={"/production": 404, "/top": 404}))]
    own = CONFIG.replace(b"variables", b'health-path = "/production"\nvariables').replace(
        b"card = {", b'health-path = "/staging"\ncard = {'
    )
    repo.commit({**FILES, "hf-deploy.toml": b'health-path = "/top"\nhealth-timeout = "1s"\n' + own})
    assert cli("deploy", "staging").code == 0
    hub.scenario.builds = [Build()]
    assert cli("promote", "staging", "production").code == 0
    by_id = cli("promote", STAGING, "julia/another")
    assert by_id.code == 6 and "/top returned HTTP 404" in by_id.error["cause"]


def test_a_fix_names_the_environment_that_was_asked_for(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({**FILES, "hf-deploy.toml": CONFIG})
    assert cli("deploy", "staging").code == 0
    hub.space(STAGING).runtime.stage = "PAUSED"
    ran = cli("promote", "staging", "production")
    assert ran.code == 6 and ran.error["fix"].endswith(": hf-deploy deploy staging --resume")
    assert cli("deploy", "staging", "--resume").code == 0
    assert cli("promote", "staging", "production").code == 0
    hub.commit(STAGING, {"other.txt": b"1"})
    fix = cli("promote", "staging", "production").error["fix"]
    assert "hf-deploy deploy staging, or roll back: hf-deploy rollback staging" in fix
    assert f"hf-deploy deploy {STAGING}," in cli("promote", STAGING, "production").error["fix"]
    status = cli("status", "staging", "--exit-code", "--json").json
    assert "hf-deploy rollback staging" in status["error"]["fix"]


def test_the_space_at_the_top_of_the_file_is_not_promoted_to(
    cli: Cli, hub: LocalHub, repo: Repo, staged: str
) -> None:
    assert staged
    repo.commit({"hf-deploy.toml": b'space = "julia/top"\n' + CONFIG})
    ran = cli("promote", "staging")
    assert ran.code == 2 and "TO" in ran.err and hub.spaces() == [STAGING]


def test_an_interrupt_during_a_gate_changes_nothing(
    cli: Cli, hub: LocalHub, staged: str, elsewhere: Path
) -> None:
    assert staged
    polls = len(hub.requests_to(f"{STAGING}/runtime"))
    job = cli.start(*PROMOTE, "--gate-soak", "60s", "--json", here=elsewhere)
    hub.wait_until(lambda: len(hub.requests_to(f"{STAGING}/runtime")) > polls)
    ran = job.interrupt()
    assert (ran.code, ran.json["exit_code"]) == (130, 130)
    assert "nothing was committed" in ran.json["error"]["cause"]
    assert ran.json["from"]["space"] == STAGING and hub.spaces() == [STAGING]


def test_a_file_that_is_not_committed_may_not_set_a_command(
    cli: Cli, hub: LocalHub, repo: Repo, staged: str
) -> None:
    assert staged
    repo.write({"hf-deploy.toml": CONFIG.replace(b'min-age = "0s"', b'gate-verify = "touch RAN"')})
    ran = cli("promote", "staging", "production")
    assert ran.code == 2
    assert ran.error["error"] == "a file that is not tracked by git may not set gate-verify"
    assert not (repo.root / "RAN").exists() and hub.spaces() == [STAGING]
