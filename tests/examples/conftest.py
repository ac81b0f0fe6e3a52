"""What the tests of the microservice share: an installed copy, its images as files, its start."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.action.runner.job import PASSED_ON
from tests.conftest import ROOT

MICROSERVICE = ROOT / "examples" / "microservice"
UV = Path(sys.executable).with_name("uv")


def copy_microservice(to: Path) -> Path:
    """A copy of the microservice, as a reader would have it."""
    left_by_tools = shutil.ignore_patterns(".venv", "__pycache__", ".*_cache")
    return shutil.copytree(MICROSERVICE, to, ignore=left_by_tools)


def clean_environment(home: Path, *programs: Path | str) -> dict[str, str]:
    """Variables of a process that finds these directories of programs, and pip its index."""
    passed_on = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
    path = os.pathsep.join(map(str, programs))
    settings = {"PATH": path, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**passed_on, **settings, "HOME": str(home)}


def new_python(folder: Path) -> Path:
    """The directory of programs of a new environment, which has pip and no other package."""
    create = [UV, "venv", "--quiet", "--seed", "--python", sys.executable]
    subprocess.run([*create, folder], check=True)
    return folder / "bin"


@dataclass(frozen=True)
class Installed:
    """A copy of the microservice with its own environment, and what `make all` printed."""

    root: Path
    log: str

    @property
    def programs(self) -> Path:
        """Where the programs of its environment are."""
        return self.root / ".venv" / "bin"


@pytest.fixture(name="installed_copy", scope="session")
def _installed_copy(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The microservice after `make all` in a copy."""
    root = copy_microservice(tmp_path_factory.mktemp("microservice") / "copy")
    done = subprocess.run(
        ["make", "all", f"PYTHON={sys.executable}"],
        cwd=root,
        env=clean_environment(root, os.environ["PATH"]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return Installed(root, done.stdout)


@pytest.fixture(name="requirements", scope="session")
def _requirements(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a process that finds a Python with the requirements, and AWS's runtime.

    The copy of `installed_copy` is not importable there.
    """
    home = tmp_path_factory.mktemp("requirements")
    programs = new_python(home / "python")
    install = [UV, "pip", "install", "--quiet", "--python", programs / "python"]
    packages = ["--requirement", MICROSERVICE / "requirements.txt", "awslambdaric==4.2.2"]
    subprocess.run([*install, *packages], check=True)
    return clean_environment(home, programs)


@dataclass(frozen=True)
class Image:
    """The files that a Dockerfile copies from the context, and what it starts."""

    files: Sequence[str]
    command: Sequence[str]

    @classmethod
    def read(cls, name: str) -> Image:
        """What a Dockerfile of the microservice makes."""
        text = (MICROSERVICE / name).read_text("utf-8")
        copied = re.findall(r"^COPY (?:--chown=\w+ )?(.+) \S+$", text, re.MULTILINE)
        [command] = re.findall(r"^(?:CMD|ENTRYPOINT) (.+)$", text, re.MULTILINE)
        return cls(" ".join(copied).split(), json.loads(command))

    def unpack(self, folder: Path) -> Path:
        """A directory with its files only."""
        for name in self.files:
            shutil.copy(MICROSERVICE / name, folder)
        return folder


@contextmanager
def serving(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[list[str]]:
    """Start a service, and yield what it printed until it said that it runs; stop it at the end."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        printed = []
        try:
            for line in process.stderr:
                printed.append(line)
                if "running on" in line.lower():
                    break
            else:
                pytest.fail("".join(printed))
            yield printed
        finally:
            process.terminate()
