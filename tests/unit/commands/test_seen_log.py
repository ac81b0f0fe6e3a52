"""The log of a commit: whatever was seen of it, each line is printed once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.commands.seen_log import SeenLog

LOG = tuple(f"line {number}" for number in range(9))


@given(some.integers(0, 9), some.integers(0, 9), some.booleans())
def test_all_lines_are_printed_once(seen: int, begin: int, is_printed: bool) -> None:
    log = SeenLog()
    for line in LOG[:seen]:
        log.add(line, is_printed=is_printed)
    printed = LOG[:seen] if is_printed else ()
    # lines that neither the stream nor its end brought are unknown
    expected = (*LOG[:seen], *LOG[max(seen, begin) :])
    assert (*printed, *log.take(LOG[begin:])) == expected
    assert not log.take(LOG[begin:])


@pytest.mark.parametrize("is_printed", [True, False])
def test_what_was_seen_is_printed_though_its_end_is_unknown(is_printed: bool) -> None:
    log = SeenLog()
    log.add("a", is_printed=is_printed)
    assert log.take() == (() if is_printed else ("a",))
    assert not log.take()
