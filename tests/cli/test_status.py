"""hf-deploy status: for a person, for a script, as a monitor, and to wait for a deploy."""

from __future__ import annotations

import pytest

from deployer.rehearsal import App, Build, LocalHub, Step
from deployer.report.json_output import KEYS as DEPLOY_KEYS
from tests.cli.conftest import Runner
from tests.conftest import APP, SPACE, Cli, Repo, changes_asked

KEYS = (
    "space stage head running release source from at hardware space_url app_url verified drift "
    "health cpu memory state exit_code error"
).split()
OLD = {**APP, "app.py": b"old"}


def test_the_running_release_and_its_source(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    hub.add_space(SPACE, OLD)
    assert cli("deploy", SPACE).code == 0
    ran, head = cli("status", SPACE), hub.space(SPACE).head
    labels = {line.split(" ", 1)[0]: line.split(" ", 1)[1].strip() for line in ran.out.splitlines()}
    source = repo.git("rev-parse", "HEAD").decode().strip()
    assert ran.code == 0
    assert labels["running"] == f"{head[:7]}, release 1, verified"
    assert labels["source"] == f"source@{source[:7]}"
    assert labels["app"] == f"{hub.space(SPACE).url}, healthy"
    assert labels["live"]
    assert max(map(len, ran.out.splitlines())) <= 80
    found = cli("status", SPACE, "--json", HF_TOKEN="").json
    assert list(found) == KEYS
    assert found.pop("at")
    assert found == {
        "space": SPACE,
        "stage": "RUNNING",
        "head": head,
        "running": head,
        "release": 1,
        "source": f"source@{source}",
        "from": None,
        "hardware": "cpu-basic",
        "space_url": f"{hub.url}/spaces/{SPACE}",
        "app_url": hub.space(SPACE).url,
        "verified": True,
        "drift": [],
        "health": {
            "checked": True,
            "healthy": True,
            "detail": f"healthy response from {hub.space(SPACE).url}/",
        },
        "cpu": None,
        "memory": None,
        "state": "live",
        "exit_code": 0,
        "error": None,
    }


@pytest.mark.parametrize(
    ("stage", "state", "code"),
    [
        ("RUNNING", "live", 0),
        ("SLEEPING", "sleeping", 0),
        ("PAUSED", "paused", 0),
        ("BUILD_ERROR", "build-failed", 9),
        ("RUNTIME_ERROR", "crashed", 9),
        ("CONFIG_ERROR", "misconfigured", 9),
        ("STOPPED", "stopped", 9),
    ],
)
def test_as_a_monitor(cli: Cli, hub: LocalHub, stage: str, state: str, code: int) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    ran = cli("status", SPACE, "--exit-code", "--json")
    assert (ran.code, list(ran.json)) == (code, KEYS)
    assert (ran.json["state"], ran.json["exit_code"]) == (state, code)
    assert (ran.json["error"] is not None) == bool(code)
    ran = cli("status", SPACE)
    assert ran.code == 0 and any(line.startswith(state) for line in ran.out.splitlines())
    assert changes_asked(hub) == [] and hub.space(SPACE).stage == stage


@pytest.mark.parametrize("stage", ["SLEEPING", "PAUSED", "STOPPED", "BUILD_ERROR"])
def test_no_commit_is_said_to_run_where_none_serves(
    cli: Cli, hub: LocalHub, runner: Runner, stage: str
) -> None:
    hub.add_space(SPACE, APP, stage=stage)
    lines = cli("status", SPACE, **runner.environment).out.splitlines()
    head = hub.space(SPACE).head[:7]
    assert any(line.startswith("head ") and head in line for line in lines)
    assert not any(line.startswith("running") for line in lines)
    assert "\nrunning: " not in runner.summary and "\nhead: " in runner.summary


def test_a_paused_space_has_no_green_tick(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    hub.add_space(SPACE, APP, stage="PAUSED")
    assert cli("status", SPACE, "--exit-code", **runner.environment).code == 0
    assert runner.summary.startswith("### ⚠️ ") and "serves nothing" in runner.summary


def test_a_private_space_without_a_token_is_an_error_that_says_so(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP, private=True)
    ran = cli("status", SPACE, HF_TOKEN="")
    assert ran.code == 5 and "private" in ran.error["error"]
    assert "without a token" in ran.error["cause"]
    assert "a private Space needs a token" in ran.error["fix"]


def test_an_unhealthy_app_and_then_drift(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    cli("deploy", SPACE)
    hub.scenario.builds = [Build(app=App(status=500)), Build()]
    theirs = hub.commit(SPACE, {"x": b"1"}, title="\x1b[31mMine\n", author="mallory")
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    ran = cli("status", SPACE, "--exit-code", "--health-timeout", "2s")
    assert ran.code == 9 and "HTTP 500" in ran.out
    theirs = hub.commit(SPACE, {"x": b"2"}, title="\x1b[31mMine\n", author="mallory")
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    ran = cli("status", SPACE, "--exit-code")
    assert ran.code == 6 and f"/commit/{theirs}" in ran.out and "mallory: Mine" in ran.out
    assert all(line.isprintable() for line in (ran.out + ran.err).splitlines())
    found = cli("status", SPACE, "--json", "--exit-code").json
    assert [commit["title"] for commit in found["drift"]] == ["\x1b[31mMine\n"] * 2
    assert (found["state"], found["release"]) == ("drifted", None)
    assert set(found["error"]) == {"error", "cause", "fix"}
    assert cli("status", SPACE).code == 0


def test_wait_ends_as_a_deploy_does(cli: Cli, hub: LocalHub, runner: Runner) -> None:
    hub.add_space(SPACE, OLD)
    hub.scenario.builds = [Build(stale_polls=3)]
    cli("deploy", SPACE, "--no-wait")
    ran = cli("status", SPACE, "--wait", "--json", **runner.environment)
    assert (ran.code, list(ran.json)) == (0, DEPLOY_KEYS)
    assert (ran.json["verdict"], ran.json["release"]) == ("unchanged", 1)
    assert hub.tags(SPACE) == {"hf-deploy/1": hub.space(SPACE).head}
    assert runner.outputs["verdict"] == "unchanged"


def test_wait_for_a_build_that_fails(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, OLD)
    failing = (Step("BUILDING", polls=1), Step("BUILD_ERROR", log=("boom\n",)))
    hub.scenario.builds = [Build(steps=failing, stale_polls=3)]
    cli("deploy", SPACE, "--no-wait")
    ran = cli("status", SPACE, "--wait")
    assert ran.code == 7 and ran.error["cause"] == "boom"


def test_wait_in_the_config_file_is_for_deploys(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.write({"hf-deploy.toml": b'wait = true\nhealth-path = "/ready"\n'})
    hub.add_space(SPACE, APP, app=App(paths={"/ready": 404}))
    ran = cli("status", SPACE, "--json", "--health-timeout", "2s")
    assert list(ran.json) == KEYS and ran.json["state"] == "unhealthy"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((SPACE,), 5), (("no-slash",), 2), ((SPACE, "--health-path", "x"), 2), ((SPACE, "--wait"), 5)],
)
def test_an_error_has_three_rows_and_the_same_keys(
    cli: Cli, arguments: tuple[str, ...], code: int
) -> None:
    ran = cli("status", *arguments, "--json")
    keys = DEPLOY_KEYS if "--wait" in arguments else KEYS
    assert (ran.code, list(ran.json)) == (code, keys)
    assert ran.json["error"]["error"] == ran.error["error"]
    assert (ran.json["exit_code"], ran.json["space"]) == (code, arguments[0])


def test_a_monitor_in_a_workflow_annotates_sums_up_and_sets_its_outputs(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.add_space(SPACE, APP, stage="RUNTIME_ERROR")
    ran = cli("status", SPACE, "--exit-code", **runner.environment)
    assert ran.code == 9 and "::error title=hf-deploy%3A crashed::" in ran.err
    space = hub.space(SPACE)
    assert runner.outputs == {
        "state": "crashed",
        "commit": space.head,
        "space-url": f"{hub.url}/spaces/{SPACE}",
        "app-url": space.url,
    }
    assert runner.summary.startswith("### ❌ ") and "**fix**" in runner.summary
