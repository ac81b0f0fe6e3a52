"""Both services give the same answers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

import flask_main
import main

Get = Callable[[str], tuple[int, Any]]
HUGE = "9" * 1000


def ask_fastapi(path: str) -> tuple[int, Any]:
    """The status and the JSON with which FastAPI answers."""
    answer = TestClient(main.app).get(path)
    return answer.status_code, answer.json()


def ask_flask(path: str) -> tuple[int, Any]:
    """The status and the JSON with which Flask answers."""
    answer = flask_main.app.test_client().get(path)
    return answer.status_code, answer.get_json(silent=True)


@pytest.fixture(name="get", params=[ask_fastapi, ask_flask])
def _get(request: pytest.FixtureRequest) -> Get:
    return request.param


def test_the_root_says_what_to_request(get: Get) -> None:
    assert get("/") == (200, {"message": "Add two integers: /add/1/2"})


def test_a_service_that_runs_is_healthy(get: Get) -> None:
    assert get("/health") == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/add/1", "/add//2", "/add/1/2/", "/health/"])
def test_no_other_path_is_redirected_to_one_of_these(get: Get, path: str) -> None:
    assert get(path)[0] == 404


@pytest.mark.parametrize(
    ("num1", "num2", "total"),
    [("1", "2", 3), ("-1", "-2", -3), ("007", "-0", 7), (HUGE, "1", 10**1000)],
)
def test_integers_are_added(get: Get, num1: str, num2: str, total: int) -> None:
    assert get(f"/add/{num1}/{num2}") == (200, {"total": total})


@pytest.mark.parametrize(
    "text",
    [
        *("x", "1.0", "1e3", "0x1", "+1", "--1", "-", "1_000", "true", "NaN"),
        *(" 1", "1 ", "1\n", "\0", "٣", "１", "−1", HUGE + "9"),
    ],
)
def test_anything_else_is_refused(get: Get, text: str) -> None:
    refused = 422, {"detail": "not an integer of at most 1000 digits"}
    assert get(f"/add/{quote(text)}/2") == get(f"/add/1/{quote(text)}") == refused
