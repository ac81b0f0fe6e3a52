"""Docker Spaces in docker: how the local Hub calls its client, and reads its answers.

The client is a stand-in; what it serves is what docker would publish.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi

from deployer.rehearsal import LocalHub, Scenario
from deployer.rehearsal.containers.session import clean_up_after
from deployer.rehearsal.store import HostedSpace
from tests.conftest import ROOT
from tests.containers.docker_client import NO_DAEMON
from tests.containers.engine import Podman
from tests.containers.gate import Gate
from tests.rehearsal.conftest import stages_until_idle

Files = dict[str, bytes]
WEB = httpx2.Client()
ID = "julia/docker"
CLIENT = ROOT / "tests" / "containers" / "docker_client.py"


@dataclass(frozen=True, slots=True)
class Docker:
    """The stand-in's folder."""

    folder: Path

    def calls(self, command: str) -> list[list[str]]:
        """The arguments of all calls of a command."""
        return [call["arguments"] for call in self._calls() if call["arguments"][0] == command]

    def variables(self, command: str) -> set[str]:
        """The names of the environment variables of a command."""
        found = (call for call in self._calls() if call["arguments"][0] == command)
        return {name for call in found for name in call["environment"]}

    def has(self, kind: str) -> bool:
        """Whether there are containers, or images."""
        return any((self.folder / kind).iterdir())

    def stop_daemon(self) -> None:
        """From now on no daemon answers."""
        (self.folder / "no-daemon").touch()

    def _calls(self) -> list[dict[str, list[str]]]:
        return [
            json.loads(line) for line in (self.folder / "calls").read_text("utf-8").splitlines()
        ]


@pytest.fixture(name="docker")
def _docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Docker on PATH, and nothing else."""
    programs, folder = tmp_path / "programs", tmp_path / "docker"
    for made in (programs, folder):
        made.mkdir()
    program = programs / "docker"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {CLIENT} {folder} "$@"\n', "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    return Docker(folder)


@pytest.fixture(name="real_hub")
def _real_hub(docker: Docker, tmp_path: Path) -> Iterator[LocalHub]:
    """A Hub that finds docker; it leaves nothing in it."""
    with LocalHub(scenario=Scenario(), real=True, cache=tmp_path / "cache") as started:
        yield started
    assert not docker.has("containers") and not docker.has("images")


@pytest.fixture(name="api")
def _api(real_hub: LocalHub) -> HfApi:
    """The client of julia, who may write."""
    return HfApi(endpoint=real_hub.url, token="hf_write")


@pytest.fixture(name="space")
def _space(real_hub: LocalHub, docker_files: Files) -> HostedSpace:
    """The tiny Docker Space, built or not."""
    added = real_hub.add_space(ID, docker_files, sdk="docker")
    stages_until_idle(real_hub, added)
    return added


def follows(arguments: list[str], *expected: str) -> bool:
    """Whether arguments stand one after another among others."""
    return "\0".join(("", *expected, "")) in "\0".join(("", *arguments, ""))


def test_a_container_is_published_on_loopback_only_and_limited(
    space: HostedSpace, docker: Docker, app_port: int
) -> None:
    assert space.stage == "RUNNING", space.message
    (create,) = docker.calls("create")
    published = create[create.index("--publish") + 1]
    assert re.fullmatch(rf"127\.0\.0\.1:\d+:{app_port}", published)
    assert create.count("--publish") == 1 and "--network" not in " ".join(create)
    for pair in (
        ("--user", "1000"),
        ("--cap-drop", "all"),
        ("--security-opt", "no-new-privileges"),
        ("--cpus", "2"),
        ("--memory", "16g"),
    ):
        assert follows(create, *pair)
    assert "--no-healthcheck" in create
    (build,) = docker.calls("build")
    assert build[build.index("--label") + 1].startswith("hf-deploy.hub=")
    assert WEB.get(space.url).json()["SPACE_ID"] == ID


def test_a_build_of_docker_is_shown_as_the_hub_shows_it(space: HostedSpace) -> None:
    lines = space.build_log.splitlines()
    for line in ("--> FROM busybox", "CACHED", "--> WORKDIR /app", "Done it.", "DONE 0.3s"):
        assert line in lines
    assert "[internal]" not in space.build_log and "#5" not in space.build_log
    assert "The app starts." in space.run_log


def test_a_secret_is_in_no_argument_of_docker_and_no_token_in_its_environment(
    api: HfApi,
    docker: Docker,
    real_hub: LocalHub,
    space: HostedSpace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_caller")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_caller")
    api.add_space_secret(ID, "KEY", "two\nlines")
    assert stages_until_idle(real_hub, space)[-1] == "RUNNING"
    assert WEB.get(space.url).json()["KEY"] == "two\nlines"
    (file,) = re.findall(r"id=KEY,src=(\S+)", " ".join(docker.calls("build")[-1]))
    assert not Path(file).exists()
    for command in ("build", "create", "start"):
        assert not any("lines" in part for call in docker.calls(command) for part in call)
        assert not {"HF_TOKEN", "GITHUB_TOKEN"} & docker.variables(command)
    assert "KEY" not in docker.variables("start")


def test_a_factory_rebuild_uses_no_layer_of_before(
    api: HfApi, docker: Docker, real_hub: LocalHub, space: HostedSpace
) -> None:
    api.restart_space(ID, factory_reboot=True)
    assert stages_until_idle(real_hub, space)[-1] == "RUNNING"
    first, second = docker.calls("build")
    assert "--no-cache" not in first and "--no-cache" in second


def test_the_old_container_answers_until_the_new_one_does(
    api: HfApi, real_hub: LocalHub, space: HostedSpace
) -> None:
    old, url = space.running, space.url
    with Gate() as gate:
        api.add_space_variable(ID, "GATE", gate.url)
        gate.wait_for_visitor()
        assert (space.stage, space.running) == ("RUNNING_APP_STARTING", old)
        assert "GATE" not in WEB.get(url).json()
        gate.open()
        assert stages_until_idle(real_hub, space)[-1] == "RUNNING"
    assert WEB.get(url).json()["GATE"] == gate.url


def test_a_pause_while_a_container_is_created_leaves_none(
    api: HfApi, docker: Docker, real_hub: LocalHub, docker_files: Files, gate: Gate
) -> None:
    variables = [{"key": "GATE_OF_CREATE", "value": gate.url}]
    api.create_repo(ID, repo_type="space", space_sdk="docker", space_variables=variables)
    space = real_hub.space(ID)
    real_hub.commit(ID, docker_files)
    gate.wait_for_visitor()
    with ThreadPoolExecutor(1) as thread:
        paused = thread.submit(api.pause_space, ID)
        real_hub.wait_until(lambda: real_hub.requests_to("/pause"))
        gate.open()
        paused.result()
    assert space.stage == "PAUSED"
    assert not docker.has("containers")


def test_what_a_killed_hub_left_is_remembered_while_docker_is_not_there(
    docker: Docker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "hf-deploy-hub-killed"
    left.mkdir()
    (left / "engine").write_text("docker", "ascii")
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(OSError, match="containers of hf-deploy-hub-killed are left"):
            clean_up_after(left)
    clean_up_after(left)
    assert docker.calls("ps")[-1][-1] == "label=hf-deploy.hub=hf-deploy-hub-killed"


def test_a_build_that_fails_in_docker_names_the_instruction_and_its_line(
    real_hub: LocalHub, docker_files: Files
) -> None:
    docker_files["Dockerfile"] = b"FROM busybox\n\nRUN exit 7\n"
    space = real_hub.add_space(ID, docker_files, sdk="docker")
    assert stages_until_idle(real_hub, space)[-1] == "BUILD_ERROR"
    assert "exit code: 7" in (space.message or "")
    assert "RUN exit 7 (Dockerfile:3)" in (space.message or "")


def test_a_daemon_that_does_not_answer_is_said(
    real_hub: LocalHub, docker: Docker, docker_files: Files
) -> None:
    docker.stop_daemon()
    space = real_hub.add_space(ID, docker_files, sdk="docker")
    assert stages_until_idle(real_hub, space)[-1] == "CONFIG_ERROR"
    assert NO_DAEMON.rstrip("?") in (space.message or "")


def test_podman_is_used_where_docker_does_not_answer(
    real_hub: LocalHub,
    docker: Docker,
    docker_files: Files,
    podman: Podman,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    docker.stop_daemon()
    path = (os.environ["PATH"], os.path.dirname(podman.program), "/usr/sbin", "/sbin")
    monkeypatch.setenv("PATH", os.pathsep.join(path))
    space = real_hub.add_space(ID, docker_files, sdk="docker")
    assert stages_until_idle(real_hub, space)[-1] == "RUNNING"
    assert WEB.get(space.url).text == "Hello!"
    assert NO_DAEMON.rstrip("?") in space.build_log
