"""Shared by the tests of the local Hub: the real client, and Spaces that are built for real."""

from __future__ import annotations

import os
import random
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

# huggingface_hub reads these when it is imported
os.environ["HF_HOME"] = tempfile.mkdtemp(prefix="hf-home-")
os.environ["HF_HUB_DISABLE_XET"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"

# pylint: disable=wrong-import-position
from huggingface_hub import CommitOperationAdd, HfApi, set_client_factory

from deployer.rehearsal import LocalHub, Scenario
from deployer.rehearsal.builder import REQUIREMENTS
from deployer.rehearsal.store import HostedSpace
from tests.conftest import ROOT, Cli, Job, Repo
from tests.containers.engine import Podman
from tests.containers.gate import Gate

# pylint: enable=wrong-import-position


@pytest.fixture(scope="module", autouse=True)
def _plain_client() -> None:
    """The client without the rules that hf-deploy set in this process for tests of its own."""
    set_client_factory(lambda: httpx2.Client(follow_redirects=True, timeout=None))


@pytest.fixture(name="api")
def _api(hub: LocalHub) -> HfApi:
    """The client of julia, who may write."""
    return HfApi(endpoint=hub.url, token="hf_write")


@pytest.fixture(name="reader")
def _reader(hub: LocalHub) -> HfApi:
    """The client of julia, with a token that only reads."""
    return HfApi(endpoint=hub.url, token="hf_read")


@pytest.fixture(name="stranger")
def _stranger(hub: LocalHub) -> HfApi:
    """The client without a token."""
    return HfApi(endpoint=hub.url, token=False)


@pytest.fixture(name="space")
def _space(hub: LocalHub) -> HostedSpace:
    """A running Space, julia/app."""
    card = b"---\ntitle: App\nsdk: gradio\n---\n"
    return hub.add_space("julia/app", {"README.md": card, "app.py": b"print(1)\n"})


@pytest.fixture(name="push")
def _push(api: HfApi) -> Callable[..., str]:
    """Commit files to julia/app as a client does; gives the commit."""

    def push(files: dict[str, bytes], parent: str | None = None) -> str:
        operations = [CommitOperationAdd(path, data) for path, data in files.items()]
        return api.create_commit(
            "julia/app",
            operations,
            commit_message="A change",
            commit_description="with more to say",
            repo_type="space",
            parent_commit=parent,
        ).oid

    return push


@pytest.fixture(name="tiny")
def _tiny() -> Callable[[str], dict[str, bytes]]:
    """Read the files of one of the tiny Spaces, with the demo's requirements if it has none."""

    def read(name: str) -> dict[str, bytes]:
        folder = ROOT / "tests" / "spaces" / name
        files = (path for path in sorted(folder.rglob("*")) if path.is_file())
        own = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
        return {REQUIREMENTS: (ROOT / REQUIREMENTS).read_bytes()} | own

    return read


@pytest.fixture(name="cache", scope="session")
def _cache(demo_environment: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the demo's environment: Gradio is installed once for all tests."""
    environments = tmp_path_factory.mktemp("cache") / "environments"
    environments.mkdir()
    (environments / demo_environment.name).symlink_to(demo_environment)
    return environments.parent


@pytest.fixture(name="real_hub")
def _real_hub(cache: Path) -> Iterator[LocalHub]:
    """A Hub that builds and runs Spaces."""
    with LocalHub(scenario=Scenario(), real=True, cache=cache) as started:
        yield started


@pytest.fixture(name="start_space")
def _start_space(
    real_hub: LocalHub, tiny: Callable[[str], dict[str, bytes]]
) -> Callable[..., tuple[HostedSpace, list[str]]]:
    """Add one of the tiny Spaces; gives it and its stages, once it is idle."""

    def start(name: str, **more: bytes) -> tuple[HostedSpace, list[str]]:
        space = real_hub.add_space(f"julia/{name}", tiny(name) | more)
        return space, stages_until_idle(real_hub, space)

    return start


def stages_until_idle(hub: LocalHub, space: HostedSpace) -> list[str]:
    """Wait until a Space neither builds nor starts; gives its stages until then."""
    seen: list[str] = []

    def done() -> bool:
        is_busy = space.runtime.is_busy
        if seen[-1:] != [str(space.stage)]:
            seen.append(str(space.stage))
        return not is_busy

    hub.wait_until(done, 250)
    return seen


@pytest.fixture(name="wait_until_idle")
def _wait_until_idle(real_hub: LocalHub) -> Callable[[HostedSpace], list[str]]:
    """Wait until a real Space neither builds nor starts; gives its stages until then."""
    return lambda space: stages_until_idle(real_hub, space)


def is_free(port: int) -> bool:
    """Whether nothing on this machine listens on a port."""
    with socket.socket() as other:
        return other.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(name="app_port")
def _app_port() -> int:
    """A free port that the system gives to nobody who asks for any."""
    return next(port for port in iter(lambda: random.randrange(20_000, 30_000), 0) if is_free(port))


SECRET = "a-secret-of-the-rehearsal"


@pytest.fixture(name="docker_files")
def _docker_files(app_port: int) -> dict[str, bytes]:
    """The files of the tiny Docker Space. Containers have this machine's network, so its port is
    not one that another test uses, too.
    """
    folder = ROOT / "tests" / "spaces" / "docker"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder)
        .as_posix(): path.read_bytes()
        .replace(b"7860", str(app_port).encode())
        for path in files
    }


@pytest.fixture(name="docker_hub")
def _docker_hub(podman: Podman, tmp_path: Path) -> Iterator[LocalHub]:
    """A Hub that builds and runs Docker Spaces; it leaves nothing behind."""
    before = podman.left()
    with LocalHub(scenario=Scenario(), real=True, cache=tmp_path / "cache") as started:
        yield started
    assert not podman.left_beside(before)


@pytest.fixture(name="scratch")
def _scratch(tmp_path: Path) -> Path:
    """The folder for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture(name="command")
def _command(tmp_path: Path, scratch: Path, podman: Podman) -> Cli:
    """The command line, as a process that is not forked from another."""
    own = {"TMPDIR": str(scratch), "KEY": SECRET}
    return Cli(tmp_path, tmp_path, podman.environment | own)


@pytest.fixture(name="rehearse")
def _rehearse(
    command: Cli, new_repo: Callable[..., Repo]
) -> Iterator[Callable[[dict[str, bytes]], Job]]:
    """Start a rehearsal of these files."""
    started: list[Job] = []

    def start(files: dict[str, bytes]) -> Job:
        source = new_repo(files, f"source{len(started)}")
        # a variable by the name of the build argument that marks the containers of a build
        settings = ("--variable", "HF_DEPLOY_HUB=another", "--secret", "KEY")
        started.append(command.start("rehearse", *settings, here=source.root))
        return started[-1]

    yield start
    for job in started:
        job.process.kill()


@pytest.fixture(name="gate")
def _gate() -> Iterator[Gate]:
    with Gate() as made:
        yield made


def read_until(job: Job, start: str) -> None:
    """Read the progress of a rehearsal up to a line that begins so."""
    assert job.process.stderr is not None
    seen = b""
    for line in iter(job.process.stderr.readline, b""):
        if line.startswith(start.encode()):
            return
        seen += line
    pytest.fail(seen.decode())
