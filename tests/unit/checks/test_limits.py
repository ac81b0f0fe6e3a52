"""Rules for the paths and sizes of the files to deploy."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.checks import limits
from deployer.checks.limits import check
from deployer.problem import Level
from deployer.source.snapshot import File


def files(paths: Iterable[str], size: int = 1) -> dict[str, File]:
    """Files of these paths, all of one size."""
    return {path: File(path, size, "0" * 40, b"") for path in paths}


def test_common_paths_have_no_findings() -> None:
    assert not check(
        files(
            [
                *("app.py", "a/b/c.txt", ".gitattributes", "a b/ü (1).png", "aux.py", "日本/語.md"),
                *("a/App.py", "b/app.py", "...x", ".env.example", "x..y", "👩‍🚀.png"),
            ]
        )
    )


def test_the_limits_are_those_of_the_hub() -> None:
    assert (limits.MAX_ENTRIES_PER_FOLDER, limits.MAX_FILES) == (10_000, 100_000)


def test_more_than_a_free_space_may_hold_names_the_largest_file() -> None:
    assert not check(files(["a.bin", "b.bin"], 500_000_000))
    sizes = {"data/a.csv": 300_000_000, "model.safetensors": 900_000_000}
    (found,) = check({path: File(path, size, "0" * 40, b"") for path, size in sizes.items()})
    assert (found.path, found.level) == ("model.safetensors", Level.WARNING)
    assert "1.2 GB" in found.message and "may hold 1 GB" in found.message
    assert "move model.safetensors to a model" in found.message


@pytest.mark.parametrize("folder", ["", "data/deep/"])
def test_a_folder_may_have_as_many_entries_as_the_limit(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MAX_ENTRIES_PER_FOLDER", 20)
    assert not check(files(f"{folder}{number}" for number in range(20)))
    (found,) = check(files(f"{folder}{number}/x" for number in range(21)))
    assert found.level is Level.ERROR and "21 entries" in found.message
    assert found.path == (folder.rstrip("/") or ".")


def test_more_files_than_the_limit_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILES", 100)
    assert not check(files(f"{number % 10}/{number}" for number in range(100)))
    (found,) = check(files(f"{number % 10}/{number}" for number in range(101)))
    assert found.level is Level.WARNING and "101 files" in found.message


@pytest.mark.parametrize(
    ("gigabytes", "level"), [(200, None), (201, Level.WARNING), (501, Level.ERROR)]
)
def test_a_file_may_have_500_gb(gigabytes: int, level: Level | None) -> None:
    found = check(files(["a"], gigabytes * 10**9))
    of_file = [one.level for one in found if "per file" in one.message]
    assert of_file == ([level] if level else [])


def test_a_name_may_have_255_bytes() -> None:
    assert not check(files(["a/" + "x" * 255, "é" * 127]))
    (found,) = check(files(["é" * 128]))
    assert found.level is Level.ERROR and "256" in found.message
    assert check(files(["/".join(["x" * 200] * 21)]))


def test_names_that_differ_in_case_are_reported_once() -> None:
    (found,) = check(files(["a/Img.png", "a/img.PNG", "a/img.png", "b/img.png"]))
    assert found.path == "a/Img.png" and found.level is Level.WARNING
    assert "a/img.PNG, a/img.png" in found.message


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("a /b", "'a '"),
        (" a", "whitespace"),
        ("a.txt.", "ends with a dot"),
        ("a\nb", "control character"),
        ("a\x7f", "control character"),
    ],
)
def test_odd_names_are_reported(path: str, word: str) -> None:
    (found,) = check(files([path]))
    assert found.level is Level.WARNING and word in found.message


@given(some.sets(some.text(min_size=1, max_size=9)), some.integers(0, 2**60))
def test_no_name_breaks_a_rule(paths: set[str], size: int) -> None:
    assert all(one.message for one in check(files(paths, size)))
