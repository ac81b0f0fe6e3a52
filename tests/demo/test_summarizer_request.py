"""What is refused, in which words, and what is let through."""

import pytest

from summarizer.request import MAX_CHARACTERS, InvalidRequest, parse_request

# pylint: disable=missing-function-docstring  # the names are the sentences


@pytest.mark.parametrize("text", ["", "  \n\t ", None])
def test_no_text_is_asked_for_plainly(text: str | None) -> None:
    with pytest.raises(InvalidRequest, match="There is no text yet"):
        parse_request(text, "")


def test_a_prompt_without_a_text_gets_another_message_than_an_empty_form() -> None:
    with pytest.raises(InvalidRequest, match="There is a prompt, but no text"):
        parse_request(" ", "only the risks")


def test_binary_junk_is_not_summarized() -> None:
    with pytest.raises(InvalidRequest, match="binary data"):
        parse_request("\x89PNG\x00\x00\x1f\x8b\x08" * 20 + "text", "")


def test_a_stray_control_character_does_no_harm() -> None:
    assert parse_request("The ship\x00 sails at noon, and the crew waits.", "p").text.startswith(
        "The ship "
    )


def test_a_lone_surrogate_does_no_harm() -> None:
    request = parse_request("A long enough text with \ud800 half a character in it.", "p\udfff")
    request.text.encode()
    request.prompt.encode()


def test_a_text_without_words_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no words"):
        parse_request("... --- ... !!!", "summarize")


def test_the_longest_text_is_let_through_and_one_more_character_is_not() -> None:
    assert len(parse_request("a" * MAX_CHARACTERS, "p").text) == MAX_CHARACTERS
    with pytest.raises(InvalidRequest, match="300,001 characters and the limit is 300,000"):
        parse_request("a" * (MAX_CHARACTERS + 1), "p")


def test_a_huge_prompt_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="The prompt has 3,000 characters"):
        parse_request("A text.", "p" * 3000)


def test_an_empty_prompt_means_a_general_summary_and_says_so() -> None:
    assert "general summary" in parse_request("A text.", " ").remarks[0]


def test_html_is_kept_as_the_text_it_is() -> None:
    assert parse_request("<script>alert(1)</script>", "<b>").text == "<script>alert(1)</script>"


def test_windows_line_ends_become_plain_ones() -> None:
    assert parse_request("one\r\ntwo\rthree", "p").text == "one\ntwo\nthree"
