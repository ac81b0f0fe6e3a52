"""Ignore rules: which rule excludes a path."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pathspec import GitIgnoreSpec

from deployer.errors import UsageError
from deployer.source.ignore import IgnoreRules, Patterns


def test_each_file_says_which_rule_excludes_it() -> None:
    rules = Patterns.of_file(".hfignore", "# comment\n\n*.log\r\n!keep.log\n/build/\n")
    assert str(rules.match("deep/x.log")) == ".hfignore:3 '*.log'"
    assert str(rules.match("build/a/b")) == ".hfignore:5 '/build/'"
    assert rules.match("keep.log") is None
    assert rules.match("deep/build/a") is None


@given(some.lists(some.sampled_from(["", "#", "# x", " ", "*.a", "b/", "!c.a", "/d"]), max_size=8))
def test_a_rule_s_origin_is_its_line(lines: list[str]) -> None:
    rules = Patterns.of_file("f", "\n".join(lines))
    for path in ("x.a", "b/y", "d", "c.a", "q"):
        if rule := rules.match(path):
            assert lines[int(rule.origin.removeprefix("f:")) - 1] == rule.pattern


def test_a_file_of_comments_excludes_nothing() -> None:
    assert Patterns.of_file(".hfignore", "# only\n\n   \n").match("x") is None


def test_an_invalid_pattern_is_reported_with_its_origin() -> None:
    with pytest.raises(UsageError) as raised:
        Patterns.of_option("--keep", ["!"])
    assert "--keep" in raised.value.message


@pytest.mark.parametrize(
    "path",
    [".git/config", "lib/.git/config", ".github/ci.yml", ".gitignore", "a/.gitignore", ".hfignore"],
)
def test_built_in_rules_hold_even_where_a_path_is_included(path: str) -> None:
    rule = IgnoreRules(include=Patterns.of_option("--include", ["*", path])).excluding_rule(path)
    assert rule is not None and rule.origin == "always"


def test_include_beats_an_ignore_file() -> None:
    ignored = (Patterns.of_file(".hfignore", "*.md"),)
    chosen = IgnoreRules(ignored, Patterns.of_option("--include", ["README.md"]))
    assert chosen.excluding_rule("README.md") is None
    assert chosen.excluding_rule("NOTES.md") is not None


_SEGMENTS = some.lists(
    some.text(some.sampled_from("ab*?"), min_size=1, max_size=5), min_size=1, max_size=5
)
_PATHS = some.lists(some.text(some.sampled_from("ab"), min_size=1, max_size=4), min_size=1)


@settings(max_examples=300)
@given(_SEGMENTS, _PATHS, some.booleans(), some.booleans(), some.booleans())
def test_a_pattern_matches_what_pathspec_says(
    segments: list[str], names: list[str], rooted: bool, folder: bool, negated: bool
) -> None:
    pattern = "/" * rooted + "/".join(segments) + "/" * folder
    lines, path = ["!" * negated + pattern, "b*"], "/".join(names)
    for order in (lines, lines[::-1]):
        expected = GitIgnoreSpec.from_lines(order).check_file(path)
        found = Patterns.of_option("x", order).match(path)
        assert (found and found.pattern) == (
            order[expected.index] if expected.include and expected.index is not None else None
        )
