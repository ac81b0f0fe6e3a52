"""Only what differs is asked for: the requests of a deploy, counted at the Hub."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deployer.errors import InvalidSource
from deployer.ignore import Patterns
from deployer.plan import Plan
from deployer.rehearsal import Fault, LocalHub
from deployer.snapshot import File
from deployer.space import SpaceId
from deployer.tree import blob_id
from deployer.verdict import Verdict
from deployer.world.hub import limits
from tests.conftest import SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

MANY = {
    f"data/{a:02}/{b}/{c}.txt": f"{a} {b} {c}\n".encode()
    for a in range(40)
    for b in range(6)
    for c in range(10)
}
ALL_PAGES = 3  # of a listing of these 2,400 files and their 281 folders


def made_equal(hub: LocalHub, repo: Repo) -> bool:
    """Whether the Space holds just what git tracks, and the Hub's own file."""
    there = dict(hub.files(SPACE))
    there.pop(".gitattributes", None)
    mine = repo.tracked()
    mine.pop(".gitattributes", None)
    return there == mine


def asked(hub: LocalHub, before: int) -> list[str]:
    """The requests since then."""
    return [f"{request.method} {request.path}" for request in hub.requests[before:]]


@pytest.fixture(name="big")
def _big(hub: LocalHub, repo: Repo, deploy: Deployer) -> Repo:
    """A repository that has been deployed, whose listing takes three pages."""
    repo.commit(MANY)
    assert deploy(wait=False).ending.verdict is Verdict.COMMITTED
    assert made_equal(hub, repo)
    return repo


def test_nothing_to_do_takes_two_requests(hub: LocalHub, big: Repo, deploy: Deployer) -> None:
    del big
    deploy()  # until it runs
    before = len(hub.requests)
    outcome = deploy(wait=False)
    assert outcome.ending.verdict is Verdict.UNCHANGED
    assert len(asked(hub, before)) == 2


def test_one_changed_line_takes_seven_requests_and_no_listing_of_everything(
    hub: LocalHub, big: Repo, deploy: Deployer
) -> None:
    big.commit({"data/07/3/5.txt": b"changed\n"})
    before = len(hub.requests)
    outcome = deploy(wait=False)
    assert outcome.plan and [file.path for file in outcome.plan.update] == ["data/07/3/5.txt"]
    assert made_equal(hub, big)
    assert not [path for path in asked(hub, before) if "recursive=true" in path]
    assert len(asked(hub, before)) == 7, asked(hub, before)


def test_a_change_in_many_folders_is_one_commit_and_one_listing_of_everything(
    hub: LocalHub, big: Repo, deploy: Deployer
) -> None:
    big.commit({f"data/{a:02}/1/1.txt": b"changed\n" for a in range(40)})
    before, commits = len(hub.requests), commits_sent(hub)
    deploy(wait=False)
    assert made_equal(hub, big)
    assert commits_sent(hub) == commits + 1
    assert len(asked(hub, before)) <= ALL_PAGES + 5, asked(hub, before)


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
def test_what_somebody_else_did_to_the_space_is_found_and_undone(
    hub: LocalHub, big: Repo, deploy: Deployer, drift: dict[str, bytes]
) -> None:
    hub.commit(SPACE, drift, delete=() if drift else ["data/07/3/5.txt"])
    deploy(wait=False)
    assert made_equal(hub, big)


def test_words_copied_from_a_release_are_not_believed(
    hub: LocalHub, repo: Repo, deploy: Deployer
) -> None:
    deploy(wait=False)
    ours = hub.commits(SPACE)[0]
    copied = {"title": ours.title, "description": ours.message}
    hub.commit(SPACE, {"stale.txt": b"by hand"}, **copied)
    deploy(wait=False)
    assert made_equal(hub, repo)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("POST", "/paths-info/", status=413),
        Fault("POST", "/paths-info/", status=404),
        Fault("POST", "/paths-info/", status=200, body="[]"),
    ],
    ids=["413", "404", "an empty answer"],
)
def test_where_folders_cannot_be_asked_for_everything_is_listed(
    hub: LocalHub, big: Repo, deploy: Deployer, fault: Fault
) -> None:
    hub.commit(SPACE, {"data/07/3/stale.txt": b"by hand"})
    hub.script.faults.append(fault)
    deploy(wait=False)
    assert hub.requests_to("recursive=true")
    assert made_equal(hub, big)


def test_a_folder_that_went_and_one_that_became_a_file_are_followed(
    hub: LocalHub, big: Repo, deploy: Deployer
) -> None:
    shutil.rmtree(big.root / "data" / "07")
    shutil.rmtree(big.root / "data" / "08" / "2")
    big.commit({"data/08/2": b"a file now\n"})
    deploy(wait=False)
    assert made_equal(hub, big)


def test_a_large_file_in_a_folder_costs_a_listing_of_it_and_no_bytes(
    hub: LocalHub, big: Repo, deploy: Deployer
) -> None:
    large = bytes(range(256)) * 50_000
    big.commit({"data/07/3/model.bin": large})
    deploy(wait=False)
    big.commit({"data/09/1/1.txt": b"changed\n"})
    before = len(hub.requests)
    outcome = deploy(wait=False)
    assert outcome.plan and [file.path for file in outcome.plan.sent] == ["data/09/1/1.txt"]
    assert made_equal(hub, big)
    assert len(asked(hub, before)) == 8, asked(hub, before)


def test_a_large_file_that_moves_is_not_sent_again(
    hub: LocalHub, repo: Repo, deploy: Deployer
) -> None:
    large = bytes(range(256)) * 50_000
    repo.commit({"old/model.bin": large})
    deploy(wait=False)
    repo.git("mv", "old", "new")
    repo.commit()
    before = len(hub.requests)
    deploy(wait=False)
    assert made_equal(hub, repo)
    assert sum(len(request.body) for request in hub.requests[before:]) < 10_000


@pytest.mark.parametrize(
    ("files", "seen"),
    [
        ([(f"{n}.txt", 9_000_000, b"text") for n in range(112)], "1,008,000,000 bytes of regular"),
        ([(f"{n}.bin", 1, b"\0") for n in range(25_001)], "25,001 large files (25,000 may be)"),
    ],
    ids=["bytes", "large files"],
)
def test_more_than_one_commit_can_hold_is_refused_with_the_numbers_before_anything_is_sent(
    hub: LocalHub, deploy: Deployer, files: list[tuple[str, int, bytes]], seen: str
) -> None:
    deploy(wait=False)
    commits = commits_sent(hub)
    added = tuple(File(path, size, blob_id(data), data) for path, size, data in files)
    plan = Plan(hub.commits(SPACE)[0].id, add=added)
    with pytest.raises(InvalidSource) as refusal:
        limits.check(deploy.client(), SpaceId.parse(SPACE), plan)
    assert seen in refusal.value.seen
    assert commits_sent(hub) == commits
    assert not hub.requests_to(r"\.git/info/lfs")


def test_a_commit_that_is_within_the_limits_asks_nothing_more(
    hub: LocalHub, deploy: Deployer
) -> None:
    deploy(wait=False)
    before = len(hub.requests)
    added = tuple(File(f"{n}.bin", 20_000_000, "0" * 40, b"\0") for n in range(1000))
    limits.check(deploy.client(), SpaceId.parse(SPACE), Plan("head", add=added))
    assert len(hub.requests) == before


def test_files_that_are_kept_are_still_known_when_they_are_not_kept_any_more(
    hub: LocalHub, repo: Repo, deploy: Deployer
) -> None:
    deploy(wait=False)
    hub.commit(SPACE, {"data.db": b"of the app"})
    repo.commit({"app.py": b"print('Changed.')\n"})
    deploy(wait=False, keep=Patterns.of_option("--keep", ["*.db"]))
    assert "data.db" in hub.files(SPACE)
    deploy(wait=False)
    assert made_equal(hub, repo)


def test_a_changed_gitattributes_is_a_change(repo: Repo, deploy: Deployer) -> None:
    repo.commit({".gitattributes": b"*.md text\n"})
    deploy(wait=False)
    repo.commit({".gitattributes": b"*.md -text\n"})
    assert deploy(wait=False).changed
    assert not deploy(wait=False).changed


def test_a_plan_of_an_unchanged_space_reads_no_file_but_the_card_and_the_rules(
    big: Repo, deploy: Deployer, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    opened = Path.read_bytes

    def watched(self: Path) -> bytes:
        read.append(self)
        return opened(self)

    monkeypatch.setattr(Path, "read_bytes", watched)
    assert not deploy.plan(token="hf_write").changed
    assert {path.name for path in read if path.is_relative_to(big.root)} <= {
        "README.md",
        ".hfignore",
    }
