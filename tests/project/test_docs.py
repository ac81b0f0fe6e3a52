"""The documents say what the code does: links, verdicts, paths, commands and workflows."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from deployer import config
from deployer.access.account import AccessReport
from deployer.checks.credentials import Credential
from deployer.checks.findings import Findings
from deployer.cli import cli
from deployer.environments import read_environments
from deployer.file_options import FILE_OPTIONS
from deployer.problem import Problem
from deployer.release.environment_status import EnvironmentStatus
from deployer.release.history import Commit, ReleaseCommit, ReleaseEntry, ReleaseLog, ReleaseState
from deployer.release.outcome import (
    DeployResult,
    ErrorDetails,
    Gate,
    Restored,
    Rollback,
    RolloutResult,
)
from deployer.release.plan import Plan
from deployer.release.release import Promoted
from deployer.release.status import Status
from deployer.release.verdict import Verdict
from deployer.report import json_output
from deployer.report.environments import environments_json
from deployer.report.findings import findings_json
from deployer.report.history import history_json
from deployer.report.status import status_json
from deployer.space.metrics import Usage
from deployer.space.space import Runtime, Space, SpaceId
from tests.conftest import ROOT
from tests.project.documents import DOCUMENTS, Document, read

ARCHITECTURE = read("docs/architecture.md")
CONTRIBUTING = read("CONTRIBUTING.md")
TROUBLESHOOTING = read("docs/guides/troubleshooting.md")
_ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
_OURS = "org/hf-deploy@"
_SPAN = re.compile(r"`([^`\n]+)`")


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_relative_link_leads_to_a_file_and_a_heading(document: Document) -> None:
    broken = []
    for link in document.links:
        name, _, anchor = link.partition("#")
        target = (document.path.parent / name).resolve() if name else document.path
        if not target.exists():
            broken.append(link)
        elif anchor and anchor not in Document(target, target.read_text("utf-8")).anchors:
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("guide", sorted((ROOT / "docs").rglob("*.md")), ids=lambda path: path.name)
def test_every_page_is_linked_from_another(guide: Path) -> None:
    linked = {
        (document.path.parent / link.partition("#")[0]).resolve()
        for document in DOCUMENTS
        for link in document.links
        if document.path != guide
    }
    assert guide in linked


@pytest.mark.parametrize("verdict", Verdict, ids=str)
def test_every_verdict_has_a_section_that_starts_with_its_exit_code(verdict: Verdict) -> None:
    text = TROUBLESHOOTING.section(f"`{verdict}`").strip()
    assert re.match(rf"Exit code {verdict.exit_code}\b", text), text


def test_every_exit_code_before_the_commit_is_in_the_table() -> None:
    readme = re.findall(r"^\| (\d+) \|", read("README.md").section("Exit codes"), re.MULTILINE)
    section = TROUBLESHOOTING.section("Errors before the commit")
    explained = set(re.findall(r"^\| (\d+) \|", section, re.MULTILINE))
    of_verdicts = {str(verdict.exit_code) for verdict in Verdict} | {"1", "8"}
    assert explained | of_verdicts == set(readme)


@pytest.mark.parametrize(
    ("command", "keys"),
    [("deploy", json_output.KEYS), ("status", None), ("history", None), ("check", None)],
)
def test_the_json_keys_are_those_of_the_code(command: str, keys: list[str] | None) -> None:
    rows = re.findall(r"^\| `(\w+)`.*? \| (.+) \|$", TROUBLESHOOTING.section("JSON"), re.MULTILINE)
    said = _SPAN.findall(dict(rows)[command])
    if keys is None:
        arguments = [command] if command == "check" else [command, "not a Space"]
        ran = subprocess.run(
            [sys.executable, "-m", "deployer", *arguments, "--json"],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
        keys = list(json.loads(ran.stdout))
    assert said == keys


def _json_objects() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object that can be in the JSON of a command, with the key it is under."""
    space_id, commit = SpaceId("julia", "summarizer"), Commit(
        "c" * 40, "", "", "", datetime.now(UTC)
    )
    error = ErrorDetails("", "", "")
    space = Space(space_id, commit.id, None, False, Runtime("RUNNING"))
    entry = ReleaseEntry(ReleaseCommit(commit, 1, {}), ReleaseState.VERIFIED)
    log = ReleaseLog((entry,), (commit,))
    rollout = RolloutResult(Verdict.CRASHED, error, usage=Usage(0, 0, 0, 0, 1))
    result = DeployResult(
        space_id,
        rollout,
        plan=Plan(None),
        drift=(commit,),
        rolled_back=Rollback(commit.id, Restored(commit.id), 1, rollout),
        promoted=Promoted("julia/staging", commit.id, 1),
        gates=(Gate("min-age", "1h"),),
    )
    findings = Findings(
        1,
        (Problem("app.py", 1, "", name="python-syntax"),),
        (Credential("app.py", 1, "", ""),),
        large=(("model.bin", 1),),
        access=AccessReport(space_id, None, space, None),
    )
    for text in (
        json_output.result_json(result),
        history_json(space, log, 0),
        status_json(Status(space, log, commit, ""), 0),
        environments_json([EnvironmentStatus("x", "", Status(space, log, commit, ""), None, 0)]),
        findings_json(findings, 0),
    ):
        for key, value in json.loads(text).items():
            if isinstance(value, dict):
                yield key, value
            elif isinstance(value, list) and value and isinstance(value[0], dict):
                yield f"{key}[]", value[0]


def test_the_keys_of_objects_in_json_are_those_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(\w+(?:\[\])?)` \| (.+?) \| .+ \|$", TROUBLESHOOTING.section("JSON"), re.MULTILINE
    )
    said = {name: _SPAN.findall(keys) for name, keys in rows}
    assert said == {name: list(value) for name, value in _json_objects()}


@pytest.mark.parametrize(("document", "least"), [(ARCHITECTURE, 40), (CONTRIBUTING, 30)], ids=str)
def test_every_path_that_is_named_exists(document: Document, least: int) -> None:
    spans = {span for span in _SPAN.findall(document.text) if re.search(r"/|\.\w+$", span)}
    paths = {span for span in spans if re.fullmatch(r"[\w./-]+", span)} - {"is_/has_", ".cache/"}
    assert len(paths) > least
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_every_name_in_the_examples_for_contributors_is_in_the_code() -> None:
    examples = re.findall(r"^## Example: (.+)$", CONTRIBUTING.text, re.MULTILINE)
    sections = [CONTRIBUTING.section(f"Example: {title}") for title in examples]
    names = {
        name for text in sections for name in re.findall(r"`([A-Za-z_]\w*)(?:\([^`\n]*\))?`", text)
    }
    for block in CONTRIBUTING.blocks("python"):
        names |= {node.id for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Name)}
    assert {"_HEADLINES", "DeployRequest", "HttpError", "get_space", "Problem"} <= names
    files = [*(ROOT / "deployer").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    project = ROOT / "tests" / "project"
    texts = [path.read_text("utf-8") for path in files if project not in path.parents]
    assert not names - {word for text in texts for word in re.findall(r"\w+", text)}


def test_every_package_has_its_paragraph() -> None:
    packages = {
        path.parent.name
        for path in (ROOT / "deployer").glob("*/__init__.py")
        if path.parent.name != "__pycache__"
    }
    titles = re.findall(r"^### `deployer/(\w+)/`\n\n\S", ARCHITECTURE.text, re.MULTILINE)
    assert sorted(titles) == sorted(packages)


def _commands() -> Iterator[tuple[str, str]]:
    """Each command line in a code block or a code span, with the document it is in."""
    for document in DOCUMENTS:
        lines = [line for block in document.blocks("sh", "text") for line in block.splitlines()]
        for line in [*lines, *_SPAN.findall(document.prose)]:
            line = line.strip()
            if re.match(r"hf-deploy(?! …| --)\s+\S", line):
                yield str(document), line


@pytest.mark.parametrize("document, line", sorted(set(_commands())))
def test_every_command_line_is_one_that_the_program_takes(
    document: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # without a config file
    del document
    _, name, *arguments = shlex.split(line, comments=True)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, f"no command {name}"
    if not arguments or arguments == ["--help"]:
        return
    if any(parameter.name == "space" for parameter in command.params):
        if all(argument.startswith("-") for argument in arguments[:1]):
            arguments.insert(0, "julia/summarizer")
    command.make_context(name, arguments)


def _yaml_blocks() -> Iterator[tuple[Document, Any]]:
    for document in DOCUMENTS:
        for block in document.blocks("yaml"):
            yield document, yaml.safe_load(block.strip("\n").removesuffix("---"))


def _steps(node: object) -> Iterator[dict[str, Any]]:
    """Each step in a workflow, or in a list of steps."""
    if isinstance(node, dict):
        if "uses" in node or "run" in node:
            yield node
        for value in node.values():
            yield from _steps(value)
    elif isinstance(node, list):
        for item in node:
            yield from _steps(item)


def test_every_step_uses_inputs_that_the_action_has() -> None:
    steps = [step for _, block in _yaml_blocks() for step in _steps(block)]
    ours = [step for step in steps if str(step.get("uses")).startswith(_OURS)]
    assert len(ours) >= 8
    for step in ours:
        assert step["with"].keys() <= _ACTION["inputs"].keys()
        assert "space" in step["with"]


def test_every_workflow_is_valid(tmp_path: Path) -> None:
    files = []
    for number, (document, block) in enumerate(_yaml_blocks()):
        if isinstance(block, dict) and ("jobs" in block or True in block):
            jobs = block
        elif isinstance(block, list):
            jobs = {"on": "push", "jobs": {"deploy": {"runs-on": "ubuntu-latest", "steps": block}}}
        else:
            continue
        # YAML 1.1 reads the key `on` as true
        jobs = {"on" if key is True else key: value for key, value in jobs.items()}
        file = tmp_path / f"{number}-{document.path.stem}.yml"
        file.write_text(json.dumps(jobs))
        files.append(file)
    assert len(files) >= 8
    tool = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [tool, "--builtin-schema", "vendor.github-workflows", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_workflow_that_is_an_example_is_that_file() -> None:
    marked = re.compile(r"<!-- the same as (\S+) -->\n```yaml\n(.*?)```", re.DOTALL)
    found = [pair for document in DOCUMENTS for pair in marked.findall(document.text)]
    assert len(found) == 2
    for name, shown in found:
        assert shown == (ROOT / name).read_text("utf-8")


def test_a_config_file_that_is_shown_is_valid() -> None:
    blocks = [block for document in DOCUMENTS for block in document.blocks("toml")]
    assert len(blocks) > 2
    for block in blocks:
        found = config.read(block, None, FILE_OPTIONS)
        assert found is not None
        read_environments(found, FILE_OPTIONS)


@pytest.mark.parametrize(
    ("schema", "names"),
    [("forms", ("bug.yml", "feature.yml")), ("config", ("config.yml",))],
)
def test_the_issue_templates_are_valid(schema: str, names: tuple[str, ...]) -> None:
    tool = Path(sys.executable).with_name("check-jsonschema")
    files = [ROOT / ".github/ISSUE_TEMPLATE" / name for name in names]
    done = subprocess.run(
        [tool, "--builtin-schema", f"vendor.github-issue-{schema}", *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_help_of_make_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (declared,) = re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    said = subprocess.run(
        ["make", "--no-print-directory", "help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout
    assert {line.split()[0] for line in said.splitlines()} == set(declared.split())


def test_every_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    find_by_name = {
        target
        for document in DOCUMENTS
        for text in (*_SPAN.findall(document.prose), *document.blocks("sh"))
        for targets in re.findall(r"^make((?: [a-z-]+)+)", text, re.MULTILINE)
        for target in targets.split()
    }
    assert {"demo", "test", "test-fast", "lint"} <= find_by_name
    assert [target for target in find_by_name if f"\n{target}:" not in makefile] == []
