"""What Docker Spaces leave on this machine when a rehearsal ends, however it ends: nothing."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.conftest import ROOT, Cli, Job, Repo
from tests.containers.engine import Podman
from tests.containers.gate import Gate
from tests.rehearsal.conftest import is_free

Files = dict[str, bytes]
NewRepo = Callable[..., Repo]
Rehearse = Callable[[Files], Job]
WEB = httpx2.Client()
OTHER_PORT = 30_000  # one above all that are chosen
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]


@pytest.fixture(name="scratch")
def _scratch(tmp_path: Path) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture(name="command")
def _command(tmp_path: Path, scratch: Path, podman: Podman) -> Cli:
    """The command line, as a process that is not forked from another."""
    return Cli(tmp_path, tmp_path, podman.environment | {"TMPDIR": str(scratch)})


@pytest.fixture(name="rehearse")
def _rehearse(command: Cli, new_repo: NewRepo) -> Iterator[Rehearse]:
    """Start a rehearsal of these files."""
    started: list[Job] = []

    def start(files: Files) -> Job:
        source = new_repo(files, f"source{len(started)}")
        started.append(command.start("rehearse", here=source.root))
        return started[-1]

    yield start
    for job in started:
        job.process.kill()


@pytest.fixture(name="gate")
def _gate() -> Iterator[Gate]:
    with Gate() as made:
        yield made


def waiting(files: Files, gate: Gate) -> Files:
    """The files, with a last step of the build that waits at a gate."""
    return files | {"Dockerfile": files["Dockerfile"] + f"RUN {gate.wait}\n".encode()}


def read_until(job: Job, start: str) -> str:
    """The first line of a rehearsal's progress that begins so."""
    assert job.process.stderr is not None
    lines = iter(job.process.stderr.readline, b"")
    return next(line.decode() for line in lines if line.decode().startswith(start))


def start_hub(command: Cli) -> Job:
    """Start a Hub; it has cleaned up once it prints its URL."""
    job = command.start("hub")
    assert job.process.stdout is not None
    assert job.process.stdout.readline().startswith(b"export HF_ENDPOINT=")
    return job


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("moment", ["built", "running"])
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
    assert "serving" in read_until(building, "serving")
    building.interrupt()


def test_a_rehearsal_of_a_docker_space_ends_with_the_verdict(
    command: Cli, new_repo: NewRepo, docker_files: Files
) -> None:
    source = new_repo(docker_files)
    done = command("rehearse", "--once", here=source.root)
    assert (done.code, done.out.split()[0]) == (0, "live"), done.err
    source.commit({"Dockerfile": b"FROM busybox\n\nRUN exit 7\n"})
    done = command("rehearse", "--once", here=source.root)
    assert (done.code, done.out.split()[0]) == (7, "build-failed")
    assert "RUN exit 7 (Dockerfile:3)" in done.error["cause"]


def test_the_microservice_is_built_by_its_own_dockerfile_and_adds(
    rehearse: Rehearse, app_port: int
) -> None:
    folder = ROOT / "examples" / "microservice"
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes().replace(b"8080", b"%d" % app_port)
        for path in folder.rglob("*")
        if path.is_file()
    }
    job = rehearse(files)
    assert read_until(job, "serving")
    assert job.process.stdout is not None
    (url,) = re.findall(r"http://\S+", job.process.stdout.readline().decode())
    assert WEB.get(f"{url}/add/1/-2").json() == {"total": -1}
    assert job.interrupt().code == 0
