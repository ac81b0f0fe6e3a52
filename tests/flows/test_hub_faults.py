"""Each fault at each request: transient ones are retried, permanent ones are reported."""

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
HEALTHY = Build(steps=(BUILDING, Step("RUNNING")))
SETTINGS = RequestedSettings(
    variables=(Variable("MODE", "new"),), secrets=(Secret("KEY", "s3cret"),)
)

TRANSIENT: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "headers": {"Retry-After": "1"}},
    "503": {"status": 503},
    "lost": {"drop": "before"},
    "lost-answer": {"drop": "after"},
}
PERMANENT: dict[str, dict[str, Any]] = {
    **TRANSIENT,
    "500": {"status": 500},
    "html": {"status": 200, "body": "<html>Please log in</html>"},
    "forbidden": {"status": 403},
}
BEFORE_COMMIT = [
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
AFTER_COMMIT = [("GET", "/runtime"), ("GET", "/logs/build"), ("GET", "/host"), ("POST", "/tag/")]
ROLLBACK = [
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
def _without_waits(no_waits: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither hf-deploy nor huggingface_hub waits before a retry."""
    del no_waits
    sleep = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.05)))


@pytest.fixture(name="old")
def _old(hub: LocalHub, repo: Repo, deploy: Deployer) -> dict[str, bytes]:
    """The files of a verified release; the repository has changes to deploy since."""
    hub.scenario.builds = [HEALTHY]
    repo.commit({"app.py": b"old", "model.bin": LARGE_FILE_BYTES, "gone.txt": b"x"})
    assert deploy().rollout.verdict is Verdict.LIVE
    files = hub.files(SPACE)
    repo.git("rm", "--quiet", "gone.txt")
    repo.commit({"app.py": b"new", "model.bin": LARGE_FILE_BYTES + b"2"})
    return files


def _is_deployed(hub: LocalHub, repo: Repo) -> bool:
    files = hub.files(SPACE)
    files.pop(".gitattributes", None)
    return files == repo.tracked()


@pytest.mark.parametrize("request_", [*BEFORE_COMMIT, COMMIT, *AFTER_COMMIT], ids=" ".join)
@pytest.mark.parametrize("error", ["503", "lost-answer"])
def test_a_deploy_succeeds_despite_a_transient_fault(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    assert hub.files(SPACE) == old
    fault = Fault(*request_, **TRANSIENT[error])
    hub.scenario.faults = [fault]
    result = deploy(settings=SETTINGS)
    assert result.rollout.verdict is Verdict.LIVE
    assert _is_deployed(hub, repo)
    assert len(hub.commits(SPACE)) == 3
    assert hub.space(SPACE).running == result.commit == hub.commits(SPACE)[0].id
    assert hub.tags(SPACE)["hf-deploy/2"] == result.commit
    assert hub.space(SPACE).variables["MODE"].value == "new"


@pytest.mark.parametrize("request_", ROLLBACK, ids=" ".join)
@pytest.mark.parametrize("error", ["503", "lost-answer"])
def test_a_rollback_succeeds_despite_a_transient_fault(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    broken = Build(steps=(BUILDING, Step("BUILD_ERROR")))
    hub.scenario.builds = [broken, HEALTHY]
    fault = Fault(*request_, **TRANSIENT[error])
    # the fault starts after the build has failed
    hub.scenario.faults = [Fault("GET", "/host", conflict=lambda: _inject(hub, fault))]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == old
    assert len(hub.commits(SPACE)) == 4
    assert hub.tags(SPACE)["hf-deploy/3"] == hub.commits(SPACE)[0].id


def test_a_deploy_succeeds_on_a_slow_hub(
    hub: LocalHub, repo: Repo, deploy: Deployer, old: dict[str, bytes]
) -> None:
    assert not _is_deployed(hub, repo) and old
    hub.scenario.faults = [Fault("*", ".", times=999, delay=0.1)]
    assert deploy(settings=SETTINGS).rollout.verdict is Verdict.LIVE
    assert _is_deployed(hub, repo)


def _inject(hub: LocalHub, fault: Fault) -> None:
    hub.scenario.faults = [fault]


def _try(deploy: Callable[..., DeployResult], **more: Any) -> DeployResult | DeployError:
    try:
        return deploy(**more)
    except DeployError as error:
        return error


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param(request, error, id=f"{' '.join(request)}-{error}")
        for request in BEFORE_COMMIT
        for error in ("503", "html", "forbidden")
        if (request, error) != (("POST", "/secrets"), "html")  # the response is not read
    ],
)
def test_a_permanent_fault_before_the_commit_leaves_the_space_unchanged(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    hub.scenario.faults = [Fault(*request_, times=999, **PERMANENT[error])]
    result = _try(deploy, settings=SETTINGS)
    assert hub.files(SPACE) == old
    assert len(hub.commits(SPACE)) == 2
    assert isinstance(result, DeployError)
    assert result.exit_code == (5 if error == "forbidden" else 11)
    assert all((result.message, result.cause, result.fix))


@pytest.mark.parametrize("error", PERMANENT)
def test_a_commit_is_only_reported_if_the_hub_has_it(
    hub: LocalHub, repo: Repo, deploy: Deployer, old: dict[str, bytes], error: str
) -> None:
    hub.scenario.faults = [Fault(*COMMIT, times=999, **PERMANENT[error])]
    result = _try(deploy)
    if error == "lost-answer":
        assert isinstance(result, DeployResult) and result.rollout.verdict is Verdict.LIVE
        assert _is_deployed(hub, repo) and len(hub.commits(SPACE)) == 3
    else:
        assert isinstance(result, DeployError)
        assert result.exit_code == (5 if error == "forbidden" else 11)
        assert hub.files(SPACE) == old


@pytest.mark.parametrize("request_", AFTER_COMMIT, ids=" ".join)
@pytest.mark.parametrize("error", PERMANENT)
def test_a_permanent_fault_after_the_commit_is_reported_with_the_commit(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    error: str,
) -> None:
    assert hub.files(SPACE) == old
    fault = Fault(*request_, times=999, **PERMANENT[error])
    hub.scenario.faults = [Fault(*COMMIT, conflict=lambda: _inject(hub, fault))]
    result = deploy()
    assert result.commit == hub.commits(SPACE)[0].id and result.changed
    assert _is_deployed(hub, repo)
    if request_[1] == "/runtime":
        assert result.exit_code in (5, 10, 11) and result.rollout.error is not None
        assert result.commit[:7] in result.rollout.error.cause
        assert f"hf-deploy status {SPACE} --wait" in result.rollout.error.fix
    else:
        assert result.exit_code == 0
