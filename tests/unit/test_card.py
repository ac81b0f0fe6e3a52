"""The card: split, read, composed and checked; a person's text is never rewritten."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from deployer.card import BadCard, Card, CardFile, compose, parse, split

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
        assert split(readme) == (None, readme)


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
        ("a: 1\nb: [1", None),
        ("- a\n- b", 2),
        ("just text", 2),
        ("a: *nobody", 2),
    ],
)
def test_what_is_no_mapping_is_told_with_its_line(yaml_text: str, line: int | None) -> None:
    with pytest.raises(BadCard) as raised:
        parse(f"---\n{yaml_text}\n---\n")
    assert str(raised.value)
    if line is not None:
        assert raised.value.line == line


@pytest.mark.parametrize(
    "yaml_text", ["a: 2026-13-45", "a: !!python/object:os.system x", "[" * 2000]
)
def test_yaml_that_would_break_a_reader_is_a_bad_card(yaml_text: str) -> None:
    with pytest.raises(BadCard):
        parse(f"---\n{yaml_text}\n---\n")


@pytest.mark.parametrize("yaml_text", ["{[a]: 1}", "? {a: 1}\n: 2", "? [a, b]\n: 1"])
def test_a_key_that_is_a_list_or_a_mapping_is_a_bad_card(yaml_text: str) -> None:
    with pytest.raises(BadCard):
        parse(f"---\n{yaml_text}\n---\n")


def test_a_card_file_is_put_in_front_of_a_plain_readme() -> None:
    assert compose("# Title\n", "sdk: gradio\n") == "---\nsdk: gradio\n---\n# Title\n"


def test_a_card_file_may_have_its_own_dashes() -> None:
    assert compose("# Title\n", "---\nsdk: gradio\n---\n") == "---\nsdk: gradio\n---\n# Title\n"


def test_what_the_readme_lacks_is_appended_with_its_comments_and_nothing_is_rewritten() -> None:
    readme = "---\ntitle:   'Demo'   # mine\n---\nbody\n"
    apart = "# the sdk\nsdk: gradio\ntitle: Demo\ntags:\n  - a\n  - b\n"
    assert compose(readme, apart) == (
        "---\ntitle:   'Demo'   # mine\n# the sdk\nsdk: gradio\ntags:\n  - a\n  - b\n---\nbody\n"
    )


def test_a_readme_with_windows_lines_gets_windows_lines() -> None:
    composed = compose("---\r\ntitle: x\r\n---\r\nbody\r\n", "sdk: gradio\n")
    assert composed == "---\r\ntitle: x\r\nsdk: gradio\r\n---\r\nbody\r\n"


@pytest.mark.parametrize("apart", ["", "\n", "# only a comment\n", "---\n---\n"])
def test_a_card_file_without_keys_adds_none(apart: str) -> None:
    card = _card(compose("---\nsdk: gradio\n---\nbody\n", apart))
    assert (dict(card.meta), card.body) == ({"sdk": "gradio"}, "body\n")


def test_a_contradiction_names_the_key_and_both_values() -> None:
    with pytest.raises(BadCard) as raised:
        compose("---\nsdk: gradio\n---\n", "# why\nsdk: docker\n")
    assert raised.value.line == 2
    assert all(word in str(raised.value) for word in ("`sdk`", "gradio", "docker"))


def test_a_card_file_that_can_not_be_appended_line_by_line_is_refused() -> None:
    with pytest.raises(BadCard):
        compose("---\n{title: x}\n---\n", "sdk: gradio\n")
    with pytest.raises(BadCard):
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
    if split(body)[0] is None:
        assert (
            compose(body, "sdk: gradio")
            .encode("utf-8", "surrogatepass")
            .endswith(body.encode("utf-8", "surrogatepass"))
        )


@given(some.text("-\r\n ab:", max_size=40))
def test_splitting_loses_nothing(readme: str) -> None:
    front, body = split(readme)
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


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    with pytest.raises(BadCard) as raised:
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
    assert CardFile("c", "# x\nsdk: a\n").lines() == {"sdk": 2}
    assert CardFile("c", "---\nsdk: a\n---\n").lines() == {"sdk": 2}
    with pytest.raises(BadCard) as raised:
        CardFile("c", "---\nsdk: a\nb: c: d\n---\n").lines()
    assert raised.value.line == 3
