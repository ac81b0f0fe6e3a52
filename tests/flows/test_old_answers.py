"""A replica of the Hub that lags answers as before the commit: neither watch nor rollback ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from tests.conftest import SPACE, Repo
from tests.flows.conftest import Deployer

pytestmark = pytest.mark.usefixtures("no_waits")

SPACE_INFO = r"/api/spaces/julia/demo\?expand"
BUILDING = Step("BUILDING", log=("--> building\n",), polls=3)
HEALTHY = Build(steps=(BUILDING, Step("RUNNING")))
BROKEN = Build(steps=(BUILDING, Step("BUILD_ERROR")))


@pytest.fixture(name="old")
def _old(hub: LocalHub, repo: Repo, deploy: Deployer) -> dict[str, bytes]:
    """The files of a verified release; the repository has changes to deploy since."""
    hub.scenario.builds = [HEALTHY]
    assert deploy().rollout.verdict is Verdict.LIVE
    files = hub.files(SPACE)
    repo.commit({"app.py": b"new"})
    return files


def _before_the_commit(old_head: str) -> Fault:
    """Two questions for the head are answered with an old one, from the commit on."""

    def rewrite(body: bytes) -> bytes:
        return json.dumps({**json.loads(body), "sha": old_head}).encode()

    return Fault("GET", SPACE_INFO, 2, rewrite=rewrite)


def _from_the_commit_on(hub: LocalHub, *faults: Fault) -> None:
    hub.scenario.faults = [
        Fault("POST", "/commit/", conflict=lambda: hub.scenario.faults.extend(faults))
    ]


@pytest.mark.parametrize("stage", ["BUILD_ERROR", "RUNTIME_ERROR"])
def test_an_old_head_does_not_keep_a_broken_release_up(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], stage: str
) -> None:
    hub.scenario.builds = [Build(steps=(BUILDING, Step(stage))), HEALTHY]
    _from_the_commit_on(hub, _before_the_commit(hub.commits(SPACE)[0].id))
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == old


@pytest.mark.parametrize(
    "fault",
    [
        Fault(
            "*",
            "/resolve/",
            status=200,
            body="this is not gzip at all",
            headers={"Content-Encoding": "gzip"},
        ),
        Fault(
            "GET",
            "/tree/",
            status=200,
            body="this is not gzip at all",
            headers={"Content-Encoding": "gzip"},
        ),
        Fault("GET", "/commits/", status=418),
    ],
    ids=["file", "tree", "teapot"],
)
def test_an_odd_answer_does_not_keep_a_rollback_from_being_made(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], fault: Fault
) -> None:
    hub.scenario.builds = [BROKEN, HEALTHY]
    _from_the_commit_on(hub, fault)
    assert deploy().exit_code == 8
    assert hub.files(SPACE) == old


def test_a_static_space_with_an_old_head_is_not_superseded(
    hub: LocalHub, deploy: Deployer, repo: Repo
) -> None:
    card = b"---\ntitle: Page\nsdk: static\n---\n"
    repo.commit({"README.md": card, "index.html": b"<p>1"})
    assert deploy().rollout.verdict is Verdict.LIVE
    repo.commit({"index.html": b"<p>2"})
    _from_the_commit_on(hub, _before_the_commit(hub.commits(SPACE)[0].id))
    assert deploy().rollout.verdict is Verdict.LIVE


def test_an_upload_that_the_storage_forgot_is_sent_again(
    hub: LocalHub, deploy: Deployer, repo: Repo
) -> None:
    repo.commit({"model.bin": b"\0" * 9_000})
    hub.scenario.faults = [Fault("PUT", "/", status=200, body="<html>sign in</html>")]
    assert deploy().exit_code == 0
    assert hub.files(SPACE)["model.bin"] == b"\0" * 9_000


@pytest.mark.parametrize("after", [1, 2, 3])
def test_an_old_runtime_without_its_commit_is_not_the_new_release(
    hub: LocalHub, repo: Repo, deploy: Deployer, after: int
) -> None:
    def rewrite(body: bytes) -> bytes:
        return json.dumps({**json.loads(body), "stage": "RUNNING"}).encode()

    hub.scenario.builds = [replace(HEALTHY, sha=False)]
    assert deploy().rollout.verdict is Verdict.LIVE
    repo.commit({"app.py": b"new"})
    steps = (BUILDING, Step("RUNNING_APP_STARTING", polls=9), Step("RUNTIME_ERROR"))
    hub.scenario.builds = [Build(steps=steps, sha=False), HEALTHY]
    _from_the_commit_on(hub, Fault("GET", "/runtime", after=after, rewrite=rewrite))
    assert deploy().rollout.verdict is Verdict.CRASHED
    assert "hf-deploy/2" not in hub.tags(SPACE)
