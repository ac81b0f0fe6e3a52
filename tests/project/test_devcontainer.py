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
from string import Template
from typing import Any

import pytest

from tests.conftest import ROOT

# pylint: disable=redefined-outer-name  # that is how fixtures are asked for

_FOLDER = ROOT / ".devcontainer"
_CONFIG: dict[str, Any] = json.loads((_FOLDER / "devcontainer.json").read_text("utf-8"))
_DOCKERFILE = (_FOLDER / "Dockerfile").read_text("utf-8")
_USER = _CONFIG["remoteUser"]
_HOME = f"/home/{_USER}"
_VARIABLES = dict(re.findall(r"^ENV (\w+)=(.+)$", _DOCKERFILE, re.MULTILINE))
_PACKAGES = {
    word
    for line in re.findall(r"apt-get install (.+?) \\$", _DOCKERFILE, re.MULTILINE)
    for word in line.split()
    if not word.startswith("-")
}
_EDITOR = _CONFIG["customizations"]["vscode"]
_IN_PYTHON = "import deployer, sys; print(sys.prefix, deployer.__file__)"
_SKELETON = Path("/etc/skel")  # what a new user's home has, with the ~/.profile and ~/.bashrc
_LOGIN_SHELLS = ["bash -lc", "bash -lic", "sh -lc"]


@dataclass(frozen=True)
class Workspace:
    """A clone, and the home of the container's user."""

    root: Path
    home: Path

    @property
    def environment_folder(self) -> Path:
        """Where the commands create the environment."""
        return self.in_home(_VARIABLES["VENV"])

    @property
    def outside(self) -> dict[str, str]:
        """The variables of a machine without the dev container."""
        own = str(Path(sys.executable).parent)
        path = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder != own]
        cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))  # pip's
        pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        return pip | {"HOME": str(self.home), "PATH": ":".join(path), "XDG_CACHE_HOME": cache}

    @property
    def container(self) -> dict[str, str]:
        """The variables of every process in the container."""
        made = self.outside
        for name, value in _VARIABLES.items():
            made[name] = Template(value.replace(_HOME, str(self.home))).substitute(made)
        return made

    def in_home(self, folder: str) -> Path:
        """A folder of the user's home in the container, here."""
        return self.home / Path(folder).relative_to(_HOME)

    def run(self, *command: str | Path, env: Mapping[str, str]) -> str:
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
    """A clean clone, and a home in which the commands of the image's user were run."""
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
    as_root, as_user = re.split(rf"^USER {_USER}$", _DOCKERFILE, flags=re.MULTILINE)
    assert "apt-get install" in as_root
    for command in re.findall("^RUN (.+)$", as_user, re.MULTILINE):
        made.run("sh", "-c", command, env=made.container)
    return made


@pytest.fixture(scope="module")
def installed(workspace: Workspace) -> Workspace:
    """The same after the command that prepares the clone."""
    workspace.run("sh", "-c", _CONFIG["updateContentCommand"], env=workspace.container)
    return workspace


def _assert_active(installed: Workspace, shell: str, env: Mapping[str, str]) -> None:
    def said(command: str) -> str:
        return installed.run(*shell.split(), command, env=env).strip()

    assert said("command -v hf-deploy") == f"{installed.environment_folder}/bin/hf-deploy"
    assert said("hf-deploy --version").startswith("hf-deploy")
    module = installed.root / "deployer/__init__.py"
    assert said(f"python -c '{_IN_PYTHON}'") == f"{installed.environment_folder} {module}"
    assert said("make --question install") == ""


@pytest.mark.real
@pytest.mark.parametrize("shell", [*_LOGIN_SHELLS, "bash -c", "bash -ic", "sh -c"])
def test_the_environment_is_active_in_every_shell(installed: Workspace, shell: str) -> None:
    _assert_active(installed, shell, installed.container)


@pytest.mark.real
@pytest.mark.parametrize("shell", _LOGIN_SHELLS)
def test_the_environment_is_active_in_a_session_of_ssh(installed: Workspace, shell: str) -> None:
    """It has no variables of the container, like one of `su -` or `sudo -i`."""
    _assert_active(installed, shell, {"HOME": str(installed.home)})


@pytest.mark.real
def test_the_editor_uses_the_python_that_the_commands_installed(installed: Workspace) -> None:
    python = installed.in_home(_EDITOR["settings"]["python.defaultInterpreterPath"])
    prefix = installed.run(python, "-c", _IN_PYTHON, env=installed.container)
    assert prefix.startswith(f"{installed.environment_folder} ")


@pytest.mark.real
def test_the_clone_gets_no_environment(installed: Workspace) -> None:
    assert not (installed.root / ".venv").exists()


def test_outside_the_environment_is_in_the_clone(workspace: Workspace) -> None:
    install = workspace.run("make", "--dry-run", "install", env=workspace.outside)
    assert "-m venv .venv\n" in install
    assert "rm -rf .venv " in workspace.run("make", "--dry-run", "clean", env=workspace.outside)


def test_a_volume_is_mounted_on_a_folder_that_the_user_made(workspace: Workspace) -> None:
    for mount in _CONFIG["mounts"]:
        assert mount.keys() == {"type", "source", "target"}
        assert mount["type"] == "volume"
        assert workspace.in_home(mount["target"]).is_dir()


def test_no_volume_keeps_the_environment_of_another_python() -> None:
    for mount in _CONFIG["mounts"]:
        assert not Path(_VARIABLES["VENV"]).is_relative_to(mount["target"])


def test_the_image_and_the_features_are_pinned() -> None:
    images = re.findall(r"^FROM (\S+)$", _DOCKERFILE, re.MULTILINE)
    [image], [feature] = images, _CONFIG["features"]
    assert re.fullmatch(r"mcr\.microsoft\.com/devcontainers/python:\d+\.\d+\.\d+-3\.11-\w+", image)
    features = "ghcr.io/devcontainers/features"
    assert re.fullmatch(rf"{features}/docker-in-docker:\d+\.\d+\.\d+", feature)


def test_every_key_is_one_that_tools_know() -> None:
    """They ignore others: https://containers.dev/implementors/json_reference/"""
    build = {"build", "features", "init", "runArgs", "mounts"}
    assert _CONFIG.keys() == {
        "name",
        *build,
        "remoteUser",
        "updateContentCommand",
        "customizations",
    }
    assert _CONFIG["build"].keys() == {"dockerfile"}
    assert _EDITOR.keys() == {"extensions", "settings"}
    names = {extension.partition(".")[2] for extension in _EDITOR["extensions"]}
    assert names == {key.partition(".")[0] for key in _EDITOR["settings"] if key[0] != "["}


@pytest.mark.skipif(shutil.which("apt-cache") is None, reason="needs apt-cache")
def test_debian_has_the_packages() -> None:
    assert _PACKAGES
    done = subprocess.run(
        ["apt-cache", "show", "--no-all-versions", *_PACKAGES],
        capture_output=True,
        check=False,
        text=True,
    )
    assert {f"Package: {name}" for name in _PACKAGES} <= set(done.stdout.splitlines()), done.stderr


def test_the_packages_are_those_of_ci_but_for_what_is_said(tmp_path: Path) -> None:
    """On a machine that has none of them, .ci/run installs all."""
    log = tmp_path / "installed"
    for program in ("bash", "dirname"):
        (tmp_path / program).symlink_to(str(shutil.which(program)))
    for program, script in {"apt-get": f'echo "$@" >> {log}', "make": ""}.items():
        (tmp_path / program).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / program).chmod(0o755)
    subprocess.run(["bash", ROOT / ".ci/run"], env={"PATH": str(tmp_path)}, check=True)
    update, install = log.read_text().splitlines()
    assert update.startswith("update")
    packages = {word for word in install.split()[1:] if not word.startswith("-")}

    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    set_up, dev_container, _ = re.split(
        r"^##+ (?:In a dev container|Tests)$", text, flags=re.MULTILINE
    )
    assert packages <= set(re.findall(r"\w+", set_up))
    assert packages - _PACKAGES <= set(re.findall(r"\w+", dev_container))
    assert _PACKAGES <= packages
