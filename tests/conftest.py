"""What tests share: a git repository, a local Hub, and the real command line."""

from __future__ import annotations

import asyncio
import fcntl
import gc
import json
import os
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import pytest
import yaml
from xdist.scheduler import LoadScopeScheduling

# huggingface_hub reads these when it is imported
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

# pylint: disable=wrong-import-position
from deployer.commands.local_hub import cache_folder
from deployer.rehearsal import LocalHub, Scenario
from deployer.rehearsal.builder import REQUIREMENTS, Builder, BuildFailed, EnvironmentSpec
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.ports import is_free
from tests.fork_server import DEPLOYER, ForkedProcess, ForkServer

# pylint: enable=wrong-import-position

_Answer = TypeVar("_Answer")

pytest_plugins = ["tests.containers.engine", "tests.demo.apps"]

# a shell makes what it starts in the background ignore Ctrl-C, and so would all that we start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
SPACE = "julia/demo"
CARD = b"---\ntitle: Demo\nsdk: gradio\n---\n"
APP: dict[str, bytes] = {"README.md": CARD + b"# Demo\n", "app.py": b"print('It runs.')\n"}
_TEST_TIMEOUT = 240.0  # seconds; importing torch alone can take ten, pip more
_REAL_TEST_TIMEOUT = 300.0
_ISOLATED = {"unit", "world", "flows", "cli", "sweep"}
# tests by what they share: running apps, a loaded model, an installed action, built environments,
# a storage of containers
_TOGETHER: dict[str, str | tuple[str, ...]] = {
    "apps": ("tests/browser/", "tests/demo/test_app_", "tests/sweep/test_leaks"),
    "model": "tests/demo/",
    "act": "tests/action/test_act",
    "action": "tests/action/",
    "microservice": "tests/examples/",
    "real Spaces": "tests/rehearsal/test_real_spaces",
    "dev container": "tests/project/test_devcontainer",
    "containers": "tests/rehearsal/test_docker_",
}
# fixtures that install an environment, start a browser or run containers
_REAL = {"act", "browser", "demo_environment", "installed", "podman"}
_FOREIGN = ("GIT_", "GITHUB_", "ACTIONS_", "HF_", "HUGGING_FACE_", "XDG_")
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Julia",
    "GIT_AUTHOR_EMAIL": "julia@example.com",
    "GIT_COMMITTER_NAME": "Julia",
    "GIT_COMMITTER_EMAIL": "julia@example.com",
}
_HF = {"HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
_NO_TLS = {"SSL_CERT_DIR": os.devnull}  # to read all root certificates takes 20 ms
_PYTHON = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
# read by Python, or by a library while it is imported
_READ_AT_START = ("PYTHON", "LANG", "LC_", "HF_DEBUG", "HF_HUB_", "ACTIONS_")


class _Together(LoadScopeScheduling):  # pylint: disable=abstract-method
    """Runs tests with a costly fixture in common in one worker, so that it is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return next((name for name, ours in _TOGETHER.items() if nodeid.startswith(ours)), nodeid)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as `real` what uses a built environment or a browser, before `-m` selects."""
    for item in items:
        if not _REAL.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.real)


def pytest_collection_finish() -> None:
    """Have no later collection of garbage go through thousands of tests."""
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Together | None:
    """Use `_TOGETHER` for `--dist loadscope` (xdist_group does not reach pytest 9's ids)."""
    return _Together(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.fixture(autouse=True)
def _clean_surroundings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the git, Hub and workflow variables of this machine from most tests."""
    if request.path.parent.name not in _ISOLATED:
        return
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        monkeypatch.delenv(name)
    for name, value in (_GIT | _HF).items():
        monkeypatch.setenv(name, value)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> None:
    """Stop a test's timer before its result is reported."""
    if call.when == "call":
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.fixture(autouse=True)
def _ends_in_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that hangs; a real build gets more time."""
    real = request.node.get_closest_marker("real") is not None
    seconds = _REAL_TEST_TIMEOUT if real else _TEST_TIMEOUT

    def fail(*_: object) -> None:
        pytest.fail(f"the test did not end in {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def unavailable(reason: str) -> NoReturn:
    """Skip what this machine has no program for; in CI that is an error."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def awaited(work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Run a coroutine in a thread of its own: playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(name="no_byte_code", scope="session")
def _no_byte_code() -> Iterator[None]:
    """Have pip compile nothing: it would compile every module of torch, of which few are used."""
    with pytest.MonkeyPatch.context() as environment:
        # false turns it on: https://pip.pypa.io/en/stable/topics/configuration/#boolean-options
        environment.setenv("PIP_NO_COMPILE", "0")
        yield


@pytest.fixture(name="demo_environment", scope="session")
def _demo_environment(no_byte_code: None) -> Path:
    """The demo Space's environment, built and cached as by `rehearse`.

    The only place where torch is installed.
    """
    del no_byte_code
    card = yaml.safe_load((ROOT / "card.yaml").read_text("utf-8"))
    spec = EnvironmentSpec(card, {REQUIREMENTS: (ROOT / REQUIREMENTS).read_text("utf-8")}, tree="")
    builder = Builder(cache_folder() / "environments", sys.executable)
    log = LogBuffer()
    try:
        made = awaited(builder.build(spec, ROOT, log))
    except BuildFailed as error:
        pytest.fail(f"{error}\n{log.text}")
    return made


@pytest.fixture(scope="session")
def demo_python(demo_environment: Path) -> str:
    """The Python that runs the demo."""
    return str(demo_environment / "bin" / "python")


@pytest.fixture(scope="session")
def demo_libraries(demo_environment: Path) -> None:
    """Make the demo's libraries importable here, from its own environment."""
    for folder in (demo_environment / "lib").glob("python*/site-packages"):
        site.addsitedir(str(folder))


@dataclass(frozen=True)
class Repo:
    """A real git repository in a temporary folder."""

    root: Path

    def git(
        self, *arguments: str, stdin: bytes = b"", cwd: Path | None = None, **environment: str
    ) -> bytes:
        """Run git; returns its stdout, fails on an error."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.root,
            input=stdin,
            capture_output=True,
            check=False,
            env={**os.environ, **environment},
        )
        assert done.returncode == 0, f"git {arguments}: {done.stderr.decode(errors='replace')}"
        return done.stdout

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files into the working tree."""
        for path, data in files.items():
            place = self.root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)

    def link(self, path: str, target: str | Path) -> None:
        """Put a symbolic link into the working tree."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target)

    def commit(self, files: Mapping[str, bytes] | None = None) -> str:
        """Write files, commit the whole working tree, and give the commit's id."""
        self.write(files or {})
        self.git("add", "--all", "--force", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "A change")
        return self.git("rev-parse", "HEAD").decode().strip()

    def tracked(self) -> dict[str, bytes]:
        """The tracked files, with their content in the working tree."""
        names = self.git("ls-files", "-z").split(b"\0")[:-1]
        return {os.fsdecode(name): (self.root / os.fsdecode(name)).read_bytes() for name in names}


@pytest.fixture(name="new_repo")
def _new_repo(tmp_path: Path) -> Callable[..., Repo]:
    """Creates a repository with these files committed."""

    def make(files: Mapping[str, bytes] | None = None, name: str = "source") -> Repo:
        made = Repo(tmp_path / name)
        made.root.mkdir(parents=True)
        made.git("init", "--quiet", "--initial-branch", "main", "--template", "")
        if files is not None:
            made.commit(files)
        return made

    return make


@pytest.fixture(name="pattern", scope="session")
def _pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a small Gradio app; a copy of it needs no git process."""
    made = Repo(tmp_path_factory.mktemp("pattern"))
    own = {name: os.environ[name] for name in os.environ if not name.startswith(_FOREIGN)} | _GIT
    made.git("init", "--quiet", "--initial-branch", "main", "--template", "", **own)
    made.write(APP)
    made.git("add", "--all", ".", **own)
    made.git("commit", "--quiet", "--message", "A change", **own)
    return made.root


@pytest.fixture(name="repo")
def _repo(pattern: Path, tmp_path: Path) -> Repo:
    """A repository with a small Gradio app."""
    return Repo(Path(shutil.copytree(pattern, tmp_path / "source")))


@pytest.fixture(name="hub")
def _hub() -> Iterator[LocalHub]:
    """A local Hub that follows its scenario."""
    with LocalHub(scenario=Scenario()) as started:
        yield started


@pytest.fixture(name="port_8080")
def _port_8080() -> Iterator[int]:
    """Port 8080, for one test at a time."""
    lock = Path(tempfile.gettempdir()) / f"hf-deploy-port-8080-{os.getuid()}.lock"
    with lock.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        while not is_free(8080):
            time.sleep(0.1)  # a program that is none of these tests does not say when it ends
        yield 8080


@dataclass(frozen=True)
class Ran:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object on stdout."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer

    @property
    def error(self) -> dict[str, str]:
        """The rows error, cause and fix on stderr; each must be there once."""
        lines = [line.split(" ", 1) for line in self.err.splitlines()]
        rows = [
            (line[0], line[1].strip()) for line in lines if line[0] in ("error", "cause", "fix")
        ]
        assert [label for label, _ in rows] == ["error", "cause", "fix"], self.err
        return dict(rows)


@dataclass
class Cli:
    """The command line as a process of its own, with an environment of its own."""

    home: Path
    here: Path
    environment: dict[str, str] = field(default_factory=dict)
    fork_server: ForkServer | None = None

    def start(
        self,
        *arguments: str,
        here: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        terminal: int | None = None,
        **more: str,
    ) -> Job:
        """Start a command: by the fork server, unless the start of Python is what differs.

        With a `terminal`, that is its input and its output.
        """
        environment = {
            "PATH": os.environ["PATH"],
            **_PYTHON,
            "HOME": str(self.home),
            "HF_HOME": str(self.home / "hf"),
            **_GIT,
            **_HF,
            **_NO_TLS,
            **self.environment,
            **more,
        }
        program = ["-m", "deployer", *arguments]
        where = here or self.here
        if terminal is not None:
            assert self.fork_server is not None
            return Job(self.fork_server.start_at(program, where, environment, terminal))
        if self.fork_server and not any(name.startswith(_READ_AT_START) for name in more):
            return Job(self.fork_server.start(program, where, environment, stdin))
        return Job(
            subprocess.Popen(  # pylint: disable=consider-using-with
                [sys.executable, *program],
                cwd=where,
                env=environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )

    def __call__(self, *arguments: str, here: Path | None = None, **more: str) -> Ran:
        """Run a command and wait for it."""
        return self.start(*arguments, here=here, **more).ended()


@dataclass(frozen=True)
class Job:
    """A running command."""

    process: subprocess.Popen[bytes] | ForkedProcess

    def interrupt(self, number: signal.Signals = signal.SIGINT) -> Ran:
        """Send a signal, and wait for the end."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self, timeout: float = 60) -> Ran:
        """Wait for the end."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert self.process.returncode is not None
        return Ran(self.process.returncode, out.decode(), err.decode())


@pytest.fixture(name="fork_server", scope="session")
def _fork_server() -> Iterator[ForkServer]:
    """The process that the command line's processes are forked from."""
    made = ForkServer(DEPLOYER, {"PATH": os.environ["PATH"], **_PYTHON, **_HF})
    yield made
    made.close()


@pytest.fixture(name="cli")
def _cli(tmp_path: Path, hub: LocalHub, repo: Repo, fork_server: ForkServer) -> Cli:
    """The command line in the repository, with the local Hub as its endpoint."""
    home = tmp_path / "home"
    home.mkdir()
    return Cli(home, repo.root, {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_write"}, fork_server)


def commits_sent(at: LocalHub) -> int:
    """The number of commits sent to a Hub."""
    return len(at.requests_to(r"/commit/", "POST"))


def changes_asked(at: LocalHub) -> Sequence[str]:
    """The requests to a Hub that are neither GET nor HEAD."""
    return [f"{r.method} {r.path}" for r in at.requests if r.method not in ("GET", "HEAD")]
