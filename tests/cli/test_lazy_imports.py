"""What is imported only where it is used: `--version`, `--help` and a deploy are quick."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import pytest

from deployer.space.space import DEFAULT_ENDPOINT
from tests.conftest import ROOT, SPACE, Cli

# what only a command that runs needs
HEAVY = frozenset(
    "asyncio email httpx2 huggingface_hub importlib.metadata packaging pathspec ssl starlette "
    "subprocess uvicorn yaml deployer.flows deployer.source.ignore deployer.request "
    "deployer.rehearsal deployer.world".split()
)
# what only the files of the verbs need
OF_VERBS = frozenset("dataclasses json pathlib tomllib deployer.commands deployer.config".split())
# what a deploy needs only for a commit, a failure, a config file, or some files of a Space
OF_SOME_DEPLOYS = frozenset(
    "huggingface_hub.hf_api huggingface_hub._commit_api asyncio deployer.world.hub.upload "
    "deployer.release.diagnosis deployer.checks.docker_space deployer.checks.executable "
    "deployer.checks.requirements deployer.checks.unread packaging tomllib difflib".split()
)
# `-X importtime` would not do: it passes over what importlib.import_module imports
_CALL = """
import sys
before = set(sys.modules)
from deployer.cli import main
code = main(sys.argv[1:])
print(*set(sys.modules) - before, file=sys.stderr)
sys.exit(code)
"""


def _imported(
    *arguments: str, here: Path = ROOT, environment: Mapping[str, str] | None = None
) -> set[str]:
    """The modules that a call imports."""
    ran = subprocess.run(
        [sys.executable, "-c", _CALL, *arguments],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0 and ran.stdout, ran.stderr
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_version_and_help_import_no_command(argument: str) -> None:
    assert not _imported(argument) & (HEAVY | OF_VERBS)


@pytest.mark.parametrize("verb", ["deploy", "plan", "history", "status", "rehearse", "hub"])
def test_help_of_a_command_imports_no_flow(verb: str) -> None:
    found = _imported(verb, "--help")
    assert f"deployer.commands.{verb}" in found
    assert not found & HEAVY


def test_a_deploy_that_changes_nothing_imports_nothing_for_a_commit(cli: Cli) -> None:
    assert cli("deploy", SPACE, "--no-wait").code == 0
    deploy = ("deploy", SPACE, "--no-wait", "--json")
    found = _imported(*deploy, here=cli.here, environment=cli.environment)
    assert "deployer.flows.deploy" in found
    assert not found & OF_SOME_DEPLOYS


@pytest.mark.parametrize("name", sorted(HEAVY | OF_VERBS | OF_SOME_DEPLOYS))
def test_lazy_imports_exist(name: str) -> None:
    assert find_spec(name) is not None


def test_help_names_the_default_endpoint_of_a_request(cli: Cli) -> None:
    shown = " ".join(cli("deploy", "--help").out.split())
    assert f"[default: {DEFAULT_ENDPOINT}]" in shown
