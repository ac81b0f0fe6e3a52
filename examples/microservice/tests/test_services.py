"""Both services give the same answers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

import flask_main
import main

Ask = Callable[..., tuple[int, Any]]
HUGE = "9" * 1000
NOT_FOUND = 404, {"detail": "Not Found"}


def ask_fastapi(path: str, method: str = "GET") -> tuple[int, Any]:
    """The status and the JSON with which FastAPI answers."""
    answer = TestClient(main.app).request(method, path)
    return answer.status_code, answer.json()


def ask_flask(path: str, method: str = "GET") -> tuple[int, Any]:
    """The status and the JSON with which Flask answers."""
    answer = flask_main.app.test_client().open(path, method=method)
    return answer.status_code, answer.get_json()


@pytest.fixture(name="ask", params=[ask_fastapi, ask_flask])
def _ask(request: pytest.FixtureRequest) -> Ask:
    return request.param


def test_the_root_says_what_to_request(ask: Ask) -> None:
    assert ask("/") == (200, {"message": "Add two integers: /add/1/2"})


def test_a_service_that_runs_is_healthy(ask: Ask) -> None:
    assert ask("/health") == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/add/1", "/add//2", "/add/1/2/", "/health/"])
def test_no_other_path_is_redirected_to_one_of_these(ask: Ask, path: str) -> None:
    assert ask(path) == NOT_FOUND


def test_what_is_not_there_is_not_found(ask: Ask) -> None:
    assert ask("/sum") == ask("/add/1/2/3") == NOT_FOUND


@pytest.mark.parametrize("path", ["/", "/add/1/2", "/add/1/x", "/health"])
def test_nothing_can_be_changed(ask: Ask, path: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert ask(path, method) == (405, {"detail": "Method Not Allowed"})


def test_the_answer_to_another_method_says_which_are_allowed() -> None:
    assert "GET" in TestClient(main.app).post("/").headers["allow"]
    assert "GET" in flask_main.app.test_client().post("/").headers["allow"]


@pytest.mark.parametrize(
    ("num1", "num2", "total"),
    [("1", "2", 3), ("-1", "-2", -3), ("007", "-0", 7), (HUGE, "1", 10**1000)],
)
def test_integers_are_added(ask: Ask, num1: str, num2: str, total: int) -> None:
    assert ask(f"/add/{num1}/{num2}") == (200, {"total": total})


@pytest.mark.parametrize(
    "text",
    [
        *("x", "1.0", "1e3", "0x1", "+1", "--1", "-", "1_000", "true", "NaN"),
        *(" 1", "1 ", "1\n", "\0", "٣", "１", "−1", HUGE + "9"),
    ],
)
def test_anything_else_is_refused(ask: Ask, text: str) -> None:
    refused = 422, {"detail": "not an integer of at most 1000 digits"}
    assert ask(f"/add/{quote(text)}/2") == ask(f"/add/1/{quote(text)}") == refused
