"""Which files a promotion copies: all of the release, and only of that, whatever the Hub lists."""

from __future__ import annotations

import json

import pytest

from deployer.errors import HubError
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.history import parse_trailers
from deployer.release.outcome import DeployResult
from deployer.release.verdict import Verdict
from deployer.source.ignore import Patterns
from deployer.space.space import SpaceId
from tests.conftest import APP, Repo, changes_asked
from tests.flows.conftest import PRODUCTION, STAGING, Deployer, Promoter

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

KEEP = Patterns.of_option("--keep", ["data/*"])
SEEDED = {**APP, "data/seed.txt": b"seed", "data/b.txt": b"b"}
OWN = "data/users.db"
FAILING = Build(steps=(Step("BUILDING", polls=1), Step("BUILD_ERROR")))


def _trailers(hub: LocalHub) -> dict[str, str]:
    return parse_trailers(hub.commits(str(PRODUCTION))[0].message)


def _write_there(hub: LocalHub, space: SpaceId, files: dict[str, bytes]) -> None:
    """Commit as the app does, and wait until that runs."""
    commit = hub.commit(str(space), files)
    hub.wait_until(lambda: hub.space(str(space)).running == commit)


@pytest.mark.parametrize("is_new", [True, False])
def test_the_release_s_files_are_copied_also_where_keep_names_them(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter, is_new: bool
) -> None:
    if not is_new:
        repo.commit({**APP, "data/seed.txt": b"old"})
        deploy(space=PRODUCTION)
    repo.commit(SEEDED)
    deploy(space=STAGING, keep=KEEP)
    assert promote(keep=KEEP).rollout.verdict is Verdict.LIVE
    assert hub.files(str(PRODUCTION)) == hub.files(str(STAGING))
    assert not promote.warnings
    assert deploy(space=PRODUCTION, keep=KEEP).rollout.verdict is Verdict.UNCHANGED


def test_a_kept_file_of_the_target_survives_a_promotion_and_its_rollback(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit(APP)
    deploy(space=PRODUCTION)
    _write_there(hub, PRODUCTION, {OWN: b"of production"})
    repo.commit(SEEDED)
    deploy(space=STAGING, keep=KEEP)
    hub.scenario.builds = [FAILING, Build(), Build()]
    assert promote(keep=KEEP).exit_code == 8
    assert hub.files(str(PRODUCTION))[OWN] == b"of production"
    assert promote(keep=KEEP).rollout.verdict is Verdict.LIVE
    assert hub.files(str(PRODUCTION)) == {**hub.files(str(STAGING)), OWN: b"of production"}
    assert _trailers(hub)["Kept"] == KEEP.id
    assert deploy(space=PRODUCTION, keep=KEEP).rollout.verdict is Verdict.UNCHANGED


@pytest.fixture(name="used")
def _used(hub: LocalHub, repo: Repo, deploy: Deployer) -> DeployResult:
    """A release on staging, where a file of that Space's own was kept."""
    repo.commit(APP)
    deploy(space=STAGING)
    _write_there(hub, STAGING, {OWN: b"of staging"})
    repo.commit(SEEDED)
    return deploy(space=STAGING, keep=KEEP)


def test_a_file_that_the_source_space_kept_is_not_copied_which_is_said(
    hub: LocalHub, repo: Repo, used: DeployResult, deploy: Deployer, promote: Promoter
) -> None:
    assert used.plan is not None and used.plan.keep == (OWN,)
    repo.commit({"app.py": b"old"})
    deploy(space=PRODUCTION)
    _write_there(hub, PRODUCTION, {OWN: b"of production"})
    hub.scenario.builds = [FAILING, Build(), Build()]
    assert promote(keep=KEEP).exit_code == 8
    assert hub.files(str(PRODUCTION))[OWN] == b"of production", "the rollback leaves it, too"
    assert promote(keep=KEEP).rollout.verdict is Verdict.LIVE
    files = hub.files(str(PRODUCTION))
    assert (files["app.py"], files[OWN]) == (APP["app.py"], b"of production")
    assert f"not promoted: data/b.txt, data/seed.txt, {OWN}; --keep" in promote.warnings
    assert "Snapshot" not in _trailers(hub), "what was left out is not known to be there"


def test_a_new_space_gets_no_file_that_may_be_another_space_s_own(
    hub: LocalHub, used: DeployResult, promote: Promoter
) -> None:
    assert used.changed and promote(keep=KEEP).changed
    assert hub.files(str(PRODUCTION)).keys() == hub.files(str(STAGING)).keys() - {
        "data/b.txt",
        "data/seed.txt",
        OWN,
    }


def _without(path: str) -> Fault:
    """An answer that leaves files out of the list of staging."""

    def rewrite(body: bytes) -> bytes:
        return json.dumps([one for one in json.loads(body) if path not in one["path"]]).encode()

    return Fault("GET", "staging/tree/", rewrite=rewrite)


@pytest.mark.parametrize(
    ("left_out", "said"), [("", "0 files, without README.md"), ("data", "other ones")]
)
def test_a_list_of_other_files_than_the_release_s_changes_nothing(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter, left_out: str, said: str
) -> None:
    repo.commit(SEEDED)
    deploy(space=STAGING)
    hub.add_space(str(PRODUCTION), {**APP, "old.txt": b"x"})
    before = len(changes_asked(hub))
    for run in (promote, promote.plan):
        hub.scenario.faults = [_without(left_out)]
        with pytest.raises(HubError, match="not that of release 1") as raised:
            run()
        assert said in raised.value.cause
    assert len(changes_asked(hub)) == before
    assert promote().changed and "old.txt" not in hub.files(str(PRODUCTION))


def test_what_a_list_with_large_files_lacks_is_sent_by_the_next_deploy(
    hub: LocalHub, repo: Repo, deploy: Deployer, promote: Promoter
) -> None:
    repo.commit({**SEEDED, "model.bin": bytes(range(256)) * 50})
    deploy(space=STAGING)
    hub.scenario.faults = [_without("data")]
    assert promote().changed and "data/b.txt" not in hub.files(str(PRODUCTION))
    assert "Snapshot" not in _trailers(hub)
    assert deploy(space=PRODUCTION).changed
    assert hub.files(str(PRODUCTION)) == hub.files(str(STAGING))


def test_only_the_large_files_of_a_refused_request_are_downloaded(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    promote: Promoter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("deployer.world.hub.lfs_copies._BATCH", 2)
    repo.commit({**APP, **{f"{n}.bin": bytes(range(256)) * 50 + b"%d" % n for n in range(6)}})
    deploy(space=STAGING)
    hub.scenario.faults = [Fault("POST", "/lfs-files/duplicate", after=1, status=403)]
    assert promote().rollout.verdict is Verdict.LIVE
    assert hub.files(str(PRODUCTION)) == hub.files(str(STAGING))
    assert len(hub.requests_to("/lfs-files/duplicate", "POST")) == 3
    assert len({one.path for one in hub.requests_to("staging/resolve/.*bin")}) == 2
