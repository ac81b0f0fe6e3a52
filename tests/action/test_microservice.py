"""The example microservice: deployed as its own workflow does it, with the real action."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

from deployer.rehearsal import LocalHub
from tests.action.conftest import TOKEN, Workflow, new_job
from tests.conftest import Repo
from tests.examples.conftest import MICROSERVICE

DEPLOYED = {
    ".dockerignore",
    "Dockerfile",
    "README.md",
    "addition.py",
    "main.py",
    "requirements.txt",
}


@pytest.fixture(name="microservice")
def _microservice(
    hub: LocalHub,
    new_repo: Callable[..., Repo],
    tmp_path: Path,
    installed: Mapping[str, str],
) -> Workflow:
    """A job in a repository of the microservice, with the inputs of its workflow."""
    listed = Repo(MICROSERVICE).git("ls-files", "-z").decode().split("\0")[:-1]
    repo = new_repo({name: (MICROSERVICE / name).read_bytes() for name in listed})
    [file] = MICROSERVICE.glob(".github/workflows/*.yml")
    jobs = yaml.safe_load(file.read_text("utf-8"))["jobs"]
    inputs = jobs["deploy"]["steps"][-1]["with"] | {"token": TOKEN, "endpoint": hub.url}
    return Workflow(new_job(repo.root, tmp_path / "job"), inputs, installed)


def test_the_check_finds_nothing(microservice: Workflow) -> None:
    used = microservice.use("check", {"strict": "true"})
    assert used.ok and used.outputs["findings"] == "0", used.log.text


def test_the_links_of_its_readme_lead_to_files_that_the_space_has() -> None:
    links = re.findall(r"\]\((?!https://)(.+?)\)", (MICROSERVICE / "README.md").read_text("utf-8"))
    assert links and set(links) <= DEPLOYED


def test_its_workflow_deploys_what_was_pushed_and_tested() -> None:
    [file] = MICROSERVICE.glob(".github/workflows/*.yml")
    workflow = yaml.load(file.read_text("utf-8"), yaml.BaseLoader)
    assert workflow["on"]["push"] == {"branches": ["main"]}
    assert all("timeout-minutes" in job for job in workflow["jobs"].values())
    deploy = workflow["jobs"]["deploy"]
    assert (deploy["needs"], deploy["if"]) == ("test", "github.event_name == 'push'")


def test_a_docker_space_gets_what_its_image_needs(microservice: Workflow, hub: LocalHub) -> None:
    used = microservice.deploy()
    assert used.ok and used.outputs["verdict"] == "live", used.log.text
    [space] = hub.spaces()
    files = hub.files(space)
    assert files.keys() - {".gitattributes"} == DEPLOYED
    assert all(files[name] == (MICROSERVICE / name).read_bytes() for name in DEPLOYED)
    assert {visit.path for visit in hub.visits} == {"/health"}
