"""The app under many clients: each is served, in turn, by one worker; and nothing piles up."""

import urllib.error
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from uuid import uuid4

import pytest

from tests.demo.load import (
    FOR_A_MINUTE,
    LONG_TEXTS,
    MEGABYTE,
    SHORT_TEXTS,
    SUMMARIZE,
    NewClient,
    ask,
    cancel,
    join,
    measure_growth,
    messages,
)
from tests.demo.running import App

# pylint: disable=missing-function-docstring  # the names are the sentences

SHORT = "The ship sails at noon."
CLIENTS = 12
MAX_WAITING = 32
# A sample; `make sweep` sends many more. Gradio keeps some 90 kB of each session (of 200 at most).
MAX_GROWTH = 4 * MEGABYTE


@pytest.mark.slow
def test_many_clients_at_once_are_all_answered_by_the_model(tiny_app: App) -> None:
    with ThreadPoolExecutor(CLIENTS) as threads:
        asked = [threads.submit(ask, tiny_app, SHORT, "risks", "Short") for _ in range(CLIENTS)]
        answers = [one.result() for one in asked]
    assert all(status.startswith("Answered by tiny on the CPU in ") for _, status in answers)
    assert len({summary for summary, _ in answers}) == 1
    assert answers[0][0]


@pytest.mark.slow  # a model is loaded
def test_requests_are_answered_in_the_order_in_which_they_came_and_one_at_a_time(
    tiny_app: App,
) -> None:
    session = uuid4().hex
    came = [join(tiny_app, session, SHORT, "risks", "Short") for _ in range(6)]
    at_work = [
        message["event_id"]
        for message in messages(tiny_app, session)
        if message["msg"] in ("process_starts", "process_generating", "process_completed")
    ]
    # one run of messages for each request: none speaks between two messages of another
    assert [event for event, _ in groupby(at_work)] == came


@pytest.mark.slow
def test_a_full_queue_refuses_in_words_and_works_again_once_it_is_empty(
    slow_app: App, new_client: NewClient
) -> None:
    client = new_client(slow_app)
    session = uuid4().hex
    waiting: list[str] = []
    with pytest.raises(urllib.error.HTTPError) as full:
        while len(waiting) < 2 * MAX_WAITING:
            waiting.append(join(slow_app, session, *FOR_A_MINUTE))
    assert full.value.code == 503
    assert MAX_WAITING <= len(waiting) <= MAX_WAITING + 1  # one may be at work already
    with pytest.raises(Exception, match=r"(?i)queue is full") as refusal:
        client.predict(SHORT, "risks", "Short", api_name=SUMMARIZE)
    assert "Traceback" not in str(refusal.value)
    for event in reversed(waiting):
        cancel(slow_app, session, event)
    job = client.submit(SHORT, "One sentence", api_name=SUMMARIZE)
    assert job.result(timeout=40)[1].startswith("Answered by slow on the ")


def test_requests_without_a_model_leave_next_to_nothing_behind(
    fallback_app: App, new_client: NewClient
) -> None:
    client = new_client(fallback_app)
    growth = measure_growth(fallback_app, client, LONG_TEXTS, warm_up=20, requests=30)
    assert growth.memory < MAX_GROWTH
    assert growth.files == 0


@pytest.mark.slow
def test_requests_to_the_model_leave_next_to_nothing_behind(
    tiny_app: App, new_client: NewClient
) -> None:
    client = new_client(tiny_app)
    growth = measure_growth(tiny_app, client, SHORT_TEXTS, warm_up=5, requests=15)
    assert growth.memory < MAX_GROWTH
    assert growth.files == 0
