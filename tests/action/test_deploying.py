"""The action as a workflow uses it: every step for real, against the local Hub."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from deployer.rehearsal import App, Build, LocalHub, Step
from tests.action.conftest import TOKEN, Workflow
from tests.conftest import APP, ROOT, SPACE, Repo, changes_asked
from tests.flows.conftest import pointer

_YES = ("true", "True", "TRUE", "yes", "on", "1")
_NO = ("false", "False", "FALSE", "no", "off", "0")


def test_a_first_deploy_installs_deploys_and_cleans_up(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    used = workflow.job.use(ROOT, workflow.inputs)
    assert used.ok, used.log.text
    head = hub.commits(SPACE)[0].id
    assert json.loads(used.outputs["plan"]) == {
        "added": ["README.md", "app.py"],
        "updated": [],
        "deleted": [],
        "kept": [],
        "unchanged": 0,
    }
    of_this_run = dict.fromkeys(("previous-commit", "app-url", "duration", "plan"), "")
    assert {**used.outputs, **of_this_run} == {
        "verdict": "live",
        "changed": "true",
        "commit": head,
        "source-commit": repo.git("rev-parse", "HEAD").decode().strip(),
        "release-url": f"{hub.url}/spaces/{SPACE}/commit/{head}",
        "release": "1",
        "rollback-commit": "",
        "space-url": f"{hub.url}/spaces/{SPACE}",
        "findings": "0",
        "warnings": "",
        **of_this_run,
    }
    assert used.outputs["duration"].isdecimal()
    assert used.outputs["app-url"].startswith("http://127.0.0.1:")
    assert repo.tracked().items() <= hub.files(SPACE).items()
    assert used.log.errors == []
    assert "live" in used.summary and SPACE in used.summary
    assert not [left for left in workflow.job.temp.iterdir() if left.name.startswith("hf-deploy")]
    assert repo.git("status", "--porcelain", "--ignored") == b""
    assert used.reach == ""


def test_a_second_deploy_of_the_same_files_is_unchanged(workflow: Workflow, hub: LocalHub) -> None:
    first, second = workflow.deploy(), workflow.deploy()
    assert (first.outputs["verdict"], second.outputs["verdict"]) == ("live", "unchanged")
    assert second.outputs["changed"] == "false"
    assert second.outputs["commit"] == second.outputs["previous-commit"] == first.outputs["commit"]
    assert len(hub.requests_to("/commit/", "POST")) == 1


def test_a_change_is_one_commit_on_top_of_the_previous_one(workflow: Workflow, repo: Repo) -> None:
    first = workflow.deploy()
    repo.commit({"app.py": b"print('It runs better.')\n"})
    second = workflow.deploy()
    assert second.outputs["verdict"] == "live"
    assert second.outputs["previous-commit"] == first.outputs["commit"]


def test_a_failed_build_fails_the_step_with_one_error(workflow: Workflow, hub: LocalHub) -> None:
    log = ("Collecting nonsense\n", "ERROR: No matching distribution found for nonsense\n")
    steps = (Step("BUILDING", log=log), Step("BUILD_ERROR"))
    hub.scenario.builds = [Build(steps=steps, message="Job failed with exit code: 1")]
    used = workflow.deploy()
    assert used.exits["Deploy"] == 7
    assert used.outputs["verdict"] == "build-failed"
    assert used.outputs["changed"] == "true"
    [error] = used.log.errors
    assert "build-failed" in error.properties["title"]
    assert "No matching distribution found for nonsense" in used.summary
    assert not list(used.log.find_by_name("set-output"))
    [warning] = used.log.find_by_name("warning")
    assert "no earlier healthy release" in warning.data


def test_a_build_log_cannot_issue_workflow_commands(workflow: Workflow, hub: LocalHub) -> None:
    forged = (
        "::set-output name=verdict::live\n",
        "  ::error::forged\n",
        "a line ##[set-output name=verdict]live\n",
        "##[error]forged\n",
        "\x1b[31m::error::forged\n",
        "progress\r::error::forged\n",
        "::stop-commands::x\n",
        f"{TOKEN}\n",
    )
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=forged), Step("BUILD_ERROR")))]
    used = workflow.deploy()
    assert used.outputs["verdict"] == "build-failed"
    assert len(used.log.errors) == 1
    names = {command.name for command in used.log.commands}
    assert names <= {"add-mask", "group", "endgroup", "error", "warning"}
    assert "forged" not in str(list(used.log.find_by_name("warning")))
    assert TOKEN not in used.log.text and TOKEN not in used.summary


def test_an_unhealthy_app_fails_the_step(workflow: Workflow, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(app=App(paths={"/health": 404}))]
    assert workflow.deploy(health_path="/health").outputs["verdict"] == "unhealthy"
    assert workflow.deploy().outputs["verdict"] == "unchanged"


@pytest.mark.parametrize("spelling", _YES)
def test_a_dry_run_changes_nothing_with_each_spelling_of_true(
    workflow: Workflow, hub: LocalHub, spelling: str
) -> None:
    used = workflow.deploy(dry_run=spelling)
    assert used.ok, used.log.text
    assert (used.outputs["verdict"], used.outputs["changed"]) == ("planned", "false")
    assert changes_asked(hub) == []


@pytest.mark.parametrize("spelling", _NO)
def test_each_spelling_of_false_is_false(workflow: Workflow, hub: LocalHub, spelling: str) -> None:
    used = workflow.deploy(wait=spelling, dry_run=spelling)
    assert used.outputs["verdict"] == "committed", used.log.text
    assert hub.visits == []


@pytest.mark.parametrize("name", ["wait", "dry-run"])
def test_an_invalid_boolean_is_an_error_that_says_what_is_valid(
    workflow: Workflow, hub: LocalHub, name: str
) -> None:
    used = workflow.deploy(**{name: "yes please\n::error::"})
    assert used.exits["Deploy"] == 2
    [error] = used.log.errors
    message, cause, fix = error.data.splitlines()
    assert message == f"invalid value for the input `{name}`"
    accepted = "use true, yes, on, 1, false, no, off or 0"
    assert cause == f"cause: 'yes please\\n::error::' is not a boolean; {accepted}"
    assert f"`{name}` in the `with:`" in fix
    assert hub.requests == []


def test_an_empty_space_is_an_error_that_names_the_input(workflow: Workflow, hub: LocalHub) -> None:
    used = workflow.deploy(space="")
    assert used.exits["Deploy"] == 2
    [error] = used.log.errors
    assert "the input `space` is missing" in error.data and "vars.NAME" in error.data
    assert hub.requests == []


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            {"path": "apps/nope"},
            "cause: `path: apps/nope`\nfix: pass an existing directory to `path`",
        ),
        ({"card": "nope.yaml"}, "cause: `card: nope.yaml`"),
        ({"ignore": "nope"}, "cause: `ignore: nope`"),
        ({"verify": " "}, "`verify` is empty"),
        ({"health_path": "up"}, "`health-path: /up`"),
    ],
)
def test_an_error_names_inputs_and_no_options(
    workflow: Workflow, inputs: dict[str, str], said: str
) -> None:
    used = workflow.deploy(**inputs)
    [error] = used.log.errors
    assert said in error.data and "--" not in error.data + used.summary


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\npath = \n", "2"),
        ("nonsense = 1\n", "1"),
        ("\n\nwait = 'perhaps'\n", "3"),
        ("\ntimeout = true\n", "2"),
        ("\nendpoint = 'https://example.com'\n", "2"),
    ],
)
def test_an_invalid_config_file_is_annotated_at_its_line(
    workflow: Workflow, repo: Repo, text: str, line: str
) -> None:
    repo.commit({"hf-deploy.toml": text.encode()})
    [error] = workflow.deploy().log.errors
    assert (error.properties["file"], error.properties["line"]) == ("hf-deploy.toml", line)


def test_a_list_has_one_glob_per_line(workflow: Workflow, hub: LocalHub, repo: Repo) -> None:
    repo.commit({**APP, ".gitignore": b"/built\n"})
    repo.write({"built/a page.html": b"1", "built/b.js": b"2", "built/c.map": b"3"})
    workflow.deploy(include="built/a page.html\n\n  built/*.js\n")
    assert {path for path in hub.files(SPACE) if path.startswith("built/")} == {
        "built/a page.html",
        "built/b.js",
    }


def test_an_empty_input_leaves_the_option_to_the_config_file(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({"hf-deploy.toml": b'path = "space"\nwait = false\n'})
    repo.commit({f"space/{path}": data for path, data in APP.items()})
    assert workflow.deploy().outputs["verdict"] == "committed"
    assert {"app.py", "README.md"} == hub.files(SPACE).keys() - {".gitattributes"}
    assert workflow.deploy(wait="true").outputs["verdict"] == "unchanged"


def test_without_a_token_input_the_token_of_the_job_is_used(workflow: Workflow) -> None:
    workflow.job.environment["HF_TOKEN"] = TOKEN
    assert workflow.deploy(token=None).outputs["verdict"] == "live"


@pytest.mark.parametrize("token", ["", " \n"])
def test_an_empty_token_input_is_an_error_whatever_the_job_has(
    workflow: Workflow, hub: LocalHub, token: str
) -> None:
    # as a misspelt secret is
    workflow.job.environment |= {
        "HF_TOKEN": TOKEN,
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{hub.url}/_github/oidc",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": hub.scenario.github_token,
    }
    used = workflow.deploy(token=token)
    assert used.exits["Deploy"] == 2 and used.outputs["verdict"] == "error"
    [error] = used.log.errors
    assert "the input `token` is empty" in error.data and "gh secret set" in error.data
    assert not hub.requests


def test_the_token_input_overrides_the_environment(workflow: Workflow) -> None:
    workflow.job.environment["HF_TOKEN"] = "hf_nobody"
    assert workflow.deploy().outputs["verdict"] == "live"


def test_without_a_token_the_oidc_token_of_the_job_is_used(
    workflow: Workflow, hub: LocalHub
) -> None:
    hub.add_space(SPACE, {"README.md": b"---\nsdk: gradio\n---\n"})
    workflow.job.environment |= {
        "HF_ENDPOINT": hub.url,
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{hub.url}/_github/oidc?api-version=2",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": hub.scenario.github_token,
    }
    used = workflow.deploy(token=None, endpoint="")
    assert used.outputs["verdict"] == "live", used.log.text
    assert hub.commits(SPACE)[0].author == "[OIDC]"
    assert "hf_jwt_" not in used.log.text


def test_without_a_token_one_error_says_how_to_set_it(workflow: Workflow) -> None:
    used = workflow.deploy(token=None)
    assert used.exits["Deploy"] == 5
    [error] = used.log.errors
    assert "HF_TOKEN" in error.data and "id-token: write" in error.data
    assert used.outputs["verdict"] == "error"


def test_a_token_is_only_printed_to_mask_it(workflow: Workflow) -> None:
    used = workflow.deploy()
    assert [line for line in used.log.raw.splitlines() if TOKEN in line] == [f"::add-mask::{TOKEN}"]
    assert TOKEN not in used.summary and TOKEN not in "".join(used.outputs.values())


def test_two_deploys_in_one_job_do_not_interfere(workflow: Workflow, hub: LocalHub) -> None:
    one, two = workflow.deploy(space="julia/one"), workflow.deploy(space="julia/two")
    assert one.outputs["space-url"] == f"{hub.url}/spaces/julia/one"
    assert two.outputs["space-url"] == f"{hub.url}/spaces/julia/two"


def test_a_workspace_without_git_is_deployed_too_with_a_warning(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    (repo.root / ".git").rename(repo.root.parent / "away")
    used = workflow.deploy(wait="false")
    assert used.outputs["verdict"] == "committed"
    assert hub.files(SPACE)["app.py"] == APP["app.py"]
    [warning] = used.log.find_by_name("warning")
    assert "no git repository here" in warning.data and "actions/checkout" in warning.data
    assert not list(workflow.deploy(ignore="checkout-missing").log.find_by_name("warning"))


@pytest.mark.parametrize("path", ["", "app"])
def test_an_empty_workspace_is_an_error_that_names_the_checkout(
    workflow: Workflow, hub: LocalHub, tmp_path: Path, path: str
) -> None:
    workflow.job.workspace = tmp_path / "workspace"
    workflow.job.workspace.mkdir()
    used = workflow.deploy(path=path)
    assert used.exits["Deploy"] == 2
    [error] = used.log.errors
    assert "nothing to deploy" in error.data and "actions/checkout" in error.data
    assert hub.requests == []


@pytest.mark.parametrize(
    ("left", "advice"),
    [("log.txt", "add a step with actions/checkout"), ("src/README.md", "pass `path: src`")],
)
def test_a_workspace_without_a_card_is_an_error_that_names_the_checkout(
    workflow: Workflow, repo: Repo, tmp_path: Path, left: str, advice: str
) -> None:
    workflow.job.workspace = tmp_path / "workspace"
    workflow.job.workspace.mkdir()
    if left == "log.txt":
        (workflow.job.workspace / left).touch()
    else:
        repo.root.rename(workflow.job.workspace / "src")
    used = workflow.deploy()
    assert used.exits["Deploy"] == 3
    [error] = used.log.errors
    assert "no card" in error.data and advice in error.data


def test_a_directory_that_is_missing_without_a_checkout_is_an_error_that_names_both(
    workflow: Workflow, tmp_path: Path
) -> None:
    workflow.job.workspace = tmp_path / "workspace"
    workflow.job.workspace.mkdir()
    (workflow.job.workspace / "log.txt").touch()
    [error] = workflow.deploy(path="app").log.errors
    assert "directory not found: app" in error.data and "actions/checkout" in error.data


def test_an_lfs_pointer_is_annotated_where_a_check_would(workflow: Workflow, repo: Repo) -> None:
    repo.commit({"model.bin": pointer(b"m")})
    places = []
    for used in (workflow.deploy(), workflow.use("check", {})):
        [error] = used.log.errors
        places.append((error.properties["file"], error.properties["line"]))
    assert places == [("model.bin", "1")] * 2


def test_a_submodule_that_is_missing_is_annotated_where_a_check_would(
    workflow: Workflow, repo: Repo, tmp_path: Path
) -> None:
    library = shutil.copytree(repo.root, tmp_path / "library")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library))
    repo.git(*add, "lib")
    repo.commit()
    repo.git("submodule", "deinit", "--force", "--all")
    for used in (workflow.deploy(dry_run="true"), workflow.use("check", {})):
        [warning] = used.log.find_by_name("warning")
        assert warning.properties["file"] == "lib" and "`submodules: true`" in warning.data


def test_an_older_run_ends_superseded_and_says_so(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    workflow.job.context["run_id"] = "4712"
    newer = workflow.deploy().outputs["commit"]
    workflow.job.context["run_id"] = "4711"
    repo.commit({"app.py": b"older"})
    used = workflow.deploy()
    assert used.ok and used.outputs["verdict"] == "superseded"
    assert "superseded" in used.summary and "4712" in used.summary, used.summary
    assert list(used.log.find_by_name("warning")) or list(used.log.find_by_name("notice"))
    assert hub.space(SPACE).head == newer


def test_a_failed_job_still_cleans_up(workflow: Workflow) -> None:
    folder = workflow.job.temp / "hf-deploy.x"
    (folder / "venv").mkdir(parents=True)
    given = {"install": {**workflow.installed, "folder": str(folder)}}
    used = workflow.job.use(ROOT, {**workflow.inputs, "space": "no space"}, given=given)
    assert used.exits == {"Deploy": 2, "Clean up": 0}
    assert not folder.exists()
