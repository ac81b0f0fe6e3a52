"""An answer that is not what its route gives is never taken for an empty one: it is repeated."""

from __future__ import annotations

import hashlib
import json

import pytest

from deployer.errors import DeployError
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from deployer.space.settings import RequestedSettings, Variable
from tests.conftest import SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)
HEALTHY = Build(steps=(BUILDING, Step("RUNNING")))
BROKEN = Build(steps=(BUILDING, Step("BUILD_ERROR")))
# of each kind one; tests/world/hub/test_answers.py has more for each route
NONSENSE = {"empty object": "{}", "empty list": "[]", "cut": '[{"type": "file", "oid": "'}
DEPLOY = [
    ("GET", r"/api/spaces/julia/demo\?expand"),
    ("GET", "/commits/"),
    ("GET", "/tree/"),
    ("POST", "/variables"),
    ("POST", "/validate-yaml"),
    ("POST", "/preupload/"),
    ("POST", "/lfs/objects/batch"),
    ("POST", "/commit/"),
    ("GET", "/runtime"),
    ("GET", "/host"),
]
ROLLBACK = [
    ("GET", r"/api/spaces/julia/demo\?expand"),
    ("GET", "/commits/"),
    ("GET", "/refs"),
    ("GET", "/tree/"),
    ("GET", "/runtime"),
    ("POST", "/paths-info/"),
    ("POST", "/commit/"),
]
# an empty list is what a tree, or the files of these paths, may be
_MAY_BE_EMPTY = ("/tree/", "/paths-info/")
SETTINGS = RequestedSettings(variables=(Variable("MODE", "new"),))


def _cases(requests: list[tuple[str, str]]) -> list[object]:
    return [
        pytest.param(request, body, id=f"{' '.join(request)}-{name}")
        for request in requests
        for name, body in NONSENSE.items()
        if not (body == "[]" and request[1] in _MAY_BE_EMPTY)
        if not (body == "{}" and request[1] == "/host")  # another route names the app
    ]


@pytest.fixture(name="old")
def _old(hub: LocalHub, repo: Repo, deploy: Deployer) -> dict[str, bytes]:
    """The files of a verified release; since then one is deleted, and others are changed."""
    hub.scenario.builds = [HEALTHY]
    repo.commit({"app.py": b"old", "model.bin": b"\0" * 9_000, "gone.txt": b"x"})
    assert deploy().rollout.verdict is Verdict.LIVE
    files = hub.files(SPACE)
    repo.git("rm", "--quiet", "gone.txt")
    repo.commit({"app.py": b"new", "model.bin": b"\0" * 9_001})
    (repo.root / "README.md").write_bytes((repo.root / "README.md").read_bytes() + b"More.\n")
    repo.commit()
    return files


def _is_deployed(hub: LocalHub, repo: Repo) -> bool:
    files = hub.files(SPACE)
    files.pop(".gitattributes", None)
    return files == repo.tracked()


@pytest.mark.parametrize(("request_", "body"), _cases(DEPLOY))
def test_a_deploy_succeeds_despite_one_nonsense_answer(
    hub: LocalHub,
    repo: Repo,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    body: str,
) -> None:
    assert "gone.txt" in old
    fault = Fault(*request_, status=200, body=body)
    hub.scenario.faults = [fault]
    result = deploy(settings=SETTINGS)
    assert result.rollout.verdict is Verdict.LIVE
    assert _is_deployed(hub, repo)
    assert len(hub.commits(SPACE)) == 3
    assert hub.space(SPACE).variables["MODE"].value == "new"
    assert len(hub.requests_to(request_[1], request_[0])) > 1


@pytest.mark.parametrize(("request_", "body"), _cases(ROLLBACK))
def test_a_rollback_succeeds_despite_one_nonsense_answer(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    body: str,
) -> None:
    hub.scenario.builds = [BROKEN, HEALTHY]
    fault = Fault(*request_, status=200, body=body)
    # the fault starts after the build has failed
    hub.scenario.faults = [Fault("GET", "/host", conflict=lambda: _inject(hub, fault))]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == old
    assert len(hub.commits(SPACE)) == 4


def _inject(hub: LocalHub, fault: Fault) -> None:
    hub.scenario.faults = [fault]


@pytest.mark.parametrize(
    ("request_", "body"), _cases([one for one in DEPLOY if one[1] not in ("/runtime", "/host")])
)
def test_nonsense_for_good_before_the_commit_is_exit_11(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    body: str,
) -> None:
    hub.scenario.faults = [Fault(*request_, times=999, status=200, body=body)]
    before = commits_sent(hub)
    with pytest.raises(DeployError) as raised:
        deploy(settings=SETTINGS)
    assert raised.value.exit_code == 11
    assert "unexpected response" in raised.value.message
    assert hub.files(SPACE) == old
    assert request_[1] == "/commit/" or commits_sent(hub) == before


def test_an_error_for_one_large_file_is_what_the_hub_says_of_it(
    hub: LocalHub, repo: Repo, deploy: Deployer
) -> None:
    data = b"\0large"
    repo.commit({"model.bin": data})
    one = {"oid": _sha256(data), "size": len(data), "error": {"code": 507, "message": "quota"}}
    body = json.dumps({"transfer": "basic", "objects": [one]})
    hub.scenario.faults = [Fault("POST", "/objects/batch", 999, status=200, body=body)]
    with pytest.raises(DeployError) as raised:
        deploy()
    assert (raised.value.exit_code, "quota" in raised.value.cause) == (5, True)


@pytest.mark.parametrize(
    "header",
    [{"chunk_size": "x"}, {"chunk_size": "2"}, {"chunk_size": "9", "1": 5}, {"chunk_size": []}],
    ids=str,
)
def test_nonsense_of_the_storage_of_large_files_is_exit_11(
    hub: LocalHub, repo: Repo, deploy: Deployer, header: dict[str, object]
) -> None:
    for name in ("model.bin", "other.bin"):
        repo.write({name: b"\0" + name.encode()})
    repo.commit()
    objects = [
        {
            "oid": _sha256(data),
            "size": len(data),
            "actions": {"upload": {"href": f"{hub.url}/_lfs/x", "header": header}},
        }
        for data in (b"\0model.bin", b"\0other.bin")
    ]
    body = json.dumps({"transfer": "multipart", "objects": objects})
    hub.scenario.faults = [Fault("POST", "/objects/batch", 999, status=200, body=body)]
    with pytest.raises(DeployError) as raised:
        deploy()
    assert raised.value.exit_code == 11


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("body", ["[]", "null", '"no"'])
def test_an_error_whose_body_is_not_an_object_is_asked_again(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], body: str
) -> None:
    hub.scenario.faults = [Fault("GET", f"/api/spaces/{SPACE}", status=404, body=body)]
    assert deploy().exit_code == 0
    assert hub.files(SPACE) != old and len(hub.spaces()) == 1
