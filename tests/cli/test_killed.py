"""`kill -9` at a request, then the command again: it completes, and its output is true."""

from __future__ import annotations

import base64
import re
import signal
import threading
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.history import parse_trailers
from deployer.release.verdict import Verdict
from deployer.source.snapshot import SourceHints
from tests.conftest import APP, SPACE, Cli, Job, Ran, Repo
from tests.flows.conftest import Deployer
from tests.fork_server import SHORT_WAITS

# pylint: disable=missing-function-docstring  # the names are the sentences

BUILDING = Step("BUILDING", polls=1)
GOOD = Build(steps=(BUILDING, Step("RUNNING")))
BROKEN = Build(steps=(BUILDING, Step("BUILD_ERROR")))
BAD = b"'this will not build'"
OLD = {**APP, "app.py": b"old", "old.txt": b"of the old one"}
OLDER = {**OLD, "app.py": b"older"}
NEW = {**APP, "app.py": b"new", "new.txt": b"of the new one"}
RUN: dict[str, Any] = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "julia/project",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_ATTEMPT": "1",
}
AGAIN: dict[str, Any] = {**RUN, "GITHUB_RUN_ATTEMPT": "2"}


@dataclass(frozen=True)
class When:
    """A request: the one after so many that look like it, before or after it took effect."""

    method: str
    path: str
    after: int = 0
    effect: bool = False

    def __str__(self) -> str:
        name = re.sub(r"\\.*|/", "", self.path.removeprefix("/api/spaces/"))
        return f"{'after' if self.effect else 'before'}-{self.method}-{name}-{self.after + 1}"


@dataclass
class Stage:
    """A Space on a Hub whose builds go by what is committed, and a command that can be killed."""

    hub: LocalHub
    cli: Cli
    repo: Repo
    known: int = 0  # commits that were there before it

    def __post_init__(self) -> None:
        self.hub.scenario.faults = [self._builder()]

    def released(self, *versions: dict[str, bytes]) -> None:
        """Releases that were seen healthy; the last one's source stays in the repository."""
        for files in versions:
            self.source(files)
            result = Deployer(self.hub, self.repo.root)(hints=SourceHints("julia/project"))
            assert result.rollout.verdict is Verdict.LIVE
        self.begins()

    def source(self, files: dict[str, bytes]) -> None:
        """Make this what the repository holds."""
        for path in self.repo.tracked().keys() - files.keys():
            (self.repo.root / path).unlink()
        self.repo.commit(files)

    def begins(self) -> None:
        """The scenario begins here."""
        self.known = len(self.hub.commits(SPACE))

    def files(self) -> dict[str, bytes]:
        """The Space's files, without what it shares with the Hub."""
        found = self.hub.files(SPACE)
        found.pop(".gitattributes", None)
        return found

    def killed_at(self, when: When, *command: str) -> None:
        """Run a command that is killed when that request of it comes."""
        jobs: list[Job] = []
        started = threading.Event()

        def kill() -> None:
            started.wait(10)
            jobs[0].process.kill()
            jobs[0].process.wait()
            if when.effect:
                self._schedule()

        drop: Literal["before"] | None = None if when.effect else "before"
        fault = Fault(when.method, when.path, after=when.after, conflict=kill, drop=drop)
        self.hub.scenario.faults = [fault, self._builder()]
        jobs.append(self.cli.start(*command, "--json", **RUN))
        started.set()
        assert jobs[0].ended().code == -signal.SIGKILL

    def again(self, *command: str) -> Ran:
        """Run it once more, as a second attempt of the same run."""
        return self.cli(*command, "--json", **AGAIN, **SHORT_WAITS)

    def kinds(self) -> list[str]:
        """What releases were made since, oldest first."""
        return [one["Kind"] for one in self._said() if "Kind" in one]

    def settings(self) -> dict[str, str]:
        """The Space's variables and secrets."""
        space = self.hub.space(SPACE)
        return {name: one.value for name, one in (space.variables | space.secrets).items()}

    def check_end_state(self, ran: Ran) -> None:
        """Assert that the head runs, is verified, and is the commit that was reported."""
        head = self.hub.commits(SPACE)[0].id
        numbers = [int(one["Release"]) for one in self._said() if "Release" in one]
        restored = ran.json["rolled_back"]
        assert (restored or ran.json)["commit"] == self.hub.space(SPACE).running == head
        assert numbers == sorted(set(numbers))
        assert self.hub.tags(SPACE)[f"hf-deploy/{numbers[-1]}"] == head

    def _said(self) -> list[dict[str, str]]:
        commits = self.hub.commits(SPACE)[::-1][self.known :]
        return [parse_trailers(commit.message) for commit in commits]

    def _builder(self) -> Fault:
        return Fault("POST", "/commit/", times=999, conflict=self._schedule)

    def _schedule(self) -> None:
        sent = self.hub.requests_to("/commit/", "POST")
        bad = bool(sent) and base64.b64encode(BAD) in sent[-1].body
        self.hub.scenario.builds = [BROKEN if bad else GOOD]


@pytest.fixture(name="stage")
def _stage(hub: LocalHub, cli: Cli, repo: Repo) -> Stage:
    return Stage(hub, cli, repo)


COMMIT = [When("POST", "/commit/"), When("POST", "/commit/", effect=True)]
SEEN = [When("GET", "/runtime", 1), When("GET", "/host"), When("POST", "/tag/")]
TAGGED = When("POST", "/tag/", effect=True)
SET = [
    When("POST", "/variables"),
    When("POST", "/variables", effect=True),
    When("POST", "/variables", 1),
    When("POST", "/secrets"),
    When("POST", "/secrets", effect=True),
]
# what a deploy does after it saw its commit fail; counted from its start
BACK = [
    When("GET", r"/api/spaces/julia/demo\?expand", 1),
    When("GET", "/refs"),
    When("POST", "/commit/", 1),
    When("POST", "/commit/", 1, effect=True),
    TAGGED,
]


@pytest.mark.parametrize("when", [*COMMIT, *SEEN, TAGGED], ids=str)
def test_a_deploy(stage: Stage, when: When) -> None:
    stage.released(OLD)
    stage.source(NEW)
    stage.killed_at(when, "deploy", SPACE)
    assert stage.files() in (OLD, NEW)
    ran = stage.again("deploy", SPACE)
    assert (ran.code, ran.json["error"]) == (0, None)
    assert stage.files() == NEW
    assert stage.kinds() == ["deploy"]
    stage.check_end_state(ran)


@pytest.mark.parametrize("when", [*SET, *COMMIT], ids=str)
def test_a_deploy_with_settings(stage: Stage, when: When) -> None:
    stage.released(OLD)
    stage.source(NEW)
    stage.cli.environment["KEY"] = "s3cret"
    command = ("deploy", SPACE, "--variable", "MODE=x", "--variable", "B=y", "--secret", "KEY")
    stage.killed_at(when, *command)
    ran = stage.again(*command)
    assert (ran.code, ran.json["error"]) == (0, None)
    assert stage.files() == NEW
    assert stage.kinds() == ["deploy"]
    assert stage.settings() == {"MODE": "x", "B": "y", "KEY": "s3cret"}
    stage.check_end_state(ran)


@pytest.mark.parametrize(
    "when",
    [When("POST", "/create"), When("POST", "/create", effect=True), *COMMIT],
    ids=str,
)
def test_a_first_deploy(stage: Stage, when: When) -> None:
    stage.source(NEW)
    command = ("deploy", SPACE, "--variable", "MODE=x")
    stage.killed_at(when, *command)
    ran = stage.again(*command)
    assert (ran.code, ran.json["error"]) == (0, None)
    assert stage.files() == NEW
    assert stage.kinds() == ["deploy"]
    assert stage.settings() == {"MODE": "x"}
    stage.check_end_state(ran)


@pytest.mark.parametrize("when", [COMMIT[1], *BACK], ids=str)
@pytest.mark.parametrize("is_release", [True, False], ids=["release", "someone-else"])
def test_a_deploy_that_fails(stage: Stage, when: When, is_release: bool) -> None:
    if is_release:
        stage.released(OLD)
    else:
        stage.hub.add_space(SPACE, OLD)
        stage.begins()
    bad = {**NEW, "app.py": BAD}
    stage.source(bad)
    stage.killed_at(when, "deploy", SPACE, "--yes")
    assert stage.files() in (OLD, bad)
    ran = stage.again("deploy", SPACE, "--yes")
    assert (ran.code, ran.json["verdict"]) == (8, "build-failed")
    assert stage.files() == OLD
    # where it was taken back already, who runs it again wants it to be tried again
    assert stage.kinds() in (["deploy", "rollback"], ["deploy", "rollback"] * 2)
    stage.check_end_state(ran)


@pytest.mark.parametrize("when", [*COMMIT, SEEN[2]], ids=str)
@pytest.mark.parametrize("wanted", [["1"], []], ids=["to-1", "to-the-last-healthy"])
def test_a_rollback(stage: Stage, when: When, wanted: list[str]) -> None:
    stage.released(OLDER, OLD, NEW)
    target = OLDER if wanted else OLD
    stage.killed_at(when, "rollback", SPACE, *wanted, "--yes")
    assert stage.files() in (NEW, target)
    ran = stage.again("rollback", SPACE, *wanted, "--yes")
    assert (ran.code, ran.json["error"]) == (0, None)
    assert stage.files() == target
    assert stage.kinds() == ["rollback"]
    stage.check_end_state(ran)
