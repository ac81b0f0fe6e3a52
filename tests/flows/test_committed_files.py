"""What a commit changed is looked up, and committed once more where it is not as it was sent."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from deployer.events import Warned
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from tests.conftest import SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

SpaceFiles = Callable[[], dict[str, bytes]]

BINARY = bytes(range(256)) * 50
LOOK_UP = ("POST", "/paths-info/")
FAILING = Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))


@pytest.fixture(name="old")
def _old(deploy: Deployer, repo: Repo) -> dict[str, bytes]:
    """The source of a release that is live; the repository has changes to deploy since."""
    repo.commit({"app.py": b"old", "model.bin": BINARY, "gone.txt": b"x", "other.bin": BINARY * 2})
    assert deploy().rollout.verdict is Verdict.LIVE
    files = repo.tracked()
    repo.git("rm", "--quiet", "gone.txt")
    repo.commit({"app.py": b"new", "model.bin": BINARY + b"2"})
    return files


def spoil(hub: LocalHub, path: str = "app.py", like: str = "README.md", at: int = 0) -> None:
    """Have a commit hold another file at a path than was sent."""
    repository = hub.space(SPACE).repository
    files = repository.history(repository.head)[at].files
    assert isinstance(files, dict)
    files[path] = files[like]._replace(path=path)


def spoiled(hub: LocalHub, path: str = "app.py", like: str = "README.md", times: int = 1) -> None:
    """Have so many look-ups find the newest commit spoilt."""
    hub.scenario.faults = [Fault(*LOOK_UP, times, conflict=lambda: spoil(hub, path, like))]


def warnings_of(deploy: Deployer) -> list[str]:
    """The warnings of the last deploy."""
    return [event.message for event in deploy.events_of(Warned)]


@pytest.mark.parametrize(
    ("path", "like"),
    [("app.py", "README.md"), ("model.bin", "other.bin"), ("gone.txt", "README.md")],
    ids=["a regular file", "an LFS file", "a deleted file"],
)
def test_a_file_that_the_hub_stored_wrongly_is_committed_again(
    deploy: Deployer,
    hub: LocalHub,
    repo: Repo,
    old: dict[str, bytes],
    space_files: SpaceFiles,
    path: str,
    like: str,
) -> None:
    assert space_files() == old
    spoiled(hub, path, like)
    before, commits = hub.commits(SPACE)[0].id, commits_sent(hub)
    result = deploy()
    assert (result.rollout.verdict, result.number) == (Verdict.LIVE, 3)
    assert space_files() == repo.tracked()
    assert result.previous == before and commits_sent(hub) == commits + 2
    assert result.commit == hub.commits(SPACE)[0].id == hub.tags(SPACE)["hf-deploy/3"]
    assert result.plan and [file.path for file in result.plan.update] == ["app.py", "model.bin"]
    (warning,) = warnings_of(deploy)
    assert path in warning and "committing them again" in warning
    assert deploy().rollout.verdict is Verdict.UNCHANGED


def test_a_file_that_is_wrong_again_is_an_error_and_the_next_deploy_corrects_it(
    deploy: Deployer,
    hub: LocalHub,
    repo: Repo,
    old: dict[str, bytes],
    space_files: SpaceFiles,
) -> None:
    assert old
    spoiled(hub, times=99)
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.COMMITTED, 11)
    assert result.rollout.error and "app.py" in result.rollout.error.cause
    assert result.commit == hub.commits(SPACE)[0].id and result.rolled_back is None
    assert list(hub.tags(SPACE)) == ["hf-deploy/1"]
    hub.scenario.faults = []
    assert deploy().rollout.verdict is Verdict.LIVE
    assert space_files() == repo.tracked()


def test_a_second_commit_that_the_hub_rejects_is_an_error(
    deploy: Deployer, hub: LocalHub, old: dict[str, bytes]
) -> None:
    assert old
    spoiled(hub)
    hub.scenario.faults.append(Fault("POST", "/commit/", 99, after=1, status=403))
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.COMMITTED, 11)
    assert result.commit == hub.commits(SPACE)[0].id


@pytest.mark.parametrize(
    "fault",
    [
        Fault(*LOOK_UP, status=200, body="[]"),
        Fault(*LOOK_UP, status=404),
        Fault(*LOOK_UP, status=503),
        Fault(*LOOK_UP, drop="before"),
    ],
    ids=["empty", "missing", "unavailable", "lost"],
)
def test_one_wrong_answer_about_a_right_commit_changes_nothing(
    deploy: Deployer, hub: LocalHub, old: dict[str, bytes], fault: Fault
) -> None:
    assert old
    commits = commits_sent(hub)
    hub.scenario.faults = [fault]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert commits_sent(hub) == commits + 1
    assert not warnings_of(deploy)


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(*LOOK_UP, 99, status=500), "the commit was not checked"),
        (Fault(*LOOK_UP, 99, status=404), "the commit was not checked"),
        (Fault(*LOOK_UP, 99, status=200, body="[]"), "not committed again"),
    ],
    ids=["failing", "unsupported", "empty"],
)
def test_a_commit_that_cannot_be_checked_is_a_warning(
    deploy: Deployer,
    hub: LocalHub,
    repo: Repo,
    old: dict[str, bytes],
    space_files: SpaceFiles,
    fault: Fault,
    says: str,
) -> None:
    assert old
    commits = commits_sent(hub)
    hub.scenario.faults = [fault]
    result = deploy()
    assert (result.rollout.verdict, result.number) == (Verdict.LIVE, 2)
    assert space_files() == repo.tracked() and commits_sent(hub) == commits + 1
    assert any(says in warning for warning in warnings_of(deploy))


def test_a_commit_below_another_one_is_looked_up_by_its_own_id(
    deploy: Deployer, hub: LocalHub, old: dict[str, bytes]
) -> None:
    assert old
    hub.scenario.faults = [
        Fault(*LOOK_UP, conflict=lambda: hub.commit(SPACE, {"app.py": b"theirs"}))
    ]
    commits = commits_sent(hub)
    assert deploy().rollout.verdict is Verdict.SUPERSEDED
    assert commits_sent(hub) == commits + 1
    assert hub.files(SPACE)["app.py"] == b"theirs"
    assert not warnings_of(deploy)


def test_a_wrong_file_below_another_commit_is_left_to_its_author(
    deploy: Deployer, hub: LocalHub, old: dict[str, bytes]
) -> None:
    assert old

    def push_and_spoil() -> None:
        hub.commit(SPACE, {"app.py": b"theirs"})
        spoil(hub, at=1)

    hub.scenario.faults = [Fault(*LOOK_UP, conflict=push_and_spoil)]
    assert deploy().rollout.verdict is Verdict.SUPERSEDED
    assert hub.files(SPACE)["app.py"] == b"theirs"
    assert any("another commit is on top" in warning for warning in warnings_of(deploy))


def test_rules_that_the_hub_adds_to_gitattributes_are_not_wrong(
    deploy: Deployer, hub: LocalHub, repo: Repo
) -> None:
    repo.commit({".gitattributes": b"*.md text\n", "large": BINARY})
    result = deploy()
    assert (result.rollout.verdict, result.number) == (Verdict.LIVE, 1)
    assert hub.files(SPACE)[".gitattributes"] != b"*.md text\n"
    assert not warnings_of(deploy)


@pytest.mark.parametrize(("count", "requests"), [(1000, 1), (1001, 2)])
def test_a_thousand_paths_are_looked_up_by_one_request(
    deploy: Deployer, hub: LocalHub, repo: Repo, count: int, requests: int
) -> None:
    deploy(wait=False)
    repo.commit({f"{number}.txt": b"x" for number in range(count)})
    before = len(hub.requests_to(LOOK_UP[1]))
    deploy(wait=False)
    assert len(hub.requests_to(LOOK_UP[1])) - before == requests


def test_a_rollback_is_looked_up_as_well(
    deploy: Deployer, hub: LocalHub, old: dict[str, bytes], space_files: SpaceFiles
) -> None:
    hub.scenario.builds = [FAILING, Build()]
    hub.scenario.faults = [Fault(*LOOK_UP, after=1, conflict=lambda: spoil(hub))]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert space_files() == old
    assert result.rolled_back and result.rolled_back.number == 4
    assert hub.tags(SPACE)["hf-deploy/4"] == hub.commits(SPACE)[0].id


def test_the_requests_of_a_rollback_download_only_what_differs(
    deploy: Deployer, hub: LocalHub, old: dict[str, bytes], space_files: SpaceFiles
) -> None:
    hub.scenario.builds = [FAILING, Build()]
    deploy()
    assert space_files() == old
    downloads = [request.path.rpartition("/")[2] for request in hub.requests_to("/resolve/")]
    assert sorted(downloads) == ["app.py", "gone.txt"]
    (body,) = [request.body for request in hub.requests_to("/commit/")[-1:]]
    keys = [json.loads(line)["key"] for line in body.splitlines()]
    assert sorted(keys) == ["file", "file", "header", "lfsFile"]
