"""The inputs of action.yml and the options of `hf-deploy deploy` are the same; so for `promote`."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import Any

import click
import pytest
import yaml

from deployer.commands.deploy import command as deploy
from deployer.commands.promote import command as promote
from tests.conftest import ROOT

_MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
_INPUTS: dict[str, dict[str, Any]] = _MANIFEST["inputs"]
_STEPS: list[dict[str, Any]] = _MANIFEST["runs"]["steps"]
# only for a terminal; the token is never passed on the command line
_ONLY_OPTIONS = {"yes", "verbose", "as-json"}
_ONLY_INPUTS = {"token"}
# https://docs.github.com/actions/reference/workflows-and-actions/metadata-syntax
_COLORS = {"white", "yellow", "blue", "green", "orange", "red", "purple", "gray-dark"}
_OF_BASH_4 = re.compile(r"\$\{\w+(?:,|\^|@)|\b(?:mapfile|readarray|coproc)\b|-A |\|&|&>>|\[\[ -v ")


def _variables(parameter: click.Parameter) -> list[str]:
    found = parameter.envvar or []
    return [found] if isinstance(found, str) else list(found)


def _name(parameter: click.Parameter) -> str:
    """The name of the input: that of the variable, if there is one."""
    variables = _variables(parameter) or [parameter.name or ""]
    return variables[0].removeprefix("HF_DEPLOY_").lower().replace("_", "-")


@dataclass(frozen=True)
class Action:
    """An action and the command that it runs."""

    path: str
    command: click.Command

    def __str__(self) -> str:
        return str(self.command.name or self.path)

    @property
    def manifest(self) -> dict[str, Any]:
        """Its `action.yml`."""
        text = (ROOT / self.path / "action.yml").read_text(encoding="utf-8")
        found = yaml.safe_load(text)
        assert isinstance(found, dict)
        return found

    @property
    def parameters(self) -> dict[str, click.Parameter]:
        """The options and arguments of the command, by the names of inputs."""
        return {_name(parameter): parameter for parameter in self.command.params}


_ACTIONS = (Action(".", deploy), Action("promote", promote))
_PARAMETERS = _ACTIONS[0].parameters
_ALL_INPUTS = [(action, name) for action in _ACTIONS for name in sorted(action.manifest["inputs"])]


@pytest.mark.parametrize("action", _ACTIONS, ids=lambda action: action.path)
def test_each_input_is_an_option_and_each_option_an_input(action: Action) -> None:
    options = action.parameters.keys() - _ONLY_OPTIONS
    assert action.manifest["inputs"].keys() - _ONLY_INPUTS == options


@pytest.mark.parametrize(("action", "name"), _ALL_INPUTS)
def test_an_input_crosses_once_in_the_variable_that_its_option_reads(
    action: Action, name: str
) -> None:
    asked = re.compile(rf"inputs\.{re.escape(name)}(?![\w-])")
    found = [
        variable
        for step in action.manifest["runs"]["steps"]
        for variable, value in step.get("env", {}).items()
        if asked.search(str(value))
    ]
    expected = f"HF_DEPLOY_{name.upper().replace('-', '_')}"
    assert found == [expected]
    assert name in _ONLY_INPUTS or expected in _variables(action.parameters[name])


@pytest.mark.parametrize(("action", "name"), _ALL_INPUTS)
def test_an_input_is_described_and_leaves_its_default_to_the_command_line(
    action: Action, name: str
) -> None:
    # but for the token: GitHub makes a secret that is not set an empty string
    has_default = {"default"} if name in _ONLY_INPUTS else set()
    described = action.manifest["inputs"][name]
    assert described.keys() - {"required"} == {"description"} | has_default
    assert described["description"].strip().endswith((".", ")."))


@pytest.mark.parametrize("name", [".", "check", "promote", "rollback", "status"])
def test_the_token_has_a_default_by_which_an_empty_one_differs(name: str) -> None:
    text = (ROOT / name / "action.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["inputs"]["token"]["default"] == "environment"
    assert text.count("${{ inputs.token }}") == 1
    assert "HF_DEPLOY_TOKEN: ${{ inputs.token }}\n" in text


def test_only_the_space_is_required() -> None:
    assert [name for name in _INPUTS if _INPUTS[name].get("required")] == ["space"]


@pytest.mark.parametrize(
    ("name", "default"), [("timeout", "45m"), ("health-timeout", "60s"), ("visibility", "auto")]
)
def test_a_default_that_a_description_names_is_the_one_that_holds(name: str, default: str) -> None:
    assert _PARAMETERS[name].default == default
    assert f"Default: `{default}`" in _INPUTS[name]["description"]


@pytest.mark.parametrize(("path", "step"), [(".", "deploy"), ("promote", "promote")])
def test_each_output_is_one_of_the_step_that_runs_the_command(path: str, step: str) -> None:
    text = (ROOT / path / "action.yml").read_text(encoding="utf-8")
    for name, output in yaml.safe_load(text)["outputs"].items():
        assert output["value"] == f"${{{{ steps.{step}.outputs.{name} }}}}"
        assert output["description"]


def test_every_name_is_in_kebab_case() -> None:
    for name in (*_INPUTS, *_MANIFEST["outputs"]):
        assert re.fullmatch(r"[a-z]+(?:-[a-z]+)*", name)


def test_the_marketplace_can_tell_it_from_others() -> None:
    branding = _MANIFEST["branding"]
    assert branding["color"] in _COLORS
    assert (branding["icon"], branding["color"]) != ("upload-cloud", "yellow")
    assert len(_MANIFEST["description"]) <= 125


def test_its_scripts_run_with_the_bash_of_macos() -> None:
    scripts = [step["run"] for step in _STEPS]
    scripts += [file.read_text(encoding="utf-8") for file in (ROOT / "action").glob("*.sh")]
    assert [script for script in scripts if _OF_BASH_4.search(script)] == []


def test_git_bash_passes_inputs_on_as_they_are() -> None:
    # it would make a path of Windows of `/health`: https://www.msys2.org/docs/filesystem-paths/
    script = (ROOT / "action/run.sh").read_text(encoding="utf-8")
    assert "export MSYS2_ENV_CONV_EXCL='*'" in script


def test_git_checks_the_scripts_out_with_line_ends_that_bash_can_read() -> None:
    arguments = ("check-attr", "eol", "--", "action/install.sh", "action/run.sh")
    listed = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=True).stdout
    assert listed.count(b"eol: lf") == 2


def test_it_writes_nothing_that_reaches_the_callers_later_steps() -> None:
    texts = [file.read_text(encoding="utf-8") for file in (ROOT / "action").glob("*.sh")]
    texts += [step["run"] for step in _STEPS]
    for name in ("GITHUB_PATH", '"$GITHUB_ENV"', "sudo", "$HOME"):
        assert not [text for text in texts if name in text]
