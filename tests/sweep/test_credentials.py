"""The credential scan on large inputs and many values (`make sweep`)."""

from __future__ import annotations

import random
import sysconfig
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from deployer.checks.credentials import scan
from tests.sweep.credential_corpus import look_alikes, named_formats, own_formats
from tests.unit.checks.test_credentials import HOSTILE, RANDOM_KINDS, count_found, scan_seconds

_REAL_FILES = {sysconfig.get_path("purelib"), sysconfig.get_path("stdlib")}
_NOT_COUNTED = {"site-packages", "test"}  # below the standard library: others' files, and real keys


@pytest.mark.parametrize("kind", RANDOM_KINDS)
def test_hardly_a_random_value_is_taken_for_a_placeholder(kind: str) -> None:
    assert count_found(kind, 2_000) >= 1_990


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_input_takes_long(unit: str) -> None:
    # ten times what the slowest takes (benchmarks/scan.py), and far below what a runaway would
    assert scan_seconds(unit, 300_000) < 2


def _share_found(cases: Iterable[tuple[str, str]]) -> float:
    """The share of the formats of which 9 in 10 values are found."""
    found = defaultdict(list)
    for name, text in cases:
        found[name].append(bool(scan("a", text.encode())))
    return sum(sum(one) >= 0.9 * len(one) for one in found.values()) / len(found)


def test_formats_with_a_shape_of_their_own_are_found() -> None:
    cases = [case for seed in range(5) for case in own_formats(random.Random(seed))]
    assert _share_found(cases) >= 0.97


def test_values_that_only_their_name_marks_are_found() -> None:
    cases = [case for seed in range(5) for case in named_formats(random.Random(seed))]
    assert _share_found(cases) >= 0.75


def test_what_looks_like_a_credential_is_none() -> None:
    texts = [text for seed in range(5) for text in look_alikes(random.Random(seed))]
    false = [text for text in texts if scan("a", text.encode())]
    assert 300 * len(false) <= len(texts), false


def test_hardly_a_real_file_is_refused() -> None:
    paths = [
        path
        for root in _REAL_FILES
        for path in Path(root).rglob("*")
        if path.is_file() and not _NOT_COUNTED.intersection(path.relative_to(root).parts)
    ]
    small = [path for path in paths if path.stat().st_size < 500_000]
    found = {}
    for path in small:
        errors = [one for one in scan(str(path), path.read_bytes()) if not one.is_warning]
        if errors:
            found[path] = errors
    assert 5_000 * len(found) <= max(len(small), 5_000), found
