"""Downloads, and uploads by the client's other commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, RevisionNotFoundError

from deployer.rehearsal import Fault, LocalHub
from deployer.rehearsal.store import HostedSpace

WEB = httpx2.Client()
ODD = ["a b.txt", "ä/ö.txt", "50%25.txt", "a+b&c=d#e?.txt", "deep/er/x.txt", "[x].txt"]


def test_a_snapshot_of_all_files_is_downloaded(
    hub: LocalHub, api: HfApi, space: HostedSpace, tmp_path: Path
) -> None:
    hub.commit(space.id, {"deep/file.txt": b"1", "model.dat": b"\0weights"})
    api.snapshot_download(space.id, repo_type="space", local_dir=tmp_path)
    for path, data in hub.files(space.id).items():
        assert (tmp_path / path).read_bytes() == data


@pytest.mark.parametrize("path", ODD)
def test_every_file_name_is_uploaded_and_downloaded_unchanged(
    hub: LocalHub, api: HfApi, space: HostedSpace, tmp_path: Path, path: str
) -> None:
    api.upload_file(
        path_or_fileobj=path.encode(), path_in_repo=path, repo_id=space.id, repo_type="space"
    )
    assert hub.files(space.id)[path] == path.encode()
    fetched = api.hf_hub_download(space.id, path, repo_type="space", local_dir=tmp_path)
    assert Path(fetched).read_bytes() == path.encode()
    assert api.file_exists(space.id, path, repo_type="space")
    folder = path.rpartition("/")[0]
    if folder:
        below = api.list_repo_tree(space.id, folder, repo_type="space")
        assert [entry.path for entry in below] == [path]


def test_an_older_revision_has_its_own_files(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    old = space.head
    hub.commit(space.id, {"app.py": b"print(2)\n"})
    base = f"{hub.url}/spaces/{space.id}"
    assert WEB.get(f"{base}/resolve/{old}/app.py").content == b"print(1)\n"
    newest = WEB.get(f"{base}/resolve/refs%2Fheads%2Fmain/app.py")
    assert (newest.content, newest.headers["x-repo-commit"]) == (b"print(2)\n", space.head)
    assert WEB.get(f"{base}/raw/main/app.py").text == "print(2)\n"
    with pytest.raises(RevisionNotFoundError):
        api.hf_hub_download(space.id, "app.py", repo_type="space", revision="missing")
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download(space.id, "missing.py", repo_type="space")


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=5-99", 206, b"56789"),
        ("bytes=10-", 416, b""),
        ("bytes=-", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
    ],
)
def test_a_range_of_a_file_is_served(
    hub: LocalHub, space: HostedSpace, wanted: str, status: int, part: bytes
) -> None:
    hub.commit(space.id, {"n.txt": b"0123456789"})
    url = f"{hub.url}/spaces/{space.id}/resolve/main/n.txt"
    answer = WEB.get(url, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (status, part)


def test_a_range_of_an_lfs_file_is_served(hub: LocalHub, space: HostedSpace) -> None:
    hub.commit(space.id, {"m.dat": b"\0" + b"0123456789"})
    url = f"{hub.url}/spaces/{space.id}/resolve/main/m.dat"
    assert WEB.get(url, headers={"Range": "bytes=3-5"}).content == b"234"


def test_a_folder_is_uploaded_and_missing_files_are_deleted(
    hub: LocalHub, api: HfApi, space: HostedSpace, tmp_path: Path
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "new.txt").write_text("new")
    (tmp_path / "model.dat").write_bytes(b"\0weights")
    hub.commit(space.id, {"old.txt": b"old"})
    api.upload_folder(
        repo_id=space.id, repo_type="space", folder_path=tmp_path, delete_patterns="*"
    )
    files = hub.files(space.id)
    assert sorted(files) == [".gitattributes", "deep/new.txt", "model.dat"]
    assert files["model.dat"] == b"\0weights"


def hf(hub: LocalHub, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the client's own command line, in an environment of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HF_HOME": str(home / "hf"),
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": "hf_write",
        "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_UPDATE_CHECK": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "NO_PROXY": "127.0.0.1",
    }
    program = Path(sys.executable).with_name("hf")
    return subprocess.run(
        [str(program), *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_the_command_line_of_the_client_uploads_a_folder(hub: LocalHub, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "app.py").write_text("print(1)")
    (source / "README.md").write_text("---\ntitle: App\nsdk: gradio\n---\n")
    hub.add_space("julia/app", {"gone.txt": b""})
    arguments = ["julia/app", str(source), ".", "--repo-type", "space", "--delete", "*"]
    done = hf(hub, tmp_path, "upload", *arguments)
    assert done.returncode == 0, done.stderr
    assert sorted(hub.files("julia/app")) == ["README.md", "app.py"]
    assert hub.requests_to("/api/repos/create")[0].status == 409


def test_the_command_line_of_the_client_shows_the_account(hub: LocalHub, tmp_path: Path) -> None:
    done = hf(hub, tmp_path, "auth", "whoami")
    assert "julia" in done.stdout, done.stderr


def test_there_is_no_xet_route(hub: LocalHub, space: HostedSpace) -> None:
    answer = WEB.get(f"{hub.url}/api/spaces/{space.id}/xet-write-token/main")
    assert answer.status_code == 404


def test_the_client_retries_an_upload(
    hub: LocalHub, api: HfApi, space: HostedSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hub.scenario.faults.append(Fault("PUT", "/_lfs/", status=503, times=2))
    api.upload_file(
        path_or_fileobj=b"\0x", path_in_repo="m.dat", repo_id=space.id, repo_type="space"
    )
    assert [r.status for r in hub.requests_to("/_lfs/")] == [503, 503, 200]


def test_an_upload_needs_a_write_token(reader: HfApi, space: HostedSpace) -> None:
    with pytest.raises(HfHubHTTPError) as error:
        reader.upload_file(
            path_or_fileobj=b"x", path_in_repo="a.txt", repo_id=space.id, repo_type="space"
        )
    assert error.value.response.status_code == 403
