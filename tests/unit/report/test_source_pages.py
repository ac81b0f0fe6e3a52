"""Links to the source on GitHub."""

from __future__ import annotations

import pytest

from deployer.errors import Finding
from deployer.report.source_pages import SourcePages
from deployer.source.snapshot import Source

PAGES = SourcePages("https://git.example.com", "julia/project", "f" * 40)


def test_a_commit_of_the_run_s_repository_has_a_page() -> None:
    page = PAGES.of_commit(Source("julia/project", "a" * 40, dirty=True))
    assert page == f"https://git.example.com/julia/project/commit/{'a' * 40}"


@pytest.mark.parametrize(
    ("pages", "source"),
    [
        (PAGES, Source("someone/else", "a" * 40)),
        (PAGES, Source("julia/project")),
        (SourcePages(), Source("", "a" * 40)),
    ],
)
def test_nothing_else_has_one(pages: SourcePages, source: Source) -> None:
    assert pages.of_commit(source) is None


def test_a_line_is_a_fragment_and_a_path_is_quoted() -> None:
    start = f"https://git.example.com/julia/project/blob/{'f' * 40}"
    assert PAGES.of_line(Finding("a b/#1.md", 4, "")) == f"{start}/a%20b/%231.md#L4"
    assert PAGES.of_line(Finding("\udce9", None, "")) == f"{start}/%E9"
    assert PAGES.of_line(Finding(None, None, "")) is None
    assert SourcePages().of_line(Finding("a", 1, "")) is None
