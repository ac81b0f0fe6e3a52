"""A snapshot contains the files that git tracks, with the bytes of the working tree."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.errors import InvalidSource, UsageError
from deployer.flows.locate import describe, locate
from deployer.source.snapshot import SourceHints
from tests.conftest import APP, Repo
from tests.flows.conftest import content_of, snapshot_of

NewRepo = Callable[..., Repo]


def test_every_tracked_file_is_included_byte_for_byte(repo: Repo) -> None:
    repo.commit({"data/a.bin": bytes(range(256)), "empty": b"", "deep/er/est/x.txt": b"x"})
    assert content_of(snapshot_of(repo.root)) == repo.tracked()


def test_an_untracked_file_is_not_included(repo: Repo) -> None:
    repo.write({".env": b"SECRET=1", "notes.txt": b"mine"})
    assert content_of(snapshot_of(repo.root)) == APP


def test_a_changed_file_has_the_bytes_of_the_working_tree(repo: Repo) -> None:
    repo.write({"app.py": b"changed, not staged\n"})
    assert content_of(snapshot_of(repo.root))["app.py"] == b"changed, not staged\n"


def test_a_staged_file_is_included(repo: Repo) -> None:
    repo.write({"new.txt": b"new", "intended.txt": b"intended"})
    repo.git("add", "new.txt")
    repo.git("add", "--intent-to-add", "intended.txt")
    files = content_of(snapshot_of(repo.root))
    assert (files["new.txt"], files["intended.txt"]) == (b"new", b"intended")


def test_a_file_deleted_in_the_working_tree_is_not_included(repo: Repo) -> None:
    repo.commit({"old.txt": b"old", "dir/old.txt": b"old"})
    (repo.root / "old.txt").unlink()
    (repo.root / "dir/old.txt").unlink()
    (repo.root / "dir").rmdir()
    assert content_of(snapshot_of(repo.root)) == APP


def test_a_file_replaced_by_a_folder_of_untracked_files_is_not_included(repo: Repo) -> None:
    repo.commit({"thing": b"a file"})
    (repo.root / "thing").unlink()
    repo.write({"thing/private.txt": b"untracked"})
    assert content_of(snapshot_of(repo.root)) == APP


def test_a_tracked_folder_replaced_by_a_link_does_not_leak_the_files_of_its_target(
    repo: Repo, tmp_path: Path
) -> None:
    repo.commit({"config/settings.txt": b"ours"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "settings.txt").write_bytes(b"someone else's")
    (repo.root / "config/settings.txt").unlink()
    (repo.root / "config").rmdir()
    repo.link("config", elsewhere)
    assert b"someone else's" not in content_of(snapshot_of(repo.root)).values()


def test_an_assume_unchanged_file_has_the_bytes_of_the_working_tree(repo: Repo) -> None:
    repo.git("update-index", "--assume-unchanged", "app.py")
    repo.write({"app.py": b"changed behind git's back\n"})
    assert content_of(snapshot_of(repo.root))["app.py"] == b"changed behind git's back\n"


def test_a_skip_worktree_file_has_the_bytes_of_the_working_tree(repo: Repo) -> None:
    repo.git("update-index", "--skip-worktree", "app.py")
    repo.write({"app.py": b"my own version\n"})
    assert content_of(snapshot_of(repo.root))["app.py"] == b"my own version\n"


def test_a_change_with_the_same_size_and_timestamp_is_found(repo: Repo) -> None:
    path = repo.root / "app.py"
    data, before = path.read_bytes(), path.stat()
    path.write_bytes(data[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert content_of(snapshot_of(repo.root))["app.py"] == data[::-1]


@pytest.mark.parametrize(
    "name",
    [
        "with space.txt",
        " leading and trailing ",
        "quo\"te's.txt",
        "new\nline.txt",
        "tab\there.txt",
        "back\\slash.txt",
        "ümläut-日本語-🚀.txt",
        "-rf",
        "--help",
        ":(glob)*.txt",
        "[brackets]*?.txt",
        "#hash",
        "!bang",
        "$(touch pwned)",
        "a;b|c&d>e",
        "e\u0301 and \u00e9.txt",
        "dir with space/in\nside/файл.txt",
        "\x1b[31mred.txt",
    ],
)
def test_a_file_with_an_unusual_name_is_included(repo: Repo, name: str) -> None:
    repo.commit({name: b"odd"})
    assert content_of(snapshot_of(repo.root)) == APP | {name: b"odd"}


def test_a_name_that_is_not_utf_8_is_an_error_that_shows_it(repo: Repo) -> None:
    repo.commit({os.fsdecode(b"caf\xe9.txt"): b"latin"})
    with pytest.raises(InvalidSource) as raised:
        snapshot_of(repo.root)
    assert r"caf\xe9.txt" in raised.value.cause


def test_a_name_that_is_not_utf_8_can_be_ignored(repo: Repo) -> None:
    repo.commit({os.fsdecode(b"caf\xe9.txt"): b"latin", ".hfignore": b"caf*\n"})
    assert content_of(snapshot_of(repo.root)) == APP


def test_an_executable_file_is_included_and_known_as_such(repo: Repo) -> None:
    (repo.root / "start.sh").write_bytes(b"#!/bin/sh\n")
    (repo.root / "start.sh").chmod(0o755)
    repo.commit()
    snapshot = snapshot_of(repo.root)
    assert {path for path, file in snapshot.files.items() if file.executable} == {"start.sh"}
    assert not snapshot.warnings


def test_a_cache_folder_is_excluded_with_a_warning(repo: Repo) -> None:
    repo.commit({"models/.cache/x.bin": b"x", ".cache": b"a file of that name"})
    snapshot = snapshot_of(repo.root)
    assert content_of(snapshot) == APP
    assert any("models/.cache/x.bin" in warning.message for warning in snapshot.warnings)


def test_a_repository_without_a_commit_has_its_staged_files(new_repo: NewRepo) -> None:
    repo = new_repo()
    repo.write({**APP, "untracked.txt": b"no"})
    repo.git("add", *APP)
    snapshot = snapshot_of(repo.root)
    assert content_of(snapshot) == APP
    assert snapshot.source.commit is None


def test_an_unfinished_merge_is_an_error(repo: Repo) -> None:
    base = repo.commit({"text.txt": b"base\n"})
    repo.git("checkout", "--quiet", "-b", "side")
    repo.commit({"text.txt": b"side\n"})
    repo.git("checkout", "--quiet", "-b", "other", base)
    repo.commit({"text.txt": b"other\n"})
    with pytest.raises(AssertionError, match="merge"):
        repo.git("merge", "side")
    with pytest.raises(InvalidSource) as raised:
        snapshot_of(repo.root)
    assert "text.txt" in raised.value.cause


def test_a_source_without_files_to_deploy_is_an_error(new_repo: NewRepo) -> None:
    repo = new_repo({".gitignore": b"*\n", ".github/workflows/ci.yml": b"on: push\n"})
    with pytest.raises(InvalidSource, match="no files to deploy"):
        snapshot_of(repo.root)


def test_an_empty_repository_is_an_error(new_repo: NewRepo) -> None:
    with pytest.raises(InvalidSource, match="no files to deploy"):
        snapshot_of(new_repo().root)


def test_a_folder_of_the_repository_becomes_the_root_of_the_space(repo: Repo) -> None:
    repo.commit({"apps/web/app.py": b"web", "apps/web/lib/x.py": b"x", "apps/api/app.py": b"api"})
    assert content_of(snapshot_of(repo.root, "apps/web")) == {"app.py": b"web", "lib/x.py": b"x"}


def test_a_folder_has_the_same_snapshot_from_any_working_directory(repo: Repo) -> None:
    repo.commit({"apps/web/app.py": b"web", "apps/api/app.py": b"api"})
    from_inside = snapshot_of(repo.root / "apps/api", "../web")
    assert from_inside.id == snapshot_of(repo.root, "apps/web").id


def test_a_path_outside_the_repository_is_an_error(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for path in ("..", "../other", str(tmp_path)):
        with pytest.raises(UsageError, match="outside"):
            snapshot_of(repo.root, path)


def test_a_path_through_a_link_to_outside_the_repository_is_an_error(
    repo: Repo, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    repo.link("inside", tmp_path / "other")
    with pytest.raises(UsageError, match="outside"):
        snapshot_of(repo.root, "inside")


def test_a_path_that_is_not_a_folder_is_an_error(repo: Repo) -> None:
    for path in ("missing", "app.py"):
        with pytest.raises(UsageError, match="directory not found"):
            snapshot_of(repo.root, path)


def test_a_folder_without_git_includes_every_file_that_is_not_ignored(tmp_path: Path) -> None:
    plain = Repo(tmp_path / "plain")
    plain.write({**APP, "lib/x.py": b"x", "out/y": b"y", ".gitignore": b"out/\n"})
    snapshot = snapshot_of(plain.root)
    assert content_of(snapshot) == APP | {"lib/x.py": b"x"}
    assert (snapshot.source.commit, str(snapshot.source)) == (None, "plain")


def test_a_named_pipe_in_a_folder_without_git_is_not_read(tmp_path: Path) -> None:
    plain = Repo(tmp_path / "plain")
    plain.write(APP)
    os.mkfifo(plain.root / "pipe")
    assert content_of(snapshot_of(plain.root)) == APP


def test_a_second_worktree_has_its_own_files(repo: Repo, tmp_path: Path) -> None:
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    side = Repo(tmp_path / "side")
    side.commit({"app.py": b"the side's\n", "more.txt": b"more"})
    assert content_of(snapshot_of(side.root)) == side.tracked()
    assert content_of(snapshot_of(repo.root)) == APP


def test_the_environment_of_a_git_hook_does_not_select_another_repository(
    repo: Repo, new_repo: NewRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = new_repo({"other.txt": b"other"}, name="other")
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.root))
    monkeypatch.setenv("GIT_PREFIX", "apps/")
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other.root / ".git/objects"))
    assert content_of(snapshot_of(repo.root)) == APP


def test_the_configuration_that_git_passes_to_a_hook_has_no_effect(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'core.worktree'='/'")
    assert content_of(snapshot_of(repo.root)) == APP


def test_a_program_in_the_git_configuration_of_the_repository_is_not_run(
    repo: Repo, tmp_path: Path
) -> None:
    spy, ran = tmp_path / "spy", tmp_path / "ran"
    spy.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    spy.chmod(0o755)
    repo.git("config", "core.fsmonitor", str(spy))
    snapshot_of(repo.root)
    assert not ran.exists()


def test_the_source_names_its_repository_commit_and_ref(repo: Repo) -> None:
    repo.git("remote", "add", "origin", "https://github.com/julia/project.git")
    head = repo.git("rev-parse", "HEAD").decode().strip()
    source = snapshot_of(repo.root).source
    assert (source.repository, source.commit, source.ref) == (
        "julia/project",
        head,
        "refs/heads/main",
    )
    assert str(source) == f"julia/project@{head}"


def test_a_detached_head_has_no_ref(repo: Repo) -> None:
    repo.git("checkout", "--quiet", "--detach")
    source = snapshot_of(repo.root).source
    assert (source.commit, source.ref) == (repo.git("rev-parse", "HEAD").decode().strip(), None)


@pytest.mark.parametrize(
    "name", ["refs/heads/feature/heads/x", "refs/heads/(detached)", "refs/odd/x"]
)
def test_what_is_checked_out_is_named_in_full(repo: Repo, name: str) -> None:
    repo.git("update-ref", name, "HEAD")
    repo.git("symbolic-ref", "HEAD", name)
    assert snapshot_of(repo.root).source.ref == name


def test_files_are_deployed_before_the_first_commit(new_repo: NewRepo) -> None:
    repo = new_repo(name="fresh")
    (repo.root / "README.md").write_bytes(APP["README.md"])
    repo.git("add", "README.md")
    source = snapshot_of(repo.root).source
    assert (source.commit, source.ref, source.dirty) == (None, "refs/heads/main", True)


def test_a_renamed_file_makes_the_source_dirty_whatever_its_name_was(repo: Repo) -> None:
    repo.commit({"# branch.oid": b"odd", "# x": b"odd, too"})
    repo.git("mv", "# branch.oid", "plain")
    repo.git("mv", "# x", "other")
    source = snapshot_of(repo.root).source
    assert source.dirty
    assert source.commit == repo.git("rev-parse", "HEAD").decode().strip()


def test_a_snapshot_starts_git_eight_times_at_most(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    stand_in = tmp_path / "bin" / "git"
    stand_in.parent.mkdir()
    stand_in.write_text(f"#!/bin/sh\necho \"$*\" >>'{log}'\nexec '{shutil.which('git')}' \"$@\"\n")
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    assert content_of(snapshot_of(repo.root)) == repo.tracked()
    asked = [line for line in log.read_text().splitlines() if "--no-optional-locks" in line]
    assert 0 < len(asked) <= 8, asked


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/julia/project", "julia/project"),
        ("git@github.com:julia/project.git", "julia/project"),
        ("ssh://git@host.example:2222/julia/project.git/", "julia/project"),
        ("https://julia:hunter2@github.com/julia/project.git", "julia/project"),
        ("https://x-access-token:hunter2@host.example", "source"),
        ("https://x-access-token:hunter2@host.example/", "source"),
        ("https://hunter2@host.example/project", "source"),
        ("https://host.example/project?token=hunter2", "source"),
    ],
)
def test_the_url_of_a_remote_gives_its_name_and_never_its_password(
    repo: Repo, url: str, name: str
) -> None:
    repo.git("remote", "add", "origin", url)
    source = str(snapshot_of(repo.root).source)
    assert "hunter2" not in source
    assert source.partition("@")[0] == name


def test_a_changed_tracked_file_makes_the_source_dirty_and_an_untracked_one_does_not(
    repo: Repo,
) -> None:
    repo.write({"untracked.txt": b"x"})
    assert not snapshot_of(repo.root).source.dirty
    repo.write({"app.py": b"changed\n"})
    assert snapshot_of(repo.root).source.dirty


def test_a_change_elsewhere_in_the_repository_does_not_make_a_folder_dirty(repo: Repo) -> None:
    repo.commit({"apps/web/app.py": b"web", "apps/api/app.py": b"api"})
    repo.write({"apps/api/app.py": b"changed"})
    place = locate(repo.root, "apps/web")
    assert not describe(place, SourceHints()).dirty


def test_the_id_is_the_git_tree_id_for_any_names(repo: Repo) -> None:
    names = [
        "a",
        "a-b/x",
        "a.b",
        "a/b".replace("/", "0"),
        "b/c/d",
        "b.c",
        "b-c",
        "ü/é",
        "z\nz",
        "Z",
    ]
    repo.commit({name: name.encode() for name in names})
    assert snapshot_of(repo.root).id == repo.git("write-tree").decode().strip()


def test_the_id_does_not_depend_on_the_hub_s_gitattributes(repo: Repo) -> None:
    before = snapshot_of(repo.root).id
    repo.commit({".gitattributes": b"*.bin filter=lfs\n"})
    assert snapshot_of(repo.root).id == before
    repo.commit({"deep/.gitattributes": b"*.bin filter=lfs\n"})
    assert snapshot_of(repo.root).id != before
