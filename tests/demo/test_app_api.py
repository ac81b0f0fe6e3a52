"""The app as a program meets it: the one endpoint, what it takes, and what it says to nonsense."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from tests.demo.load import FERRY, FOR_A_MINUTE
from tests.demo.running import ROOT, App

# pylint: disable=missing-function-docstring  # the names are the sentences

NewClient = Callable[[App], Any]

SUMMARIZE = "/summarize"
TEXT = "The bridge was built in 1931. The main risk is rust in the eastern cables."
RISK = "The main risk is rust in the eastern cables."
SHORT = "The ship sails at noon."
SOON = 40  # seconds; less than that minute, and far more than a short answer takes
BINARY = "\x00\x01\x89PNG" * 500
NO_TEXT = "There is no text yet. Please paste the text to summarize."


def described(app: App) -> dict[str, Any]:
    with urllib.request.urlopen(f"{app.url}gradio_api/info", timeout=30) as answer:
        endpoints = json.load(answer)
    assert endpoints["unnamed_endpoints"] == {}
    assert list(endpoints["named_endpoints"]) == [SUMMARIZE]
    found: dict[str, Any] = endpoints["named_endpoints"][SUMMARIZE]
    return found


def start_by_hand(app: App, *data: object) -> Any:
    """The open stream of a request that no library escapes, checks or ends."""
    call = f"{app.url}gradio_api/call{SUMMARIZE}"
    body = json.dumps({"data": data}).encode()
    headers = {"Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(call, body, headers), timeout=30) as answer:
        event = json.load(answer)["event_id"]
    return urllib.request.urlopen(f"{call}/{event}", timeout=60)


def test_the_api_is_one_endpoint_that_says_what_it_does(fallback_app: App) -> None:
    assert described(fallback_app)["description"] == (
        "Summarize a text the way a prompt asks, and stream the summary as it is written."
    )


def test_each_parameter_and_each_part_of_the_answer_has_a_name_and_a_type(
    fallback_app: App,
) -> None:
    found = described(fallback_app)
    parameters = {p["parameter_name"]: p for p in found["parameters"]}
    assert list(parameters) == ["text", "prompt", "length"]
    assert all(parameter["label"] for parameter in parameters.values())
    assert all(parameter["type"]["type"] == "string" for parameter in parameters.values())
    assert parameters["length"]["type"]["enum"] == ["Short", "Medium", "Long"]
    assert [part["label"] for part in found["returns"]] == ["Summary", "Status"]


def test_the_example_of_the_document_works(fallback_app: App) -> None:
    document = (ROOT / "docs" / "demo.md").read_text("utf-8")
    example = re.search(r"```python\n(.*?)```", document, re.DOTALL)
    assert example and "owner/space" in example[1]
    names: dict[str, Any] = {"text": TEXT}
    code = example[1].replace("owner/space", fallback_app.url)
    exec(code, names)  # pylint: disable=exec-used
    assert names["summary"] == RISK
    assert names["status"].startswith("Answered by ")


def test_every_parameter_but_the_text_is_optional(fallback_app: App, new_client: NewClient) -> None:
    text, prompt, _ = described(fallback_app)["parameters"]
    assert not text["parameter_has_default"]
    assert prompt["parameter_default"] == ""
    summary, status = new_client(fallback_app).predict(TEXT, api_name=SUMMARIZE)
    assert summary == TEXT
    assert status.endswith("The prompt was empty: this is a general summary.")


def test_the_length_is_medium_where_none_is_named(fallback_app: App, new_client: NewClient) -> None:
    length = described(fallback_app)["parameters"][2]
    assert length["parameter_has_default"]
    assert length["parameter_default"] == "Medium"
    client = new_client(fallback_app)
    text = " ".join(f"The harbour has {n} ships and {n} cranes." for n in range(2, 12))
    without = client.predict(text, "ships", api_name=SUMMARIZE)[0]
    assert without == client.predict(text, "ships", "Medium", api_name=SUMMARIZE)[0]
    assert without != client.predict(text, "ships", "Short", api_name=SUMMARIZE)[0]


def test_arguments_by_place_and_by_name_give_the_same_answer(
    fallback_app: App, new_client: NewClient
) -> None:
    client = new_client(fallback_app)
    by_place = client.predict(TEXT, "Only the risks", "Short", api_name=SUMMARIZE)
    by_name = client.predict(length="Short", prompt="Only the risks", text=TEXT, api_name=SUMMARIZE)
    assert by_place == by_name
    assert by_place[0] == RISK
    assert by_place[1].startswith("Answered by quoting 1 of ")


@pytest.mark.slow  # a model is loaded
def test_an_answer_streams_and_the_last_update_is_the_final_one(
    tiny_app: App, new_client: NewClient
) -> None:
    client = new_client(tiny_app)
    job = client.submit(FERRY, "Six sentences", api_name=SUMMARIZE)
    updates = list(job)
    assert updates[-2][0]
    statuses = list(dict.fromkeys(status for _, status in updates[:-1]))
    assert statuses == ["tiny is writing the summary\u2026"]
    assert tuple(updates[-1]) == tuple(job.result())
    assert updates[-1][1].startswith("Answered by tiny on the ")
    assert updates[-1][0] == client.predict(FERRY, "Six sentences", api_name=SUMMARIZE)[0]


@pytest.mark.slow
def test_a_cancelled_job_makes_room_for_the_next_client(
    slow_app: App, new_client: NewClient
) -> None:
    job = new_client(slow_app).submit(*FOR_A_MINUTE, api_name=SUMMARIZE)
    assert "slow is writing the summary" in next(iter(job))[1]
    assert job.cancel()
    next_one = new_client(slow_app).submit(SHORT, "One sentence", api_name=SUMMARIZE)
    assert next_one.result(timeout=SOON)[1].startswith("Answered by slow on the ")


@pytest.mark.slow
def test_a_client_that_hangs_up_makes_room_for_the_next(
    slow_app: App, new_client: NewClient
) -> None:
    with start_by_hand(slow_app, *FOR_A_MINUTE) as stream:
        assert stream.readline() == b"event: generating\n"
        assert b"slow is writing the summary" in stream.readline()
    next_one = new_client(slow_app).submit(SHORT, "One sentence", api_name=SUMMARIZE)
    assert next_one.result(timeout=SOON)[1].startswith("Answered by slow on the ")


@pytest.mark.parametrize(
    ("text", "prompt", "sentence"),
    [
        pytest.param("", "", NO_TEXT, id="nothing"),
        pytest.param(" \n\t ", "", NO_TEXT, id="white space"),
        pytest.param(None, None, NO_TEXT, id="None"),
        pytest.param("", "risks", "There is a prompt, but no text yet.", id="a prompt only"),
        pytest.param(
            "a" * 1_000_001, "risks", "1,000,001 characters and the limit is 300,000", id="too long"
        ),
        pytest.param(BINARY, "risks", "The text looks like binary data, not like text.", id="PNG"),
        pytest.param(SHORT, "p" * 2_001, "The prompt has 2,001 characters", id="a long prompt"),
        pytest.param("?! ... --", "risks", "The text has no words in it", id="no words"),
    ],
)
def test_an_invalid_request_is_answered_with_a_sentence_and_not_logged(
    fallback_app: App,
    new_client: NewClient,
    text: str | None,
    prompt: str | None,
    sentence: str,
) -> None:
    client = new_client(fallback_app)
    before = fallback_app.log.read_text()
    summary, status = client.predict(text, prompt, api_name=SUMMARIZE)
    assert summary == ""
    assert sentence in status
    assert "Traceback" not in status
    assert "\n" not in status
    assert client.predict(TEXT, "Only the risks", api_name=SUMMARIZE)[0] == RISK
    assert fallback_app.log.read_text() == before


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        pytest.param("<script>alert(1)</script> <b>A risk</b>.", None, id="HTML"),
        pytest.param(42, "42", id="a number"),
        pytest.param(True, "True", id="a truth"),
        pytest.param(["rust"], "['rust']", id="a list"),
    ],
)
def test_what_can_be_read_as_text_is_quoted_as_it_stands(
    fallback_app: App, new_client: NewClient, text: object, summary: str | None
) -> None:
    before = fallback_app.log.read_text()
    answer = new_client(fallback_app).predict(text, "Only the risks", api_name=SUMMARIZE)
    assert answer[0] == (summary or text)
    assert answer[1].startswith("Answered by quoting 1 of ")
    assert fallback_app.log.read_text() == before


def test_a_lone_surrogate_is_read_as_a_space(fallback_app: App) -> None:
    before = fallback_app.log.read_text()
    words = "a long enough text about the rust in the eastern cables of the bridge"
    with start_by_hand(fallback_app, f"{words}\ud800 and\udfff more", "rust", "Short") as stream:
        events = stream.read().decode()
    summary, status = json.loads(events.strip().rpartition("data: ")[2])
    assert summary == f"{words} and more"
    assert status.startswith("Answered by quoting 1 of ")
    assert fallback_app.log.read_text() == before


@pytest.mark.parametrize("length", ["Huge", 3], ids=["a word", "a number"])
def test_a_length_that_is_none_is_refused_in_a_line_and_only_gradio_logs_it(
    fallback_app: App, new_client: NewClient, length: object
) -> None:
    from gradio_client.exceptions import AppError  # pylint: disable=import-outside-toplevel

    client = new_client(fallback_app)
    before = len(fallback_app.log.read_text())
    with pytest.raises(AppError) as refusal:
        client.predict(TEXT, "risks", length, api_name=SUMMARIZE)
    said = str(refusal.value)
    assert "is not in the list of choices: ['Short', 'Medium', 'Long']" in said
    assert "\n" not in said
    assert "Traceback" not in said
    assert client.predict(TEXT, "Only the risks", api_name=SUMMARIZE)[0] == RISK
    logged = fallback_app.log.read_text()[before:].strip()
    assert logged.count("Traceback (most recent call last)") == 1
    assert logged.splitlines()[-1].startswith("gradio.exceptions.Error: ")
    assert "/summarizer/" not in logged
    assert "app.py" not in logged
