"""The value of a secret is sent to the Space, and is not shown in any output or log."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployer.rehearsal import Fault, LocalHub
from deployer.rehearsal.store import Setting
from tests.cli.conftest import Runner, commands
from tests.conftest import APP, SPACE, Cli, Ran, Repo

VALUE = "s3cr3t-v4lue"
PEM = f"-----BEGIN-----\n{VALUE}\n\n-----END-----\n"


def _output_without_value(ran: Ran, *more: str) -> str:
    """The whole output, after an assertion that the secret value is not in it."""
    output = ran.out + ran.err + "".join(more)
    assert VALUE not in output
    return output


def _masks(ran: Ran) -> list[str]:
    return [line for line in ran.err.splitlines() if line.startswith("::add-mask::")]


@pytest.mark.parametrize("written", [("--secret", f"API_KEY={VALUE}"), (f"--secret=A={VALUE}",)])
def test_a_secret_value_on_the_command_line_is_an_error_that_does_not_show_it(
    cli: Cli, hub: LocalHub, written: tuple[str, ...]
) -> None:
    ran = cli("deploy", SPACE, *written)
    _output_without_value(ran)
    assert ran.code == 2
    assert "command line" in ran.error["error"] and "--secret NAME" in ran.error["fix"]
    assert not hub.requests


@pytest.mark.parametrize(
    "line", [f'secrets = ["OTHER", "API_KEY={VALUE}"]', f'secrets = "API_KEY={VALUE}"']
)
@pytest.mark.parametrize("command", ["deploy", "rehearse"])
def test_a_secret_value_in_the_config_file_is_an_error_that_does_not_show_it(
    cli: Cli, hub: LocalHub, repo: Repo, line: str, command: str
) -> None:
    repo.write({"hf-deploy.toml": f"{line}\n".encode()})
    ran = cli(command, SPACE)
    _output_without_value(ran)
    assert ran.code == 2
    assert "config file" in ran.error["error"]
    assert not hub.requests


def test_the_error_for_an_unknown_option_does_not_show_its_value(cli: Cli) -> None:
    for option in ("--secrets", "--sekret"):
        ran = cli("deploy", SPACE, f"{option}=API_KEY={VALUE}")
        _output_without_value(ran)
        assert ran.code == 2


@pytest.mark.parametrize(
    "lines", [f"MY-KEY={VALUE}", PEM, f"API_KEY={VALUE}\nAPI_KEY={VALUE}2", f"A={VALUE}\nB="]
)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_the_error_for_an_invalid_secrets_input_does_not_show_it(
    cli: Cli, hub: LocalHub, runner: Runner, lines: str, more: tuple[str, ...]
) -> None:
    ran = cli("deploy", SPACE, *more, HF_DEPLOY_SECRETS=lines, **runner.environment)
    _output_without_value(ran, runner.summary, str(runner.outputs))
    assert ran.code == 2
    assert ran.error["fix"]
    assert not hub.requests


def test_a_missing_repository_secret_is_named(cli: Cli, hub: LocalHub) -> None:
    ran = cli("deploy", SPACE, HF_DEPLOY_SECRETS=f"GOOD={VALUE}\r\nAPI_KEY=\n")
    _output_without_value(ran)
    assert "line 2" in ran.error["cause"] and "API_KEY" in ran.error["cause"]
    assert not hub.requests


def test_a_secret_that_is_not_in_the_environment_is_an_error(cli: Cli, hub: LocalHub) -> None:
    error = cli("deploy", SPACE, "--secret", "API_KEY").error
    assert "API_KEY" in error["cause"] and "environment" in error["cause"]
    assert not hub.requests


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_secret_is_not_shown_during_a_deploy(
    cli: Cli, runner: Runner, more: tuple[str, ...]
) -> None:
    for environment in ({}, runner.environment):
        ran = cli("deploy", SPACE, "--secret", "API_KEY", *more, API_KEY=PEM, **environment)
        assert ran.code == 0, ran.err
        masked = set(_masks(ran))
        shown = [line for line in (ran.out + ran.err).splitlines() if line not in masked]
        assert VALUE not in "\n".join(shown)
    assert VALUE not in runner.summary + str(runner.outputs)


def test_in_a_workflow_a_secret_and_each_of_its_lines_is_masked_first(
    cli: Cli, runner: Runner
) -> None:
    secrets = f"API_KEY=one {VALUE}=\nPEM"
    ran = cli("deploy", SPACE, HF_DEPLOY_SECRETS=secrets, PEM=PEM, **runner.environment)
    assert ran.code == 0, ran.err
    expected = [
        f"one {VALUE}=",
        PEM.replace("\n", "%0A"),
        "-----BEGIN-----",
        VALUE,
        "-----END-----",
    ]
    first_lines = ran.err.splitlines()[: len(expected)]
    assert first_lines == [f"::add-mask::{value}" for value in expected]
    assert commands(ran.out + ran.err).count("add-mask") == len(expected) + 1


def test_outside_a_workflow_nothing_is_masked(cli: Cli) -> None:
    assert not _masks(cli("deploy", SPACE, "--secret", "API_KEY", API_KEY=VALUE))


@pytest.mark.parametrize("environment", [{}, {"HF_DEBUG": "1", "HF_HUB_VERBOSITY": "debug"}])
def test_a_secret_that_the_hub_repeats_is_not_shown(
    cli: Cli, hub: LocalHub, environment: dict[str, str]
) -> None:
    body = f'{{"error": "{VALUE} is an invalid value"}}'
    hub.scenario.faults = [Fault("POST", "/secrets", 9, status=400, body=body)]
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    ran = cli("deploy", SPACE, "--json", "--secret", "K", K=VALUE, **environment)
    assert ran.code == 11
    assert "secret K" in _output_without_value(ran) and "400" in ran.error["cause"]


def test_a_secret_in_an_exception_of_a_library_is_not_shown(
    cli: Cli, broken_library: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "huggingface_hub" / "__init__.py"
    broken.write_text("import os\nraise RuntimeError(os.environ['API_KEY'])\n")
    ran = cli("deploy", SPACE, "--secret", "API_KEY", API_KEY=VALUE, PYTHONPATH=broken_library)
    assert ran.code == 70
    assert "***" in _output_without_value(ran)


@pytest.mark.parametrize("wrong", ["soon", "0", "0s", "-5m", "Never"])
def test_an_invalid_sleep_time(cli: Cli, hub: LocalHub, wrong: str) -> None:
    ran = cli("deploy", SPACE, "--sleep-time", wrong)
    assert (ran.code, "--sleep-time" in ran.err) == (2, True)
    assert not hub.requests


def test_settings_from_the_command_line_are_applied(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.write({"hf-deploy.toml": b'secrets = ["PEM"]\nsleep-time = "2h"\nhardware = "t4-small"\n'})
    ran = cli("deploy", SPACE, "--variable", "A= b=c", "--variable", "B", B="two", PEM=PEM)
    assert ran.code == 0, ran.err
    space = hub.space(SPACE)
    assert {name: setting.value for name, setting in space.variables.items()} == {
        "A": " b=c",
        "B": "two",
    }
    assert {name: setting.value for name, setting in space.secrets.items()} == {"PEM": PEM}
    assert (space.hardware, space.sleep_time) == ("t4-small", 7200)
    lines = [line for line in ran.err.splitlines() if line.startswith("settings ")]
    assert len(lines) == 1 and "variable A" in lines[0] and "secret PEM" in lines[0]


def test_settings_from_the_inputs_of_a_workflow_are_applied(
    cli: Cli, hub: LocalHub, runner: Runner
) -> None:
    hub.add_space(SPACE, APP)
    hub.space(SPACE).variables["OLD"] = Setting("1")
    inputs = {
        "HF_DEPLOY_SECRETS": f"API_KEY= {VALUE}==\r\n\r\n",
        "HF_DEPLOY_VARIABLES": "MODEL_ID=org/model\n",
        "HF_DEPLOY_PRUNE_VARIABLES": "true",
        "HF_DEPLOY_VISIBILITY": "private",
        "HF_DEPLOY_SLEEP_TIME": "never",
        # the restart that these cause ends before the first poll, and would be waited for
        "HF_DEPLOY_WAIT": "false",
    }
    ran = cli("deploy", SPACE, **inputs, **runner.environment)
    assert ran.code == 0, ran.err
    space = hub.space(SPACE)
    assert {name: setting.value for name, setting in space.secrets.items()} == {
        "API_KEY": f" {VALUE}=="
    }
    assert {name: setting.value for name, setting in space.variables.items()} == {
        "MODEL_ID": "org/model"
    }
    assert (space.visibility, space.sleep_time) == ("private", -1)
