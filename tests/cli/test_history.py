"""hf-deploy history: the same keys whatever happens, and a table that fits a terminal."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from deployer.rehearsal import Build, LocalHub, Step
from tests.cli.conftest import ESCAPE, Runner
from tests.conftest import APP, SPACE, Cli, Repo, changes_asked

KEYS = ["space", "releases", "drift", "squashed", "exit_code", "error"]
FIELDS = "number at commit source kind by state reason from running".split()
FAILING = Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))


@pytest.fixture(name="released")
def _released(cli: Cli, hub: LocalHub, repo: Repo) -> str:
    """A public Space with a healthy release, a failed one and its rollback; the healthy source."""
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    hub.scenario.builds = [Build(), FAILING, Build()]
    source = repo.git("rev-parse", "HEAD").decode().strip()
    assert cli("deploy", SPACE).code == 0
    repo.commit({"app.py": b"broken"})
    assert cli("deploy", SPACE).code == 8
    return source


@pytest.mark.usefixtures("released")
def test_the_releases_newest_first(cli: Cli) -> None:
    ran = cli("history", SPACE)
    assert (ran.code, ran.err) == (0, "")
    header, *rows = ran.out.splitlines()
    assert header.split()[0] == "release"
    assert [row.split()[0] for row in rows] == ["3", "2", "1"]
    assert rows[0].endswith("rollback, verified, running")
    assert rows[1].endswith("rolled back: build-failed")
    assert rows[2].endswith("verified")
    assert max(map(len, ran.out.splitlines())) <= 80
    assert ESCAPE not in ran.out


def test_the_json_object(cli: Cli, hub: LocalHub, released: str) -> None:
    found = cli("history", SPACE, "--json").json
    assert list(found) == KEYS
    assert all(list(release) == FIELDS for release in found["releases"])
    assert [r["commit"] for r in found["releases"]] == [c.id for c in hub.commits(SPACE)][:3]
    first = found["releases"][-1]
    assert datetime.fromisoformat(first.pop("at")).tzinfo is not None
    assert first == {
        "number": 1,
        "commit": hub.commits(SPACE)[2].id,
        "source": f"source@{released}",
        "kind": "deploy",
        "by": "julia",
        "state": "verified",
        "reason": None,
        "from": None,
        "running": False,
    }
    assert [r["state"] for r in found["releases"][:2]] == ["verified", "rolled back"]
    assert [r["reason"] for r in found["releases"][:2]] == [None, "build-failed"]
    assert [r["kind"] for r in found["releases"][:2]] == ["rollback", "deploy"]
    assert [r["running"] for r in found["releases"]] == [True, False, False]
    assert (found["drift"], found["squashed"], found["exit_code"], found["error"]) == (
        [],
        [],
        0,
        None,
    )


@pytest.mark.usefixtures("released")
def test_only_the_newest(cli: Cli) -> None:
    assert len(cli("history", SPACE, "--json", "-n", "2").json["releases"]) == 2
    assert len(cli("history", SPACE, "--json", "--limit", "0").json["releases"]) == 3
    assert "… and 2 more" in cli("history", SPACE, "-n1").out
    assert cli("history", SPACE, "-n", "-1").code == 2


@pytest.mark.usefixtures("released")
def test_commits_on_top_not_made_by_hf_deploy(cli: Cli, hub: LocalHub) -> None:
    evil = "\x1b[31mevil\nhf: \u202e" + "x" * 100
    theirs = hub.commit(SPACE, {"x": b"1"}, title=evil, author="mallory")
    hub.wait_until(lambda: hub.space(SPACE).running == theirs)
    ran = cli("history", SPACE)
    first = ran.out.splitlines()[0]
    assert first.startswith(f"drift      {theirs[:7]}") and "mallory" in first
    assert max(map(len, ran.out.splitlines())) <= 80
    assert all(line.isprintable() for line in ran.out.splitlines())
    assert f"running    {theirs[:7]}" in ran.out
    found = cli("history", SPACE, "--json").json["drift"]
    assert [list(commit) for commit in found] == [["commit", "at", "author", "title"]]
    assert (found[0]["commit"], found[0]["author"]) == (theirs, "mallory")


@pytest.mark.usefixtures("released")
def test_a_squashed_history(cli: Cli, hub: LocalHub) -> None:
    repository = hub.space(SPACE).repository
    root = hub.commits(SPACE)[-1]
    repository.branches["main"] = root.id
    found = cli("history", SPACE, "--json").json
    assert (found["releases"], found["squashed"]) == ([], [1, 3])
    assert "squashed   not in the history any more" in cli("history", SPACE).out


def test_a_space_without_releases(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    ran = cli("history", SPACE)
    assert ran.code == 0 and "no release" in ran.out
    found = cli("history", SPACE, "--json", HF_TOKEN="").json
    assert (found["releases"], found["drift"], found["error"]) == ([], [], None)
    assert changes_asked(hub) == []


@pytest.mark.parametrize(
    ("arguments", "code"), [((SPACE,), 5), (("no-slash",), 2), ((SPACE, "--endpoint", "x"), 2)]
)
def test_an_error_has_three_rows_and_the_same_keys(
    cli: Cli, arguments: tuple[str, ...], code: int
) -> None:
    ran = cli("history", *arguments, "--json")
    assert (ran.code, list(ran.json)) == (code, KEYS)
    found = ran.json
    assert found["error"]["error"] == ran.error["error"] and found["exit_code"] == code
    assert (found["space"], found["releases"]) == (arguments[0], None)


def test_a_bug_has_the_same_keys_and_does_not_show_the_token(cli: Cli, broken_library: str) -> None:
    ran = cli("history", SPACE, "--json", PYTHONPATH=broken_library)
    assert (ran.code, list(ran.json)) == (70, KEYS)
    assert "Traceback" in ran.err and "hf_write" not in ran.out + ran.err


def test_in_a_workflow_nothing_is_written_for_other_steps(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    ran = cli("history", SPACE, **runner.environment)
    assert ran.code == 5 and "::error title=hf-deploy" in ran.err
    assert runner.summary.startswith(f"### ❌ <code>{SPACE}</code> history unknown: ")
    hub.add_space(SPACE, APP)
    assert cli("history", SPACE, **runner.environment).code == 0
    assert runner.summary.count("###") == 1
    assert [file.name for file in runner.folder.iterdir()] == ["summary"]


def test_needs_no_repository_and_prints_one_object(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    hub.add_space(SPACE, APP)
    ran = cli("history", SPACE, "--json", here=repo.root.parent)
    assert ran.out.count("\n") == 1 and json.loads(ran.out)["space"] == SPACE
