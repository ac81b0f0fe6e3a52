"""A snapshot's id, its source, and Git LFS pointers."""

from __future__ import annotations

from deployer.source.snapshot import File, Snapshot, Source, is_lfs_pointer


def _snapshot(files: dict[str, bytes]) -> Snapshot:
    return Snapshot(
        Source("here"), {path: File.of_bytes(path, data) for path, data in files.items()}
    )


def test_an_lfs_pointer_is_recognized_and_a_text_about_pointers_is_not() -> None:
    start = b"version https://git-lfs.github.com/spec/v1\n"
    assert is_lfs_pointer(start + b"oid sha256:" + b"0" * 64 + b"\nsize 9\n")
    assert not is_lfs_pointer(b"# " + start)
    assert not is_lfs_pointer(start + b"x" * 2000)
    assert not is_lfs_pointer(b"")


def test_a_source_is_named_by_repository_commit_and_dirt() -> None:
    source = Source("o/r", "1a2b3c4" + "0" * 33, dirty=True)
    assert (str(source), source.short) == (f"o/r@1a2b3c4{'0' * 33}-dirty", "o/r@1a2b3c4-dirty")
    assert str(Source("folder")) == Source("folder").short == "folder"


def test_the_id_excludes_the_root_gitattributes() -> None:
    files = {"a": b"1", "lib/.gitattributes": b"2"}
    assert _snapshot(files).id == _snapshot(files | {".gitattributes": b"3"}).id
    assert _snapshot(files).id != _snapshot({"a": b"1"}).id


def test_a_source_is_read_back() -> None:
    for source in (
        Source("o/n", "a" * 40),
        Source("o/n", "a" * 40, dirty=True),
        Source("a@b", "b" * 40),
    ):
        assert Source.read(str(source)) == source
    assert Source.read("folder@home") == Source("folder@home")
