"""The README is for a reader in a hurry, and its tables are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml

from deployer import errors
from deployer.file_options import FILE_OPTIONS
from deployer.errors import BUG_EXIT_CODE, DeployError
from deployer.release.outcome import ROLLED_BACK_EXIT_CODE
from deployer.release.verdict import Verdict
from tests.conftest import ROOT
from tests.project.documents import read

README = read("README.md")
section = README.section


def table(title: str) -> dict[str, str]:
    """The first table of a section: its first column to its second."""
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", section(title), re.MULTILINE)
    return {name.strip("`"): text for name, text in rows[1:]}


def action(folder: str = ".") -> dict[str, Any]:
    """The manifest of an action; the main one is at the root."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / folder / "action.yml").read_text("utf-8"))
    return loaded


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_the_table_of_inputs_and_outputs_is_the_action_itself(kind: str) -> None:
    said = {name: " ".join(facts["description"].split()) for name, facts in action()[kind].items()}
    assert table(kind.capitalize()) == said


def test_the_table_of_the_other_actions_is_their_manifests() -> None:
    rows = re.findall(
        r"^\| `org/hf-deploy/(\w+)@v1` \| (.*?) \| (.*?) \| (.*?) \|", README.text, re.M
    )
    assert {name for name, *_ in rows} == {path.parent.name for path in ROOT.glob("*/action.yml")}
    for name, description, inputs, outputs in rows:
        manifest = action(name)
        assert description == manifest["description"]
        assert re.findall(r"`([\w-]+)`", inputs) == list(manifest["inputs"])
        assert re.findall(r"`([\w-]+)`", outputs) == list(manifest["outputs"])


def test_the_workflow_is_the_example_and_has_twelve_lines() -> None:
    shown = re.search(r"```yaml\n(.*?)```", section("Workflow"), re.DOTALL)
    example = (ROOT / "examples" / "deploy.yml").read_text("utf-8")
    assert shown and shown[1] == example
    lines = [line for line in example.splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 12
    assert "concurrency" in example


def test_every_exit_code_is_in_the_table_with_all_that_ends_so() -> None:
    expected: dict[int, set[str]] = {}
    for verdict in Verdict:
        expected.setdefault(verdict.exit_code, set()).add(f"`{verdict}`")
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = {kind.exit_code for kind in classes if issubclass(kind, DeployError)}
    codes |= {0, 1, ROLLED_BACK_EXIT_CODE, BUG_EXIT_CODE}
    rows = {int(code): text for code, text in table("Exit codes").items()}
    assert set(rows) == codes | expected.keys()
    for code, verdicts in expected.items():
        assert verdicts == set(re.findall(r"`[a-z-]+`", rows[code])) & {f"`{v}`" for v in Verdict}


def test_the_commands_are_those_of_the_help() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "deployer", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    commands = re.findall(r"^  (\w+)  +(\S.*)$", said.partition("Commands:")[2], re.MULTILINE)
    shown = section("Commands")
    assert len(commands) == len(re.findall(r"^hf-deploy ", shown, re.MULTILINE))
    for name, sentence in commands:
        assert re.search(rf"^hf-deploy {name}\b.*# {re.escape(sentence)}$", shown, re.MULTILINE)


def test_every_key_of_the_config_file_is_an_input() -> None:
    not_in_a_file = {"token", "endpoint", "verify-env"}
    not_in_a_file |= {"dry-run", "resume", "restart", "factory-rebuild"}
    not_in_a_file |= {"from", "to", "allow-older"}
    promote = yaml.safe_load((ROOT / "promote/action.yml").read_text("utf-8"))
    inputs = action()["inputs"].keys() | promote["inputs"].keys()
    assert FILE_OPTIONS == inputs - not_in_a_file


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", section("Try it locally"), re.M))
def test_the_two_commands_are_targets(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_what_a_deploy_costs_is_what_was_measured() -> None:
    measured = (ROOT / "docs" / "benchmarks.md").read_text("utf-8")

    def requests(case: str, tool: str) -> str:
        found = re.search(rf"^## {case}$.*?^\| {re.escape(tool)} \| (\d+)", measured, re.M | re.S)
        assert found, f"docs/benchmarks.md has no {tool} under {case!r}"
        return found[1]

    nothing, line = (requests(c, "hf-deploy") for c in ("Nothing changed", "One line changed"))
    theirs = requests("One line changed", "hub-sync (official action)")
    said = " ".join(README.text.split())
    assert f"{nothing} requests if nothing changed" in said
    assert re.search(rf"\b{line} requests and \d+ kB for one changed line", said)
    assert f"(official action: {theirs} requests, " in said
