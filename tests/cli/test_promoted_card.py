"""`hf-deploy promote` with invalid keys of the card in the config file."""

from __future__ import annotations

import pytest

from deployer.rehearsal import LocalHub
from tests.conftest import APP, Cli, Repo, changes_asked

# pylint: disable=missing-function-docstring  # the names are the sentences

CONFIG = b"""[environments.staging]
space = "julia/staging"
[environments.production]
space = "julia/production"
[environments.production.card]
pinned = false
colorFrom = "nocolor"
"""


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_an_invalid_card_is_found_at_its_line_in_the_config_file(
    cli: Cli, hub: LocalHub, repo: Repo, more: tuple[str, ...]
) -> None:
    repo.commit({**APP, "hf-deploy.toml": CONFIG})
    assert cli("deploy", "staging").code == 0
    before = len(changes_asked(hub))
    ran = cli("promote", "staging", "production", "--min-age", "1h", *more)
    assert ran.code == 3
    assert ran.error["cause"].startswith("hf-deploy.toml:7: `colorFrom` is 'nocolor'")
    assert len(changes_asked(hub)) == before
