"""The workflows, the action and the examples are valid, pinned and safe."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

# by the name that a workflow uses
_OURS = {
    "org/hf-deploy@v1": ROOT / "action.yml",
    **{
        f"org/hf-deploy/{name}@v1": ROOT / name / "action.yml"
        for name in ("check", "promote", "rollback", "status")
    },
}
_WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
_EXAMPLES = sorted(
    file
    for pattern in ("*.yml", "*/.github/workflows/*.yml")
    for file in (ROOT / "examples").glob(pattern)
)
_ALL = (*_OURS.values(), *_WORKFLOWS, *_EXAMPLES)
_USES = re.compile(r"\buses: *(?P<what>[^\s#}]+)(?P<comment> +#.*)?$", re.MULTILINE)
_OUTPUT = re.compile(r"\bsteps\.(\w+)\.outputs\.([\w-]+)")
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def _id(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def _read(file: Path) -> dict[str, Any]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def _values(node: object, key: str) -> Iterator[Any]:
    """Each value of a key, at any depth."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from _values(value, key)
    elif isinstance(node, list):
        for item in node:
            yield from _values(item, key)


def _program(name: str, *arguments: str | Path) -> str:
    """Run a tool that is installed beside this Python; what it says where it finds something."""
    done = subprocess.run(
        [Path(sys.executable).with_name(name), *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("file", _ALL, ids=_id)
def test_no_expression_is_pasted_into_a_script(file: Path) -> None:
    scripts = [script for script in _values(_read(file), "run") if isinstance(script, str)]
    assert [script for script in scripts if "${{" in script] == []


@pytest.mark.parametrize("file", _ALL, ids=_id)
def test_what_others_wrote_is_pinned_to_a_commit_and_says_its_version(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    found = list(_USES.finditer(text))
    assert len(found) == len(list(_values(_read(file), "uses")))
    for use in found:
        if use["what"].startswith("./") or (file in _EXAMPLES and use["what"] in _OURS):
            continue
        assert _PINNED.fullmatch(use["what"]), use[0]
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", use["comment"] or ""), use[0]


def test_one_action_has_one_version_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for file in _ALL:
        for use in _USES.finditer(file.read_text(encoding="utf-8")):
            name, _, version = use["what"].partition("@")
            pins.setdefault(name, set()).add(f"{version}{use['comment']}")
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


@pytest.mark.parametrize("file", _WORKFLOWS, ids=_id)
def test_each_job_has_a_timeout(file: Path) -> None:
    jobs = _read(file)["jobs"]
    assert [name for name, job in jobs.items() if "timeout-minutes" not in job] == []


@pytest.mark.parametrize(
    "file", [file for file in (*_WORKFLOWS, *_EXAMPLES) if "deploy" in file.read_text()], ids=_id
)
def test_a_deploy_is_never_cut_off_by_the_next_one(file: Path) -> None:
    if file.name not in ("ci.yml", "check.yml", "status.yml"):  # which deploy nothing
        found = list(_values(_read(file), "concurrency"))
        assert found and not [one for one in found if one["cancel-in-progress"] is not False]


@pytest.mark.parametrize("file", _EXAMPLES, ids=_id)
def test_an_example_uses_inputs_that_exist(file: Path) -> None:
    for job in _read(file)["jobs"].values():
        for step in job["steps"]:
            if step.get("uses") in _OURS:
                assert step.get("with", {}).keys() <= _read(_OURS[step["uses"]])["inputs"].keys()


@pytest.mark.parametrize("file", _EXAMPLES, ids=_id)
def test_an_example_reads_outputs_that_exist(file: Path) -> None:
    for job in _read(file)["jobs"].values():
        uses = {step["id"]: step["uses"] for step in job["steps"] if "id" in step}
        for step, output in _OUTPUT.findall(str(job)):
            assert output in _read(_OURS[uses[step]])["outputs"]


def test_zizmor_finds_nothing_as_an_auditor() -> None:
    config = ROOT / ".github/zizmor.yml"
    arguments = ("--offline", "--no-progress", "--quiet", "--persona", "auditor", "--config")
    files = (*_OURS.values(), ROOT / ".github", *_EXAMPLES)
    assert _program("zizmor", *arguments, config, *files) == ""


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-actions", [*_OURS.values()]),
        ("vendor.github-workflows", [*_WORKFLOWS, *_EXAMPLES]),
        ("vendor.dependabot", [ROOT / ".github/dependabot.yml"]),
    ],
    ids=["action", "workflows", "dependabot"],
)
def test_each_file_is_of_its_schema(schema: str, files: list[Path]) -> None:
    assert _program("check-jsonschema", "--builtin-schema", schema, *files) == ""
