"""Each test file of a module is where that module is in `deployer/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT

_TESTS = ROOT / "tests"


@pytest.mark.parametrize(
    "test",
    [
        *(path.relative_to(_TESTS / "unit") for path in (_TESTS / "unit").rglob("test_*.py")),
        *(path.relative_to(_TESTS) for path in (_TESTS / "world").rglob("test_*.py")),
    ],
    ids=Path.as_posix,
)
def test_a_test_file_is_named_after_a_module(test: Path) -> None:
    assert (ROOT / "deployer" / test.with_name(test.name.removeprefix("test_"))).is_file()
