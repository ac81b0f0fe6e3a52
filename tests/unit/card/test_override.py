"""Keys of a card that an environment sets, and the lines that are put back."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from deployer.card.card import parse
from deployer.card.override import override, put_back
from deployer.card.yaml import InvalidCard

README = """---
# the demo
title: &name Demo # short
emoji: 🚀

# what it is about
tags:
- a  # first
- b
# until here
short_description: |+
  Hello
  # not a comment

sdk: gradio
models: [a/b,
  c/d]
# the end
---
# Demo
title: no key
"""


def test_only_the_lines_of_the_keys_change() -> None:
    keys = {"title": "Staging", "tags": ["x", "y"], "short_description": "q", "models": []}
    text = override(README, keys).text
    assert text == (
        "---\n# the demo\n"
        'title: "Staging"\n'
        "emoji: 🚀\n\n# what it is about\n"
        'tags: ["x", "y"]\n'
        "# until here\n"
        'short_description: "q"\n'
        "sdk: gradio\n"
        "models: []\n"
        "# the end\n---\n# Demo\ntitle: no key\n"
    )


def test_a_missing_key_is_appended_as_a_line() -> None:
    result = override("---\nsdk: gradio\n---\nHi", {"pinned": True, "hf_oauth": False})
    assert result.text == "---\nsdk: gradio\npinned: true\nhf_oauth: false\n---\nHi"
    assert result.before == {"pinned": None, "hf_oauth": None}


def test_an_empty_card_gets_the_key() -> None:
    assert override("---\n---\n", {"title": "X"}).text == '---\ntitle: "X"\n---\n'


def test_a_card_that_is_indented_stays_indented() -> None:
    text = override("---\n  sdk: gradio\n  title: a\n---\n", {"title": "b", "pinned": True}).text
    assert text == '---\n  sdk: gradio\n  title: "b"\n  pinned: true\n---\n'


def test_a_new_line_ends_like_the_others() -> None:
    text = override("---\r\ntitle: a\r\n---\r\nHi\n", {"title": "b", "pinned": True}).text
    assert text == '---\r\ntitle: "b"\r\npinned: true\r\n---\r\nHi\n'


def test_a_line_of_text_that_looks_like_a_comment_is_the_key_s_own() -> None:
    result = override("---\ntitle: 'a\n  # b'\n# c\nsdk: gradio\n---\n", {"title": "x"})
    assert result.text == '---\ntitle: "x"\n# c\nsdk: gradio\n---\n'


def test_the_lines_before_are_exact() -> None:
    before = override(README, {"title": "x", "tags": [], "short_description": "y"}).before
    assert before == {
        "title": "title: &name Demo # short\n",
        "tags": "tags:\n- a  # first\n- b\n",
        "short_description": "short_description: |+\n  Hello\n  # not a comment\n\n",
    }


@pytest.mark.parametrize(
    ("readme", "says"),
    [
        ("# Hi\n", "no card"),
        ("---\n{title: x, sdk: gradio}\n---\n", "one `key: value` per line"),
        ("---\n- title\n---\n", "one `key: value` per line"),
        ("---\ntitle: &t x\nshort_description: *t\n---\n", "anchor"),
        ("---\nbase: &b\n  title: x\n<<: *b\n---\n", "anchor"),
        ("---\n? title\n: x\n---\n", "does not start its line"),
        ("---\nsdk: gradio\rtitle: x\n---\n", "does not start its line"),
        ("---\ntitle: [a\nsdk: x\n---\n", "bracket"),
    ],
)
def test_what_cannot_be_done_by_lines_is_an_error(readme: str, says: str) -> None:
    with pytest.raises(InvalidCard, match=says):
        override(readme, {"title": "Staging"})


def test_a_key_that_is_an_alias_itself_is_overridden() -> None:
    readme = "---\nshort_description: &t x\ntitle:\n  *t\nsdk: gradio\n---\n"
    result = override(readme, {"title": "y"})
    assert result.text == '---\nshort_description: &t x\ntitle: "y"\nsdk: gradio\n---\n'
    assert put_back(result.text, result.before) == readme


def test_lines_that_are_too_long_to_be_recorded_are_not_overridden() -> None:
    with pytest.raises(InvalidCard, match="`title`.* shorten"):
        override(f"---\ntitle: {'x' * 20_000}\nsdk: gradio\n---\n", {"title": "Staging"})


@pytest.mark.parametrize(
    "before",
    [
        {"tags": None},
        {"title": "title: x\nsdk: docker\n"},
        {"title": "title: x\n---\nmore of the page\n"},
        {"title": "pinned: true\n"},
        {"title": "title: x"},
        {"title": "title: [\n"},
        {"title": ""},
    ],
)
def test_lines_that_hold_more_than_their_key_are_not_put_back(
    before: dict[str, str | None],
) -> None:
    with pytest.raises(InvalidCard):
        put_back('---\ntitle: "y"\nsdk: gradio\n---\nHi\n', before)


_TEXT = some.text(
    some.characters(codec="utf-8", exclude_categories=["Cs"]) | some.sampled_from("\x85\u2028#:\t"),
    max_size=12,
)
_VALUES = _TEXT | some.booleans() | some.integers(-99, 99) | some.lists(_TEXT, max_size=3)
_KEYS = some.sampled_from(["title", "tags", "pinned", "models", "custom_headers", "thumbnail"])
_LINES = some.sampled_from(
    [
        *("{k}: x", "{k}: 'a b' # c", '{k}: "a\\tb"', "{k}:", "{k}: 3.10", '"{k}": no', "{k} : x"),
        *(
            "{k}: a\n  b",
            "{k}: 'a\n\n  b'",
            '{k}: "a\n  # b"',
            "{k}: |\n  a\n  # b",
            "{k}: >-\n   a\n\n   b",
        ),
        *("{k}: |+\n  a\n\n", "{k}: |\n", "{k}:\n- a\n- b", "{k}:\n  - a # c\n  # d\n  - 'b'"),
        *("{k}: [a,\n  b]", "{k}: {{a: b,\n c: d}} # e", "{k}:\n  a: b\n  c:\n    - d"),
        *("{k}: &{k} x", "{k}: !!str 3", "{k}: # c\n  x", "{k}: |2\n    a\n  b", "{k}: 🚀\ufe0f"),
        *("{k}: &{k}\n  a: b", "{k}:\n\n  # c\n  x", "{k}: *first", "{k}:\n  - *first\n"),
    ]
)
_BETWEEN = some.sampled_from(["", "# c", "  # c", "\n", "   ", "\n# c\n\n# d"])
_BODIES = some.sampled_from(["", "\n", "# Hi", "# Hi\n---\ntitle: x\n---\n", "\r\n\x85"])


@some.composite
def _readmes(draw: some.DrawFn) -> str:
    keys = draw(some.lists(_KEYS, unique=True, max_size=6))
    lines = ["first: &first x"]
    for key in keys:
        lines += [draw(_BETWEEN), draw(_LINES).format(k=key)]
    indent = draw(some.sampled_from(["", "", "  "]))
    front = "\n".join([*lines, draw(_BETWEEN)]).replace("\n\n\n", "\n\n")
    front = "\n".join(f"{indent}{line}" for line in front.split("\n"))
    end = "\n---" + draw(some.sampled_from(["", "\n", "  \n"]))
    readme = f"---\n{front}{end}"
    if readme.endswith("\n"):
        readme += draw(_BODIES)
    readme = draw(some.sampled_from(["", "", "\ufeff"])) + readme
    return readme.replace("\n", "\r\n") if draw(some.booleans()) else readme


_READMES = _readmes()  # pylint: disable=no-value-for-parameter


@given(_READMES, some.dictionaries(_KEYS, _VALUES, max_size=4))
def test_what_is_put_back_is_the_readme_byte_for_byte(readme: str, keys: dict[str, object]) -> None:
    card = parse(readme)
    assert card is not None
    result = override(readme, keys)
    overridden = parse(result.text)
    assert overridden is not None
    assert overridden.meta == {**card.meta, **keys}
    assert overridden.body == card.body
    assert put_back(result.text, result.before) == readme


@given(_READMES, some.dictionaries(_KEYS, _VALUES, max_size=4), _KEYS)
def test_lines_of_other_keys_stay_as_they_are(
    readme: str, keys: dict[str, object], other: str
) -> None:
    assume(other not in keys)
    before = override(readme, {other: "x"}).before[other]
    assert override(override(readme, keys).text, {other: "x"}).before[other] == before
