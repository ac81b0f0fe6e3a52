"""Local tree ids against the Hub's: nothing wrong, and as much as can be known."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.source import tree_diff
from deployer.source.snapshot import File
from deployer.source.tree import blob_id, tree_ids
from deployer.source.tree_diff import LocalTree
from tests.unit.trees import Files, trees

# pylint: disable=missing-function-docstring  # the names are the sentences

_TREES = trees(some.sampled_from("abc"), depth=4, most=12)


def ids_of(files: Files) -> dict[str, str]:
    return tree_ids((path, blob_id(data)) for path, data in files.items())


def local(files: Files) -> Mapping[str, File]:
    return {path: File.of_bytes(path, data) for path, data in files.items()}


def below(files: Files, folder: str) -> set[str]:
    return {path for path in files if not folder or path.startswith(f"{folder}/")}


def directly_in(files: Files, folder: str) -> set[str]:
    return {path for path in files if path.rpartition("/")[0] == folder}


def walked(made: LocalTree, theirs: Files) -> dict[str, str]:
    """What a walk finds that lists what the diff says, by path and blob id."""
    ids = ids_of(theirs)
    diff = made.diff({f: ids[f] for f in made.queried if f in ids})
    listed: set[str] = set()
    for folder in diff.shallow:
        listed |= directly_in(theirs, folder)
        inside = {f for f in ids if f and f.rpartition("/")[0] == folder and not made.has(f)}
        listed |= {path for f in inside for path in below(theirs, f)}
    for folder in diff.deep:
        listed |= below(theirs, folder)
    found = {path: file.oid for path, file in diff.known.items()}
    assert not found.keys() & listed, "listed, although it was known"
    return found | {path: blob_id(theirs[path]) for path in listed}


@given(_TREES, _TREES, some.integers(0, 6))
def test_known_and_listed_files_are_the_whole_tree(mine: Files, theirs: Files, most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tree_diff, "MAX_FOLDERS_QUERIED", most)
        made = LocalTree(local(mine))
    assert walked(made, theirs) == {path: blob_id(data) for path, data in theirs.items()}


@given(_TREES)
def test_of_equal_trees_only_the_root_is_listed(files: Files) -> None:
    made = LocalTree(local(files))
    diff = made.diff(ids_of(files))
    assert (diff.shallow, diff.deep) == (("",), ())
    assert set(diff.known) == {path for path in files if "/" in path}


def test_one_deep_change_lists_its_own_folder_only() -> None:
    mine = {"a/b/c/x": b"1", "a/b/y": b"1", "a/d/z": b"1", "r": b"1"}
    made = LocalTree(local(mine))
    diff = made.diff(ids_of(mine | {"a/b/c/x": b"2"}))
    assert set(diff.shallow) == {"", "a/b/c"}
    assert set(diff.known) == {"a/b/y", "a/d/z"}


def test_a_folder_missing_on_the_space_is_not_listed() -> None:
    made = LocalTree(local({"new/x": b"1", "new/sub/y": b"1", "old/z": b"1"}))
    diff = made.diff(ids_of({"old/z": b"1"}))
    assert diff.shallow == ("",)
    assert set(diff.known) == {"old/z"}


def test_the_cost_of_a_listing_is_known_in_advance() -> None:
    wide = {f"w/{n}": b"1" for n in range(2500)} | {"a/x": b"1"}
    made = LocalTree(local(wide))
    assert made.count_requests(made.diff(ids_of(wide))) == 1
    assert made.count_requests(made.diff(ids_of(wide | {"w/0": b"2"}))) == 1 + 3


def test_whole_levels_of_folders_are_requested_up_to_a_limit() -> None:
    three = {f"{a}/{b}/{c}/x": b"1" for a in range(10) for b in range(10) for c in range(10)}
    assert len(LocalTree(local(three)).queried) == 110
    assert not LocalTree(local({f"{n}/x": b"1" for n in range(300)})).queried


def test_the_pages_of_a_listing_are_counted_with_their_folders() -> None:
    assert LocalTree(local({f"d{n}/f": b"" for n in range(499)})).pages == 1
    assert LocalTree(local({f"d{n}/f": b"" for n in range(500)})).pages == 2  # and the root
