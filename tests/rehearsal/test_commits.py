"""Commits: what they may contain, why they are rejected, and that their ids are git's."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationCopy,
    CommitOperationDelete,
    HfApi,
)
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError

from deployer.rehearsal import LocalHub
from deployer.rehearsal.store import HostedSpace

WEB = httpx2.Client()
Push = Callable[..., str]
LARGE_FILE_BYTES = 11 * 1024 * 1024


def send(hub: LocalHub, *lines: object, token: str = "hf_write") -> httpx2.Response:
    """Post a commit by hand; a header comes first."""
    header = {"key": "header", "value": {"summary": "by hand"}}
    body = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return WEB.post(
        f"{hub.url}/api/spaces/julia/app/commit/main",
        content=f"{json.dumps(header)}\n{body}",
        headers={"Authorization": f"Bearer {token}"},
    )


def line(path: str, data: bytes) -> dict[str, object]:
    """A `file` line of a commit."""
    content = base64.b64encode(data).decode()
    return {"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}}


@pytest.mark.usefixtures("space")
def test_a_commit_has_the_title_message_and_author_of_the_request(
    hub: LocalHub, push: Push
) -> None:
    oid = push({"a/b.txt": b"new"})
    newest = hub.commits("julia/app")[0]
    assert newest.id == oid
    assert (newest.title, newest.message) == ("A change", "with more to say")
    assert newest.author == "julia"
    assert hub.files("julia/app")["a/b.txt"] == b"new"


def test_ids_are_those_of_git(
    tmp_path: Path, hub: LocalHub, space: HostedSpace, push: Push
) -> None:
    push({"deep/er/file.txt": b"one", "deep.txt": b"two", "deep-er": b"three", "ä.txt": b""})
    newest = hub.commits(space.id)[0]
    environment = {
        **os.environ,
        "GIT_AUTHOR_NAME": "julia",
        "GIT_AUTHOR_EMAIL": "julia@users.noreply.hf.co",
        "GIT_COMMITTER_NAME": "julia",
        "GIT_COMMITTER_EMAIL": "julia@users.noreply.hf.co",
        "GIT_AUTHOR_DATE": f"{int(newest.date.timestamp())} +0000",
        "GIT_COMMITTER_DATE": f"{int(newest.date.timestamp())} +0000",
    }

    def git(*arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=tmp_path,
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    git("init", "--quiet")
    for path, data in hub.files(space.id).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    git("add", "--all")
    tree = git("write-tree")
    # the parent is not in this repository: the commit is hashed, not stored
    head = f"tree {tree}\nparent {newest.parent}\n"
    author = f"julia <julia@users.noreply.hf.co> {int(newest.date.timestamp())} +0000"
    text = f"{head}author {author}\ncommitter {author}\n\nA change\n\nwith more to say\n"
    assert git("hash-object", "-t", "commit", "--stdin", "--literally", stdin=text) == newest.id
    assert newest.folders[""] == tree
    assert newest.folders["deep/er"] == git("rev-parse", f"{tree}:deep/er")


def test_the_first_commit_is_what_git_would_make(tmp_path: Path, hub: LocalHub) -> None:
    hub.add_space("julia/one", {"a.txt": b"a"}, author="julia")
    first = hub.commits("julia/one")[0]
    (tmp_path / "a.txt").write_bytes(b"a")
    date = f"{int(first.date.timestamp())} +0000"
    names = {"NAME": "julia", "EMAIL": "julia@users.noreply.hf.co", "DATE": date}
    identity = {f"GIT_{role}_{k}": v for role in ("AUTHOR", "COMMITTER") for k, v in names.items()}
    commands = "git init -q && git add . && git commit -qm 'Initial commit' && git rev-parse HEAD"
    done = subprocess.run(
        commands,
        shell=True,
        cwd=tmp_path,
        env={**os.environ, **identity},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().strip() == first.id


def test_a_commit_on_an_older_parent_is_rejected(
    hub: LocalHub, space: HostedSpace, push: Push
) -> None:
    before = space.head
    hub.commit(space.id, {"foreign.txt": b"1"})
    with pytest.raises(HfHubHTTPError, match="The branch was updated since") as error:
        push({"a.txt": b"1"}, parent=before)
    assert error.value.response.status_code == 412
    push({"a.txt": b"1"}, parent=space.head[:7])


@pytest.mark.usefixtures("space")
def test_a_token_that_only_reads_does_not_commit(hub: LocalHub, reader: HfApi) -> None:
    with pytest.raises(HfHubHTTPError) as error:
        reader.delete_file("app.py", "julia/app", repo_type="space")
    assert error.value.response.status_code == 403
    assert send(hub, line("a.txt", b"1"), token="hf_read").status_code == 403


def test_deleting_a_missing_file_rejects_the_whole_commit(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    operations = [CommitOperationAdd("a.txt", b"1"), CommitOperationDelete("missing.txt")]
    before = space.head
    with pytest.raises(EntryNotFoundError, match="A file with this name doesn't exist"):
        api.create_commit(space.id, operations, commit_message="x", repo_type="space")
    assert (space.head, "a.txt" in hub.files(space.id)) == (before, False)


def test_a_folder_is_deleted_with_its_files(hub: LocalHub, api: HfApi) -> None:
    hub.add_space("julia/app", {"app.py": b"", "a.txt": b"", "ab.txt": b""})
    hub.commit("julia/app", {"d/1.txt": b"1", "d/e/2.txt": b"2", "de.txt": b"3"})
    api.delete_folder("d", "julia/app", repo_type="space")
    assert sorted(hub.files("julia/app")) == ["a.txt", "ab.txt", "app.py", "de.txt"]
    with pytest.raises(EntryNotFoundError):
        api.delete_folder("d", "julia/app", repo_type="space")


@pytest.mark.usefixtures("space")
def test_commits_need_an_existing_branch(hub: LocalHub, api: HfApi) -> None:
    with pytest.raises(RevisionNotFoundError):
        api.delete_file("app.py", "julia/app", repo_type="space", revision="nowhere")
    url = f"{hub.url}/api/spaces/julia/app/commit/main?create_pr=1"
    headers = {"Authorization": "Bearer hf_write"}
    assert WEB.post(url, content=b"", headers=headers).status_code == 400


@pytest.mark.usefixtures("space")
@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([line("big.txt", b"x" * LARGE_FILE_BYTES)], "larger than 10 MiB"),
        ([line("../up.txt", b"x")], "Invalid path"),
        ([line(".git/config", b"x")], "Invalid path"),
        ([line("a//b", b"x")], "Invalid path"),
        ([line("", b"x")], "Invalid path"),
        ([line("a\0b", b"x")], "Invalid path"),
        (['{"key": "file", "value": {"path": "\\ud800", "content": ""}}'], "Invalid path"),
        ([line("app.py/inside", b"x")], "a file and a folder"),
        ([{"key": "lfsFile", "value": {"path": "m", "oid": "0" * 64}}], "never uploaded"),
        ([{"key": "copyFile", "value": {"path": "m"}}], "unknown operation"),
        (["no json"], "one JSON object a line"),
        (
            [{"key": "file", "value": {"path": "a", "content": "%", "encoding": "base64"}}],
            "is not base64",
        ),
    ],
)
def test_an_invalid_commit_is_rejected(hub: LocalHub, lines: list[object], error: str) -> None:
    answer = send(hub, *lines)
    assert answer.status_code == 400
    assert error in answer.json()["error"]
    assert len(hub.commits("julia/app")) == 1


@pytest.mark.usefixtures("space")
def test_a_commit_needs_a_header(hub: LocalHub) -> None:
    url = f"{hub.url}/api/spaces/julia/app/commit/main"
    headers = {"Authorization": "Bearer hf_write"}
    answer = WEB.post(url, content=json.dumps(line("a", b"x")), headers=headers)
    assert "header" in answer.json()["error"]


@pytest.mark.usefixtures("space")
def test_a_large_file_is_uploaded_to_lfs_and_downloaded_again(
    hub: LocalHub, api: HfApi, push: Push, tmp_path: Path
) -> None:
    data = os.urandom(LARGE_FILE_BYTES)
    push({"my model.dat": data})
    assert hub.files("julia/app")["my model.dat"] == data
    assert hub.requests_to("/_lfs/", "PUT")[0].bytes_in == LARGE_FILE_BYTES
    fetched = api.hf_hub_download(
        "julia/app", "my model.dat", repo_type="space", cache_dir=tmp_path
    )
    assert Path(fetched).read_bytes() == data
    (entry,) = api.get_paths_info("julia/app", ["my model.dat"], repo_type="space")
    assert entry.lfs is not None and entry.size == entry.lfs.size == LARGE_FILE_BYTES
    raw = WEB.get(f"{hub.url}/spaces/julia/app/raw/main/my%20model.dat").content
    assert raw.startswith(b"version https://git-lfs") and len(raw) == entry.lfs.pointer_size


@pytest.mark.usefixtures("space")
def test_an_lfs_file_gets_a_rule_in_gitattributes(hub: LocalHub, push: Push) -> None:
    push({"odd [name].dat": b"\0binary", "plain.txt": b"text"})
    rules = hub.files("julia/app")[".gitattributes"].decode()
    assert rules == "odd[[:space:]]\\[name\\].dat filter=lfs diff=lfs merge=lfs -text\n"
    push({"odd [name].dat": b"\0other"})
    assert hub.files("julia/app")[".gitattributes"].decode() == rules


def test_a_new_space_has_lfs_rules_for_model_files(hub: LocalHub, api: HfApi) -> None:
    api.create_repo("julia/new", repo_type="space", space_sdk="gradio")
    before = hub.files("julia/new")[".gitattributes"]
    api.upload_file(
        path_or_fileobj=b"small", path_in_repo="a/m.bin", repo_id="julia/new", repo_type="space"
    )
    assert hub.commits("julia/new")[0].files["a/m.bin"].lfs
    assert hub.files("julia/new")[".gitattributes"] == before


@pytest.mark.usefixtures("space")
def test_an_lfs_file_is_uploaded_once(hub: LocalHub, push: Push) -> None:
    push({"one.dat": b"\0same"})
    push({"two.dat": b"\0same"})
    assert len(hub.requests_to("/_lfs/", "PUT")) == 1
    assert hub.files("julia/app")["two.dat"] == b"\0same"


@pytest.mark.usefixtures("space")
def test_uploaded_bytes_must_match_their_sha256(hub: LocalHub) -> None:
    oid, headers = "0" * 64, {"Authorization": "Bearer hf_write"}
    base = f"{hub.url}/spaces/julia/app.git/info/lfs/objects"
    body = {"operation": "upload", "objects": [{"oid": oid, "size": 5}]}
    answer = WEB.post(f"{base}/batch", json=body, headers=headers).json()
    actions = answer["objects"][0]["actions"]
    assert WEB.put(actions["upload"]["href"], content=b"other").status_code == 400
    verified = WEB.post(actions["verify"]["href"], json=body["objects"][0], headers=headers)
    assert verified.status_code == 404
    assert WEB.put(f"{hub.url}/_lfs/{oid}?ticket=made-up", content=b"x").status_code == 403
    bad = {"operation": "upload", "objects": [{"oid": "../../etc", "size": 5}]}
    assert WEB.post(f"{base}/batch", json=bad, headers=headers).status_code == 422


def test_an_lfs_file_is_copied_between_spaces_without_an_upload(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    push({"model.dat": b"\0weights"})
    api.create_repo("julia/two", repo_type="space", space_sdk="gradio")
    copy = CommitOperationCopy(
        "model.dat", "model.dat", src_repo_id=space.id, src_repo_type="space"
    )
    sent = len(hub.requests_to("/_lfs/", "PUT"))
    api.create_commit("julia/two", [copy], commit_message="promote", repo_type="space")
    assert hub.files("julia/two")["model.dat"] == b"\0weights"
    assert len(hub.requests_to("/_lfs/", "PUT")) == sent


def test_a_deleted_lfs_file_is_restored_without_an_upload(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    old = push({"model.dat": b"\0weights"})
    api.delete_file("model.dat", space.id, repo_type="space")
    copy = CommitOperationCopy("model.dat", "model.dat", src_revision=old)
    api.create_commit(space.id, [copy], commit_message="restore", repo_type="space")
    assert hub.files(space.id)["model.dat"] == b"\0weights"


def test_unchanged_files_make_no_commit(hub: LocalHub, space: HostedSpace, push: Push) -> None:
    files = {"a.txt": b"same", "model.dat": b"\0same"}
    first = push(files)
    assert push(files) == first
    assert len(hub.commits(space.id)) == 2


def test_a_gitignore_in_the_space_excludes_files_unless_one_is_sent(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    hub.commit(space.id, {".gitignore": b"*.log\nbuild/\n!keep.log\n"})
    push({"a.log": b"1", "build/x.txt": b"2", "keep.log": b"3", "b.txt": b"4"})
    assert {"keep.log", "b.txt"} < set(hub.files(space.id))
    assert not {"a.log", "build/x.txt"} & set(hub.files(space.id))
    operations = [CommitOperationAdd("a.log", b"1")]
    api.preupload_lfs_files(space.id, operations, repo_type="space", gitignore_content="# none\n")
    api.create_commit(space.id, operations, commit_message="x", repo_type="space")
    assert hub.files(space.id)["a.log"] == b"1"


def test_the_card_in_a_commit_sets_the_sdk(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    hub.commit(space.id, {"README.md": b"---\nsdk: static\n---\n"})
    assert api.space_info(space.id).sdk == "static"


def test_commits_on_the_hub_behave_like_uploaded_ones(hub: LocalHub, space: HostedSpace) -> None:
    oid = hub.commit(space.id, {"m.dat": b"\0x"}, delete=["app.py"], title="By hand", author="tom")
    newest = hub.commits(space.id)[0]
    assert (newest.id, newest.title, newest.author) == (oid, "By hand", "tom")
    assert sorted(hub.files(space.id)) == [".gitattributes", "README.md", "m.dat"]
    assert "app.py" in hub.files(space.id, f"{newest.parent}")
