"""The app under many clients: each is served, in turn, by one worker; and nothing piles up."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest

from summarizer.samples import TEXTS
from tests.demo.running import App

# pylint: disable=missing-function-docstring  # the names are the sentences

NewClient = Callable[[App], Any]

SUMMARIZE = "/summarize"
SHORT = "The ship sails at noon."
FERRY = TEXTS["A council meeting about a ferry"]
HOURS_OF_WORK = FERRY * 60  # for the slow model: minutes
MAX_WAITING = 32
MEGABYTE = 2**20
# Measured: 3 MB, most of it what Gradio keeps of 30 sessions (it keeps 200 at most), and then
# some 5 kB a request. The rest is for the allocator.
MAX_GROWTH = 8 * MEGABYTE


def post(app: App, path: str, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{app.url}gradio_api/{path}", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def function_of(app: App) -> int:
    with urllib.request.urlopen(f"{app.url}config", timeout=30) as answer:
        functions = json.load(answer)["dependencies"]
    return next(int(f["id"]) for f in functions if f["api_name"] == "summarize")


def join(app: App, session: str, *data: str) -> str:
    """Queue a request; once this returns the id, it has its place."""
    body = {"data": data, "fn_index": function_of(app), "session_hash": session}
    return str(post(app, "queue/join", body)["event_id"])


def messages(app: App, session: str) -> Iterator[dict[str, Any]]:
    """What the server says to all requests of a session, in the order in which it happens."""
    address = f"{app.url}gradio_api/queue/data?session_hash={session}"
    with urllib.request.urlopen(address, timeout=60) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))


@pytest.mark.slow
def test_twenty_clients_at_once_are_all_answered_by_the_model(
    tiny_app: App, new_client: NewClient
) -> None:
    clients = [new_client(tiny_app) for _ in range(20)]

    def ask(client: Any) -> tuple[str, str]:
        summary, status = client.predict(SHORT, "risks", "Short", api_name=SUMMARIZE)
        return summary, status

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(ask, clients))
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
            waiting.append(join(slow_app, session, HOURS_OF_WORK, "risks", "Long"))
    assert full.value.code == 503
    assert MAX_WAITING <= len(waiting) <= MAX_WAITING + 1  # one may be at work already
    with pytest.raises(Exception, match=r"(?i)queue is full") as refusal:
        client.predict(SHORT, "risks", "Short", api_name=SUMMARIZE)
    assert "Traceback" not in str(refusal.value)
    body = {"session_hash": session, "fn_index": function_of(slow_app)}
    for event in reversed(waiting):
        post(slow_app, "cancel", body | {"event_id": event})
    job = client.submit(SHORT, "risks", "Short", api_name=SUMMARIZE)
    assert job.result(timeout=40)[1].startswith("Answered by slow on the ")


def grown(
    app: App, new_client: NewClient, texts: list[str], *, warm_up: int, requests: int
) -> tuple[int, int]:
    """How many bytes more a process holds after so many requests, and how many files.

    Four in five requests are one client's, each other one is of a client that comes for it.
    """
    regular = new_client(app)

    def ask(number: int) -> None:
        asked = [texts[number % len(texts)], "risks", "Short"]
        if number % 5:
            status = regular.predict(*asked, api_name=SUMMARIZE)[1]
        else:
            session = uuid4().hex
            join(app, session, *asked)
            *_, last, _ = messages(app, session)  # the very last one closes the stream
            status = last["output"]["data"][1]
        assert status.startswith("Answered by ")

    def files() -> int:
        folder = app.log.parent / "tmp"
        return sum(path.is_file() for path in folder.rglob("*"))

    for number in range(warm_up):
        ask(number)
    memory, held = app.memory, files()
    for number in range(requests):
        ask(number)
    return app.memory - memory, files() - held


@pytest.mark.slow
def test_a_hundred_and_fifty_requests_without_a_model_leave_next_to_nothing_behind(
    fallback_app: App, new_client: NewClient
) -> None:
    texts = [FERRY, FERRY * 2, FERRY * 4, FERRY * 8]
    bytes_more, files_more = grown(fallback_app, new_client, texts, warm_up=50, requests=150)
    print(f"grown by {bytes_more / MEGABYTE:.1f} MB")
    assert bytes_more < MAX_GROWTH
    assert files_more == 0


@pytest.mark.slow
def test_sixty_requests_to_the_model_leave_next_to_nothing_behind(
    tiny_app: App, new_client: NewClient
) -> None:
    texts = [FERRY[:length] for length in (15, 30, 45, 60)]
    bytes_more, files_more = grown(tiny_app, new_client, texts, warm_up=10, requests=60)
    print(f"grown by {bytes_more / MEGABYTE:.1f} MB")
    assert bytes_more < MAX_GROWTH
    assert files_more == 0
