"""Space ids, the visibility of a new Space, and the runtime as the Hub reports it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from deployer.errors import UsageError
from deployer.space.space import Runtime, SpaceId, Visibility


@pytest.mark.parametrize(
    "text",
    ["o/n", "Org-1/my_app.v2", " julia/demo ", "https://huggingface.co/spaces/julia/demo",
     "http://127.0.0.1:8000/spaces/julia/demo/", "_o/n_"],
)  # fmt: skip
def test_a_space_s_id_is_read(text: str) -> None:
    space = SpaceId.parse(text)
    assert str(space) == f"{space.owner}/{space.name}"
    assert str(space) in text


@pytest.mark.parametrize(
    "text",
    ["", "/", "o", "o/", "/n", "o/n/m", "o/-n", "o/n-", "o/.n", "o/n.", "o/a--b", "o/a..b",
     "o/n.git", "o /n", "o/n\n", "o/ñ", "o/n?x", "../..", "spaces/julia/demo", "o/" + "n" * 95,
     "https://evil.example/julia/demo", "o/n\x1b[31m"],
)  # fmt: skip
def test_an_invalid_id_is_a_usage_error(text: str) -> None:
    if text.strip() == "o/n":
        assert str(SpaceId.parse(text)) == "o/n"
        return
    with pytest.raises(UsageError) as raised:
        SpaceId.parse(text)
    assert "\x1b" not in raised.value.cause


@given(some.text(max_size=200))
def test_any_text_is_an_id_or_a_usage_error(text: str) -> None:
    try:
        space = SpaceId.parse(text)
    except UsageError as error:
        assert len(error.cause) < 1000
    else:
        assert SpaceId.parse(str(space)) == space
        assert str(space).isascii() and len(str(space)) <= 96


def test_auto_is_private_unless_the_source_is_public() -> None:
    assert Visibility.AUTO.decided(source_is_public=False) is Visibility.PRIVATE
    assert Visibility.AUTO.decided(source_is_public=True) is Visibility.PUBLIC
    for choice in (Visibility.PUBLIC, Visibility.PROTECTED, Visibility.PRIVATE):
        assert choice.decided(source_is_public=True) is choice
        assert choice.decided(source_is_public=False) is choice


def test_a_runtime_is_read_with_whatever_is_missing() -> None:
    assert Runtime.read({}) == Runtime("UNKNOWN")
    assert Runtime.read({"stage": None, "hardware": None, "sha": ""}) == Runtime("UNKNOWN")
    full = {"stage": "RUNNING", "sha": "a" * 40, "hardware": {"current": "t4", "requested": "a10"}}
    full |= {"errorMessage": "x", "gcTimeout": 3600}
    assert Runtime.read(full) == Runtime("RUNNING", "a" * 40, "t4", "x", "a10", 3600)
    assert Runtime.read({"stage": "BUILDING", "hardware": {"requested": "a10"}}).hardware == "a10"


def test_the_message_of_a_flagged_space_has_the_reason() -> None:
    response = {
        "stage": "PAUSED",
        "errorMessage": "Flagged as abusive",
        "abuse": {"detector": "abuse-handler", "reason": "Blocked by rule: proxy"},
    }
    assert Runtime.read(response).message == "Flagged as abusive: Blocked by rule: proxy"
    assert Runtime.read({"stage": "PAUSED", "errorMessage": "a\n b"}).message == "a b"
    assert Runtime.read({"stage": "RUNNING", "abuse": None}).message is None
