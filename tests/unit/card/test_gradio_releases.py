"""The list of Gradio's releases: what was never released is known, what came later is not."""

from __future__ import annotations

from datetime import date

import pytest

from deployer.card.gradio_releases import last_of_ended, list_date, neighbors, releases


def test_the_list_has_a_date_and_all_kinds_of_releases() -> None:
    assert date.fromisoformat(list_date()) >= date(2026, 11, 29)
    assert releases() >= {"3.4", "4.44.1", "6.31.0", "5.0.0b1"}
    assert "4.7.0" in releases(), "a yanked release exists"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("4.30.0", ("4.29.0", "4.31.0")),
        ("4.31.9", ("4.31.5", "4.32.0")),
        ("4.6.0", ("4.5.0", "4.7.0")),
        ("6.17.0", ("6.16.0", "6.17.3")),
        ("4.29.0", None),
        ("4.7.0", None),
        ("4.30.0b1", None),
    ],
)
def test_a_version_that_was_never_released_has_neighbors(
    version: str, expected: tuple[str, str] | None
) -> None:
    assert neighbors(version) == expected


@pytest.mark.parametrize("version", ["6.9999.0", "9999.0.0", "5.9999.0", "6.31.9999", "5.49.9999"])
def test_what_may_have_been_released_since_has_none(version: str) -> None:
    assert neighbors(version) is None


def test_only_an_old_series_has_ended() -> None:
    last = [last_of_ended(version) for version in ("1.0", "2.0.0", "3.1", "4.99.0", "5.0.0", "x")]
    assert last == ["1.7.7", "2.9.4", "3.50.2", "4.44.1", None, None]
