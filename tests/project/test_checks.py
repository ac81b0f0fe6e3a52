"""Every finding has a name, which the page of checks explains."""

from __future__ import annotations

import re

import pytest

from deployer.finding_names import NAMES
from tests.conftest import ROOT
from tests.project.documents import read

_ROW = re.compile(r"^\| `([a-z-]+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
_ROWS = _ROW.findall(read("docs/checks.md").text)


def test_the_page_lists_each_name_once_with_why_and_how_to_fix() -> None:
    listed = [name for name, _, _ in _ROWS]
    assert sorted(listed) == sorted(NAMES)
    assert all(why.strip() and fix.strip() for _, why, fix in _ROWS)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name_is_given_to_a_finding(name: str) -> None:
    sources = [path for path in (ROOT / "deployer").rglob("*.py") if path.stem != "finding_names"]
    assert any(f'"{name}"' in path.read_text("utf-8") for path in sources)
