"""Where nothing can be written any more, the exit code still says how the command ended."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import ROOT, SPACE, Cli

FULL = Path("/dev/full")


def _run(cli: Cli, redirection: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command with its output redirected by a shell."""
    return subprocess.run(
        [
            "sh",
            "-c",
            f'exec "$@" {redirection}',
            "sh",
            sys.executable,
            "-m",
            "deployer",
            *arguments,
        ],
        cwd=cli.here,
        env={**os.environ, "PYTHONPATH": str(ROOT), **cli.environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check"]], ids=" ".join)
def test_a_closed_output_does_not_fail_a_command(
    cli: Cli, arguments: list[str], closed: str
) -> None:
    ran = _run(cli, closed, *arguments)
    assert (ran.returncode, "Traceback" in ran.stderr) == (0, False), ran.stderr


def test_a_deploy_with_a_closed_output_is_live(cli: Cli, hub: LocalHub) -> None:
    ran = _run(cli, ">&-", "deploy", SPACE, "--yes", "--no-wait")
    assert ran.returncode == 0, ran.stderr
    assert len(hub.commits(SPACE)) == 2


def test_without_an_input_nobody_is_asked(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {"old.txt": b"by hand"})
    ran = _run(cli, "<&-", "deploy", SPACE, "--no-wait")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.skipif(not FULL.exists(), reason="the system has no such device")
def test_what_a_full_disk_does_not_take_is_reported_once(cli: Cli) -> None:
    ran = _run(cli, f">{FULL}", "--version")
    assert ran.returncode == 70
    assert (ran.stderr.count("Traceback"), ran.stderr.count("No space left")) == (1, 1)
