"""The credential scan on large inputs and many values (`make sweep`)."""

from __future__ import annotations

import pytest

from tests.unit.checks.test_credentials import HOSTILE, RANDOM_KINDS, count_found, scan_seconds


@pytest.mark.parametrize("kind", RANDOM_KINDS)
def test_hardly_a_random_value_is_taken_for_a_placeholder(kind: str) -> None:
    assert count_found(kind, 2_000) >= 1_990


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_input_takes_long(unit: str) -> None:
    # ten times what the slowest takes (benchmarks/scan.py), and far below what a runaway would
    assert scan_seconds(unit, 300_000) < 2
