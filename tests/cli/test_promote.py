"""`hf-deploy promote`: the verified release of one Space to another, file for file."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from deployer.rehearsal import App, Build, Fault, LocalHub, Step
from deployer.release.history import parse_trailers
from tests.cli.conftest import Runner
from tests.conftest import APP, Cli, Ran, Repo, changes_asked, commits_sent

# pylint: disable=missing-function-docstring  # the names are the sentences

STAGING, PRODUCTION = "julia/staging", "julia/production"
PROMOTE = ("promote", STAGING, PRODUCTION)
LARGE = bytes(range(256)) * 50
FILES = {
    **APP,
    "model.bin": LARGE,
    "data/empty.txt": b"",
    "data/crlf.txt": b"one\r\ntwo\r\n",
    "data/with space & ümlaut ?#%41.txt": b"x",
    "data/latin.txt": b"\xff\xfe\x00\x01" * 9,
    "-rf": b"y",
}


@pytest.fixture(name="staged")
def _staged(cli: Cli, repo: Repo) -> str:
    """The source commit of a release that runs on staging, verified."""
    commit = repo.commit(FILES)
    assert cli("deploy", STAGING, here=repo.root).code == 0
    return commit


@pytest.fixture(name="promote")
def _promote(cli: Cli, hub: LocalHub, staged: str, tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The command line in an empty folder: a promotion needs no checkout."""
    del staged
    cli.here = tmp_path_factory.mktemp("elsewhere")
    hub.clear_requests() if hasattr(hub, "clear_requests") else None
    return cli


def test_it_runs(promote: Cli, hub: LocalHub, staged: str) -> None:
    ran = promote(*PROMOTE)
    print(ran.out, ran.err)
    assert ran.code == 0
    assert hub.files(PRODUCTION) == hub.files(STAGING)
    print(hub.commits(PRODUCTION)[0].message)
    for command in (("history", PRODUCTION), ("status", PRODUCTION), PROMOTE, (*PROMOTE, "--json"), (*PROMOTE, "--dry-run")):
        ran = promote(*command)
        print(ran.code, ran.out, ran.err)
    assert 0
