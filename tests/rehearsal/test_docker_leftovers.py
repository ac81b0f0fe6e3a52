"""What Docker Spaces leave on this machine when a rehearsal ends, however it ends: nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Cli, Job
from tests.containers.engine import Podman
from tests.containers.gate import Gate
from tests.rehearsal.conftest import SECRET, is_free, read_until

Files = dict[str, bytes]
Rehearse = Callable[[Files], Job]
WEB = httpx2.Client()
OTHER_PORT = 30_000  # one above all that are chosen


def waiting(files: Files, gate: Gate) -> Files:
    """The files, with a last step of the build that has a secret, and waits at a gate."""
    step = f"RUN --mount=type=secret,id=KEY {gate.wait}\n"
    return files | {"Dockerfile": files["Dockerfile"] + step.encode()}


def files_with(text: str, *folders: Path) -> list[Path]:
    """The files below some folders in which a text stands."""
    files = (file for folder in folders for file in folder.rglob("*") if file.is_file())
    return [file for file in files if text.encode() in file.read_bytes()]


def start_hub(command: Cli) -> Job:
    """Start a Hub; it has cleaned up once it prints its URL."""
    job = command.start("hub")
    assert job.process.stdout is not None
    assert job.process.stdout.readline().startswith(b"export HF_ENDPOINT=")
    return job


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("built", signal.SIGINT),
        ("built", signal.SIGTERM),
        ("built", signal.SIGKILL),
        ("running", signal.SIGINT),
        ("running", signal.SIGTERM),
        ("running", signal.SIGHUP),
        ("running", signal.SIGKILL),
    ],
)
def test_a_rehearsal_that_is_ended_leaves_nothing_behind(
    rehearse: Rehearse,
    command: Cli,
    docker_files: Files,
    app_port: int,
    gate: Gate,
    podman: Podman,
    scratch: Path,
    moment: str,
    number: signal.Signals,
) -> None:
    before = podman.left()
    if moment == "built":
        job = rehearse(waiting(docker_files, gate))
        gate.wait_for_visitor()
    else:
        job = rehearse(docker_files)
        read_until(job, "serving")
        assert not is_free(app_port)
    there = podman.left() - before
    assert any(line.startswith("container ") for line in there)
    assert any(line.startswith("process ") for line in there)
    job.interrupt(number)
    if number is signal.SIGKILL:
        start_hub(command).interrupt()
    assert not podman.left_beside(before)
    assert is_free(app_port)
    assert not list(scratch.iterdir())
    if moment == "built":
        assert not files_with(SECRET, Path("/dev/shm"), podman.folder)


def test_the_next_hub_leaves_the_containers_of_a_running_one_alone(
    rehearse: Rehearse,
    command: Cli,
    docker_files: Files,
    app_port: int,
    gate: Gate,
    podman: Podman,
) -> None:
    other_files = {
        path: data.replace(b"%d" % app_port, b"%d" % OTHER_PORT)
        for path, data in docker_files.items()
    }
    running, killed, building = (
        rehearse(docker_files),
        rehearse(other_files),
        rehearse(waiting(docker_files, gate)),
    )
    read_until(running, "serving")
    read_until(killed, "serving")
    gate.wait_for_visitor()
    everything = podman.left()
    killed.interrupt(signal.SIGKILL)
    start_hub(command).interrupt()
    assert is_free(OTHER_PORT)
    assert WEB.get(f"http://127.0.0.1:{app_port}").text == "Hello!"
    gone = everything - podman.left()
    assert sum(line.startswith("container ") for line in gone) == 1
    gate.open()
    running.interrupt()
    read_until(building, "serving")
    building.interrupt()
