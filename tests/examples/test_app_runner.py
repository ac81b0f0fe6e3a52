"""The microservice on App Runner: the commands of its apprunner.yaml, in the revised build's order.

Of the build, App Runner keeps the directory of the app only; then `pre-run` and `command` run on
the runtime's own image again. For `python311`, AWS wants `python3` and `pip3`:
https://docs.aws.amazon.com/apprunner/latest/dg/service-source-code-python.html
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import httpx2
import pytest
import yaml

from tests.examples.conftest import (
    MICROSERVICE,
    clean_environment,
    copy_microservice,
    new_python,
    serving,
)

pytestmark = pytest.mark.real


def _new_image(folder: Path) -> dict[str, str]:
    """Variables of a process that finds `python3` and `pip3`, and no packages."""
    programs = new_python(folder)
    image = folder / "image"
    image.mkdir()
    for name in ("python3", "pip3"):
        (image / name).symlink_to(programs / name)
    return clean_environment(folder, image)


def _run(commands: Iterable[str], folder: Path, environment: Mapping[str, str]) -> None:
    for command in commands:
        subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=environment, check=True)


def test_its_commands_start_the_service_from_the_directory_of_the_app_alone(
    tmp_path: Path, port_8080: int
) -> None:
    config = yaml.safe_load((MICROSERVICE / "apprunner.yaml").read_text("utf-8"))
    build, run = config["build"], config["run"]
    assert (config["version"], config["runtime"]) == (1.0, "python311")
    # so that nothing is in the file that would not run here
    assert (build.keys(), build["commands"].keys()) == ({"commands"}, {"build"})
    assert run.keys() == {"runtime-version", "pre-run", "command", "network"}
    assert run["network"] == {"port": port_8080}

    app = copy_microservice(tmp_path / "build" / "app")
    _run(build["commands"]["build"], app, _new_image(tmp_path / "build" / "python"))
    app = Path(shutil.move(app, tmp_path / "app"))
    shutil.rmtree(tmp_path / "build")
    image = _new_image(tmp_path / "python")
    _run(run["pre-run"], app, image)
    with serving(["/bin/sh", "-c", f"exec {run['command']}"], app, image) as printed:
        assert "http://0.0.0.0:8080 " in printed[-1]
        answer = httpx2.get(f"http://127.0.0.1:{port_8080}/add/1/2")
    assert (answer.status_code, answer.json()) == (200, {"total": 3})
