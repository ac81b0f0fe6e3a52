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
_TRAP = (
    b"from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\nraise SystemExit(99)\n"
)
TRAPS = dict.fromkeys(
    (
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
    ),
    _TRAP,
)
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
    "event_name": "push",
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


def python_path(folder: Path) -> dict[str, str]:
    """Variables that make Python import from a folder, unless it is started in isolation."""
    return dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"), str(folder))


@pytest.fixture(name="trap_folder", scope="session")
def _trap_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every module that the action needs is a trap."""
    folder = tmp_path_factory.mktemp("traps")
    for path, data in TRAPS.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


@pytest.fixture(name="installed", scope="session")
def _installed(trap_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The outputs of the action's first step, run for real, once, in a hostile workspace."""
    folder = tmp_path_factory.mktemp("installed") / "job"
    job = new_job(trap_folder, folder, **python_path(trap_folder))
    used = job.use(ROOT, {}, only=["install"])
    assert used.ok, used.log.text
    return {"python": used.steps["install"]["python"]}


@dataclass(frozen=True)
class Workflow:
    """A workflow whose job uses the action with these inputs."""

    job: Job
    inputs: Mapping[str, str]
    installed: Mapping[str, str]

    def deploy(self, **inputs: str | None) -> Used:
        """Use the action, with more inputs (`dry_run` for `dry-run`), without those that are None;
        it is installed already.
        """
        find_by_name = {name.replace("_", "-"): value for name, value in inputs.items()}
        both = {**self.inputs, **find_by_name}
        values = {name: value for name, value in both.items() if value is not None}
        return self.job.use(ROOT, values, given={"install": self.installed})

    def use(self, name: str, inputs: Mapping[str, str]) -> Used:
        """Use one of the actions in folders, with these inputs only; it is installed already."""
        return self.job.use(ROOT / name, inputs, given={"install": self.installed})


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
