"""Which files `.hfignore` excludes from a snapshot, and which ones `include` adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.errors import DeployError, UsageError
from tests.conftest import APP, Repo
from tests.flows.conftest import content_of, snapshot_of


def test_files_of_git_and_github_are_always_ignored(repo: Repo) -> None:
    repo.commit(
        {
            ".github/workflows/ci.yml": b"on: push\n",
            ".gitignore": b"*.log\n",
            "lib/.gitignore": b"*.tmp\n",
            ".hfignore": b"*.tmp\n",
            ".gitattributes": b"*.png -text\n",
            ".gitkeep": b"",
        }
    )
    kept = {".gitattributes": b"*.png -text\n", ".gitkeep": b""}
    assert content_of(snapshot_of(repo.root)) == APP | kept


def test_each_ignored_file_names_the_line_of_hfignore_that_matched(repo: Repo) -> None:
    repo.commit(
        {
            ".hfignore": b"# a comment\n\n/tests/\n*.md\n!README.md\ndocs/**/draft-*\r\n",
            "tests/test_x.py": b"",
            "lib/tests/test_y.py": b"",
            "NOTES.md": b"",
            "docs/a/b/draft-1.txt": b"",
        }
    )
    snapshot = snapshot_of(repo.root)
    assert set(snapshot.files) == {*APP, "lib/tests/test_y.py"}
    rules = {path: str(rule) for path, rule in snapshot.excluded.items()}
    assert rules["tests/test_x.py"] == ".hfignore:3 '/tests/'"
    assert rules["NOTES.md"] == ".hfignore:4 '*.md'"
    assert rules["docs/a/b/draft-1.txt"] == ".hfignore:6 'docs/**/draft-*'"


def test_hfignore_is_read_from_the_deployed_folder_and_its_paths_are_relative_to_it(
    repo: Repo,
) -> None:
    repo.commit(
        {
            ".hfignore": b"app.py\n",
            "web/.hfignore": b"/secret.txt\n",
            "web/app.py": b"web",
            "web/secret.txt": b"s",
            "web/deep/secret.txt": b"d",
        }
    )
    assert set(snapshot_of(repo.root, "web").files) == {"app.py", "deep/secret.txt"}


def test_an_untracked_hfignore_applies(repo: Repo) -> None:
    repo.write({".hfignore": b"app.py\n"})
    assert set(snapshot_of(repo.root).files) == {"README.md"}


def test_a_tracked_file_is_included_despite_gitignore(repo: Repo) -> None:
    repo.commit({".gitignore": b"data/\n", "data/x.txt": b"tracked all the same"})
    assert "data/x.txt" in snapshot_of(repo.root).files


def test_include_adds_only_the_named_files_that_git_ignores(repo: Repo) -> None:
    repo.commit({".gitignore": b"dist/\n*.env\n"})
    repo.write({"dist/app.js": b"js", "dist/deep/x.map": b"map", "prod.env": b"S=1", "y": b"y"})
    files = content_of(snapshot_of(repo.root, include=["dist/"]))
    assert files == APP | {"dist/app.js": b"js", "dist/deep/x.map": b"map"}


def test_include_takes_patterns_and_negations(repo: Repo) -> None:
    repo.commit({".gitignore": b"dist/\n"})
    repo.write({"dist/app.js": b"js", "dist/app.map": b"map", "dist/x/y.js": b"y"})
    files = content_of(snapshot_of(repo.root, include=["dist/**/*.js", "!dist/x/**"]))
    assert files == APP | {"dist/app.js": b"js"}


def test_include_overrides_hfignore(repo: Repo) -> None:
    repo.commit({".hfignore": b"docs/\n", "docs/a.md": b"a", "docs/b.md": b"b"})
    assert set(snapshot_of(repo.root, include=["docs/a.md"]).files) == {*APP, "docs/a.md"}


def test_include_never_adds_a_git_folder(repo: Repo) -> None:
    repo.write({"lib/.git/config": b"[remote]", ".github/x.yml": b"x"})
    files = snapshot_of(repo.root, include=["*", ".git/", "lib/.git/config"]).files
    assert not [path for path in files if ".git" in path]


def test_include_is_relative_to_the_deployed_folder(repo: Repo) -> None:
    repo.commit({"web/app.py": b"web", ".gitignore": b"dist/\n"})
    repo.write({"web/dist/in.js": b"in", "dist/out.js": b"out"})
    assert set(snapshot_of(repo.root, "web", include=["dist/"]).files) == {"app.py", "dist/in.js"}


def test_an_included_link_to_outside_the_repository_is_an_error(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    repo.commit({".gitignore": b"dist/\n"})
    repo.link("dist/secret", tmp_path / "secret")
    with pytest.raises(DeployError, match="symbolic link"):
        snapshot_of(repo.root, include=["dist/"])


def test_an_invalid_pattern_is_an_error_that_names_its_file(repo: Repo) -> None:
    repo.commit({".hfignore": b"ok\n!\n"})
    with pytest.raises(UsageError, match="pattern") as raised:
        snapshot_of(repo.root)
    assert ".hfignore" in raised.value.message


def test_an_hfignore_that_is_not_utf_8_is_an_error(repo: Repo) -> None:
    repo.commit({".hfignore": b"caf\xe9.txt\n"})
    with pytest.raises(DeployError) as raised:
        snapshot_of(repo.root)
    assert ".hfignore" in raised.value.message


def test_an_hfignore_that_is_a_folder_is_an_error(repo: Repo) -> None:
    (repo.root / ".hfignore").mkdir()
    with pytest.raises(DeployError) as raised:
        snapshot_of(repo.root)
    assert ".hfignore" in raised.value.message
