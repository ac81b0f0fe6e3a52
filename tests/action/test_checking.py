"""The action `check`: its annotations, and inputs that the example has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.action.conftest import TOKEN, Workflow
from tests.conftest import SPACE, Repo


def test_a_finding_is_an_annotation_at_its_line(workflow: Workflow, repo: Repo) -> None:
    repo.commit({"app.py": b"import gradio\n\nprint(\n"})
    used = workflow.use("check", {})
    assert not used.ok and used.outputs["findings"] == "1"
    places = [
        (error.properties.get("file"), error.properties.get("line")) for error in used.log.errors
    ]
    assert ("app.py", "3") in places


def test_warnings_fail_a_strict_check_only(workflow: Workflow, repo: Repo) -> None:
    repo.commit({"README.md": b"---\ntitle: App\nsdk: gradio\nsdk_versoin: 6.0.0\n---\n"})
    assert workflow.use("check", {}).ok
    assert not workflow.use("check", {"strict": "true"}).ok
    assert workflow.use("check", {"strict": "true", "ignore": "card-unknown-key"}).ok


def test_with_a_space_the_hub_is_asked_whether_the_token_may_deploy(
    workflow: Workflow, hub: LocalHub
) -> None:
    inputs = {"space": SPACE, "endpoint": hub.url}
    assert workflow.use("check", inputs | {"token": TOKEN}).ok
    used = workflow.use("check", inputs | {"token": "hf_read"})
    assert not used.ok and "read-only" in used.log.text


def test_files_alone_are_checked_without_a_token(workflow: Workflow) -> None:
    assert workflow.use("check", {"token": ""}).ok


def test_an_empty_token_is_an_error_where_the_hub_is_to_be_asked(
    workflow: Workflow, hub: LocalHub
) -> None:
    used = workflow.use("check", {"space": SPACE, "endpoint": hub.url, "token": ""})
    [error] = used.log.errors
    assert used.exits["Check"] == 2 and "the input `token` is empty" in error.data
    assert not hub.requests


def test_an_empty_workspace_is_an_error_that_names_the_checkout(
    workflow: Workflow, tmp_path: Path
) -> None:
    workflow.job.workspace = tmp_path / "workspace"
    workflow.job.workspace.mkdir()
    used = workflow.use("check", {})
    [error] = used.log.errors
    assert used.exits["Check"] == 2
    assert "nothing to deploy" in error.data and "actions/checkout" in error.data


@pytest.mark.parametrize("space", ["--strict", "$(touch here)", "a b"])
def test_a_space_id_is_nothing_but_an_argument(workflow: Workflow, repo: Repo, space: str) -> None:
    used = workflow.use("check", {"space": space})
    assert used.exits["Check"] == 2, used.log.text
    assert not (repo.root / "here").exists()
