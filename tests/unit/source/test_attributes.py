"""The `.gitattributes` of a Space, in which the Hub's LFS rules are kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from deployer.source.attributes import merge_attributes

LINES = some.lists(
    some.sampled_from(["*.bin filter=lfs -text", "a filter=lfs", "*.csv text", "# note", ""])
).map(lambda lines: "".join(f"{line}\n" for line in lines).encode())


@given(LINES, LINES)
def test_no_line_and_no_lfs_rule_is_lost_and_nothing_grows(ours: bytes, theirs: bytes) -> None:
    merged = merge_attributes(ours, theirs)
    assert merged.startswith(ours)
    rules = {line for line in theirs.splitlines() if b"filter=lfs" in line}
    assert rules <= set(merged.splitlines())
    assert merge_attributes(ours, merged) == merged


def test_rules_are_appended_on_lines_of_their_own() -> None:
    assert merge_attributes(b"*.csv text", b"a filter=lfs\nb text\n") == (
        b"*.csv text\na filter=lfs\n"
    )
