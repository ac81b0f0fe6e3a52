"""`kill -9` at any request, then the command once more: the Space is whole, and what is said true."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from deployer.history import trailers
from deployer.rehearsal import Build, Fault, LocalHub, Step
from tests.conftest import APP, SPACE, Cli, Job, Ran, Repo

# pylint: disable=missing-function-docstring  # the names are the sentences

BUILDING = Step("BUILDING", polls=1)
GOOD = Build(steps=(BUILDING, Step("RUNNING")))
BROKEN = Build(steps=(BUILDING, Step("BUILD_ERROR")))
BAD = b"this will not build"
OLD = {**APP, "app.py": b"old", "old.txt": b"of the old one"}
NEW = {**APP, "app.py": b"new", "new.txt": b"of the new one"}
RUN = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_REPOSITORY": "julia/project",
    "GITHUB_RUN_ID": "4711",
    "GITHUB_RUN_ATTEMPT": "1",
}
AGAIN = {**RUN, "GITHUB_RUN_ATTEMPT": "2"}


@dataclass
class Stage:
    """A Space on a Hub whose builds go by what is committed, and a command that can be killed."""

    hub: LocalHub
    cli: Cli
    repo: Repo
    good: dict[str, bytes] = field(default_factory=dict)  # the files before the scenario
    known: int = 0  # commits that were there before it

    def __post_init__(self) -> None:
        self.hub.script.faults = [self._builder()]

    def released(self, *versions: dict[str, bytes]) -> None:
        """Releases that were seen healthy; the last one's source stays in the repository."""
        for number, files in enumerate(versions, 1):
            self.source(files)
            ran = self.cli("deploy", SPACE, "--json", **{**RUN, "GITHUB_RUN_ID": str(number)})
            assert ran.json["verdict"] == "live", ran.err
        self.mark()

    def source(self, files: dict[str, bytes]) -> None:
        """Make this what the repository holds."""
        for path in self.repo.tracked().keys() - files.keys():
            (self.repo.root / path).unlink()
        self.repo.commit(files)

    def mark(self) -> None:
        """The scenario begins here."""
        self.good = self.files() if SPACE in self.hub.spaces() else {}
        self.known = len(self.hub.commits(SPACE)) if SPACE in self.hub.spaces() else 0

    def files(self) -> dict[str, bytes]:
        """The Space's files, without what it shares with the Hub."""
        found = self.hub.files(SPACE)
        found.pop(".gitattributes", None)
        return found

    def made(self) -> list[dict[str, str]]:
        """The trailers of the commits that were made since, oldest first."""
        commits = self.hub.commits(SPACE)[::-1][self.known :]
        return [trailers(commit.message) for commit in commits]

    def killed_at(self, request: int, effect: bool, *command: str) -> bool:
        """Run a command that is killed when a request of it comes, before or after its effect.

        Whether so many requests came at all.
        """
        jobs: list[Job] = []
        started = threading.Event()

        def kill() -> None:
            started.wait(10)
            jobs[0].process.kill()
            jobs[0].process.wait()
            self._schedule()

        drop = None if effect else "before"
        fault = Fault("*", ".", after=request - 1, conflict=kill, drop=drop)  # type: ignore[arg-type]
        self.hub.script.faults = [fault, self._builder()]
        jobs.append(self.cli.start(*command, "--json", **RUN))
        started.set()
        return jobs[0].ended().code == -9

    def again(self, *command: str) -> Ran:
        """Run it once more, as a second attempt of the same run."""
        return self.cli(*command, "--json", **AGAIN)

    def _builder(self) -> Fault:
        return Fault("POST", "/commit/", times=999, conflict=self._schedule)

    def _schedule(self) -> None:
        sent = self.hub.requests_to("/commit/", "POST")
        bad = bool(sent) and base64.b64encode(BAD) in sent[-1].body
        self.hub.script.builds = [BROKEN if bad else GOOD]


@pytest.fixture(name="stage")
def _stage(hub: LocalHub, cli: Cli, repo: Repo) -> Stage:
    return Stage(hub, cli, repo)


def _is_sound(stage: Stage, outcome: dict[str, Any]) -> None:
    """What must hold after every scenario: whole, running, verified, numbered, one above the other."""
    head = stage.hub.commits(SPACE)[0].id
    assert stage.hub.space(SPACE).running == head
    said = stage.made()
    numbers = [int(one["Release"]) for one in said if "Release" in one]
    assert numbers == sorted(set(numbers)) and (not stage.known or len(numbers) == len(said))
    if numbers:
        assert stage.hub.tags(SPACE).get(f"hf-deploy/{numbers[-1]}") == head
    restored = outcome["restored"]
    assert head == (restored["commit"] if restored else outcome["commit"])


EFFECT = [False, True]


@pytest.mark.parametrize("effect", EFFECT)
@pytest.mark.parametrize("request_number", range(1, 13))
def test_a_deploy(stage: Stage, request_number: int, effect: bool) -> None:
    stage.released(OLD)
    stage.source(NEW)
    killed = stage.killed_at(request_number, effect, "deploy", SPACE)
    assert stage.files() in (OLD, NEW)
    ran = stage.again("deploy", SPACE)
    print("killed", killed, ran.out, ran.err)
    assert ran.code == 0 and ran.json["verdict"] in ("live", "unchanged")
    assert stage.files() == NEW
    assert [one["Kind"] for one in stage.made()] == ["deploy"]
    _is_sound(stage, ran.json)


@pytest.mark.parametrize("effect", EFFECT)
@pytest.mark.parametrize("request_number", range(1, 16))
def test_a_first_deploy(stage: Stage, request_number: int, effect: bool) -> None:
    stage.source(NEW)
    stage.mark()
    command = ("deploy", SPACE, "--variable", "MODE=x", "--secret", "KEY")
    stage.cli.environment["KEY"] = "s3cret"
    killed = stage.killed_at(request_number, effect, *command)
    ran = stage.again(*command)
    print("killed", killed, ran.out, ran.err)
    assert ran.code == 0 and ran.json["verdict"] in ("live", "unchanged")
    assert stage.files() == NEW
    assert [one["Kind"] for one in stage.made() if "Kind" in one] == ["deploy"]
    space = stage.hub.space(SPACE)
    assert {k: v.value for k, v in space.variables.items()} == {"MODE": "x"}
    assert {k: v.value for k, v in space.secrets.items()} == {"KEY": "s3cret"}
    _is_sound(stage, ran.json)


@pytest.mark.parametrize("effect", EFFECT)
@pytest.mark.parametrize("request_number", range(1, 28))
def test_a_deploy_that_fails(stage: Stage, request_number: int, effect: bool) -> None:
    stage.released(OLD)
    stage.source({**NEW, "app.py": BAD})
    killed = stage.killed_at(request_number, effect, "deploy", SPACE)
    assert stage.files() in (OLD, {**NEW, "app.py": BAD})
    ran = stage.again("deploy", SPACE)
    print("killed", killed, ran.out, ran.err)
    assert (ran.code, ran.json["verdict"]) == (8, "build-failed")
    assert stage.files() == OLD
    kinds = [one["Kind"] for one in stage.made()]
    assert kinds in (["deploy", "rollback"], ["deploy", "rollback"] * 2)
    _is_sound(stage, ran.json)


@pytest.mark.parametrize("effect", EFFECT)
@pytest.mark.parametrize("request_number", range(1, 28))
def test_a_first_deploy_to_a_running_space_that_fails(
    stage: Stage, request_number: int, effect: bool
) -> None:
    stage.hub.add_space(SPACE, OLD)
    stage.mark()
    stage.source({**NEW, "app.py": BAD})
    killed = stage.killed_at(request_number, effect, "deploy", SPACE, "--yes")
    assert stage.files() in (OLD, {**NEW, "app.py": BAD})
    ran = stage.again("deploy", SPACE, "--yes")
    print("killed", killed, ran.out, ran.err)
    assert (ran.code, ran.json["verdict"]) == (8, "build-failed")
    assert stage.files() == OLD
    kinds = [one["Kind"] for one in stage.made()]
    assert kinds in (["deploy", "rollback"], ["deploy", "rollback"] * 2)
    _is_sound(stage, ran.json)


@pytest.mark.parametrize("effect", EFFECT)
@pytest.mark.parametrize("release", ["1", ""])
@pytest.mark.parametrize("request_number", range(1, 17))
def test_a_rollback(stage: Stage, request_number: int, effect: bool, release: str) -> None:
    stage.released({**OLD, "app.py": b"older"}, OLD, NEW)
    wanted = {**OLD, "app.py": b"older"} if release else OLD
    command = ("rollback", SPACE, *([release] if release else []), "--yes")
    killed = stage.killed_at(request_number, effect, *command)
    assert stage.files() in (NEW, wanted)
    ran = stage.again(*command)
    print("killed", killed, ran.out, ran.err)
    assert ran.code == 0 and ran.json["verdict"] in ("live", "unchanged")
    if killed:
        assert stage.files() == wanted
        assert [one["Kind"] for one in stage.made()] == ["rollback"]
        _is_sound(stage, ran.json)


@pytest.mark.parametrize("effect", EFFECT)
@pytest.mark.parametrize("request_number", range(1, 19))
def test_a_deploy_with_settings(stage: Stage, request_number: int, effect: bool) -> None:
    stage.released(OLD)
    stage.source(NEW)
    command = ("deploy", SPACE, "--variable", "MODE=x", "--variable", "B=y", "--secret", "KEY")
    stage.cli.environment["KEY"] = "s3cret"
    killed = stage.killed_at(request_number, effect, *command)
    ran = stage.again(*command)
    print("killed", killed, ran.out, ran.err)
    assert ran.code == 0 and ran.json["verdict"] in ("live", "unchanged")
    assert stage.files() == NEW
    assert [one["Kind"] for one in stage.made()] == ["deploy"]
    space = stage.hub.space(SPACE)
    assert {k: v.value for k, v in space.variables.items()} == {"MODE": "x", "B": "y"}
    assert {k: v.value for k, v in space.secrets.items()} == {"KEY": "s3cret"}
    _is_sound(stage, ran.json)
