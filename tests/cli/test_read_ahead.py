"""The Hub is read while the files are checked: no more requests for it, and the same errors."""

from __future__ import annotations

import pytest

from deployer.rehearsal import Fault, LocalHub
from tests.conftest import SPACE, Cli, Repo, changes_asked

# pylint: disable=missing-function-docstring  # the names are the sentences

INVALID = {"README.md": b"---\nsdk: flask\n---\n"}


@pytest.mark.parametrize(("command", "requests"), [("plan", 2), ("deploy", 2)])
def test_reading_ahead_takes_no_request_more(
    cli: Cli, hub: LocalHub, command: str, requests: int
) -> None:
    assert cli("deploy", SPACE, "--no-wait").code == 0
    before = len(hub.requests)
    options = ["--no-wait"] if command == "deploy" else []
    assert cli(command, SPACE, *options).code == 0
    assert len(hub.requests) - before == requests


def test_without_a_token_at_hand_the_hub_is_asked_for_valid_files_only(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    repo.commit(INVALID)
    login = cli.home / "hf" / "token"
    login.parent.mkdir()
    login.write_text("hf_write", "utf-8")
    assert cli("deploy", SPACE, HF_TOKEN="").code == 3
    assert not hub.requests


def test_invalid_files_are_the_error_whatever_the_hub_answers(
    cli: Cli, hub: LocalHub, repo: Repo
) -> None:
    repo.commit(INVALID)
    hub.scenario.faults = [Fault("GET", "/api/spaces/", status=500)]
    assert cli("deploy", SPACE).code == 3
    assert not changes_asked(hub)


@pytest.mark.parametrize("variables", [{"HF_TOKEN": "two words"}, {"HTTPS_PROXY": "ftp://x"}])
def test_invalid_files_are_the_error_before_a_connection_that_fails(
    cli: Cli, hub: LocalHub, repo: Repo, variables: dict[str, str]
) -> None:
    assert cli("plan", SPACE, **variables).code not in (0, 3)
    repo.commit(INVALID)
    assert cli("plan", SPACE, **variables).code == 3
    assert not hub.requests
