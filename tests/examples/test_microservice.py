"""The microservice: what its Makefile does, what it serves from its images, and its library."""

from __future__ import annotations

import subprocess
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.examples.conftest import MICROSERVICE, Image, Installed, serving

pytestmark = pytest.mark.real


def test_make_installs_formats_lints_and_tests_a_copy(installed_copy: Installed) -> None:
    assert "rated at 10.00/10" in installed_copy.log
    assert " passed" in installed_copy.log and "skipped" not in installed_copy.log
    for file in MICROSERVICE.rglob("*.py"):
        formatted = installed_copy.root / file.relative_to(MICROSERVICE)
        assert formatted.read_bytes() == file.read_bytes()


def test_its_workflow_makes_targets_that_exist(installed_copy: Installed) -> None:
    [file] = MICROSERVICE.glob(".github/workflows/*.yml")
    steps = yaml.safe_load(file.read_text("utf-8"))["jobs"]["test"]["steps"]
    [script] = [step["run"] for step in steps if "run" in step]
    done = subprocess.run(
        [*script.split(), "--dry-run"], cwd=installed_copy.root, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"pylint" in done.stdout and b"pytest" in done.stdout


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.lambda"])
def test_the_files_of_an_image_are_enough_to_serve_on_port_8080(
    requirements: dict[str, str], tmp_path: Path, port_8080: int, name: str
) -> None:
    image = Image.read(name)
    with serving(image.command, image.unpack(tmp_path), requirements) as printed:
        assert "http://0.0.0.0:8080 " in printed[-1]
        answer = httpx2.get(f"http://127.0.0.1:{port_8080}/add/1/2")
    assert (answer.status_code, answer.json()) == (200, {"total": 3})


def test_its_twin_serves_on_the_same_port(installed_copy: Installed, port_8080: int) -> None:
    command = [f"{installed_copy.programs}/python", "flask_main.py"]
    with serving(command, installed_copy.root, {}) as printed:
        assert "all addresses (0.0.0.0)" in printed[-1]
        answer = httpx2.get(f"http://127.0.0.1:{port_8080}/add/1/x")
    assert answer.status_code == 422


def test_the_library_is_the_function_and_the_command(
    installed_copy: Installed, tmp_path: Path
) -> None:
    pip = [installed_copy.programs / "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*pip, "--target", tmp_path, installed_copy.root], check=True)
    assert [file.name for file in tmp_path.glob("*.py")] == ["addition.py"]
    command = [tmp_path / "bin" / "addition", "1", "-2"]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "-1\n", "")
