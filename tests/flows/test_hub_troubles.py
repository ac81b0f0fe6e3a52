"""Every request meets every trouble: what passes is survived, what lasts is told, none is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from deployer.errors import DeployError
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.outcome import DeployResult
from deployer.release.verdict import Verdict
from deployer.space.settings import RequestedSettings, Secret, Variable
from tests.conftest import SPACE, Repo
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

LARGE_FILE_BYTES = bytes(range(256)) * 50
BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)
GOOD = Build(steps=(BUILDING, Step("RUNNING")))
SETTINGS = RequestedSettings(
    variables=(Variable("MODE", "new"),), secrets=(Secret("KEY", "s3cret"),)
)

PASSING: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "headers": {"Retry-After": "1"}},
    "503": {"status": 503},
    "lost": {"drop": "before"},
    "lost-answer": {"drop": "after"},
}
LASTING: dict[str, dict[str, Any]] = {
    **PASSING,
    "500": {"status": 500},
    "html": {"status": 200, "body": "<html>Please log in</html>"},
    "refused": {"status": 403},
}
BEFORE = [
    ("GET", r"/api/spaces/julia/demo\?expand"),
    ("GET", "/commits/"),
    ("GET", "/tree/"),
    ("GET", "/variables"),
    ("GET", "/secrets"),
    ("POST", "/variables"),
    ("POST", "/secrets"),
    ("POST", "/preupload/"),
    ("POST", "/lfs/objects/batch"),
    ("PUT", "."),
]
COMMIT = ("POST", "/commit/")
AFTER = [("GET", "/runtime"), ("GET", "/logs/build"), ("GET", "/host"), ("POST", "/tag/")]
BACK = [
    ("GET", r"/api/spaces/julia/demo\?expand"),
    ("GET", "/commits/"),
    ("GET", "/refs"),
    ("GET", "/tree/"),
    ("GET", "/runtime"),
    ("POST", "/paths-info/"),
    ("GET", "/resolve/"),
    ("POST", "/commit/"),
    ("GET", "/host"),
    ("POST", "/tag/"),
]


@pytest.fixture(autouse=True)
def _at_once(no_waits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither we nor the client waits before something is asked for again."""
    del no_waits
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.05)))


@pytest.fixture(name="old")
def _old(hub: LocalHub, repo: Repo, deploy: Deployer) -> dict[str, bytes]:
    """The files of a release that was seen healthy; something else is to be deployed now."""
    hub.scenario.builds = [GOOD]
    repo.commit({"app.py": b"old", "model.bin": LARGE_FILE_BYTES, "gone.txt": b"x"})
    assert deploy().rollout.verdict is Verdict.LIVE
    files = hub.files(SPACE)
    repo.git("rm", "--quiet", "gone.txt")
    repo.commit({"app.py": b"new", "model.bin": LARGE_FILE_BYTES + b"2"})
    return files


def _is_there(hub: LocalHub, repo: Repo) -> bool:
    found = hub.files(SPACE)
    found.pop(".gitattributes", None)
    return found == repo.tracked()


@pytest.mark.parametrize("request_", [*BEFORE, COMMIT, *AFTER], ids=" ".join)
@pytest.mark.parametrize("error", ["503", "lost-answer"])
def test_what_passes_is_survived(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    assert hub.files(SPACE) == old
    fault = Fault(*request_, **PASSING[error])
    hub.scenario.faults = [fault]
    outcome = deploy(settings=SETTINGS)
    assert outcome.rollout.verdict is Verdict.LIVE
    assert _is_there(hub, repo)
    assert len(hub.commits(SPACE)) == 3
    assert hub.space(SPACE).running == outcome.commit == hub.commits(SPACE)[0].id
    assert hub.tags(SPACE)["hf-deploy/2"] == outcome.commit
    assert hub.space(SPACE).variables["MODE"].value == "new"


@pytest.mark.parametrize("request_", BACK, ids=" ".join)
@pytest.mark.parametrize("error", ["503", "lost-answer"])
def test_what_passes_while_the_last_good_files_come_back_is_survived(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    broken = Build(steps=(BUILDING, Step("BUILD_ERROR")))
    hub.scenario.builds = [broken, GOOD]
    fault = Fault(*request_, **PASSING[error])
    # from the moment on that the failure was seen
    hub.scenario.faults = [Fault("GET", "/host", conflict=lambda: _strike(hub, fault))]
    outcome = deploy()
    assert (outcome.rollout.verdict, outcome.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == old
    assert len(hub.commits(SPACE)) == 4
    assert hub.tags(SPACE)["hf-deploy/3"] == hub.commits(SPACE)[0].id


def test_a_hub_that_is_slow_at_everything_is_waited_for(
    hub: LocalHub, repo: Repo, deploy: Deployer, old: dict[str, bytes]
) -> None:
    assert not _is_there(hub, repo) and old
    hub.scenario.faults = [Fault("*", ".", times=999, delay=0.1)]
    assert deploy(settings=SETTINGS).rollout.verdict is Verdict.LIVE
    assert _is_there(hub, repo)


def _strike(hub: LocalHub, fault: Fault) -> None:
    hub.scenario.faults = [fault]


def _tried(deploy: Callable[..., DeployResult], **more: Any) -> DeployResult | DeployError:
    try:
        return deploy(**more)
    except DeployError as error:
        return error


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param(request, error, id=f"{' '.join(request)}-{error}")
        for request in BEFORE
        for error in ("503", "html", "refused")
        if (request, error) != (("POST", "/secrets"), "html")  # nobody reads that answer
    ],
)
def test_what_lasts_before_the_commit_leaves_the_space_as_it_was(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    hub.scenario.faults = [Fault(*request_, times=999, **LASTING[error])]
    ended = _tried(deploy, settings=SETTINGS)
    assert hub.files(SPACE) == old
    assert len(hub.commits(SPACE)) == 2
    assert isinstance(ended, DeployError)
    assert ended.exit_code == (5 if error == "refused" else 11)
    assert all((ended.message, ended.cause, ended.fix))


@pytest.mark.parametrize("error", LASTING)
def test_a_commit_that_nobody_takes_is_not_said_to_be_made_and_one_that_is_is_found(
    hub: LocalHub, repo: Repo, deploy: Deployer, old: dict[str, bytes], error: str
) -> None:
    hub.scenario.faults = [Fault(*COMMIT, times=999, **LASTING[error])]
    ended = _tried(deploy)
    if error == "lost-answer":
        assert isinstance(ended, DeployResult) and ended.rollout.verdict is Verdict.LIVE
        assert _is_there(hub, repo) and len(hub.commits(SPACE)) == 3
    else:
        assert isinstance(ended, DeployError)
        assert ended.exit_code == (5 if error == "refused" else 11)
        assert hub.files(SPACE) == old


@pytest.mark.parametrize("request_", AFTER, ids=" ".join)
@pytest.mark.parametrize("error", LASTING)
def test_what_lasts_after_the_commit_is_told_with_the_commit(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    assert hub.files(SPACE) == old
    fault = Fault(*request_, times=999, **LASTING[error])
    hub.scenario.faults = [Fault(*COMMIT, conflict=lambda: _strike(hub, fault))]
    outcome = deploy()
    assert outcome.commit == hub.commits(SPACE)[0].id and outcome.changed
    assert _is_there(hub, repo)
    if request_[1] == "/runtime":
        assert outcome.exit_code in (5, 10, 11) and outcome.rollout.error is not None
    else:
        assert outcome.exit_code == 0
