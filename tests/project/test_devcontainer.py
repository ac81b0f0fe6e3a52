"""The dev container: pinned, and its commands leave the environment active in every terminal.

Its commands and shells run here, in a clean clone and a home of its own; its image can't be pulled.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

_FOLDER = ROOT / ".devcontainer"
_CONFIG: dict[str, Any] = json.loads((_FOLDER / "devcontainer.json").read_text("utf-8"))
_DOCKERFILE = (_FOLDER / "Dockerfile").read_text("utf-8")
_PACKAGES = re.findall(r"apt-get install (.+?) \\$", _DOCKERFILE, re.MULTILINE)
_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
_IN_PYTHON = "import deployer, sys; print(sys.prefix, deployer.__file__)"
_SKELETON = Path("/etc/skel")  # what a new user's home has, with the ~/.profile and ~/.bashrc
_SHELLS = ["bash -c", "bash -lc", "bash -ic", "bash -lic", "sh -c", "sh -lc"]


@dataclass(frozen=True)
class Workspace:
    """A clone, and the home of the container's user."""

    root: Path
    home: Path

    @property
    def environment_folder(self) -> str:
        """The clone's environment."""
        return str(self.root / ".venv")

    @property
    def container(self) -> Mapping[str, str]:
        """The environment of every process in the container."""
        own = str(Path(sys.executable).parent)
        path = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder != own]
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # pip's
        made = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        made |= {"HOME": str(self.home), "PATH": os.pathsep.join(path), "XDG_CACHE_HOME": cache}
        return made | self.filled(_CONFIG["containerEnv"], made)

    @property
    def terminal(self) -> Mapping[str, str]:
        """The environment of what an editor or another tool starts in the container."""
        return {**self.container, **self.filled(_CONFIG["remoteEnv"], self.container)}

    def filled(self, values: Mapping[str, str], container: Mapping[str, str]) -> dict[str, str]:
        """Values with the variables of devcontainer.json replaced."""

        def value(match: re.Match[str]) -> str:
            if match[1] == "containerEnv":
                return container[match[2]]
            return {"containerWorkspaceFolder": str(self.root)}[match[1]]

        return {name: _VARIABLE.sub(value, text) for name, text in values.items()}

    def run(self, *command: str, env: Mapping[str, str]) -> str:
        """Run a command in the clone; returns its stdout, fails on an error."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=dict(env),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # an interactive shell would take the terminal
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A clean clone in which the container's commands were run."""
    folder = tmp_path_factory.mktemp("workspaces")
    made = Workspace(folder / "hf-deploy", folder / "home")
    subprocess.run(["git", "clone", "--quiet", ROOT, made.root], check=True)
    made.home.mkdir()
    for name in (".profile", ".bashrc"):
        if (_SKELETON / name).exists():
            shutil.copy(_SKELETON / name, made.home)
    pip = Path.home() / ".config/pip"
    if pip.exists():
        shutil.copytree(pip, made.home / ".config/pip")
    for command in _CONFIG["onCreateCommand"].values():
        if not command.startswith("sudo "):  # about a mount and a user of the container
            made.run("sh", "-c", command, env=made.terminal)
    made.run("sh", "-c", _CONFIG["updateContentCommand"], env=made.terminal)
    return made


def _assert_active(workspace: Workspace, shell: str, environment: Mapping[str, str]) -> None:
    def said(command: str) -> str:
        return workspace.run(*shell.split(), command, env=environment).strip()

    assert said("command -v hf-deploy") == f"{workspace.environment_folder}/bin/hf-deploy"
    assert said("hf-deploy --version").startswith("hf-deploy")
    module = workspace.root / "deployer/__init__.py"
    assert said(f"python -c '{_IN_PYTHON}'") == f"{workspace.environment_folder} {module}"


@pytest.mark.real
@pytest.mark.parametrize("shell", _SHELLS)
def test_the_environment_is_active_in_every_terminal(workspace: Workspace, shell: str) -> None:
    _assert_active(workspace, shell, workspace.terminal)


@pytest.mark.real
@pytest.mark.parametrize("shell", _SHELLS[1:4])
def test_the_environment_is_active_in_shells_started_by_docker_exec(
    workspace: Workspace, shell: str
) -> None:
    _assert_active(workspace, shell, workspace.container)


@pytest.mark.real
def test_the_editor_uses_the_python_that_the_commands_installed(workspace: Workspace) -> None:
    settings = _CONFIG["customizations"]["vscode"]["settings"]
    filled = workspace.filled({"python": settings["python.defaultInterpreterPath"]}, {})
    prefix = workspace.run(filled["python"], "-c", _IN_PYTHON, env=workspace.container)
    assert prefix.startswith(workspace.environment_folder)


@pytest.mark.real
def test_a_second_install_has_nothing_to_do(workspace: Workspace) -> None:
    question = f"{_CONFIG['updateContentCommand']} --question"
    workspace.run("sh", "-c", question, env=workspace.terminal)


def test_the_image_and_the_features_are_pinned() -> None:
    images = re.findall(r"^FROM (\S+)$", _DOCKERFILE, re.MULTILINE)
    assert images
    assert all(re.search(r":\d+\.\d+\.\d+-3\.11-\w+$", image) for image in images)
    assert all(re.search(r":\d+\.\d+\.\d+$", feature) for feature in _CONFIG["features"])


def test_a_volume_in_the_home_belongs_to_the_user_of_the_container() -> None:
    user = _CONFIG["remoteUser"]
    own = [mount["target"] for mount in _CONFIG["mounts"] if mount["target"].startswith("/home/")]
    assert own
    for folder in own:
        assert folder.startswith(f"/home/{user}/")
        assert f"--owner={user} --group={user} {folder}\n" in _DOCKERFILE


@pytest.mark.skipif(shutil.which("apt-cache") is None, reason="needs apt-cache")
def test_debian_has_the_packages() -> None:
    names = [name for line in _PACKAGES for name in line.split() if not name.startswith("-")]
    assert names
    done = subprocess.run(
        ["apt-cache", "show", "--no-all-versions", *names],
        capture_output=True,
        check=False,
        text=True,
    )
    assert {f"Package: {name}" for name in names} <= set(done.stdout.splitlines()), done.stderr
