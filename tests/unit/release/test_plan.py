"""The plan: what a commit would add, update, delete and keep."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.errors import InvalidSource
from deployer.release.plan import Plan, compare, needs_sha256
from deployer.source.ignore import Patterns
from deployer.source.snapshot import File, Sha256, Snapshot, Source
from deployer.source.tree import RemoteFile, RemoteTree, blob_id
from tests.unit.trees import Files, trees

NOTHING = Patterns(())
_TREES = trees(some.text("ab", min_size=1, max_size=3), depth=3, most=8)


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


def test_a_plan_against_nothing_adds_everything() -> None:
    plan = compare(_snapshot({"b": b"1", "a": b"2"}), None, NOTHING)
    assert [file.path for file in plan.add] == ["a", "b"]
    assert (plan.base, plan.changes, plan.bytes_sent) == (None, True, 2)


@given(_TREES, _TREES, some.lists(some.sampled_from(["a", "b/", "*a", "/ab"]), max_size=2))
def test_applying_a_plan_makes_the_space_equal_to_the_snapshot_and_keeps_what_is_kept(
    ours: Files, theirs: Files, keep: list[str]
) -> None:
    patterns = Patterns.of_option("--keep", keep)
    kept = {p: d for p, d in theirs.items() if p not in ours and patterns.match(p)}
    clash = any(a.startswith(f"{b}/") for a, b in [*product(ours, kept), *product(kept, ours)])
    if clash:
        with pytest.raises(InvalidSource, match="kept file conflicts"):
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
