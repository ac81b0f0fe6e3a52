"""Environments of the config file: their options, their keys of the card, and all at once."""

from __future__ import annotations

import json

import pytest

from deployer.rehearsal import App, LocalHub
from deployer.release.history import parse_trailers
from tests.cli.conftest import Runner
from tests.conftest import APP, CARD, Cli, Repo, changes_asked, commits_sent

STAGING, PRODUCTION = "julia/demo-staging", "julia/demo"
FILE = f"""\
variables = ["LEVEL=info", "SHARED=1"]
health-timeout = "30s"

[environments.staging]
space = "{STAGING}"
variables = ["LEVEL=debug"]

[environments.staging.card]
title = "Demo (staging)"
pinned = true

[environments.production]
space = "{PRODUCTION}"
"""
README = CARD + b"# Demo\n"
ON_STAGING = b'---\ntitle: "Demo (staging)"\nsdk: gradio\npinned: true\n---\n# Demo\n'


@pytest.fixture(name="repo")
def _with_environments(repo: Repo) -> Repo:
    """The repository, with two environments."""
    repo.commit({"hf-deploy.toml": FILE.encode()})
    return repo


def _card_before(hub: LocalHub, space: str) -> object:
    """What the trailer of the newest release says of the card; None without it."""
    trailer = parse_trailers(hub.commits(space)[0].message).get("Card")
    return None if trailer is None else json.loads(trailer)


def _variables(hub: LocalHub, space: str) -> dict[str, str]:
    return {name: setting.value for name, setting in hub.space(space).variables.items()}


def _in_staging(line: str) -> bytes:
    """The config file, with one more line in the table of staging."""
    return FILE.replace(
        "[environments.staging.card]", f"{line}\n[environments.staging.card]"
    ).encode()


def test_a_name_is_as_good_as_the_id(cli: Cli, hub: LocalHub) -> None:
    assert cli("deploy", "staging").code == 0
    assert _variables(hub, STAGING) == {"LEVEL": "debug", "SHARED": "1"}
    assert cli("deploy", "production").code == 0
    assert _variables(hub, PRODUCTION) == {"LEVEL": "info", "SHARED": "1"}
    assert cli("deploy", HF_DEPLOY_SPACE="production").code == 0
    assert cli("plan", "staging", "--json").json["space"] == STAGING
    assert cli("status", " production ", "--json").json["space"] == PRODUCTION
    assert cli("history", "staging", "--json").json["space"] == STAGING
    assert cli("check", "staging").code == 0


def test_only_the_keys_of_the_environment_differ_and_are_recorded(cli: Cli, hub: LocalHub) -> None:
    assert cli("deploy", "staging").code == cli("deploy", "production").code == 0
    assert hub.files(PRODUCTION)["README.md"] == README
    assert hub.files(STAGING) == {**hub.files(PRODUCTION), "README.md": ON_STAGING}
    assert _card_before(hub, STAGING) == {"title": "title: Demo\n", "pinned": None}
    assert _card_before(hub, PRODUCTION) is None


def test_the_same_again_is_unchanged(cli: Cli, hub: LocalHub) -> None:
    cli("deploy", "staging")
    sent = commits_sent(hub)
    assert cli("deploy", "staging", "--json").json["verdict"] == "unchanged"
    assert commits_sent(hub) == sent


def test_a_rollback_keeps_what_the_release_says_of_the_card(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    cli("deploy", "staging")
    first = _card_before(hub, STAGING)
    repo.commit(
        {"README.md": README.replace(b"Demo\n", b"More\n"), "hf-deploy.toml": FILE.encode()}
    )
    cli("deploy", "staging")
    assert _card_before(hub, STAGING) != first
    assert cli("rollback", "staging", "1", "--yes").code == 0
    assert _card_before(hub, STAGING) == first
    assert hub.files(STAGING)["README.md"] == ON_STAGING


def test_the_caller_overrides_the_environment(cli: Cli, hub: LocalHub) -> None:
    cli("deploy", "staging", "--variable", "LEVEL=warn", HF_DEPLOY_HARDWARE="cpu-upgrade")
    assert _variables(hub, STAGING) == {"LEVEL": "warn"}
    assert hub.space(STAGING).hardware == "cpu-upgrade"


def test_an_id_takes_the_options_at_the_top_only(cli: Cli, hub: LocalHub) -> None:
    assert cli("deploy", "julia/other").code == 0
    assert _variables(hub, "julia/other") == {"LEVEL": "info", "SHARED": "1"}
    assert hub.files("julia/other")["README.md"] == README


def test_an_invalid_key_of_the_card_is_at_its_line(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    text = FILE.replace("pinned = true", 'colorTo = "pink"\ncolorFrom = "lilac"')
    repo.commit({"hf-deploy.toml": text.encode()})
    ran = cli("deploy", "staging")
    assert ran.code == 3 and "hf-deploy.toml:11: `colorFrom`" in ran.error["cause"]
    assert not changes_asked(hub)
    assert "hf-deploy.toml:11" in cli("check", "staging").out
    assert cli("check").code == 0


def test_a_finding_below_a_shortened_key_has_its_own_line(cli: Cli, repo: Repo) -> None:
    card = b"---\ntags:\n- a\n- b\ntitle: Demo\nsdk: gradio\ncolorTo: lilac\n---\n"
    text = FILE.replace("pinned = true", "tags = []")
    repo.commit({"app/README.md": card, "app/app.py": APP["app.py"]})
    repo.commit({"hf-deploy.toml": f'path = "app"\n{text}'.encode()})
    assert "app/README.md:7: `colorTo`" in cli("check", "staging").out


def test_a_key_that_cannot_be_overridden_is_an_error(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    card = b"---\ntitle: &t Demo\nshort_description: *t\nsdk: gradio\n---\n"
    repo.commit({"README.md": card})
    ran = cli("deploy", "staging")
    assert ran.code == 3 and "anchor" in ran.error["cause"]
    assert not changes_asked(hub)


@pytest.mark.parametrize(
    ("name", "says"),
    [("stagin", "did you mean `staging`"), ("prod", "staging, production"), ("x", "owner/name")],
)
@pytest.mark.parametrize("command", ["deploy", "plan", "check", "rollback", "history", "status"])
def test_an_unknown_name_is_a_usage_error(
    cli: Cli, hub: LocalHub, command: str, name: str, says: str
) -> None:
    ran = cli(command, name)
    assert ran.code == 2 and f"unknown environment '{name}'" in ran.error["error"]
    assert says in ran.error["cause"] + ran.error["fix"]
    assert not hub.requests


@pytest.mark.parametrize("text", [None, "wait = false\n"])
def test_without_environments_a_name_is_an_invalid_id(
    cli: Cli, hub: LocalHub, repo: Repo, text: str | None
) -> None:
    (repo.root / "hf-deploy.toml").unlink()
    repo.commit({"hf-deploy.toml": text.encode()} if text else {})
    ran = cli("deploy", "staging")
    assert ran.code == 2 and "invalid Space id 'staging'" in ran.error["error"]
    assert "[environments.NAME]" in ran.error["fix"]
    assert not hub.requests


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ('variables = ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]', "hf-deploy.toml:2"),
        ('secrets = ["GITHUB_TOKEN"]', "hf-deploy.toml:2"),
        ('endpoint = "https://example.org"', "hf-deploy.toml:2"),
        ('timeout = "soon"', "hf-deploy.toml:2"),
        ("include = 3", "hf-deploy.toml:2"),
    ],
)
def test_an_environment_may_set_no_more_than_the_top(
    cli: Cli, hub: LocalHub, repo: Repo, line: str, where: str
) -> None:
    text = f"[environments.staging]\n{line}\nspace = '{STAGING}'\n"
    repo.commit({"hf-deploy.toml": text.encode()})
    ran = cli("deploy", "staging", ACTIONS_ID_TOKEN_REQUEST_TOKEN="x", GITHUB_TOKEN="y")
    assert ran.code == 2, ran.err
    assert where in ran.error["cause"]
    assert not hub.requests


def test_a_command_of_an_environment_must_be_committed(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.write({"hf-deploy.toml": _in_staging('verify = "true"')})
    ran = cli("deploy", "staging")
    assert ran.code == 2 and "may not set verify" in ran.error["error"]
    assert "hf-deploy.toml:8" in ran.error["cause"]
    assert not hub.requests
    assert cli("deploy", "production").code == 0


def test_status_without_a_space_is_a_table_of_all(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    source = repo.git("rev-parse", "--short=7", "HEAD").decode().strip()
    cli("deploy", "staging")
    cli("deploy", "production")
    theirs = hub.commit(PRODUCTION, {"x": b"1"}, title="Mine", author="mallory")
    hub.wait_until(lambda: hub.space(PRODUCTION).running == theirs)
    ran = cli("status")
    header, *rows = (line.split() for line in ran.out.splitlines())
    assert header == "environment Space stage release source healthy drift".split()
    verified = ["1,", "verified", f"source@{source}", "yes", "no"]
    assert rows[0] == ["staging", STAGING, "running", *verified]
    assert rows[1][:3] == ["production", PRODUCTION, "running"]
    assert rows[1][-3:] == ["yes", "1", "commit"]
    assert ran.code == 0 and "mallory" in ran.out
    assert [cli("status", "--exit-code").code, cli("status", "--json").code] == [6, 0]


def test_the_json_of_all_is_one_object_with_a_list(cli: Cli, hub: LocalHub) -> None:
    cli("deploy", "staging")
    ran = cli("status", "--json", "--exit-code")
    alone = cli("status", "staging", "--json").json
    first, second = ran.json["environments"]
    assert first == {"environment": "staging", **alone}
    assert list(second) == list(first) and second["environment"] == "production"
    assert second["space"] == PRODUCTION and "not found" in second["error"]["error"]
    assert ran.code == ran.json["exit_code"] == second["exit_code"] == 5
    assert "1 of 2 environments failed: production" in ran.json["error"]["error"]
    assert not [one for one in changes_asked(hub) if PRODUCTION in one.split()[1].split("/api")]


def test_each_environment_is_probed_as_its_table_says(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"hf-deploy.toml": _in_staging('health-path = "/x"')})
    for space in (STAGING, PRODUCTION):
        hub.add_space(space, APP, app=App(status=404))
    found = cli("status", "--health-timeout", "2s", "--json").json["environments"]
    assert [one["health"]["healthy"] for one in found] == [False, True]


def test_a_workflow_gets_the_table_as_its_summary(cli: Cli, runner: Runner) -> None:
    cli("deploy", "staging")
    # the action's input `space` is empty where it is not set
    ran = cli("status", "--exit-code", HF_DEPLOY_SPACE="", **runner.environment)
    assert ran.code == 5
    assert "| environment | Space | stage |" in runner.summary
    assert "<code>staging</code>" in runner.summary and "::error" in ran.err


def test_a_workflow_without_environments_names_the_missing_input(
    cli: Cli, repo: Repo, runner: Runner
) -> None:
    (repo.root / "hf-deploy.toml").unlink()
    ran = cli("status", HF_DEPLOY_SPACE="", **runner.environment)
    assert ran.code == 2 and "the input `space` is missing" in ran.error["error"]


@pytest.mark.parametrize("arguments", [["--wait"], ["--wait", "--json"]])
def test_one_cannot_wait_for_all(cli: Cli, hub: LocalHub, arguments: list[str]) -> None:
    ran = cli("status", *arguments)
    assert ran.code == 2 and "--wait needs a SPACE" in ran.err
    assert not hub.requests


def test_status_without_a_space_and_without_environments_asks_for_one(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    (repo.root / "hf-deploy.toml").unlink()
    ran = cli("status")
    assert ran.code == 2 and "SPACE" in ran.err
    repo.write({"hf-deploy.toml": f'space = "{PRODUCTION}"\n'.encode()})
    hub.add_space(PRODUCTION, APP)
    assert cli("status", "--json").json["space"] == PRODUCTION
