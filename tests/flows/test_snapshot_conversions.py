"""Where git changes bytes between its store and the working tree, the working tree counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.conftest import Repo
from tests.flows.conftest import pointer, shipped, snapshot_of

NewRepo = Callable[..., Repo]


def _checked_out_anew(repo: Repo) -> None:
    for path in repo.git("ls-files", "-z").decode().split("\0")[:-1]:
        (repo.root / path).unlink()
    repo.git("checkout", "--", ".")


@pytest.mark.parametrize("attributes", [b"* text=auto\n", b"*.txt text\n", b"* text eol=crlf\n"])
def test_line_endings_ship_as_they_lie_there(new_repo: NewRepo, attributes: bytes) -> None:
    repo = new_repo({".gitattributes": attributes, "a.txt": b"one\ntwo\n"})
    repo.git("config", "core.eol", "crlf")
    _checked_out_anew(repo)
    assert (repo.root / "a.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert shipped(snapshot_of(repo.root)) == repo.tracked()


@pytest.mark.parametrize("value", ["true", "input"])
def test_automatic_line_endings_ship_as_they_lie_there(new_repo: NewRepo, value: str) -> None:
    repo = new_repo({"a.txt": b"one\ntwo\n"})
    repo.git("config", "core.autocrlf", value)
    _checked_out_anew(repo)
    if value == "input":
        repo.write({"a.txt": b"one\r\ntwo\r\n"})
        repo.git("add", "a.txt")
    assert (repo.root / "a.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert repo.git("diff", "--name-only") == b""
    assert shipped(snapshot_of(repo.root)) == repo.tracked()


def test_a_file_that_came_with_its_own_line_endings_keeps_them(new_repo: NewRepo) -> None:
    repo = new_repo({"dos.txt": b"one\r\ntwo\r\n", "mixed.txt": b"one\r\ntwo\n"})
    assert shipped(snapshot_of(repo.root)) == repo.tracked()


def test_an_ident_line_ships_as_it_lies_there(new_repo: NewRepo) -> None:
    repo = new_repo({".gitattributes": b"*.txt ident\n", "a.txt": b"$Id$\n"})
    _checked_out_anew(repo)
    assert (repo.root / "a.txt").read_bytes() != b"$Id$\n"
    assert shipped(snapshot_of(repo.root)) == repo.tracked()


def test_another_encoding_ships_as_it_lies_there(new_repo: NewRepo) -> None:
    attributes = b"*.txt working-tree-encoding=UTF-16LE\n"
    repo = new_repo({".gitattributes": attributes, "a.txt": "héllo\n".encode("utf-16-le")})
    assert repo.git("show", ":a.txt") == "héllo\n".encode()
    assert shipped(snapshot_of(repo.root)) == repo.tracked()


def test_a_filter_s_output_ships_as_it_lies_there(new_repo: NewRepo) -> None:
    repo = new_repo()
    repo.git("config", "filter.shout.clean", "tr A-Z a-z")
    repo.git("config", "filter.shout.smudge", "tr a-z A-Z")
    repo.commit({".gitattributes": b"*.txt filter=shout\n", "a.txt": b"LOUD\n"})
    assert repo.git("show", ":a.txt") == b"loud\n"
    assert shipped(snapshot_of(repo.root)) == repo.tracked()


def test_attributes_that_lie_in_a_folder_or_only_here_count_too(new_repo: NewRepo) -> None:
    repo = new_repo({"deep/.gitattributes": b"*.txt eol=crlf\n", "deep/a.txt": b"1\n"})
    repo.commit({"b.md": b"1\n"})
    (repo.root / ".git/info").mkdir(exist_ok=True)
    (repo.root / ".git/info/attributes").write_bytes(b"*.md eol=crlf\n")
    _checked_out_anew(repo)
    files = shipped(snapshot_of(repo.root))
    assert (files["deep/a.txt"], files["b.md"]) == (b"1\r\n", b"1\r\n")


def test_conversions_below_the_deployed_folder_are_seen(new_repo: NewRepo) -> None:
    repo = new_repo({".gitattributes": b"*.txt eol=crlf\n", "web/ü\n1.txt": b"1\n"})
    _checked_out_anew(repo)
    assert shipped(snapshot_of(repo.root, "web")) == {"ü\n1.txt": b"1\r\n"}


def test_a_sparse_checkout_ships_the_files_it_left_out(new_repo: NewRepo) -> None:
    everything = {"app.py": b"app", "big/model.bin": bytes(range(256)), "big/ü.txt": b"u"}
    repo = new_repo(everything)
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/big/")
    assert not (repo.root / "big").exists()
    assert shipped(snapshot_of(repo.root)) == everything


def test_a_sparse_checkout_of_one_folder_ships_another(new_repo: NewRepo) -> None:
    repo = new_repo({"app.py": b"app", "web/x.py": b"x", "api/y.py": b"y"})
    repo.git("sparse-checkout", "set", "api")
    (repo.root / "web").mkdir(exist_ok=True)
    assert shipped(snapshot_of(repo.root, "web")) == {"x.py": b"x"}


def test_rules_hold_for_what_a_sparse_checkout_left_out(new_repo: NewRepo) -> None:
    repo = new_repo({"app.py": b"app", ".hfignore": b"big/\n", "big/model.bin": b"m"})
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/big/")
    assert shipped(snapshot_of(repo.root)) == {"app.py": b"app"}


def test_a_sparse_index_is_read(new_repo: NewRepo) -> None:
    everything = {"app.py": b"app", "big/a/model.bin": b"m", "big/b.txt": b"b"}
    repo = new_repo(everything)
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "small")
    assert shipped(snapshot_of(repo.root)) == everything


def _with_submodule(repo: Repo, new_repo: NewRepo) -> Repo:
    library = new_repo({"lib.py": b"lib", "deep/x.txt": b"x"}, name="library")
    repo.git(
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        str(library.root),
        "vendor/lib",
    )
    repo.commit()
    return Repo(repo.root / "vendor/lib")


def test_a_submodule_that_is_checked_out_ships(repo: Repo, new_repo: NewRepo) -> None:
    inside = _with_submodule(repo, new_repo)
    inside.write({"lib.py": b"changed", "untracked.txt": b"no"})
    files = shipped(snapshot_of(repo.root))
    assert files["vendor/lib/lib.py"] == b"changed"
    assert files["vendor/lib/deep/x.txt"] == b"x"
    assert "vendor/lib/untracked.txt" not in files
    assert not any("vendor/lib/.git" == path for path in files)


def test_a_submodule_that_is_not_checked_out_is_warned_about(repo: Repo, new_repo: NewRepo) -> None:
    _with_submodule(repo, new_repo)
    repo.git("submodule", "deinit", "--force", "--all")
    snapshot = snapshot_of(repo.root)
    assert not any(path.startswith("vendor") for path in snapshot.files)
    assert any("vendor/lib" in warning for warning in snapshot.warnings)


def test_a_submodule_inside_a_submodule_ships(repo: Repo, new_repo: NewRepo) -> None:
    inner = new_repo({"inner.txt": b"inner"}, name="inner")
    inside = _with_submodule(repo, new_repo)
    inside.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "nested"
    )
    inside.commit()
    repo.commit()
    assert shipped(snapshot_of(repo.root))["vendor/lib/nested/inner.txt"] == b"inner"


def test_a_link_into_a_submodule_ships(repo: Repo, new_repo: NewRepo) -> None:
    _with_submodule(repo, new_repo)
    repo.link("lib.py", "vendor/lib/lib.py")
    repo.commit()
    assert shipped(snapshot_of(repo.root))["lib.py"] == b"lib"


def test_a_submodule_may_be_the_folder_that_is_deployed(repo: Repo, new_repo: NewRepo) -> None:
    _with_submodule(repo, new_repo)
    files = shipped(snapshot_of(repo.root, "vendor/lib"))
    assert files == {"lib.py": b"lib", "deep/x.txt": b"x"}


def test_a_pointer_is_packed_as_what_it_is_and_refused_when_it_would_leave(repo: Repo) -> None:
    repo.commit({"model.bin": pointer(b"m")})
    assert shipped(snapshot_of(repo.root))["model.bin"].startswith(b"version https://git-lfs")
