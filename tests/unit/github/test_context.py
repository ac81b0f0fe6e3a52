"""What the variables and the event of a workflow say of the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deployer.github.context import Context


def test_outside_of_a_workflow_there_is_no_context() -> None:
    assert Context.read({}) is None
    assert Context.read({"GITHUB_ACTIONS": "false", "GITHUB_RUN_ID": "1"}) is None


def test_a_workflow_s_variables_are_read() -> None:
    context = Context.read(
        {
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "julia/project",
            "GITHUB_REF": "refs/pull/3/merge",
            "GITHUB_RUN_ID": "4711",
            "GITHUB_RUN_ATTEMPT": "2",
            "GITHUB_ACTOR": "",
            "GITHUB_OUTPUT": "/tmp/output",
        }
    )
    assert context is not None
    assert (context.hints.repository, context.hints.ref) == ("julia/project", "refs/pull/3/merge")
    assert (context.run.id, context.run.attempt, context.run.actor) == ("4711", "2", None)
    assert (context.output, context.summary) == (Path("/tmp/output"), None)
    assert not context.hints.public


@pytest.mark.parametrize(
    ("event", "public"),
    [
        ({"repository": {"visibility": "public", "private": False}}, True),
        ({"repository": {"private": False}}, True),
        ({"repository": {"visibility": "internal", "private": False}}, False),
        ({"repository": {"visibility": "private", "private": True}}, False),
        ({"repository": {"private": None}}, False),
        ({"repository": "julia/project"}, False),
        ({"schedule": "0 0 * * *"}, False),
        ([1, 2], False),
        ("public", False),
    ],
)
def test_only_an_event_that_says_so_makes_a_source_public(
    tmp_path: Path, event: object, public: bool
) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event))
    context = Context.read({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(file)})
    assert context is not None and context.hints.public is public


@pytest.mark.parametrize("text", ["", "{", "\x00"])
def test_an_unreadable_event_is_ignored(tmp_path: Path, text: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(text)
    for path in (file, tmp_path / "missing", tmp_path):
        context = Context.read({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)})
        assert context is not None and not context.hints.public
