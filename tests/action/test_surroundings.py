"""The caller's files, Python and environment stay out of the action, and stay as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.action.conftest import Workflow
from tests.conftest import APP, ROOT, SPACE, Repo

_TRAP = (
    b"from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\nraise SystemExit(99)\n"
)
_TRAPS = (
    "deployer/__init__.py",
    "deployer/__main__.py",
    "yaml.py",
    "click.py",
    "pip/__init__.py",
    "pip/__main__.py",
    "venv.py",
    "ensurepip.py",
    "json.py",
    "sitecustomize.py",
    "usercustomize.py",
)


@pytest.fixture(name="trapped")
def _trapped(workflow: Workflow, repo: Repo) -> Workflow:
    """A workflow in whose workspace every module that the action needs is a trap."""
    repo.commit({path: _TRAP for path in _TRAPS})
    return workflow


def _sprung(root: Path) -> list[Path]:
    return list(root.rglob("*.ran"))


def test_modules_in_the_workspace_are_not_imported(
    trapped: Workflow, hub: LocalHub, repo: Repo
) -> None:
    assert trapped.deploy().outputs["verdict"] == "live"
    assert not _sprung(repo.root)
    assert hub.files(SPACE)["yaml.py"] == _TRAP


def test_a_pythonpath_of_the_caller_reaches_no_step_of_the_action(
    trapped: Workflow, repo: Repo
) -> None:
    root = str(repo.root)
    trapped.job.environment |= {"PYTHONPATH": root, "PYTHONHOME": root, "PYTHONSTARTUP": root}
    used = trapped.job.use(ROOT, trapped.inputs)
    assert used.outputs["verdict"] == "live", used.log.text
    assert not _sprung(repo.root)


def test_options_for_other_commands_in_the_environment_do_not_reach_the_action(
    workflow: Workflow, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({f"inner/{path}": data for path, data in APP.items()})
    workflow.job.environment |= {"HF_DEPLOY_PATH": "inner", "HF_DEPLOY_DRY_RUN": "true"}
    assert workflow.deploy().outputs["verdict"] == "live"
    assert "inner/app.py" in hub.files(SPACE)
