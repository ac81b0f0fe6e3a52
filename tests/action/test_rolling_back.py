"""The action `rollback`: a Space gets back what an earlier release had."""

from __future__ import annotations

import pytest

from deployer.rehearsal import LocalHub
from tests.action.conftest import Workflow
from tests.action.runner.job import Used
from tests.conftest import APP, SPACE, Repo

NEW = b"import gradio as gr\n\ngr.Interface(str, 'text', 'text').launch()\n"


@pytest.fixture(name="released")
def _released(workflow: Workflow, repo: Repo, hub: LocalHub) -> Workflow:
    """A workflow that released twice."""
    assert workflow.deploy().outputs["verdict"] == "live"
    repo.commit({"app.py": NEW})
    assert workflow.deploy().outputs["release"] == "2"
    assert hub.files(SPACE)["app.py"] == NEW
    return workflow


def _roll_back(workflow: Workflow, **inputs: str) -> Used:
    return workflow.use("rollback", {**workflow.inputs, **inputs})


def test_the_space_gets_the_files_of_the_last_healthy_release(
    released: Workflow, hub: LocalHub, repo: Repo
) -> None:
    used = _roll_back(released)
    assert used.ok, used.log.text
    assert used.outputs["verdict"] == "live" and used.outputs["release"] == "3"
    assert used.outputs["source-commit"] == repo.git("rev-parse", "HEAD~1").decode().strip()
    assert used.outputs["commit"] == hub.commits(SPACE)[0].id
    assert hub.files(SPACE)["app.py"] == APP["app.py"]
    assert "live" in used.summary and "app.py" in used.summary


def test_an_unknown_release_is_one_error(released: Workflow, hub: LocalHub) -> None:
    used = _roll_back(released, release="7")
    [error] = used.log.errors
    assert not used.ok and used.outputs["verdict"] == "error"
    assert "release not found: 7" in error.data
    assert hub.files(SPACE)["app.py"] == NEW
