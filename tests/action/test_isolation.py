"""The caller's files, Python and environment stay out of the action, and stay as they were."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.action.conftest import TRAPS, Workflow, new_job, python_path
from tests.conftest import APP, ROOT, SPACE, Repo


@pytest.fixture(name="trapped")
def _trapped(workflow: Workflow, repo: Repo) -> Workflow:
    """A workflow in whose workspace every module that the action needs is a trap."""
    repo.commit(TRAPS)
    return workflow


def _sprung(root: Path) -> list[Path]:
    return list(root.rglob("*.ran"))


def test_modules_in_the_workspace_are_not_imported(
    trapped: Workflow, hub: LocalHub, repo: Repo
) -> None:
    assert trapped.deploy().outputs["verdict"] == "live"
    assert not _sprung(repo.root)
    assert hub.files(SPACE)["yaml.py"] == TRAPS["yaml.py"]


def test_a_pythonpath_of_the_caller_reaches_no_step_of_the_action(
    workflow: Workflow, trap_folder: Path
) -> None:
    workflow.job.environment |= python_path(trap_folder)
    used = workflow.deploy()  # by what was installed under the same variables
    assert used.outputs["verdict"] == "live", used.log.text
    assert not _sprung(trap_folder)


def test_settings_of_the_caller_s_python_change_no_step_of_the_action(workflow: Workflow) -> None:
    workflow.job.environment |= {
        "PYTHONINSPECT": "1",
        "PYTHONIOENCODING": "ascii",
        "PYTHONPLATLIBDIR": "missing",
    }
    used = workflow.deploy(card="größe.yaml")  # not found, which is exit code 2
    assert used.exits["Deploy"] == 2, used.log.text
    used = workflow.deploy()
    assert used.outputs["verdict"] == "live", used.log.text


def test_a_fork_s_pull_request_with_secrets_is_skipped(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    base = repo.git("rev-parse", "HEAD").decode().strip()
    own, fork = (
        {"id": number, "full_name": f"{who}/app"} for number, who in ((1, "julia"), (2, "mallory"))
    )
    head = {"sha": repo.commit({"app.py": b"print('gotcha')"}), "repo": fork}
    event = Path(workflow.job.context["event_path"])
    event.write_text(json.dumps({"repository": own, "pull_request": {"head": head}}), "utf-8")
    workflow.job.context |= {"event_name": "pull_request_target", "sha": base}
    used = workflow.deploy()
    assert used.ok and used.outputs["verdict"] == "skipped"
    assert not hub.requests and not used.log.errors


def test_a_path_may_have_any_characters(
    workflow: Workflow, hub: LocalHub, repo: Repo, tmp_path: Path
) -> None:
    odd = tmp_path / 'it\'s "a" $HOME `id` \\n & ü' / "action" / "x"
    for name in ("action.yml", "action", "deployer"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (odd / "v1").mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, odd / "v1" / name)
    workspace = Path(shutil.copytree(repo.root, odd / "work space"))
    used = new_job(workspace, odd / "job").use(odd / "v1", workflow.inputs)
    assert used.outputs["verdict"] == "live", used.log.text
    assert repo.tracked().items() <= hub.files(SPACE).items()
    assert not list((odd / "job/_temp").glob("hf-deploy*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
@pytest.mark.parametrize("path", ["", "src", "src/lib"])
def test_the_workspace_may_be_of_another_user(
    workflow: Workflow, hub: LocalHub, repo: Repo, tmp_path: Path, path: str
) -> None:
    # as in a `container:`; https://github.com/actions/checkout/issues/2031
    library = shutil.copytree(repo.root, tmp_path / "library")
    add = ("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library))
    repo.git(*add, "lib")
    repo.commit()
    if path:
        workflow.job.workspace = tmp_path / "workspace"
        workflow.job.workspace.mkdir()
        repo.root.rename(workflow.job.workspace / "src")
    for file in (workflow.job.workspace, *workflow.job.workspace.rglob("*")):
        os.chown(file, 12345, 12345, follow_symlinks=False)
    workflow.job.environment["HOME"] = str(tmp_path)
    assert workflow.use("check", {"path": path}).ok
    used = workflow.deploy(path=path)
    assert used.outputs["verdict"] == "live", used.log.text
    assert hub.files(SPACE)["app.py" if path == "src/lib" else "lib/app.py"] == APP["app.py"]


def test_options_for_other_commands_in_the_environment_do_not_reach_the_action(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({f"inner/{path}": data for path, data in APP.items()})
    workflow.job.environment |= {"HF_DEPLOY_PATH": "inner", "HF_DEPLOY_DRY_RUN": "true"}
    assert workflow.deploy().outputs["verdict"] == "live"
    assert "inner/app.py" in hub.files(SPACE)
