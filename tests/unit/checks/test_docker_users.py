"""Users of an image: that they exist, their ids, and what only root may do."""

from __future__ import annotations

import pytest

from deployer.checks.dockerfile import check

CMD = "CMD python -m http.server 7860\n"


def found_in(text: str) -> list[tuple[int | None, str]]:
    """The lines and messages about users."""
    found = check(f"{text}\n{CMD}".encode(), 7860, ["Dockerfile", "app.py"])
    assert all(one.name == "docker-user" for one in found)
    return [(one.line, one.message) for one in found]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("FROM python:3.12\nUSER user", 2, "`user` does not exist"),
        ("FROM python:3.12-slim\nCOPY --chown=app:app app.py /a/\n", 2, "useradd -m -u 1000 app"),
        ("FROM node:22\nRUN useradd -m -u 1000 user\nUSER user", 2, "`USER node`"),
        ("FROM node:20-alpine\nRUN adduser -D -u 1000 user", 2, "`node` with id 1000"),
        ("FROM ubuntu:24.04\nRUN apt-get update && useradd -u 1000 x", 2, "`USER ubuntu`"),
        ("FROM nvidia/cuda:12.9.0-devel-ubuntu24.04\nRUN useradd --uid 1000 x", 2, "`ubuntu`"),
        (
            "FROM python:3.12\nRUN useradd -m -u 1000 user\nUSER user\nRUN apt-get install -y git",
            4,
            "`apt-get` needs root, and runs as `user`",
        ),
        ("FROM a\nUSER 1000\nRUN apt-get update && apt-get install -y git", 3, "needs root"),
    ],
)
def test_what_fails_for_a_user_is_reported(text: str, line: int, word: str) -> None:
    ((found, message),) = found_in(text)
    assert found == line and word in message


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.12\nRUN useradd -m -u 1000 user\nUSER user\nCOPY --chown=user . /app",
        "FROM python:3.12\nRUN adduser --disabled-password app\nUSER app",
        "FROM python:3.12\nUSER 1000\nUSER root\nUSER nobody\nUSER ${WHO}",
        "FROM ghcr.io/a/b\nUSER app\nCOPY --chown=app . /x",
        "FROM node:22\nUSER node\nCOPY --chown=node . /x",
        "FROM node:22\nRUN userdel -r node && useradd -m -u 1000 user\nUSER user",
        "FROM node:22\nRUN useradd -o -u 1000 user",
        "FROM node:22\nRUN useradd -u 1000 user || true",
        "FROM node:22\nRUN useradd -u 10001 user",
        "FROM ubuntu:22.04\nRUN useradd -m -u 1000 user\nUSER user",
        "FROM python:3.12\nRUN useradd -m -u 1000 u\nUSER u\nRUN sudo apt-get update",
        "FROM python:3.12\nRUN useradd -m -u 1000 u\nUSER u\nUSER root\nRUN apt-get update",
        "FROM a\nUSER $WHO\nRUN apt-get update",
        "FROM python:3.12\nRUN useradd u\nUSER u\nRUN apt-get update || true",
        "FROM debian:13\nRUN apt-get update && apt-get install -y postgresql\nUSER postgres",
        "FROM debian:13\nRUN apt-get install -y x\nCOPY --chown=x:x app.py /x/",
        "FROM python:3.12 AS b\nCOPY --from=c /etc/passwd /etc/passwd\nUSER app",
        "FROM python:3.12\nRUN echo app:x:1000:1000::/:/bin/sh >> /etc/passwd\nUSER app",
    ],
)
def test_users_that_exist_or_may_exist_have_no_finding(text: str) -> None:
    assert not found_in(text)
