"""`--verify` and `--soak` at the command line: where they come from, and how they end."""

from __future__ import annotations

import os
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
def test_an_invalid_command_or_duration_is_an_error(
    cli: Cli, hub: LocalHub, options: tuple[str, str]
) -> None:
    ran = cli("deploy", SPACE, *options)
    assert ran.code == 2 and options[0] in ran.err
    assert not hub.spaces()


def test_the_output_of_a_command_cannot_control_a_terminal(cli: Cli) -> None:
    ran = cli("deploy", SPACE, "--verify", r"printf '\033[2Jgone\n'; exit 1", *QUICK)
    assert ran.code == 9
    assert "\x1b" not in ran.err and "gone" in ran.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_verify_command(
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


# reads the environment that each process between the command and this one was started with
WALK = """
p=$PPID
while [ "$p" != {last} ]; do
    echo "process $p" >> {seen}
    tr '\\0' '\\n' < /proc/$p/environ >> {seen}
    p=$(sed 's/.*) . //; s/ .*//' /proc/$p/stat)
done
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_it_cannot_read_the_secrets_of_its_parents(cli: Cli, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    secrets = {
        "OPENAI_API_KEY": "SENTINEL-key",
        "DATABASE_URL": "postgres://SENTINEL-database",
        "HTTPS_PROXY": "http://julia:SENTINEL-proxy@127.0.0.1:1",
        "NO_PROXY": "127.0.0.1",
        "HF_DEPLOY_SECRETS": "MODE=SENTINEL-space",
        "UNKNOWN": "SENTINEL-unknown",
        "TZ": "UTC",
        # a process of its own, not a fork of one that was started without these
        "LANG": "C.UTF-8",
    }
    walk = WALK.format(last=os.getpid(), seen=seen)
    ran = cli("deploy", SPACE, "--verify", walk, "--secret", "UNKNOWN", *QUICK, **secrets)
    assert ran.code == 0, ran.err
    text = seen.read_text(encoding="utf-8")
    assert "process " in text and "TZ=UTC" in text and "HF_TOKEN=" in text
    assert "SENTINEL" not in text and "hf_write" not in text


def test_a_command_gets_the_variables_that_verify_env_names(cli: Cli) -> None:
    variables = {"DATABASE_URL": "there", "MODE": "fast", "OTHER": "hidden"}
    command = 'test "$DATABASE_URL $MODE $OTHER" = "there fast "'
    names = {"HF_DEPLOY_VERIFY_ENV": "DATABASE_URL\n\nMODE\n"}
    ran = cli("deploy", SPACE, "--verify", command, *QUICK, **variables, **names)
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "MODE"])
def test_a_file_cannot_hand_over_variables_of_the_caller(
    cli: Cli, hub: LocalHub, repo: Repo, name: str
) -> None:
    repo.write({"hf-deploy.toml": f'verify = "true"\nverify-env = ["{name}"]'.encode()})
    ran = cli("deploy", SPACE, *QUICK)
    assert ran.code == 2 and "hf-deploy.toml:2" in ran.error["cause"]
    assert "--verify-env" in ran.error["fix"]
    assert not hub.spaces()


def test_a_value_in_verify_env_is_refused_and_not_shown(cli: Cli) -> None:
    ran = cli("deploy", SPACE, "--verify", "true", "--verify-env", "KEY=SENTINEL")
    assert ran.code == 2 and "SENTINEL" not in ran.err
