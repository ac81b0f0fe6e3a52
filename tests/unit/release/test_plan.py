"""Ignore rules, tree ids, snapshots and the plan between them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.errors import InvalidSource, UsageError
from deployer.release.plan import Plan, compare, needs_sha256
from deployer.source.ignore import IgnoreRules, Patterns
from deployer.source.snapshot import File, Sha256, Snapshot, Source, is_lfs_pointer
from deployer.source.tree import RemoteFile, RemoteTree, blob_id, tree_ids

NOTHING = Patterns(())
_PATHS = some.lists(some.text("ab", min_size=1, max_size=3), min_size=1, max_size=3).map("/".join)
# no path of a set may be a folder of another one
_TREES = some.dictionaries(_PATHS, some.binary(max_size=3), max_size=8).map(
    lambda files: {
        path: data
        for path, data in files.items()
        if not any(o.startswith(f"{path}/") for o in files)
    }
)


def _snapshot(files: dict[str, bytes]) -> Snapshot:
    return Snapshot(
        Source("here"), {path: File.of_bytes(path, data) for path, data in files.items()}
    )


def _remote(files: dict[str, bytes], large: frozenset[str] = frozenset()) -> RemoteTree:
    return RemoteTree(
        "head",
        {
            path: (
                RemoteFile(path, len(data), blob_id(b"its pointer"), "sha")
                if path in large
                else RemoteFile(path, len(data), blob_id(data))
            )
            for path, data in files.items()
        },
    )


def test_each_file_says_which_rule_left_it_out() -> None:
    rules = Patterns.of_file(".hfignore", "# comment\n\n*.log\r\n!keep.log\n/build/\n")
    assert str(rules.match("deep/x.log")) == ".hfignore:3 '*.log'"
    assert str(rules.match("build/a/b")) == ".hfignore:5 '/build/'"
    assert rules.match("keep.log") is None
    assert rules.match("deep/build/a") is None


@given(some.lists(some.sampled_from(["", "#", "# x", " ", "*.a", "b/", "!c.a", "/d"]), max_size=8))
def test_a_rule_s_line_is_the_line_it_stands_on(lines: list[str]) -> None:
    rules = Patterns.of_file("f", "\n".join(lines))
    for path in ("x.a", "b/y", "d", "c.a", "q"):
        if rule := rules.match(path):
            assert lines[int(rule.origin.removeprefix("f:")) - 1] == rule.pattern


def test_a_file_of_comments_leaves_nothing_out() -> None:
    assert Patterns.of_file(".hfignore", "# only\n\n   \n").match("x") is None


def test_a_pattern_that_can_not_be_read_names_where_it_stands() -> None:
    with pytest.raises(UsageError) as raised:
        Patterns.of_option("--keep", ["!"])
    assert "--keep" in raised.value.message


@pytest.mark.parametrize(
    "path",
    [".git/config", "lib/.git/config", ".github/ci.yml", ".gitignore", "a/.gitignore", ".hfignore"],
)
def test_what_is_always_left_out_stays_out_even_when_included(path: str) -> None:
    rule = IgnoreRules(include=Patterns.of_option("--include", ["*", path])).excluding_rule(path)
    assert rule is not None and rule.origin == "always"


def test_include_beats_an_ignore_file() -> None:
    ignored = (Patterns.of_file(".hfignore", "*.md"),)
    chosen = IgnoreRules(ignored, Patterns.of_option("--include", ["README.md"]))
    assert chosen.excluding_rule("README.md") is None
    assert chosen.excluding_rule("NOTES.md") is not None


def test_blob_and_tree_ids_are_git_s() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert tree_ids([])[""] == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@given(_TREES, some.randoms())
def test_a_tree_id_depends_on_the_files_and_not_on_their_order(
    files: dict[str, bytes], random: object
) -> None:
    pairs = [(path, blob_id(data)) for path, data in files.items()]
    shuffled = sorted(pairs, key=lambda _: random.random())  # type: ignore[attr-defined]
    ids = tree_ids(pairs)
    assert ids == tree_ids(shuffled)
    folders = {path[:i] for path in files for i, c in enumerate(path) if c == "/"}
    assert set(ids) == folders | {""}


@given(_TREES)
def test_a_folder_s_id_is_that_of_its_files_alone(files: dict[str, bytes]) -> None:
    ids = tree_ids((path, blob_id(data)) for path, data in files.items())
    for folder in set(ids) - {""}:
        inside = [
            (path.removeprefix(f"{folder}/"), blob_id(data))
            for path, data in files.items()
            if path.startswith(f"{folder}/")
        ]
        assert tree_ids(inside)[""] == ids[folder]


def test_a_plan_against_nothing_adds_everything() -> None:
    plan = compare(_snapshot({"b": b"1", "a": b"2"}), None, NOTHING)
    assert [file.path for file in plan.add] == ["a", "b"]
    assert (plan.base, plan.changes, plan.bytes_sent) == (None, True, 2)


@given(_TREES, _TREES, some.lists(some.sampled_from(["a", "b/", "*a", "/ab"]), max_size=2))
def test_applying_a_plan_makes_the_space_equal_to_the_snapshot_and_keeps_what_is_kept(
    ours: dict[str, bytes], theirs: dict[str, bytes], keep: list[str]
) -> None:
    patterns = Patterns.of_option("--keep", keep)
    kept = {p: d for p, d in theirs.items() if p not in ours and patterns.match(p)}
    clash = any(a.startswith(f"{b}/") for a, b in [*product(ours, kept), *product(kept, ours)])
    if clash:
        with pytest.raises(InvalidSource, match="in the way"):
            compare(_snapshot(ours), _remote(theirs), patterns)
        return
    plan = compare(_snapshot(ours), _remote(theirs), patterns)
    after = {path: data for path, data in theirs.items() if path not in plan.delete}
    after |= {file.path: ours[file.path] for file in plan.sent}
    assert after == ours | kept
    assert set(plan.keep) == set(kept)
    assert plan.changes == (after != theirs)
    assert plan.unchanged + len(plan.sent) == len(ours)
    assert not compare(_snapshot(ours), _remote(after), patterns).changes


def test_the_root_gitattributes_is_never_deleted_and_others_are() -> None:
    theirs = {".gitattributes": b"x", "lib/.gitattributes": b"y"}
    plan = compare(_snapshot({"a": b""}), _remote(theirs), NOTHING)
    assert plan.delete == ("lib/.gitattributes",)


def test_a_large_file_is_compared_by_its_sha_256() -> None:
    ours = _snapshot({"m": b"12345"})
    remote = _remote({"m": b"12345"}, large=frozenset("m"))
    (open_question,) = needs_sha256(ours, remote)
    assert open_question.path == "m"
    assert compare(ours, remote, NOTHING).update
    settled = File("m", 5, "0" * 40, b"12345", lfs=Sha256("sha"))
    assert not compare(ours.with_files([settled]), remote, NOTHING).changes
    assert not needs_sha256(ours.with_files([settled]), remote)


def test_the_pointer_to_a_large_file_that_is_there_is_that_file() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\n"
    there = {"m": RemoteFile("m", 12_345, blob_id(pointer), lfs="sha")}
    assert not compare(_snapshot({"m": pointer}), RemoteTree("head", there), NOTHING).changes
    assert compare(_snapshot({"m": pointer + b"x"}), RemoteTree("head", there), NOTHING).update


def test_a_large_file_of_another_size_needs_no_sha_256() -> None:
    remote = _remote({"m": b"123456"}, large=frozenset("m"))
    assert not needs_sha256(_snapshot({"m": b"12345"}), remote)


def test_an_empty_plan_changes_nothing() -> None:
    assert not Plan("head", keep=("a",), unchanged=3).changes


def test_a_pointer_is_told_from_a_text_about_pointers() -> None:
    start = b"version https://git-lfs.github.com/spec/v1\n"
    assert is_lfs_pointer(start + b"oid sha256:" + b"0" * 64 + b"\nsize 9\n")
    assert not is_lfs_pointer(b"# " + start)
    assert not is_lfs_pointer(start + b"x" * 2000)
    assert not is_lfs_pointer(b"")


def test_a_source_is_named_by_repository_commit_and_dirt() -> None:
    source = Source("o/r", "1a2b3c4" + "0" * 33, dirty=True)
    assert (str(source), source.short) == (f"o/r@1a2b3c4{'0' * 33}-dirty", "o/r@1a2b3c4-dirty")
    assert str(Source("folder")) == Source("folder").short == "folder"


def test_the_id_leaves_the_root_gitattributes_out() -> None:
    files = {"a": b"1", "lib/.gitattributes": b"2"}
    assert _snapshot(files).id == _snapshot(files | {".gitattributes": b"3"}).id
    assert _snapshot(files).id != _snapshot({"a": b"1"}).id
