"""A deploy requests only what differs: its requests, counted at the local Hub."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deployer import __version__
from deployer.errors import InvalidSource
from deployer.rehearsal import Fault, LocalHub
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.source.ignore import Patterns
from deployer.source.snapshot import File
from deployer.source.tree import blob_id
from deployer.space.space import SpaceId
from deployer.world.hub import limits
from tests.conftest import SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

SpaceFiles = Callable[[], dict[str, bytes]]

pytestmark = pytest.mark.usefixtures("no_waits")

MANY = {
    f"data/{a:02}/{b}/{c}.txt": f"{a} {b} {c}\n".encode()
    for a in range(40)
    for b in range(6)
    for c in range(10)
}
FULL_LISTING = r"/tree/[0-9a-f]{40}\?recursive=true"
FULL_LISTING_PAGES = 3  # for these 2,400 files and their 281 folders


def requests_since(hub: LocalHub, before: int) -> list[str]:
    """The requests after the first `before` ones."""
    return [f"{one.method} {one.path}?{one.query}" for one in hub.requests[before:]]


@pytest.fixture(name="big")
def _big(repo: Repo, deploy: Deployer, space_files: SpaceFiles) -> Repo:
    """A deployed repository whose full listing takes three pages."""
    repo.commit(MANY)
    assert deploy(wait=False).rollout.verdict is Verdict.COMMITTED
    assert space_files() == repo.tracked()
    return repo


def test_an_unchanged_deploy_takes_two_requests(hub: LocalHub, big: Repo, deploy: Deployer) -> None:
    del big
    deploy()  # until it runs
    before = len(hub.requests)
    result = deploy(wait=False)
    assert result.rollout.verdict is Verdict.UNCHANGED
    assert len(requests_since(hub, before)) == 2


def test_one_changed_line_takes_eight_requests_and_no_full_listing(
    hub: LocalHub, big: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    big.commit({"data/07/3/5.txt": b"changed\n"})
    before = len(hub.requests)
    result = deploy(wait=False)
    assert result.plan and [file.path for file in result.plan.update] == ["data/07/3/5.txt"]
    assert space_files() == big.tracked()
    assert not [path for path in requests_since(hub, before) if re.search(FULL_LISTING, path)]
    assert len(requests_since(hub, before)) == 8, requests_since(hub, before)


def test_a_change_in_many_folders_takes_one_commit_and_one_full_listing(
    hub: LocalHub, big: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    big.commit({f"data/{a:02}/1/1.txt": b"changed\n" for a in range(40)})
    before, commits = len(hub.requests), commits_sent(hub)
    deploy(wait=False)
    assert space_files() == big.tracked()
    assert commits_sent(hub) == commits + 1
    assert len(requests_since(hub, before)) <= FULL_LISTING_PAGES + 6, requests_since(hub, before)


@pytest.mark.parametrize(
    "drift",
    [
        {"data/07/3/new.txt": b"by hand"},
        {"data/07/3/5.txt": b"by hand"},
        {"theirs/x.txt": b"by hand", "theirs/deep/y.txt": b"by hand"},
        {"data/99/9/9.txt": b"by hand"},
        {},
    ],
    ids=["added", "changed", "a folder", "a folder deep down", "deleted"],
)
def test_changes_by_someone_else_are_found_and_overwritten(
    hub: LocalHub, big: Repo, deploy: Deployer, drift: dict[str, bytes], space_files: SpaceFiles
) -> None:
    hub.commit(SPACE, drift, delete=() if drift else ["data/07/3/5.txt"])
    deploy(wait=False)
    assert space_files() == big.tracked()


def test_trailers_copied_from_a_release_are_not_trusted(
    hub: LocalHub, repo: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    deploy(wait=False)
    ours = hub.commits(SPACE)[0]
    copied = {"title": ours.title, "description": ours.message}
    hub.commit(SPACE, {"stale.txt": b"by hand"}, **copied)
    deploy(wait=False)
    assert space_files() == repo.tracked()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/paths-info/", status=413),
        Fault("POST", "/paths-info/", status=404),
        Fault("POST", "/paths-info/", status=200, body="[]"),
    ],
    ids=["413", "404", "an empty response"],
)
def test_without_paths_info_everything_is_listed(
    hub: LocalHub, big: Repo, deploy: Deployer, fault: Fault, space_files: SpaceFiles
) -> None:
    hub.commit(SPACE, {"data/07/3/stale.txt": b"by hand"})
    hub.scenario.faults.append(fault)
    deploy(wait=False)
    assert hub.requests_to(FULL_LISTING)
    assert space_files() == big.tracked()


def test_a_deleted_folder_and_one_that_became_a_file_are_deployed(
    big: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    shutil.rmtree(big.root / "data" / "07")
    shutil.rmtree(big.root / "data" / "08" / "2")
    big.commit({"data/08/2": b"a file now\n"})
    deploy(wait=False)
    assert space_files() == big.tracked()


def test_an_lfs_file_in_a_folder_costs_one_listing_and_no_upload(
    hub: LocalHub, big: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    large = bytes(range(256)) * 50_000
    big.commit({"data/07/3/model.bin": large})
    deploy(wait=False)
    big.commit({"data/09/1/1.txt": b"changed\n"})
    before = len(hub.requests)
    result = deploy(wait=False)
    assert result.plan and [file.path for file in result.plan.sent] == ["data/09/1/1.txt"]
    assert space_files() == big.tracked()
    assert len(requests_since(hub, before)) == 9, requests_since(hub, before)


def test_a_moved_lfs_file_is_not_uploaded_again(
    hub: LocalHub, repo: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    large = bytes(range(256)) * 50_000
    repo.commit({"old/model.bin": large})
    deploy(wait=False)
    repo.git("mv", "old", "new")
    repo.commit()
    before = len(hub.requests)
    deploy(wait=False)
    assert space_files() == repo.tracked()
    assert sum(len(request.body) for request in hub.requests[before:]) < 10_000


@pytest.mark.parametrize(
    ("files", "seen"),
    [
        (
            [(f"{n}.txt", 9_000_000, b"text") for n in range(112)],
            "regular files 1,008,000,000 of 1,000,000,000 bytes",
        ),
        ([(f"{n}.bin", 1, b"\0") for n in range(25_001)], "LFS files 25,001 of 25,000"),
    ],
    ids=["bytes", "large files"],
)
def test_a_commit_over_the_limits_is_an_error_with_the_numbers_before_any_upload(
    hub: LocalHub, deploy: Deployer, files: list[tuple[str, int, bytes]], seen: str
) -> None:
    deploy(wait=False)
    commits = commits_sent(hub)
    added = tuple(File(path, size, blob_id(data), data) for path, size, data in files)
    plan = Plan(hub.commits(SPACE)[0].id, add=added)
    with pytest.raises(InvalidSource) as raised:
        limits.check(deploy.client(), SpaceId.parse(SPACE), plan)
    assert seen in raised.value.cause
    assert commits_sent(hub) == commits
    assert not hub.requests_to(r"\.git/info/lfs")


def test_a_commit_within_the_limits_takes_no_extra_request(hub: LocalHub, deploy: Deployer) -> None:
    deploy(wait=False)
    before = len(hub.requests)
    added = tuple(File(f"{n}.bin", 20_000_000, "0" * 40, b"\0") for n in range(1000))
    limits.check(deploy.client(), SpaceId.parse(SPACE), Plan("head", add=added))
    assert len(hub.requests) == before


def test_a_kept_file_is_deleted_by_a_deploy_without_keep(
    hub: LocalHub, repo: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    deploy(wait=False)
    hub.commit(SPACE, {"data.db": b"of the app"})
    repo.commit({"app.py": b"print('Changed.')\n"})
    deploy(wait=False, keep=Patterns.of_option("--keep", ["*.db"]))
    assert "data.db" in hub.files(SPACE)
    deploy(wait=False)
    assert space_files() == repo.tracked()


def test_an_unchanged_deploy_with_kept_files_takes_two_requests(
    hub: LocalHub, big: Repo, deploy: Deployer, space_files: SpaceFiles
) -> None:
    hub.commit(SPACE, {"data.db": b"of the app"})
    big.commit({"data/07/3/5.txt": b"changed\n"})
    keep = Patterns.of_option("--keep", ["*.db"])
    deploy(wait=False, keep=keep)
    before = len(hub.requests)
    assert not deploy(wait=False, keep=keep).changed
    assert len(requests_since(hub, before)) == 2, requests_since(hub, before)
    assert space_files() == {**big.tracked(), "data.db": b"of the app"}


def test_an_unchanged_deploy_after_gitattributes_was_removed_takes_two_requests(
    hub: LocalHub, repo: Repo, deploy: Deployer
) -> None:
    repo.commit({".gitattributes": b"*.md text\n"})
    deploy(wait=False)
    repo.git("rm", ".gitattributes")
    repo.commit()
    before = len(hub.requests)
    assert not deploy(wait=False).changed
    assert len(requests_since(hub, before)) == 2, requests_since(hub, before)


def test_a_kept_file_below_the_path_of_a_deployed_file_is_an_error(
    hub: LocalHub, repo: Repo, deploy: Deployer
) -> None:
    deploy(wait=False)
    hub.commit(SPACE, {"data/app.db": b"of the app"})
    repo.commit({"data": b"a file now\n"})
    before = commits_sent(hub)
    with pytest.raises(InvalidSource) as raised:
        deploy(wait=False, keep=Patterns.of_option("--keep", ["*.db"]))
    assert "data/app.db" in raised.value.cause
    assert commits_sent(hub) == before


def test_a_changed_gitattributes_is_a_change(repo: Repo, deploy: Deployer) -> None:
    repo.commit({".gitattributes": b"*.md text\n"})
    deploy(wait=False)
    repo.commit({".gitattributes": b"*.md -text\n"})
    assert deploy(wait=False).changed
    assert not deploy(wait=False).changed


def test_a_plan_of_an_unchanged_space_reads_only_checked_files_and_ignore_rules(
    big: Repo, deploy: Deployer, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    really = io.open

    def watched(file: Any, *how: Any, **more: Any) -> Any:
        if not isinstance(file, int):  # a pipe to git
            opened.append(Path(file))
        return really(file, *how, **more)

    monkeypatch.setattr(io, "open", watched)  # what every reading of a Path comes down to
    assert not deploy.plan(token="hf_write").changed
    names = {path.name for path in opened if path.is_relative_to(big.root)}
    assert "README.md" in names  # or nothing is watched here
    assert names <= {"README.md", "app.py", ".hfignore"}


def test_every_request_says_which_version_of_what_made_it(hub: LocalHub, deploy: Deployer) -> None:
    deploy()
    agents = {request.headers["user-agent"] for request in hub.requests}
    assert all(agent.startswith(f"hf-deploy/{__version__};") for agent in agents), agents
