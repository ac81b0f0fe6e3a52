"""Long lists are paged, and the client reads every page."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest
from huggingface_hub import HfApi, RepoFile, RepoFolder
from huggingface_hub.errors import EntryNotFoundError, RevisionNotFoundError

from deployer.rehearsal import LocalHub
from deployer.rehearsal.store import HostedSpace
from deployer.source.tree import blob_id

MANY = {f"data/{number // 100:02}/{number:04}.txt": b"%d" % number for number in range(1200)}
WEB = httpx2.Client()


def test_a_tree_of_many_files_is_listed_completely(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    hub.commit(space.id, MANY)
    entries = list(api.list_repo_tree(space.id, repo_type="space", recursive=True))
    files = {entry.path: entry.blob_id for entry in entries if isinstance(entry, RepoFile)}
    folders = [entry.path for entry in entries if isinstance(entry, RepoFolder)]
    assert {path: files[path] for path in MANY} == {p: blob_id(d) for p, d in MANY.items()}
    assert folders == ["data", *(f"data/{number:02}" for number in range(12))]
    assert len(hub.requests_to("/tree/main")) == 2


def test_an_expanded_tree_has_the_last_commit_of_each_entry(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    first = space.head
    second = hub.commit(space.id, {f"n/{number}.txt": b"" for number in range(60)}, title="Many")
    tree = api.list_repo_tree(space.id, repo_type="space", recursive=True, expand=True)
    last = {entry.path: entry.last_commit for entry in tree}
    assert len(hub.requests_to("/tree/main")) == 2
    assert {commit.oid for path, commit in last.items() if path.startswith("n")} == {second}
    assert last["app.py"].oid == first


def test_a_folder_is_listed_alone(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    hub.commit(space.id, {"a/b/c.txt": b"", "a/d.txt": b"", "ab.txt": b""})
    below = api.list_repo_tree(space.id, "a", repo_type="space")
    assert [entry.path for entry in below] == ["a/b", "a/d.txt"]
    deep = api.list_repo_tree(space.id, "a/b", repo_type="space")
    assert [entry.path for entry in deep] == ["a/b/c.txt"]
    top = {entry.path for entry in api.list_repo_tree(space.id, repo_type="space")}
    assert top == {"README.md", "a", "ab.txt", "app.py"}


def test_a_missing_folder_or_revision_is_an_error(api: HfApi, space: HostedSpace) -> None:
    with pytest.raises(EntryNotFoundError):
        list(api.list_repo_tree(space.id, "missing", repo_type="space"))
    with pytest.raises(RevisionNotFoundError):
        list(api.list_repo_tree(space.id, revision="missing", repo_type="space"))


def test_paths_info_has_ids_and_skips_missing_paths(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    hub.commit(space.id, {"a&b/c=d.txt": b"1"})
    asked = ["app.py", "a&b", "a&b/c=d.txt", "missing"]
    found = api.get_paths_info(space.id, asked, repo_type="space")
    ids = {e.path: e.tree_id if isinstance(e, RepoFolder) else e.blob_id for e in found}
    commit = hub.commits(space.id)[0]
    assert ids == {
        "app.py": blob_id(b"print(1)\n"),
        "a&b": commit.folders["a&b"],
        "a&b/c=d.txt": blob_id(b"1"),
    }


def test_too_many_paths_are_rejected(hub: LocalHub, space: HostedSpace) -> None:
    body = {"paths": [str(number) for number in range(2001)]}
    answer = WEB.post(f"{hub.url}/api/spaces/{space.id}/paths-info/main", data=body)
    assert answer.status_code == 413


def test_a_long_history_is_complete_and_newest_first(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    made = [hub.commit(space.id, {"n.txt": b"%d" % number}) for number in range(120)]
    history = api.list_repo_commits(space.id, repo_type="space")
    assert [commit.commit_id for commit in history[:-1]] == made[::-1]
    assert history[-1].title == "Initial commit"
    assert len(hub.requests_to("/commits/main")) == 3


def test_links_to_the_next_page_are_absolute_urls(hub: LocalHub, space: HostedSpace) -> None:
    hub.commit(space.id, MANY)
    answer = WEB.get(f"{hub.url}/api/spaces/{space.id}/tree/main?recursive=true")
    assert len(answer.json()) == 1000
    assert answer.links["next"]["url"].startswith(f"{hub.url}/api/spaces/{space.id}/tree/main?")
    bad = WEB.get(f"{hub.url}/api/spaces/{space.id}/tree/main?cursor=x")
    assert bad.status_code == 400


def test_a_small_commit_takes_two_requests(
    hub: LocalHub, space: HostedSpace, push: Callable[..., str]
) -> None:
    push({"a.txt": b"1"})
    paths = [(request.method, request.path.rpartition("/app/")[2]) for request in hub.requests]
    assert paths == [("POST", "preupload/main"), ("POST", "commit/main")]
    assert space.head == hub.commits(space.id)[0].id
