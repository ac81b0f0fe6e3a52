"""`hf-deploy rehearse` of Docker Spaces: what a person sees of them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from tests.conftest import Cli, Job, Repo
from tests.examples.conftest import copy_microservice
from tests.rehearsal.conftest import read_until

Files = dict[str, bytes]
NewRepo = Callable[..., Repo]
WEB = httpx2.Client()


@pytest.fixture(name="strict_umask")
def _strict_umask() -> Iterator[None]:
    """Give new files to their owner only, i.e. not to user 1000."""
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
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


@pytest.mark.parametrize(
    ("lines", "error", "fix"),
    [
        (
            [
                "FROM python:3.12-slim",
                "RUN echo mine >/data && chmod 600 /data",
                "USER root",
                "CMD python -c 'open(\"/data\")'",
            ],
            "no permission for /data",
            "the Space runs as user 1000",
        ),
        (["FROM busybox", "CMD exit 137"], "out of memory", "more memory"),
        (["FROM busybox", "CMD httpd -f -p {other}"], "port {other}", "app_port: {other}"),
    ],
    ids=["a file of root", "out of memory", "a wrong port"],
)
def test_an_app_that_fails_is_explained(
    command: Cli,
    new_repo: NewRepo,
    docker_files: Files,
    app_port: int,
    lines: list[str],
    error: str,
    fix: str,
) -> None:
    other = app_port + 10_000
    card = docker_files["README.md"].replace(b"sdk:", b"startup_duration_timeout: 4s\nsdk:")
    recipe = "\n".join([*lines, ""]).replace("{other}", str(other)).encode()
    source = new_repo({"README.md": card, "Dockerfile": recipe})
    done = command("rehearse", "--once", here=source.root)
    assert (done.code, done.out.split()[0]) == (9, "crashed")
    assert error.replace("{other}", str(other)) in done.error["error"]
    assert fix.replace("{other}", str(other)) in done.error["fix"]


def test_the_microservice_is_built_by_its_own_dockerfile_and_adds(
    rehearse: Callable[[Files], Job], app_port: int, tmp_path: Path
) -> None:
    folder = copy_microservice(tmp_path / "microservice")
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes().replace(b"8080", b"%d" % app_port)
        for path in folder.rglob("*")
        if path.is_file()
    }
    job = rehearse(files)
    read_until(job, "serving")
    assert job.process.stdout is not None
    (url,) = re.findall(r"http://\S+", job.process.stdout.readline().decode())
    assert WEB.get(f"{url}/add/1/-2").json() == {"total": -1}
    assert job.interrupt().code == 0
