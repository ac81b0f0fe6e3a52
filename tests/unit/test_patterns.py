"""A lazy pattern is what `re.compile` makes, and is compiled when it is first used."""

from __future__ import annotations

import re

import pytest

from deployer.patterns import lazy


def test_a_lazy_pattern_matches_as_a_compiled_one() -> None:
    for _ in range(2):
        found = lazy(r"(?P<name>a+)b", re.IGNORECASE).fullmatch("AAb")
        assert found and found["name"] == "AA"
    data = lazy(rb"\d")
    assert (data.sub(b"x", b"a1b2"), data.search(b"ab")) == (b"axbx", None)
    assert data.pattern == rb"\d"


def test_an_invalid_pattern_is_an_error_when_it_is_used() -> None:
    invalid = lazy("(")
    with pytest.raises(re.error):
        invalid.search("")
