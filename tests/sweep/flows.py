"""The flows that the sweep plays, each on a Space and a repository that are ready for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from deployer.flows.promote import promote
from deployer.flows.rollback import roll_back
from deployer.rehearsal import Build, LocalHub, Scenario, Step
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.store import HostedSpace
from deployer.release.outcome import DeployResult
from deployer.release.release import Run
from deployer.release.verdict import Verdict
from deployer.request import Promotion
from deployer.space.settings import RequestedSettings, Secret, Variable
from deployer.space.space import SpaceId
from tests.conftest import APP, SPACE, Repo
from tests.flows.conftest import Deployer

Files = Mapping[str, bytes]

STAGING = "julia/staging"
BROKEN = "broken.txt"  # a commit with this file does not build
_LARGE = bytes(range(256)) * 50
_OLDER = {**APP, "app.py": b"older", "model.bin": _LARGE, "gone.txt": b"x"}
_OLD = {**APP, "app.py": b"old", "model.bin": _LARGE, "gone.txt": b"x", "a/b.txt": b"b"}
_NEW = {**APP, "app.py": b"new", "model.bin": _LARGE + b"2", "a/c.txt": b"c"}
_BAD = {**_NEW, "app.py": b"bad", BROKEN: b""}
_BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)
_TIMEOUT = 600.0
_WITH_SETTINGS = ("deploy", SPACE, "--variable", "MODE=new", "--secret", "KEY")
SETTINGS = RequestedSettings(
    variables=(Variable("MODE", "new"),), secrets=(Secret("KEY", "s3cret"),)
)


@dataclass(frozen=True)
class Flow:
    """One flow, and how it ends where the Hub has no fault.

    `released` are the releases that are there, oldest first; `staged` is that of the Space to
    promote from, if any, and `source` what the repository holds then. In the end the Space holds
    `target`, after so many commits. `run` is None for a deploy; `command` does the same on the
    command line.
    """

    released: Sequence[Files]
    source: Files
    target: Files
    verdict: Verdict = Verdict.LIVE
    exit_code: int = 0
    commits: int = 1
    staged: Files | None = None
    settings: RequestedSettings = RequestedSettings()
    run: Callable[[Deployer], DeployResult] | None = None
    command: tuple[str, ...] = ("deploy", SPACE)


def _roll_back(deploy: Deployer) -> DeployResult:
    return roll_back(deploy.operation(timeout=_TIMEOUT), None)


def _promote(deploy: Deployer) -> DeployResult:
    return promote(deploy.operation(timeout=_TIMEOUT), Promotion(SpaceId.parse(STAGING)))


FLOWS = {
    "first deploy": Flow((), _NEW, _NEW),
    "change": Flow((_OLD,), _NEW, _NEW),
    "settings": Flow((_OLD,), _NEW, _NEW, settings=SETTINGS, command=_WITH_SETTINGS),
    "unchanged": Flow((_OLD,), _OLD, _OLD, Verdict.UNCHANGED, commits=0),
    "fix": Flow((_OLD, _BAD), _NEW, _NEW),
    "rollback": Flow(
        (_OLD, _NEW), _NEW, _OLD, run=_roll_back, command=("rollback", SPACE, "--yes")
    ),
    "promotion": Flow(
        (_OLD,), _NEW, _NEW, run=_promote, staged=_NEW, command=("promote", STAGING, SPACE)
    ),
    "automatic rollback": Flow((_OLDER, _OLD), _BAD, _OLD, Verdict.BUILD_FAILED, 8, commits=2),
}


class _Builds(Scenario):
    """Builds whatever is committed, unless it has the broken file."""

    space: HostedSpace | None = None

    def next_build(self) -> Build:
        """The build of the head."""
        is_broken = self.space is not None and BROKEN in self.space.repository.head.files
        end = Step("BUILD_ERROR" if is_broken else "RUNNING")
        return Build(steps=(_BUILDING, end), stale_polls=1, early_log=True)


@dataclass
class Stage:
    """A flow that can be run once; `known` are the commits that were there before."""

    flow: Flow
    hub: LocalHub
    repo: Repo
    deploy: Deployer
    known: frozenset[str] = frozenset()

    def run(self, run: Run = Run()) -> DeployResult:
        """Run the flow, in a workflow run if that is of any matter."""
        if self.flow.run is not None:
            return self.flow.run(self.deploy)
        return self.deploy(settings=self.flow.settings, timeout=_TIMEOUT, run=run)

    def run_again(self) -> DeployResult:
        """Deploy the source, without what does not build."""
        self._write({path: data for path, data in self.flow.source.items() if path != BROKEN})
        return self.deploy(settings=self.flow.settings, timeout=_TIMEOUT)

    def new_commits(self) -> list[StoredCommit]:
        """The commits since, oldest first; not the one that a new Space begins with."""
        if SPACE not in self.hub.spaces():
            return []
        commits = self.hub.commits(SPACE)[::-1]
        return [one for one in commits if one.id not in self.known and one.parent is not None]

    def prepare(self, scenario: _Builds) -> None:
        """Make the releases that the flow begins with, and what is in the repository then."""
        if self.flow.staged is not None:
            self._write(self.flow.staged)
            self.deploy(space=SpaceId.parse(STAGING))
        for files in self.flow.released:
            self._write(files)
            self.deploy(rollback=False)
            scenario.space = self.hub.space(SPACE)
            self.known = frozenset(commit.id for commit in self.hub.commits(SPACE))
        self._write(self.flow.source)

    def _write(self, files: Files) -> None:
        for path in self.repo.tracked().keys() - files.keys():
            (self.repo.root / path).unlink()
        self.repo.commit(files)

    def environment(self) -> dict[str, str]:
        """What the flow's command needs."""
        return {"HF_ENDPOINT": self.hub.url, "HF_TOKEN": "hf_write", "KEY": "s3cret"}


@contextmanager
def stage_of(flow: Flow, repo: Repo) -> Iterator[Stage]:
    """A Hub on which the flow can be run."""
    scenario = _Builds()
    with LocalHub(scenario=scenario) as hub:
        stage = Stage(flow, hub, repo, Deployer(hub, repo.root))
        stage.prepare(scenario)
        yield stage
