"""The card: split, read, composed and checked; the user's text is never rewritten."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from deployer.card.card import Card, CardFile, compose, explain_not_utf8, parse, split_front_matter
from deployer.card.yaml import InvalidCard

_NAMES = some.text("abcdefgh_", min_size=1, max_size=6)
_VALUES = some.one_of(
    some.integers(-9, 99), some.booleans(), some.text("abc :#-\"'", max_size=8), some.none()
)


def _card(readme: str) -> Card:
    card = parse(readme)
    assert card is not None
    return card


def test_a_readme_without_front_matter_has_no_card() -> None:
    for readme in (
        "",
        "# Title\n",
        "\n---\nsdk: gradio\n---\n",
        " ---\nsdk: x\n---\n",
        "---\nsdk: x\n",
    ):
        assert parse(readme) is None
        assert split_front_matter(readme) == (None, readme)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_keys_are_read_with_the_line_they_stand_on(newline: str) -> None:
    lines = ["---", "# a comment", "title: Demo", "", "sdk: gradio", "---", "body", ""]
    card = _card(newline.join(lines))
    assert dict(card.meta) == {"title": "Demo", "sdk": "gradio"}
    assert dict(card.lines) == {"title": 3, "sdk": 5}
    assert card.body == f"body{newline}"


def test_an_empty_card_is_a_card_without_keys() -> None:
    assert not _card("---\n---\nbody").meta
    assert not _card("---\n# nothing\n---\n").meta


@pytest.mark.parametrize(
    ("yaml_text", "line"),
    [
        ("title: a: b", 2),
        ("a: 1\nb: [1", 3),
        ("- a\n- b", 2),
        ("just text", 2),
        ("a: *nobody", 2),
    ],
)
def test_what_is_not_a_mapping_is_reported_at_its_line(yaml_text: str, line: int) -> None:
    with pytest.raises(InvalidCard) as raised:
        parse(f"---\n{yaml_text}\n---\n")
    assert str(raised.value) and raised.value.line == line


@pytest.mark.parametrize("yaml_text", ["a: !!python/object:os.system x", "a: \x07", "[" * 600])
def test_yaml_that_would_break_a_reader_is_an_invalid_card(yaml_text: str) -> None:
    with pytest.raises(InvalidCard) as raised:
        parse(f"---\n{yaml_text}\n---\n")
    assert raised.value.line == 2


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("!!int ''", ""),
        ("!!float ''", ""),
        ("!!bool q", "q"),
        ("!!timestamp q", "q"),
        ("1:30", "1:30"),
    ],
)
def test_what_only_its_tag_calls_a_number_or_a_date_is_text(scalar: str, value: str) -> None:
    assert parse(f"---\nsdk: gradio\nx: {scalar}\n---\n").meta["x"] == value


@pytest.mark.parametrize("yaml_text", ["{[a]: 1}", "? {a: 1}\n: 2", "? [a, b]\n: 1"])
def test_a_key_that_is_a_list_or_a_mapping_is_an_invalid_card(yaml_text: str) -> None:
    with pytest.raises(InvalidCard):
        parse(f"---\n{yaml_text}\n---\n")


def test_a_card_file_is_put_in_front_of_a_plain_readme() -> None:
    assert compose("# Title\n", "sdk: gradio\n") == "---\nsdk: gradio\n---\n# Title\n"


def test_a_card_file_may_have_its_own_dashes() -> None:
    assert compose("# Title\n", "---\nsdk: gradio\n---\n") == "---\nsdk: gradio\n---\n# Title\n"


def test_what_the_readme_lacks_is_appended_with_its_comments_and_nothing_is_rewritten() -> None:
    readme = "---\ntitle:   'Demo'   # mine\n---\nbody\n"
    card_file = "# the sdk\nsdk: gradio\ntitle: Demo\ntags:\n  - a\n  - b\n"
    assert compose(readme, card_file) == (
        "---\ntitle:   'Demo'   # mine\n# the sdk\nsdk: gradio\ntags:\n  - a\n  - b\n---\nbody\n"
    )


def test_a_readme_with_windows_lines_gets_windows_lines() -> None:
    composed = compose("---\r\ntitle: x\r\n---\r\nbody\r\n", "sdk: gradio\n")
    assert composed == "---\r\ntitle: x\r\nsdk: gradio\r\n---\r\nbody\r\n"


@pytest.mark.parametrize("card_file", ["", "\n", "# only a comment\n", "---\n---\n"])
def test_a_card_file_without_keys_adds_none(card_file: str) -> None:
    card = _card(compose("---\nsdk: gradio\n---\nbody\n", card_file))
    assert (dict(card.meta), card.body) == ({"sdk": "gradio"}, "body\n")


def test_a_contradiction_names_the_key_and_both_values() -> None:
    with pytest.raises(InvalidCard) as raised:
        compose("---\nsdk: gradio\n---\n", "# why\nsdk: docker\n")
    assert raised.value.line == 2
    assert all(word in str(raised.value) for word in ("`sdk`", "gradio", "docker"))


def test_a_card_file_that_can_not_be_appended_line_by_line_is_refused() -> None:
    with pytest.raises(InvalidCard):
        compose("---\n{title: x}\n---\n", "sdk: gradio\n")
    with pytest.raises(InvalidCard):
        compose("---\ntitle: x\n---\n", "base: &b 1\ntitle: x\nsdk: *b\nother: *c\n")


@given(
    body=some.text(),
    own=some.dictionaries(_NAMES, _VALUES),
    given_=some.dictionaries(_NAMES, _VALUES, min_size=1),
)
def test_composing_keeps_the_body_and_every_key(
    body: str, own: dict[str, object], given_: dict[str, object]
) -> None:
    own = {key: value for key, value in own.items() if key not in given_}
    front = yaml.safe_dump(own) if own else ""
    composed = compose(f"---\n{front}---\n{body}", yaml.safe_dump(given_))
    assert composed.startswith(f"---\n{front}")
    assert composed.endswith(f"---\n{body}")
    card = _card(composed)
    assert card.body == body
    assert dict(card.meta) == {**own, **given_}


@given(some.text())
def test_a_readme_without_a_card_is_kept_byte_for_byte(body: str) -> None:
    if split_front_matter(body)[0] is None:
        assert (
            compose(body, "sdk: gradio")
            .encode("utf-8", "surrogatepass")
            .endswith(body.encode("utf-8", "surrogatepass"))
        )


@given(some.text("-\r\n ab:", max_size=40))
def test_splitting_loses_nothing(readme: str) -> None:
    front, body = split_front_matter(readme)
    if front is None:
        assert body == readme
    else:
        assert readme.endswith(body) and front in readme


@pytest.mark.parametrize(
    ("front", "starts"),
    [
        ("sdk: gradio", "app.py"),
        ("sdk: gradio\napp_file: src/main.py", "src/main.py"),
        ("sdk: docker", "Dockerfile"),
        ("sdk: docker\napp_file: other", "Dockerfile"),
        ("sdk: static", "index.html"),
        ("sdk: static\napp_file: dist/index.html", "dist/index.html"),
        ("sdk: static\napp_build_command: npm run build\napp_file: dist/index.html", None),
    ],
)
def test_each_sdk_starts_its_own_file(front: str, starts: str | None) -> None:
    card = _card(f"---\n{front}\n---\n")
    assert card.app_file == starts


def test_a_duplicate_key_is_rejected_with_both_lines() -> None:
    with pytest.raises(InvalidCard) as raised:
        parse("---\nsdk: gradio\ntitle: x\nsdk: docker\n---\n")
    assert raised.value.line == 4 and "line 2" in str(raised.value)


def test_what_was_written_is_kept_beside_what_yaml_made_of_it() -> None:
    card = _card("---\npython_version: 3.10\nsdk_version: '5.10'\ntags: [a]\n---\n")
    assert card.meta["python_version"] == 3.1
    assert dict(card.raw) == {"python_version": "3.10", "sdk_version": "5.10"}


def test_yes_and_no_are_words_as_they_are_on_the_hub() -> None:
    card = _card("---\na: no\nb: On\nc: true\nd: False\n---\n")
    assert dict(card.meta) == {"a": "no", "b": "On", "c": True, "d": False}


def test_a_card_file_knows_its_lines() -> None:
    assert CardFile("c", "# x\nsdk: a\n").card().lines == {"sdk": 2}
    assert CardFile("c", "---\nsdk: a\n---\n").card().lines == {"sdk": 2}
    with pytest.raises(InvalidCard) as raised:
        CardFile("c", "---\nsdk: a\nb: c: d\n---\n").card()
    assert raised.value.line == 3


def test_a_card_file_with_a_byte_order_mark_is_read() -> None:
    for card_file in ("\ufeffsdk: gradio\n", "\ufeff---\nsdk: gradio\n---\n"):
        assert compose("body", card_file) == "---\nsdk: gradio\n---\nbody"


def test_a_readme_with_a_byte_order_mark_keeps_it_and_its_card() -> None:
    marked = "\ufeff---\r\ntitle: x\r\n---\r\nbody\r\n"
    card = parse(marked)
    assert card is not None and (card.lines, card.body) == ({"title": 2}, "body\r\n")
    joined = "\ufeff---\r\ntitle: x\r\nsdk: gradio\r\n---\r\nbody\r\n"
    assert compose(marked, "sdk: gradio\n") == joined


def test_what_can_not_be_joined_is_reported_at_the_first_line_of_the_card_file() -> None:
    with pytest.raises(InvalidCard) as raised:
        compose("---\n{title: x}\n---\n", "\n# c\nsdk: gradio\n")
    assert raised.value.line == 3


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_a_list_or_a_mapping_holds_has_its_lines(newline: str) -> None:
    front = [
        "tags:",
        "  - a",
        "",
        "  - b",
        "models: [x,",
        "  y]",
        "custom_headers:",
        "  h: z",
        "n: 1",
    ]
    items = _card(newline.join(["---", *front, "---", ""])).items
    assert {key: dict(lines) for key, lines in items.items() if lines} == {
        "tags": {0: 3, 1: 5},
        "models": {0: 6, 1: 7},
        "custom_headers": {"h": 9},
    }


def test_yaml_is_read_as_the_hubs_javascript_does() -> None:
    card = _card("---\ntitle:\tA\tb\t\n\t\na: 2026-13-45\nb: =\nc: #fff\nd: # no\n---\n")
    assert dict(card.meta) == {"title": "A b", "a": "2026-13-45", "b": "=", "c": None, "d": None}
    assert (card.raw["c"], card.raw["d"]) == ("#fff", "# no")
    assert _card(f"---\nn: {'9' * 5000}\n---\n").meta["n"] == "9" * 5000


# front matter · line, of which the first is 2 · words
UNREADABLE = [
    ("sdk: gradio\n\ttitle: x", 3, "tab in the indentation"),
    ("title: x\nsdk: gradio\ntitle: y", 4, "also on line 2"),
    ("title: Demo: the sequel", 2, "contains a colon and a space; put quotes"),
    ("tags:\n - a\n - b: c: d", 4, "contains a colon and a space; put quotes"),
    ("title: X\n emoji: x\nsdk: a", 3, "indented key"),
    ("title:X\nsdk:gradio", 2, "no space after the colon"),
    ("# c\n\ntitle:X", 4, "no space after the colon"),
    ("title: X\nemoji:🚀\nsdk: gradio", 3, "no space after the colon"),
    ("title = X\nsdk = gradio", 2, "`=` after a key"),
    ("- title: X\n- sdk: gradio", 2, "dash before a key; remove it"),
    ("just text", 2, "expected `key: value` lines"),
    ("title: X\njust text\nsdk: a", 3, "expected `key: value`"),
    ("a: 1\ntitle: 'Bob's demo'", 3, "apostrophe"),
    ('title: "a" demo', 2, "after a closing double quote"),
    ('title: "C:\\path"\nsdk: a', 2, "text with a backslash"),
    ('a: 1\ntitle: "My demo\nsdk: gradio', 3, "unclosed quote"),
    ("a: 1\ntags: [a, b\nsdk: gradio", 3, "unclosed bracket; add `]`"),
    ("a: 1\ntags: {a: b\nsdk: gradio", 3, "unclosed bracket; add `}`"),
    ("title: [WIP] Demo", 2, "starts with ["),
    ("title: {{ title }}", 2, "starts with {"),
    ("title: @home", 2, "starts with @"),
    ("title: `a` b", 2, "starts with `"),
    ("title: %a", 2, "starts with %"),
    ("title: *** Demo ***", 2, "starts with *"),
    ("title: !Demo", 2, "starts with !"),
    ("tags:\n - a\n - @b", 4, "starts with @"),
    ("a: *nobody", 2, "undefined anchor `*nobody`"),
    ("emoji: :rocket:", 2, "write the emoji itself"),
    ("title: X\n<<<<<<< HEAD\nsdk: a\n=======\nsdk: b\n>>>>>>> c", 3, "merge conflict"),
    ("title: X\nsdk:\u00a0gradio\na: b", 3, "a space that YAML does not accept"),
    ("title: X\nname: \x07", 3, "U+0007"),
    ("tags:\n  - a\n- b", 4, "align the dashes"),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_front_matter_that_can_not_be_read_is_reported_at_its_line(newline: str) -> None:
    for front, line, word in UNREADABLE:
        with pytest.raises(InvalidCard) as raised:
            parse(f"---\n{front}\n---\n".replace("\n", newline))
        assert (raised.value.line, word in str(raised.value)) == (line, True), front + str(raised)
        with pytest.raises(InvalidCard) as raised:
            CardFile("card.yaml", front).card()
        assert raised.value.line == line - 1


def test_invalid_utf_8_is_reported_with_its_cause() -> None:
    assert explain_not_utf8("---\ntitle: Café".encode("latin-1"))[0] == 2
    assert "0xe9" in explain_not_utf8("---\ntitle: Café".encode("latin-1"))[1]
    assert explain_not_utf8("---\n".encode("utf-16")) == (1, "encoded as UTF-16; save it as UTF-8")
    assert explain_not_utf8(b"sound")[0] == 1
