"""--json: always one object on stdout, with the same keys, and everything else on stderr."""

from __future__ import annotations

import json

import pytest

from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.world.hub.client import connect
from tests.cli.conftest import ESCAPE, KEYS
from tests.conftest import APP, SPACE, Cli, Ran, Repo
from tests.fork_server import SHORT_WAITS


def _checked(ran: Ran) -> Ran:
    assert ran.out.count("\n") == 1 and ran.out.endswith("\n")
    assert list(ran.json) == KEYS
    assert ran.json["exit_code"] == ran.code
    assert "Traceback" not in ran.err
    return ran


def test_a_successful_deploy(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    hub.add_space(SPACE, {"README.md": APP["README.md"], "app.py": b"old", "gone.txt": b"x"})
    before = hub.space(SPACE).head
    repo.commit({"new.txt": b"n"})
    ran = _checked(cli("deploy", SPACE, "--json"))
    result = dict(ran.json)
    assert result.pop("seconds") > 0
    (warning,) = result.pop("warnings")
    assert "1 file only on the Space will be deleted" in warning
    assert result == {
        "verdict": "live",
        "exit_code": 0,
        "space": SPACE,
        "release": 1,
        "commit": hub.space(SPACE).head,
        "previous_commit": before,
        "source_commit": repo.git("rev-parse", "HEAD").decode().strip(),
        "changed": True,
        "plan": {
            "added": ["new.txt"],
            "updated": ["app.py"],
            "deleted": ["gone.txt"],
            "kept": [],
            "unchanged": 1,
        },
        "settings": [],
        "drift": [],
        "rolled_back": None,
        "from": None,
        "gates": None,
        "space_url": f"{hub.url}/spaces/{SPACE}",
        "app_url": hub.space(SPACE).url,
        "usage": None,
        "error": None,
    }
    assert ran.err


def test_each_warning_is_in_the_result_once(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    hub.scenario.faults = [Fault("POST", "/tag/", times=9, status=403)]
    hub.scenario.builds = [Build(app=App(401))]
    repo.link("link.txt", "app.py")
    repo.commit()
    ran = _checked(cli("deploy", SPACE, "--json"))
    shown = [line for line in ran.err.splitlines() if line.startswith("warning")]
    assert len(shown) == len(ran.json["warnings"]) == len(set(ran.json["warnings"]))
    hub.scenario.builds = [Build()]
    repo.commit({"app.py": b"new"})
    (warning,) = [one for one in cli("deploy", SPACE, "--json").json["warnings"] if "tag" in one]
    assert "could not tag the release hf-deploy/2" in warning


def test_the_warnings_before_an_error_are_in_its_object(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    hub.add_space(SPACE, APP)
    connect(hub.url, "hf_write").api.move_repo(SPACE, "julia/renamed", repo_type="space")
    hub.scenario.faults = [Fault("POST", "/commit/", times=9, status=403)]
    repo.commit({"app.py": b"new"})
    ran = _checked(cli("deploy", SPACE, "--json"))
    assert ran.code == 5
    (warning,) = ran.json["warnings"]
    assert "was renamed" in warning


def test_an_unchanged_deploy(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    result = _checked(cli("deploy", SPACE, "--json")).json
    assert (result["verdict"], result["changed"]) == ("unchanged", False)
    assert result["commit"] == result["previous_commit"] == hub.space(SPACE).head


def test_a_plan(cli: Cli, hub: LocalHub) -> None:
    result = _checked(cli("plan", SPACE, "--json")).json
    assert (result["verdict"], result["commit"], result["changed"]) == ("planned", None, False)
    assert result["plan"]["added"] == sorted(APP)
    assert not hub.spaces()


def test_a_dry_run(cli: Cli, hub: LocalHub) -> None:
    result = _checked(cli("deploy", SPACE, "--dry-run", "--json")).json
    assert (result["verdict"], result["exit_code"]) == ("planned", 0)
    assert not hub.spaces()


def test_no_wait(cli: Cli) -> None:
    result = _checked(cli("deploy", SPACE, "--no-wait", "--json")).json
    assert (result["verdict"], result["exit_code"], result["changed"]) == ("committed", 0, True)


@pytest.mark.parametrize(
    ("build", "verdict", "code", "timeouts"),
    [
        (Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR"))), "build-failed", 7, []),
        (Build(steps=(Step("BUILDING", polls=1), Step("RUNTIME_ERROR"))), "crashed", 9, []),
        (Build(steps=(Step("BUILDING", polls=1), Step("CONFIG_ERROR"))), "misconfigured", 3, []),
        (Build(app=App(status=500)), "unhealthy", 9, ["--health-timeout", "2s"]),
        (Build(steps=(Step("BUILDING", seconds=600),)), "timed-out", 10, ["--timeout", "1s"]),
    ],
)
def test_a_failed_deploy(
    cli: Cli, hub: LocalHub, build: Build, verdict: str, code: int, timeouts: list[str]
) -> None:
    hub.scenario.builds = [build]
    ran = _checked(cli("deploy", SPACE, "--json", *timeouts))
    assert (ran.json["verdict"], ran.code, ran.json["changed"]) == (verdict, code, True)
    assert set(ran.json["error"]) == {"error", "cause", "fix"}
    assert all(ran.json["error"].values())
    assert [ran.error["error"], ran.error["fix"]] == [
        ran.json["error"]["error"],
        ran.json["error"]["fix"],
    ]


def test_an_error_without_a_deploy(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit({"README.md": b"# no card\n"})
    ran = _checked(cli("deploy", SPACE, "--json"))
    result = dict(ran.json)
    assert set(result.pop("error")) == {"error", "cause", "fix"}
    assert result.pop("seconds") >= 0
    known = {"exit_code": 3, "space": SPACE, "changed": False}
    known |= {"space_url": f"{hub.url}/spaces/{SPACE}"}
    known |= {"source_commit": repo.git("rev-parse", "HEAD").decode().strip()}
    assert result == dict.fromkeys(result) | known


def test_a_usage_error_stays_text(cli: Cli) -> None:
    ran = cli("deploy", SPACE, "--json", "--no-such-option")
    assert (ran.code, ran.out) == (2, "")
    assert "--no-such-option" in ran.err


@pytest.mark.parametrize("body", ["<html>Please log in</html>", "{}", "null", "", '[{"a": "'])
@pytest.mark.parametrize("route", ["/tree/", "/preupload/", "/objects/batch", "/commit/"])
def test_a_malformed_response_is_reported(
    cli: Cli, hub: LocalHub, repo: Repo, route: str, body: str
) -> None:
    hub.add_space(SPACE, APP)
    repo.commit({"app.py": b"new", "model.bin": b"\0"})
    hub.scenario.faults = [Fault("*", route, 99, status=200, body=body)]
    ran = cli("deploy", SPACE, "--json", **SHORT_WAITS)
    assert (ran.code, ran.json["changed"]) == (11, False)
    assert "unexpected response" in ran.json["error"]["error"]
    assert f"{route.rstrip('/')}" in ran.json["error"]["cause"]
    assert "Traceback" not in ran.err


def test_an_error_after_the_commit_does_not_hide_the_commit(cli: Cli, hub: LocalHub) -> None:
    hub.scenario.faults = [Fault("GET", "/runtime", 99, after=1, status=401)]
    ran = cli("deploy", SPACE, "--json", **SHORT_WAITS)
    assert (ran.code, ran.json["changed"]) == (5, True)
    assert ran.json["commit"] == hub.space(SPACE).head
    assert ran.json["plan"]["added"] == ["README.md", "app.py"]


def test_a_bug_is_reported_as_json(cli: Cli, broken_library: str) -> None:
    ran = cli("deploy", SPACE, "--json", PYTHONPATH=broken_library)
    assert (ran.code, list(ran.json)) == (70, KEYS)
    assert "Traceback" in ran.err and "issues" in ran.json["error"]["fix"]


def test_names_outside_ascii_are_kept(cli: Cli, repo: Repo) -> None:
    names = sorted(["ü.txt", "new\nline", 'qu"ote', "\u202egnp.exe", "🚀"])
    repo.commit({name: b"x" for name in names})
    assert set(names) < set(_checked(cli("plan", SPACE, "--json")).json["plan"]["added"])


def test_names_are_kept_on_a_machine_without_a_locale(cli: Cli, repo: Repo) -> None:
    repo.commit({"ü.txt": b"x"})
    ran = cli("plan", SPACE, "--json", LANG="C", LC_ALL="C")
    assert "ü.txt" in json.loads(ran.out)["plan"]["added"]


def test_no_color_and_no_progress_bar_without_a_terminal(cli: Cli) -> None:
    ran = cli("deploy", SPACE)
    assert ESCAPE not in ran.out + ran.err and "\r" not in ran.out + ran.err
