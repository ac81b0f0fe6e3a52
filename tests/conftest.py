"""What tests share: a git repository, a Hub on this machine, and the real command line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import site
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml
from xdist.scheduler import LoadScopeScheduling

# huggingface_hub reads these when it is imported
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

# pylint: disable=wrong-import-position
from deployer.commands.local_hub import cache_folder
from deployer.rehearsal import LocalHub, Scenario
from deployer.rehearsal.builder import REQUIREMENTS, Builder, BuildFailed, Recipe
from deployer.rehearsal.logs import LogBuffer
from tests.fork_server import DEPLOYER, ForkedProcess, ForkServer

# pylint: enable=wrong-import-position

_Answer = TypeVar("_Answer")

pytest_plugins = ["tests.demo.apps"]

# a shell makes what it starts in the background ignore Ctrl-C, and so would all that we start
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).parents[1]
SPACE = "julia/demo"
CARD = b"---\ntitle: Demo\nsdk: gradio\n---\n"
APP: dict[str, bytes] = {"README.md": CARD + b"# Demo\n", "app.py": b"print('It runs.')\n"}
_LONGEST_TEST = 240.0  # seconds; importing torch alone can take ten, pip more
_LONGEST_REAL_TEST = 300.0
_OF_THE_ENGINE = {"unit", "flows", "cli"}
# by what they share: running apps, a loaded model, an installed action, built environments
_TOGETHER: dict[str, str | tuple[str, ...]] = {
    "apps": ("tests/browser/", "tests/demo/test_app_"),
    "model": "tests/demo/",
    "action": "tests/action/",
    "real Spaces": "tests/rehearsal/test_real_spaces",
}
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
_PYTHON = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
# read by Python, or by a library while it is imported
_AT_THE_START = ("PYTHON", "LANG", "LC_", "HF_DEBUG", "HF_HUB_", "ACTIONS_")


class _Together(LoadScopeScheduling):  # pylint: disable=abstract-method
    """Gives tests that share what takes long to make to one process, so that it is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return next((name for name, ours in _TOGETHER.items() if nodeid.startswith(ours)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Together | None:
    """Have `--dist loadscope` mean our own scopes (xdist_group does not reach pytest 9's ids)."""
    return _Together(config, log) if config.getoption("dist") == "loadscope" else None


@pytest.fixture(autouse=True)
def _clean_surroundings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own git, Hub or workflow reaches a test of the engine."""
    if request.path.parent.name not in _OF_THE_ENGINE:
        return
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        monkeypatch.delenv(name)
    for name, value in (_GIT | _HF).items():
        monkeypatch.setenv(name, value)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> None:
    """A test that did not end in time is not to be told so once more while that is reported."""
    if call.when == "call":
        signal.setitimer(signal.ITIMER_REAL, 0)


@pytest.fixture(autouse=True)
def _ends_in_time(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that hangs fails, and the others go on. A build for real may take its time."""
    real = request.node.get_closest_marker("real") is not None
    seconds = _LONGEST_REAL_TEST if real else _LONGEST_TEST

    def too_late(*_: object) -> None:
        pytest.fail(f"the test did not end in {seconds:g} seconds")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def awaited(work: Coroutine[Any, Any, _Answer]) -> _Answer:
    """What comes of it, in a thread of its own: the browser's driver keeps an event loop here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


@pytest.fixture(name="demo_environment", scope="session")
def _demo_environment() -> Path:
    """The demo Space's environment, built and cached as by `rehearse`.

    The only place where torch is installed. Byte code is left to the imports: pip would compile
    every module of every library.
    """
    card = yaml.safe_load((ROOT / "card.yaml").read_text("utf-8"))
    recipe = Recipe(card, {REQUIREMENTS: (ROOT / REQUIREMENTS).read_text("utf-8")}, tree="")
    builder = Builder(cache_folder() / "environments", sys.executable)
    log = LogBuffer()
    with pytest.MonkeyPatch.context() as environment:
        # false turns it on: https://pip.pypa.io/en/stable/topics/configuration/#boolean-options
        environment.setenv("PIP_NO_COMPILE", "0")
        try:
            made = awaited(builder.build(recipe, ROOT, log))
        except BuildFailed as error:
            pytest.fail(f"{error}\n{log.text}")
    return made


@pytest.fixture(scope="session")
def demo_python(demo_environment: Path) -> str:
    """The Python that runs the demo."""
    return str(demo_environment / "bin" / "python")


@pytest.fixture(scope="session")
def demo_libraries(demo_environment: Path) -> None:
    """The demo's libraries, for tests that import its code: borrowed, not installed again."""
    for folder in (demo_environment / "lib").glob("python*/site-packages"):
        site.addsitedir(str(folder))


@dataclass(frozen=True)
class Repo:
    """A real git repository in a temporary folder."""

    root: Path

    def git(self, *arguments: str, stdin: bytes = b"", **environment: str) -> bytes:
        """What git says; an error where it refuses."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
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
        """What `git ls-files` lists, as it lies in the working tree."""
        names = self.git("ls-files", "-z").split(b"\0")[:-1]
        return {os.fsdecode(name): (self.root / os.fsdecode(name)).read_bytes() for name in names}


@pytest.fixture(name="new_repo")
def _new_repo(tmp_path: Path) -> Callable[..., Repo]:
    """Make a repository with these files committed."""

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
    """A repository with a small Gradio app, to be copied: that takes no process."""
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
    """A Hub that does what its script says."""
    with LocalHub(scenario=Scenario()) as started:
        yield started


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object on stdout."""
        answer = json.loads(self.out)
        assert isinstance(answer, dict)
        return answer

    @property
    def error(self) -> dict[str, str]:
        """The three lines of an error, by their labels; each must be there once."""
        lines = [line.split(" ", 1) for line in self.err.splitlines()]
        told = [
            (line[0], line[1].strip()) for line in lines if line[0] in ("error", "cause", "fix")
        ]
        assert [label for label, _ in told] == ["error", "cause", "fix"], self.err
        return dict(told)


@dataclass
class Cli:
    """The command line as a process of its own, with nothing of our surroundings."""

    home: Path
    here: Path
    environment: dict[str, str] = field(default_factory=dict)
    fork_server: ForkServer | None = None

    def start(
        self,
        *arguments: str,
        here: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        **more: str,
    ) -> Job:
        """Start a command: by the fork server, unless the start of Python is what differs."""
        environment = {
            "PATH": os.environ["PATH"],
            **_PYTHON,
            "HOME": str(self.home),
            "HF_HOME": str(self.home / "hf"),
            **_GIT,
            **_HF,
            **self.environment,
            **more,
        }
        program = ["-m", "deployer", *arguments]
        where = here or self.here
        if self.fork_server and not any(name.startswith(_AT_THE_START) for name in more):
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
        """Run a command to its end."""
        return self.start(*arguments, here=here, **more).ended()


@dataclass(frozen=True)
class Job:
    """A command that is running."""

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
    """The command line, standing in the repository, speaking to the local Hub."""
    home = tmp_path / "home"
    home.mkdir()
    return Cli(home, repo.root, {"HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_write"}, fork_server)


def commits_sent(at: LocalHub) -> int:
    """How many commits a Hub was sent."""
    return len(at.requests_to(r"/commit/", "POST"))


def changes_asked(at: LocalHub) -> Sequence[str]:
    """The requests to a Hub that would change something."""
    return [f"{r.method} {r.path}" for r in at.requests if r.method not in ("GET", "HEAD")]
