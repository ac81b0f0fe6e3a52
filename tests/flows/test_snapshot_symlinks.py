"""What a snapshot contains for each kind of symlink, and which ones are errors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deployer.errors import InvalidSource
from tests.conftest import APP, Repo
from tests.flows.conftest import content_of, snapshot_of


def _error(repo: Repo) -> str:
    with pytest.raises(InvalidSource, match="symbolic link") as raised:
        snapshot_of(repo.root)
    return raised.value.cause


def test_a_link_to_a_file_has_the_bytes_of_the_file(repo: Repo) -> None:
    repo.link("z-link.py", "app.py")
    repo.link("a-link.py", "app.py")
    repo.link("deep/er/link.py", "../../app.py")
    repo.commit()
    added = dict.fromkeys(("z-link.py", "a-link.py", "deep/er/link.py"), APP["app.py"])
    assert content_of(snapshot_of(repo.root)) == APP | added


def test_a_link_to_a_changed_file_has_the_bytes_of_the_working_tree(repo: Repo) -> None:
    repo.link("link.py", "app.py")
    repo.commit()
    repo.write({"app.py": b"changed\n"})
    assert content_of(snapshot_of(repo.root))["link.py"] == b"changed\n"


def test_a_chain_of_links_is_followed_to_its_end(repo: Repo) -> None:
    repo.link("one", "two")
    repo.link("two", "three")
    repo.link("three", "app.py")
    repo.commit()
    added = dict.fromkeys(("one", "two", "three"), APP["app.py"])
    assert content_of(snapshot_of(repo.root)) == APP | added


def test_a_link_to_a_folder_includes_all_its_files(repo: Repo) -> None:
    repo.link("copy", "lib")
    repo.commit({"lib/a.txt": b"a", "lib/deep/b.txt": b"b", "library/c.txt": b"c"})
    files = content_of(snapshot_of(repo.root))
    assert {path for path in files if path.startswith("copy")} == {"copy/a.txt", "copy/deep/b.txt"}
    assert files["copy/deep/b.txt"] == b"b"


def test_untracked_files_in_a_linked_folder_are_not_included(repo: Repo) -> None:
    repo.link("copy", "lib")
    repo.commit({"lib/a.txt": b"a"})
    repo.write({"lib/.env": b"SECRET=1"})
    assert b"SECRET=1" not in content_of(snapshot_of(repo.root)).values()


def test_links_inside_a_linked_folder_are_followed(repo: Repo) -> None:
    repo.link("copy", "lib")
    repo.link("lib/inner.txt", "a.txt")
    repo.link("lib/outer.py", "../app.py")
    repo.commit({"lib/a.txt": b"a"})
    files = content_of(snapshot_of(repo.root))
    assert {path: data for path, data in files.items() if path.startswith("copy/")} == {
        "copy/a.txt": b"a",
        "copy/inner.txt": b"a",
        "copy/outer.py": APP["app.py"],
    }


def test_ignore_rules_apply_to_the_path_of_the_link(repo: Repo) -> None:
    repo.link("shown.txt", "hidden/a.txt")
    repo.link("dropped.txt", "app.py")
    repo.commit({"hidden/a.txt": b"a", ".hfignore": b"hidden/\ndropped.txt\n"})
    assert content_of(snapshot_of(repo.root)) == APP | {"shown.txt": b"a"}


def test_a_link_from_the_deployed_folder_to_the_rest_of_the_repository_is_followed(
    repo: Repo,
) -> None:
    repo.link("apps/web/shared", "../../shared")
    repo.link("apps/web/LICENSE", "../../LICENSE")
    repo.commit({"apps/web/app.py": b"web", "shared/x.py": b"x", "LICENSE": b"MIT"})
    assert content_of(snapshot_of(repo.root, "apps/web")) == {
        "app.py": b"web",
        "shared/x.py": b"x",
        "LICENSE": b"MIT",
    }


def test_a_link_to_outside_the_repository_is_an_error_that_names_it(
    repo: Repo, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_bytes(b"secret")
    repo.link("out.txt", "../secret.txt")
    repo.commit()
    assert "out.txt" in _error(repo)


def test_an_absolute_link_to_outside_the_repository_is_an_error(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/key").write_bytes(b"secret")
    repo.link("out", tmp_path / "secrets")
    repo.commit()
    assert "out points outside" in _error(repo)


def test_a_link_into_the_git_folder_is_an_error(repo: Repo) -> None:
    repo.link("config.txt", ".git/config")
    repo.commit()
    assert "config.txt" in _error(repo)


def test_a_dangling_link_is_an_error_that_names_it(repo: Repo) -> None:
    repo.link("gone.txt", "nowhere.txt")
    repo.commit()
    assert "gone.txt is broken" in _error(repo)


def test_a_link_to_an_untracked_file_is_an_error_that_names_it(repo: Repo) -> None:
    repo.link("settings", ".env")
    repo.commit()
    repo.write({".env": b"SECRET=1"})
    assert "settings points to a file that git does not track" in _error(repo)


def test_a_link_to_a_folder_without_tracked_files_is_an_error(repo: Repo) -> None:
    repo.link("data", "private")
    repo.commit()
    repo.write({"private/.env": b"SECRET=1"})
    assert "data" in _error(repo)


@pytest.mark.parametrize(
    "links",
    [
        {"loop": "loop"},
        {"one": "two", "two": "one"},
        {"dir/up": ".."},
        {"dir/self": "."},
        {"top": "."},
        {"a/b": "../b", "b/a": "../a"},
    ],
)
def test_a_cycle_of_links_is_an_error(repo: Repo, links: dict[str, str]) -> None:
    for path, target in links.items():
        repo.link(path, target)
    repo.commit({"dir/x.txt": b"x", "a/x.txt": b"x", "b/x.txt": b"x"})
    _error(repo)


def test_an_invalid_link_that_is_ignored_is_not_an_error(repo: Repo) -> None:
    repo.link("out", "/")
    repo.link("gone", "nowhere")
    repo.commit({".hfignore": b"out\ngone\n"})
    assert content_of(snapshot_of(repo.root)) == APP


def test_a_link_replaced_by_a_file_has_the_bytes_of_the_file(repo: Repo) -> None:
    repo.link("thing.py", "app.py")
    repo.commit()
    (repo.root / "thing.py").unlink()
    repo.write({"thing.py": b"its own\n"})
    assert content_of(snapshot_of(repo.root))["thing.py"] == b"its own\n"


def test_a_file_replaced_by_a_link_to_an_untracked_file_is_an_error(repo: Repo) -> None:
    repo.commit({"thing.txt": b"a file"})
    (repo.root / "thing.txt").unlink()
    repo.link("thing.txt", ".env")
    repo.write({".env": b"SECRET=1"})
    assert "thing.txt" in _error(repo)


def test_links_are_followed_in_a_checkout_without_symlink_support(repo: Repo) -> None:
    repo.link("copy.py", "app.py")
    repo.commit()
    (repo.root / "copy.py").unlink()
    repo.git("config", "core.symlinks", "false")
    repo.git("checkout", "--", "copy.py")
    assert (repo.root / "copy.py").read_bytes() == b"app.py"
    assert content_of(snapshot_of(repo.root))["copy.py"] == APP["app.py"]


def test_links_are_followed_in_a_folder_without_git(tmp_path: Path) -> None:
    plain = Repo(tmp_path / "plain")
    plain.write({**APP, "lib/x.py": b"x"})
    plain.link("copy.py", "app.py")
    plain.link("copies", "lib")
    assert content_of(snapshot_of(plain.root)) == APP | {
        "lib/x.py": b"x",
        "copy.py": APP["app.py"],
        "copies/x.py": b"x",
    }


def test_a_link_between_included_files_is_followed(repo: Repo) -> None:
    repo.commit({".gitignore": b"dist/\n"})
    repo.write({"dist/v1/app.js": b"js"})
    repo.link("dist/latest", "v1")
    files = content_of(snapshot_of(repo.root, include=["dist/"]))
    assert files["dist/latest/app.js"] == b"js"


def test_the_repository_can_be_reached_through_a_link(repo: Repo, tmp_path: Path) -> None:
    repo.link("copy.py", "app.py")
    repo.commit()
    os.symlink(repo.root, tmp_path / "alias")
    assert content_of(snapshot_of(tmp_path / "alias"))["copy.py"] == APP["app.py"]
