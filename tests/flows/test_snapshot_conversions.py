"""A snapshot has the bytes of the working tree, also where git converts them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deployer.errors import InvalidSource
from tests.conftest import Repo
from tests.flows.conftest import content_of, pointer, snapshot_of

NewRepo = Callable[..., Repo]


def _check_out_again(repo: Repo) -> None:
    for path in repo.git("ls-files", "-z").decode().split("\0")[:-1]:
        (repo.root / path).unlink()
    repo.git("checkout", "--", ".")


@pytest.mark.parametrize("attributes", [b"* text=auto\n", b"*.txt text\n", b"* text eol=crlf\n"])
def test_line_endings_are_those_of_the_working_tree(new_repo: NewRepo, attributes: bytes) -> None:
    repo = new_repo({".gitattributes": attributes, "a.txt": b"one\ntwo\n"})
    repo.git("config", "core.eol", "crlf")
    _check_out_again(repo)
    assert (repo.root / "a.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert content_of(snapshot_of(repo.root)) == repo.tracked()


@pytest.mark.parametrize("value", ["true", "input"])
def test_line_endings_with_autocrlf_are_those_of_the_working_tree(
    new_repo: NewRepo, value: str
) -> None:
    repo = new_repo({"a.txt": b"one\ntwo\n"})
    repo.git("config", "core.autocrlf", value)
    _check_out_again(repo)
    if value == "input":
        repo.write({"a.txt": b"one\r\ntwo\r\n"})
        repo.git("add", "a.txt")
    assert (repo.root / "a.txt").read_bytes() == b"one\r\ntwo\r\n"
    assert repo.git("diff", "--name-only") == b""
    assert content_of(snapshot_of(repo.root)) == repo.tracked()


def test_a_file_with_crlf_or_mixed_line_endings_keeps_them(new_repo: NewRepo) -> None:
    repo = new_repo({"dos.txt": b"one\r\ntwo\r\n", "mixed.txt": b"one\r\ntwo\n"})
    assert content_of(snapshot_of(repo.root)) == repo.tracked()


def test_an_expanded_ident_line_is_that_of_the_working_tree(new_repo: NewRepo) -> None:
    repo = new_repo({".gitattributes": b"*.txt ident\n", "a.txt": b"$Id$\n"})
    _check_out_again(repo)
    assert (repo.root / "a.txt").read_bytes() != b"$Id$\n"
    assert content_of(snapshot_of(repo.root)) == repo.tracked()


def test_a_working_tree_encoding_is_kept(new_repo: NewRepo) -> None:
    attributes = b"*.txt working-tree-encoding=UTF-16LE\n"
    repo = new_repo({".gitattributes": attributes, "a.txt": "héllo\n".encode("utf-16-le")})
    assert repo.git("show", ":a.txt") == "héllo\n".encode()
    assert content_of(snapshot_of(repo.root)) == repo.tracked()


def test_the_output_of_a_smudge_filter_is_kept(new_repo: NewRepo) -> None:
    repo = new_repo()
    repo.git("config", "filter.shout.clean", "tr A-Z a-z")
    repo.git("config", "filter.shout.smudge", "tr a-z A-Z")
    repo.commit({".gitattributes": b"*.txt filter=shout\n", "a.txt": b"LOUD\n"})
    assert repo.git("show", ":a.txt") == b"loud\n"
    assert content_of(snapshot_of(repo.root)) == repo.tracked()


def test_attributes_of_a_subfolder_and_of_git_info_apply(new_repo: NewRepo) -> None:
    repo = new_repo({"deep/.gitattributes": b"*.txt eol=crlf\n", "deep/a.txt": b"1\n"})
    repo.commit({"b.md": b"1\n"})
    (repo.root / ".git/info").mkdir(exist_ok=True)
    (repo.root / ".git/info/attributes").write_bytes(b"*.md eol=crlf\n")
    _check_out_again(repo)
    files = content_of(snapshot_of(repo.root))
    assert (files["deep/a.txt"], files["b.md"]) == (b"1\r\n", b"1\r\n")


def test_conversions_apply_in_a_deployed_subfolder(new_repo: NewRepo) -> None:
    repo = new_repo({".gitattributes": b"*.txt eol=crlf\n", "web/ü\n1.txt": b"1\n"})
    _check_out_again(repo)
    assert content_of(snapshot_of(repo.root, "web")) == {"ü\n1.txt": b"1\r\n"}


def test_files_excluded_by_a_sparse_checkout_are_read_from_git(new_repo: NewRepo) -> None:
    everything = {"app.py": b"app", "big/model.bin": bytes(range(256)), "big/ü.txt": b"u"}
    repo = new_repo(everything)
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/big/")
    assert not (repo.root / "big").exists()
    assert content_of(snapshot_of(repo.root)) == everything


def test_a_folder_excluded_by_a_sparse_checkout_can_be_deployed(new_repo: NewRepo) -> None:
    repo = new_repo({"app.py": b"app", "web/x.py": b"x", "api/y.py": b"y"})
    repo.git("sparse-checkout", "set", "api")
    (repo.root / "web").mkdir(exist_ok=True)
    assert content_of(snapshot_of(repo.root, "web")) == {"x.py": b"x"}


def test_ignore_rules_apply_to_files_excluded_by_a_sparse_checkout(new_repo: NewRepo) -> None:
    repo = new_repo({"app.py": b"app", ".hfignore": b"big/\n", "big/model.bin": b"m"})
    repo.git("sparse-checkout", "set", "--no-cone", "/*", "!/big/")
    assert content_of(snapshot_of(repo.root)) == {"app.py": b"app"}


def test_a_sparse_index_is_expanded(new_repo: NewRepo) -> None:
    everything = {"app.py": b"app", "big/a/model.bin": b"m", "big/b.txt": b"b"}
    repo = new_repo(everything)
    repo.git("sparse-checkout", "set", "--cone", "--sparse-index", "small")
    assert content_of(snapshot_of(repo.root)) == everything


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


def test_the_files_of_a_checked_out_submodule_are_included(repo: Repo, new_repo: NewRepo) -> None:
    inside = _with_submodule(repo, new_repo)
    inside.write({"lib.py": b"changed", "untracked.txt": b"no"})
    files = content_of(snapshot_of(repo.root))
    assert files["vendor/lib/lib.py"] == b"changed"
    assert files["vendor/lib/deep/x.txt"] == b"x"
    assert "vendor/lib/untracked.txt" not in files
    assert not any("vendor/lib/.git" == path for path in files)


def test_a_submodule_that_is_not_checked_out_is_a_warning(repo: Repo, new_repo: NewRepo) -> None:
    _with_submodule(repo, new_repo)
    repo.git("submodule", "deinit", "--force", "--all")
    snapshot = snapshot_of(repo.root)
    assert not any(path.startswith("vendor") for path in snapshot.files)
    [message] = [one.message for one in snapshot.warnings if "vendor/lib" in one.message]
    assert "`submodules: true` in the `with:` of actions/checkout" in message


def test_a_path_that_is_a_submodule_which_is_not_checked_out_is_an_error(
    repo: Repo, new_repo: NewRepo
) -> None:
    _with_submodule(repo, new_repo)
    repo.git("submodule", "deinit", "--force", "--all")
    with pytest.raises(InvalidSource, match="no files to deploy") as raised:
        snapshot_of(repo.root, "vendor/lib")
    assert "submodules are not checked out" in raised.value.cause
    assert "`submodules: true` in the `with:` of actions/checkout" in raised.value.fix


def test_the_files_of_a_nested_submodule_are_included(repo: Repo, new_repo: NewRepo) -> None:
    inner = new_repo({"inner.txt": b"inner"}, name="inner")
    inside = _with_submodule(repo, new_repo)
    inside.git(
        "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "nested"
    )
    inside.commit()
    repo.commit()
    assert content_of(snapshot_of(repo.root))["vendor/lib/nested/inner.txt"] == b"inner"


def test_a_link_into_a_submodule_is_followed(repo: Repo, new_repo: NewRepo) -> None:
    _with_submodule(repo, new_repo)
    repo.link("lib.py", "vendor/lib/lib.py")
    repo.commit()
    assert content_of(snapshot_of(repo.root))["lib.py"] == b"lib"


def test_a_submodule_can_be_the_deployed_folder(repo: Repo, new_repo: NewRepo) -> None:
    _with_submodule(repo, new_repo)
    files = content_of(snapshot_of(repo.root, "vendor/lib"))
    assert files == {"lib.py": b"lib", "deep/x.txt": b"x"}


def test_an_lfs_pointer_is_included_unchanged(repo: Repo) -> None:
    repo.commit({"model.bin": pointer(b"m")})
    assert content_of(snapshot_of(repo.root))["model.bin"].startswith(b"version https://git-lfs")


def test_a_changed_submodule_makes_the_source_dirty(repo: Repo, new_repo: NewRepo) -> None:
    inside = _with_submodule(repo, new_repo)
    assert not snapshot_of(repo.root).source.dirty
    inside.write({"untracked.txt": b"no"})
    assert not snapshot_of(repo.root).source.dirty
    inside.write({"lib.py": b"changed"})
    assert snapshot_of(repo.root).source.dirty
    inside.commit()
    assert snapshot_of(repo.root).source.dirty
