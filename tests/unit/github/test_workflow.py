"""Text from outside is never a workflow command or another output."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from deployer.github import workflow
from deployer.report.annotations import Annotation
from tests.cli.conftest import Runner, commands

HOSTILE = some.lists(
    some.sampled_from(
        ["::error::", "::set-output name=x::", "##[error]", "##", "[", "%0A", "%", "\n", "\r", " ",
         "\t", ":", "::", ",", "é", "x", "title=", "│", "<<", "ghadelimiter_", "EOF"]
    )  # fmt: skip
).map("".join)


@given(HOSTILE.filter(lambda text: not set(text) & set("\r\n")))
def test_a_relayed_line_is_not_a_command(line: str) -> None:
    assert not commands(workflow.escape_line(line))


def test_a_harmless_line_is_relayed_as_it_is() -> None:
    for line in ("plan       2 to add", "a::b", "# heading", "  │ ::error::"):
        assert workflow.escape_line(line) == line


@given(HOSTILE, HOSTILE)
def test_an_annotation_is_one_command_with_its_whole_message(title: str, message: str) -> None:
    line = workflow.annotation(Annotation("error", title, message))
    assert len(line.splitlines()) <= 1 or "\n" not in line and "\r" not in line
    assert commands(line) == ["error"]
    head, _, data = line.removeprefix("::error title=").partition("::")
    decoded = data.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    assert decoded == message
    assert ":" not in head and "," not in head


@given(HOSTILE, some.none() | some.integers(1, 99))
def test_an_annotation_at_a_line_is_one_command_with_its_file(path: str, line: int | None) -> None:
    shown = workflow.annotation(Annotation("warning", "t", "m", path, line))
    assert commands(shown) == ["warning"] and "\n" not in shown and "\r" not in shown
    found = re.fullmatch(r"::warning file=([^,:]*)(?:,line=(\d+))?,title=t::m", shown)
    assert found and found[2] == (str(line) if line else None)


def test_a_very_long_message_is_cut() -> None:
    assert len(workflow.annotation(Annotation("error", "t", "x" * 100_000))) < 10_000


@pytest.mark.parametrize("secret", ["hf_x", "a%b", "one\ntwo"])
def test_a_mask_is_one_line(secret: str) -> None:
    line = workflow.mask(secret)
    assert line.startswith("::add-mask::") and "\n" not in line


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(some.dictionaries(some.sampled_from(["verdict", "app-url", "commit"]), HOSTILE))
def test_outputs_cannot_be_forged(tmp_path: Path, outputs: dict[str, str]) -> None:
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
