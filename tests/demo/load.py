"""Requests to a running app by plain HTTP, and how much a process grows by them."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from summarizer.samples import TEXTS
from tests.demo.running import App

NewClient = Callable[[App], Any]

SUMMARIZE = "/summarize"
MEGABYTE = 2**20
FERRY = TEXTS["A council meeting about a ferry"]
FOR_A_MINUTE = (FERRY, "Twenty points", "Long")  # for the slow model
LONG_TEXTS = [FERRY, FERRY * 2, FERRY * 4, FERRY * 8]
SHORT_TEXTS = [FERRY[:length] for length in (15, 30, 45, 60)]


@dataclass(frozen=True)
class Growth:
    """What a process holds after some requests that it did not hold before."""

    memory: int
    files: int


def post(app: App, path: str, body: dict[str, Any]) -> Any:
    """The JSON answer to a POST request."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(
        f"{app.url}gradio_api/{path}", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@cache
def function_of(url: str) -> int:
    """Gradio's number of the app's endpoint."""
    with urllib.request.urlopen(f"{url}config", timeout=30) as answer:
        functions = json.load(answer)["dependencies"]
    return next(int(f["id"]) for f in functions if f["api_name"] == "summarize")


def join(app: App, session: str, *data: str) -> str:
    """Queue a request; once this returns the id, it has its place."""
    body = {"data": data, "fn_index": function_of(app.url), "session_hash": session}
    return str(post(app, "queue/join", body)["event_id"])


def cancel(app: App, session: str, event: str) -> None:
    """End a request, whether it waits or is at work."""
    body = {"session_hash": session, "fn_index": function_of(app.url), "event_id": event}
    post(app, "cancel", body)


def messages(app: App, session: str) -> Iterator[dict[str, Any]]:
    """The server's messages on all requests of a session, in the order in which they come."""
    url = f"{app.url}gradio_api/queue/data?session_hash={session}"
    with urllib.request.urlopen(url, timeout=60) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))


def ask(app: App, *data: str) -> tuple[str, str]:
    """The answer to a request of a new session: a summary and a status."""
    session = uuid4().hex
    join(app, session, *data)
    *_, last, _ = messages(app, session)  # the very last one closes the stream
    summary, status = last["output"]["data"]
    return summary, status


def measure_growth(
    app: App, client: Any, texts: list[str], *, warm_up: int, requests: int
) -> Growth:
    """Send requests, four in five by one client, each other one by a new session."""

    def send(number: int) -> None:
        data = texts[number % len(texts)], "risks", "Short"
        answer = client.predict(*data, api_name=SUMMARIZE) if number % 5 else ask(app, *data)
        assert answer[1].startswith("Answered by ")

    def files() -> int:
        return sum(path.is_file() for path in (app.log.parent / "tmp").rglob("*"))

    for number in range(warm_up):
        send(number)
    memory, held = app.memory, files()
    for number in range(requests):
        send(number)
    growth = Growth(app.memory - memory, files() - held)
    print(f"grown by {growth.memory / MEGABYTE:.1f} MB")
    return growth
