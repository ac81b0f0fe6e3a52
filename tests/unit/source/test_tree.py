"""Git blob and tree ids."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from deployer.source.tree import blob_id, tree_ids
from tests.unit.trees import Files, trees

_TREES = trees(some.text("ab", min_size=1, max_size=3), depth=3, most=8)


def test_blob_and_tree_ids_are_git_s() -> None:
    assert blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    assert blob_id(b"hello\n") == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert tree_ids([])[""] == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@given(_TREES, some.randoms())
def test_a_tree_id_depends_on_the_files_and_not_on_their_order(
    files: Files, random: object
) -> None:
    pairs = [(path, blob_id(data)) for path, data in files.items()]
    shuffled = sorted(pairs, key=lambda _: random.random())  # type: ignore[attr-defined]
    ids = tree_ids(pairs)
    assert ids == tree_ids(shuffled)
    folders = {path[:i] for path in files for i, c in enumerate(path) if c == "/"}
    assert set(ids) == folders | {""}


@given(_TREES)
def test_a_folder_s_id_is_that_of_its_files_alone(files: Files) -> None:
    ids = tree_ids((path, blob_id(data)) for path, data in files.items())
    for folder in set(ids) - {""}:
        inside = [
            (path.removeprefix(f"{folder}/"), blob_id(data))
            for path, data in files.items()
            if path.startswith(f"{folder}/")
        ]
        assert tree_ids(inside)[""] == ids[folder]
