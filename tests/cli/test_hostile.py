"""Text from outside can do nothing to a terminal or a runner, and secrets never come out."""

from __future__ import annotations

import json

import pytest

from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from tests.cli.conftest import ESCAPE
from tests.conftest import APP, SPACE, Cli, Repo

SECRET = "hf_write"
LINES = (
    "\x1b[2J\x1b[31mred\x1b[0m\n",
    "\x1b]0;title\x07and \x1b]8;;http://evil.example\x1b\\link\n",
    "over\rwritten\n",
    "back\b\b\bspace and \x9b31m C1\n",
    "bidi \u202egnp.exe\u2066 and zero\u200bwidth\n",
    "bell\x07 null\x00 delete\x7f\n",
    "x" * 100_000 + "\n",
)
_DANGEROUS = {ESCAPE, "\r", "\b", "\x07", "\x00", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b"}


def test_log_lines_cannot_control_a_terminal(cli: Cli, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", log=LINES, polls=1), Step("BUILD_ERROR")))]
    ran = cli("deploy", SPACE)
    assert ran.code == 7
    assert "red" in ran.err
    assert not _DANGEROUS & set(ran.out + ran.err)
    assert max(map(len, ran.err.splitlines())) < 10_000


def test_file_names_cannot_control_a_terminal(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    hub.add_space(SPACE, {**APP, "\x1b[31mtheirs\r": b"x"})
    name = "\x1b[2Jevil\u202e\r\n::error::.sh"
    (repo.root / name).write_bytes(b"#!/bin/sh\n")
    (repo.root / name).chmod(0o755)
    repo.commit({".cache/\x1b[31m": b"x"})
    for arguments in (["plan", SPACE], ["plan", SPACE, "--explain", name], ["deploy", SPACE]):
        ran = cli(*arguments)
        assert ran.code == 0
        assert not _DANGEROUS & set(ran.out + ran.err)


def test_names_in_errors_cannot_control_a_terminal(cli: Cli, repo: Repo) -> None:
    repo.link("\x1b[31mlink\r", "nowhere")
    repo.commit()
    ran = cli("deploy", SPACE)
    assert ran.code == 3
    assert not _DANGEROUS & set(ran.out + ran.err)


@pytest.mark.parametrize("option", ["--path", "--card", "--health-path", "--timeout"])
def test_arguments_cannot_control_a_terminal(cli: Cli, option: str) -> None:
    ran = cli("deploy", SPACE, option, "\x1b[31mx")
    assert ran.code == 2
    assert ESCAPE not in ran.out + ran.err


def test_error_messages_of_the_hub_cannot_control_a_terminal(cli: Cli, hub: LocalHub) -> None:
    hub.add_space(SPACE, {**APP, "app.py": b"old"})
    body = json.dumps({"error": "\x1b[31mno\r\n::error::gotcha"})
    hub.scenario.faults = [Fault("POST", "/commit/", status=403, body=body)]
    ran = cli("deploy", SPACE)
    assert ran.code == 5
    assert not _DANGEROUS & set(ran.out + ran.err)
    assert not [line for line in ran.err.splitlines() if line.startswith("::")]


def test_a_stage_and_its_message_cannot_control_a_terminal(cli: Cli, hub: LocalHub) -> None:
    steps = (Step("\x1b[31mODD\r", polls=1), Step("RUNTIME_ERROR"))
    hub.scenario.builds = [Build(steps=steps, message="\x1b]0;x\x07bad\r\nline")]
    ran = cli("deploy", SPACE)
    assert ran.code == 9
    assert not _DANGEROUS & set(ran.out + ran.err)


def test_the_token_is_not_printed(cli: Cli, hub: LocalHub) -> None:
    outs = [cli("deploy", SPACE), cli("deploy", SPACE, "--json"), cli("plan", SPACE)]
    hub.scenario.builds = [Build(app=App(status=500))]
    (cli.here / "app.py").write_bytes(b"changed")
    outs.append(cli("deploy", SPACE, "--health-timeout", "2s"))
    hub.scenario.faults = [Fault("*", "/api/", 99, status=401)]
    outs.append(cli("deploy", SPACE))
    outs.append(cli("deploy", SPACE, "--no-such"))
    assert [ran.code for ran in outs] == [0, 0, 0, 9, 5, 2]
    assert not [ran for ran in outs if SECRET in ran.out + ran.err]


def test_the_token_is_not_printed_by_a_bug(cli: Cli, broken_library: str) -> None:
    ran = cli("deploy", SPACE, PYTHONPATH=broken_library)
    assert ran.code == 70 and "RuntimeError" in ran.err
    assert SECRET not in ran.out + ran.err


def test_the_token_is_not_printed_if_the_hub_echoes_it(cli: Cli, hub: LocalHub) -> None:
    body = json.dumps({"error": f"the token {SECRET} is not welcome"})
    hub.scenario.faults = [Fault("GET", "/api/", 9, status=403, body=body)]
    ran = cli("deploy", SPACE)
    assert ran.code == 5 and "not welcome" in ran.err
    assert SECRET not in ran.out + ran.err


def test_the_password_in_the_url_of_a_remote_is_not_printed(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    address = "https://x-access-token:hunter2@github.com/julia/project?token=hunter2"
    repo.git("remote", "add", "origin", address)
    ran = cli("deploy", SPACE, "--json")
    assert ran.code == 0
    assert "hunter2" not in ran.out + ran.err
    assert "hunter2" not in hub.commits(SPACE)[0].title + hub.commits(SPACE)[0].message


def test_malformed_events_in_a_log_stream_are_ignored(cli: Cli, hub: LocalHub) -> None:
    hub.scenario.builds = [Build(steps=(Step("BUILDING", polls=2), Step("RUNNING")))]
    hub.scenario.faults = [
        Fault("GET", "/logs/build", 99, status=200, body='data: {"no": "log"}\n\n')
    ]
    ran = cli("deploy", SPACE)
    assert hub.requests_to("/logs/build")
    assert ran.code == 0 and "Traceback" not in ran.err
