"""--ignore: findings that a user knows of are neither reported nor stop a deploy."""

from __future__ import annotations

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import SPACE, Cli, Repo

SKLEARN = {"requirements.txt": b"sklearn\n"}


def test_a_finding_says_its_name_in_text_and_json(cli: Cli, repo: Repo) -> None:
    repo.commit(SKLEARN)
    assert "use `scikit-learn` [requirements-not-found]\n" in cli("check").out
    (found,) = cli("check", "--json").json["problems"]
    assert found["name"] == "requirements-not-found"


@pytest.mark.parametrize(
    ("arguments", "variable", "config"),
    [
        (("--ignore", "path-case", "--ignore", "requirements-not-found"), "", ""),
        ((), "path-case\nrequirements-not-found\n", ""),
        ((), "", 'ignore = ["requirements-not-found"]\n'),
    ],
)
def test_an_ignored_finding_is_not_reported(
    cli: Cli, repo: Repo, arguments: tuple[str, ...], variable: str, config: str
) -> None:
    repo.commit({**SKLEARN, "hf-deploy.toml": config.encode()})
    ran = cli("check", *arguments, HF_DEPLOY_IGNORE=variable)
    assert ran.code == 0 and "no problems" in ran.out


def test_only_the_named_finding_is_ignored(cli: Cli, repo: Repo) -> None:
    repo.commit({"requirements.txt": b"sklearn\nnumpy=1\n"})
    ran = cli("check", "--ignore", "requirements-not-found")
    assert ran.code == 1 and "[requirements-invalid]" in ran.out and "sklearn" not in ran.out


def test_a_deploy_goes_past_an_ignored_finding(cli: Cli, hub: LocalHub, repo: Repo) -> None:
    repo.commit(SKLEARN)
    refused = cli("deploy", SPACE, "--no-wait")
    assert refused.code == 3 and "[requirements-not-found]" in refused.err
    assert cli("deploy", SPACE, "--no-wait", "--ignore", "requirements-not-found").code == 0
    assert hub.files(SPACE)["requirements.txt"] == SKLEARN["requirements.txt"]


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("no-such-check", "docs/checks.md"),
        ("possible-credential", "--allow-credentials"),
        ("card-unreadable", "correct the card"),
    ],
)
def test_an_unknown_name_and_one_that_no_deploy_can_pass_are_refused(
    cli: Cli, name: str, fix: str
) -> None:
    ran = cli("check", "--ignore", name)
    assert ran.code == 2 and name in ran.err and fix in ran.err


@pytest.mark.parametrize("name", ["no-such-check", "possible-credential"])
def test_a_name_that_the_config_file_has_wrong_is_found_there(
    cli: Cli, repo: Repo, name: str
) -> None:
    repo.commit({"hf-deploy.toml": f'wait = false\nignore = ["{name}"]\n'.encode()})
    ran = cli("check")
    assert ran.code == 2 and f"hf-deploy.toml:2: ignore {name}" in ran.err
    assert "--ignore" not in ran.err


def test_a_credential_stays_one(cli: Cli, repo: Repo) -> None:
    repo.commit({".env": b"KEY=1\n"})
    ran = cli("check", "--ignore", "requirements-not-found")
    assert ran.code == 4
