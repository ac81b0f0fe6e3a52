"""What the tests of the action share: a job that uses the real action.yml on a real repository."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.action.runner.job import Job, Used
from tests.conftest import ROOT, SPACE, Repo

TOKEN = "hf_write"
# the runner's own python3 is the one that runs the tests
PATH = os.pathsep.join((f"{sys.base_prefix}/bin", os.environ["PATH"]))
_SURROUNDINGS = {
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
_RUN = {
    "repository": "julia/app",
    "ref": "refs/heads/main",
    "run_id": "4711",
    "run_attempt": "1",
    "actor": "julia",
}


def new_job(workspace: Path, folder: Path, **more: str) -> Job:
    """A job of a push to main; `more` is its `env:`."""
    folder.mkdir()
    event = folder / "event.json"
    event.write_text(json.dumps({"repository": {"private": True, "visibility": "private"}}))
    return Job(
        workspace=workspace,
        folder=folder,
        path=PATH,
        home=Path.home(),
        environment={**_SURROUNDINGS, "HF_HOME": str(folder / "hf"), **more},
        context={**_RUN, "event_path": str(event)},
        secrets=[TOKEN],
    )


@pytest.fixture(name="installed", scope="session")
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What the action's first step gives, run for real, once; nobody cleans up after it."""
    folder = tmp_path_factory.mktemp("installed")
    used = new_job(folder, folder / "job").use(ROOT, {}, only=["install"])
    assert used.ok, used.log.text
    return {"python": used.steps["install"]["python"]}


@dataclass(frozen=True)
class Workflow:
    """A workflow whose job uses the action with these inputs."""

    job: Job
    inputs: Mapping[str, str]
    installed: Mapping[str, str]

    def deploy(self, **inputs: str) -> Used:
        """Use the action, with more inputs (`dry_run` for `dry-run`); it is installed already."""
        find_by_name = {name.replace("_", "-"): value for name, value in inputs.items()}
        given = {"install": self.installed}
        return self.job.use(ROOT, {**self.inputs, **find_by_name}, given=given)


@pytest.fixture(name="workflow")
def _workflow(hub: LocalHub, repo: Repo, tmp_path: Path, installed: Mapping[str, str]) -> Workflow:
    """A workflow that deploys `repo` to `hub`."""
    inputs = {
        "space": SPACE,
        "token": TOKEN,
        "endpoint": hub.url,
        "timeout": "60s",
        "health-timeout": "5s",
    }
    return Workflow(new_job(repo.root, tmp_path / "job"), inputs, installed)
