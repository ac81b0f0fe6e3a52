"""`--verify` and `--soak` at the command line: where they come from, and how they end."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import SPACE, Cli, Repo

QUICK = ("--health-timeout", "30s")


def _wait_for(file: Path) -> None:
    """Wait until a file is there."""
    end = time.monotonic() + 60
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert file.exists()


def test_a_command_and_a_soak_are_taken_from_the_options(cli: Cli) -> None:
    ran = cli("deploy", SPACE, "--verify", "echo $SPACE_ID is fine", "--soak", "1s", *QUICK)
    assert ran.code == 0, ran.err
    labels = [line.split(" ", 1)[0] for line in ran.err.splitlines()]
    assert labels.index("probe") < labels.index("verify") < labels.index("soak")
    assert f"│ {SPACE} is fine" in ran.err


def test_a_command_is_taken_from_the_environment_and_from_the_file(cli: Cli, repo: Repo) -> None:
    repo.commit({"hf-deploy.toml": b'verify = "exit 4"\nverify-timeout = "20s"\n'})
    ran = cli("deploy", SPACE, *QUICK)
    assert (ran.code, "exit code 4" in ran.error["cause"]) == (9, True)
    ran = cli("deploy", SPACE, *QUICK, HF_DEPLOY_VERIFY="sleep 600", HF_DEPLOY_VERIFY_TIMEOUT="1s")
    assert (ran.code, "timed out after 1 s" in ran.error["cause"]) == (9, True)
    ran = cli("deploy", SPACE, *QUICK, HF_DEPLOY_VERIFY="true", HF_DEPLOY_SOAK="1s")
    assert ran.code == 0 and "\nsoak " in ran.err


@pytest.mark.parametrize(
    "options", [("--verify", " "), ("--verify-timeout", "soon"), ("--soak", "x")]
)
def test_what_is_no_command_and_no_duration_is_refused(
    cli: Cli, hub: LocalHub, options: tuple[str, str]
) -> None:
    ran = cli("deploy", SPACE, *options)
    assert ran.code == 2 and options[0] in ran.err
    assert not hub.spaces()


def test_what_a_command_says_can_do_nothing_to_a_terminal(cli: Cli) -> None:
    ran = cli("deploy", SPACE, "--verify", r"printf '\033[2Jgone\n'; exit 1", *QUICK)
    assert ran.code == 9
    assert "\x1b" not in ran.err and "gone" in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_command_too(
    cli: Cli, tmp_path: Path, number: signal.Signals
) -> None:
    begun, ended = tmp_path / "begun", tmp_path / "ended"
    command = f"trap 'touch {ended}; exit' TERM; touch {begun}; sleep 600 & wait"
    job = cli.start("deploy", SPACE, "--verify", command, *QUICK)
    _wait_for(begun)
    ran = job.interrupt(number)
    assert ran.code == 130, ran.err
    assert "committed by this run" in ran.error["cause"]
    assert ended.exists()
