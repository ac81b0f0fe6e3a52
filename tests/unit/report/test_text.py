"""Text from outside in one printable line; sizes and durations for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.report.text import duration, fit, format_size, printable
from tests.unit.text import HOSTILE, is_harmless


@given(HOSTILE)
def test_a_printable_line_has_nothing_hidden(hostile: str) -> None:
    shown = printable(hostile)
    assert is_harmless(shown)
    shown.encode()


def test_a_printable_line_keeps_whatis_harmless() -> None:
    for line in ("plain", "ümläut 日本 🚀", "  indented", "100% [=====>]"):
        assert printable(line) == line
    assert printable("\x1b[1;31mred\x1b[0m\n") == "red"
    assert printable("a\tb") == "a    b"
    assert printable("\u202egnp.exe") == "\\u202egnp.exe"


def test_a_very_long_line_is_cut() -> None:
    assert len(printable("x" * 1_000_000)) < 5_000


def _columns(text: str) -> int:
    """As many columns as any terminal could take for a text."""
    return sum(1 if character.isascii() else 2 for character in text)


@given(HOSTILE, some.integers(-3, 40))
def test_a_text_that_is_fitted_never_takes_more_columns(hostile: str, columns: int) -> None:
    text = printable(hostile)
    shown = fit(text, columns)
    assert _columns(shown) <= max(columns, 0)
    assert shown == text or shown == "" or (shown[-1] == "…" and text.startswith(shown[:-1]))
    assert shown == text or _columns(text) > columns - 2


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (2_500_000, "2.5 MB"),
        (3_000_000_000, "3.0 GB"),
    ],
)
def test_sizes_are_formatted_for_people(size: int, text: str) -> None:
    assert format_size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (185, "3 min 5 s")]
)
def test_durations_are_formatted_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text
