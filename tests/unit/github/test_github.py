"""Speaking to the runner: nothing from outside is taken for a command or for another output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from deployer.github import workflow
from deployer.github.context import Context
from tests.cli.conftest import Runner, commands

HOSTILE = some.lists(
    some.sampled_from(
        ["::error::", "::set-output name=x::", "##[error]", "##", "[", "%0A", "%", "\n", "\r", " ",
         "\t", ":", "::", ",", "é", "x", "title=", "│", "<<", "ghadelimiter_", "EOF"]
    )  # fmt: skip
).map("".join)


@given(HOSTILE.filter(lambda text: not set(text) & set("\r\n")))
def test_a_relayed_line_is_no_command(line: str) -> None:
    assert not commands(workflow.escape_line(line))


def test_a_harmless_line_is_relayed_as_it_is() -> None:
    for line in ("plan       2 to add", "a::b", "# heading", "  │ ::error::"):
        assert workflow.escape_line(line) == line


@given(HOSTILE, HOSTILE)
def test_an_annotation_is_one_command_with_its_whole_message(title: str, message: str) -> None:
    line = workflow.annotation("error", title, message)
    assert len(line.splitlines()) <= 1 or "\n" not in line and "\r" not in line
    assert commands(line) == ["error"]
    head, _, data = line.removeprefix("::error title=").partition("::")
    decoded = data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    assert decoded == message
    assert ":" not in head and "," not in head


def test_a_very_long_message_is_cut() -> None:
    assert len(workflow.annotation("error", "t", "x" * 100_000)) < 10_000


@pytest.mark.parametrize("secret", ["hf_x", "a%b", "one\ntwo"])
def test_a_mask_is_one_line(secret: str) -> None:
    line = workflow.mask(secret)
    assert line.startswith("::add-mask::") and "\n" not in line


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(some.dictionaries(some.sampled_from(["verdict", "app-url", "commit"]), HOSTILE))
def test_outputs_can_not_be_forged(tmp_path: Path, outputs: dict[str, str]) -> None:
    file = tmp_path / "output"
    file.write_text("")
    workflow.write_outputs(file, outputs)
    read = Runner(tmp_path).outputs
    assert set(read) == set(outputs)
    for name, value in outputs.items():
        assert read[name] == value


def test_outputs_and_summaries_of_earlier_steps_stay(tmp_path: Path) -> None:
    for _ in range(2):
        workflow.write_outputs(tmp_path / "output", {"a": "1"})
        workflow.write_summary(tmp_path / "summary", "ü\n")
    assert (tmp_path / "output").read_text("utf-8").count("a<<") == 2
    assert (tmp_path / "summary").read_text("utf-8") == "ü\nü\n"


def test_two_outputs_never_share_a_delimiter(tmp_path: Path) -> None:
    workflow.write_outputs(tmp_path / "output", {"a": "1", "b": "2"})
    lines = (tmp_path / "output").read_text().splitlines()
    delimiters = [line.split("<<")[1] for line in lines if "<<" in line]
    assert len(set(delimiters)) == 2


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
def test_an_event_that_can_not_be_read_says_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(text)
    for path in (file, tmp_path / "missing", tmp_path):
        context = Context.read({"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(path)})
        assert context is not None and not context.hints.public
