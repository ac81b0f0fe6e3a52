"""A refusal before the commit is believed at once; after it, only one that stays so is."""

from __future__ import annotations

import pytest

from deployer.errors import DeployError
from deployer.events import Event, SoakStarted, Warned
from deployer.flows import rollback as manual
from deployer.flows.status import wait_for_head
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.verdict import Verdict
from deployer.request import Health
from deployer.space.space import SpaceId
from deployer.world import clock
from deployer.world.hub import spaces
from deployer.world.hub.client import connect
from tests.conftest import APP, SPACE, Repo
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

BUILDING = Step("BUILDING", log=("--> building\n",), polls=3)
HEALTHY = Build(steps=(BUILDING, Step("RUNNING")))
BROKEN = Build(steps=(BUILDING, Step("BUILD_ERROR")))
REFUSALS = [401, 403, 404]
MISSING = {"X-Error-Code": "RepoNotFound"}
SPACE_INFO = r"/api/spaces/julia/demo\?expand"
ROLLBACK = [
    ("GET", SPACE_INFO),
    ("GET", "/commits/"),
    ("GET", "/refs"),
    ("GET", "/tree/"),
    ("GET", "/runtime"),
    ("*", "/resolve/"),
    ("POST", "/paths-info/"),
    ("POST", "/commit/"),
]


def _refusal(method: str, path: str, status: int, times: int = 1) -> Fault:
    return Fault(method, path, times, status=status, headers=MISSING if status == 404 else {})


@pytest.fixture(name="old")
def _old(hub: LocalHub, repo: Repo, deploy: Deployer) -> dict[str, bytes]:
    """The files of a verified release; the repository has changes to deploy since."""
    hub.scenario.builds = [HEALTHY]
    repo.commit({"app.py": b"old", "model.bin": b"\0old"})
    assert deploy().rollout.verdict is Verdict.LIVE
    files = hub.files(SPACE)
    repo.commit({"app.py": b"new", "model.bin": b"\0new"})
    return files


def _after_commit(hub: LocalHub, fault: Fault) -> None:
    """Have a fault from the moment that the commit is sent."""
    hub.scenario.faults = [Fault("POST", "/commit/", conflict=lambda: _inject(hub, fault))]


def _inject(hub: LocalHub, fault: Fault) -> None:
    hub.scenario.faults = [fault]


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("times", [1, 4])
def test_a_refused_poll_does_not_end_the_watch_of_a_build_that_fails(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], status: int, times: int
) -> None:
    hub.scenario.builds = [BROKEN, HEALTHY]
    _after_commit(hub, _refusal("GET", "/runtime", status, times))
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == old


@pytest.mark.parametrize("status", [403, 404, 409, 412])
@pytest.mark.parametrize("request_", ROLLBACK, ids=" ".join)
def test_one_refusal_does_not_keep_a_rollback_from_being_made(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    status: int,
) -> None:
    hub.scenario.builds = [BROKEN, HEALTHY]
    fault = _refusal(*request_, status)
    # the fault starts after the build has failed
    hub.scenario.faults = [Fault("GET", "/host", conflict=lambda: _inject(hub, fault))]
    result = deploy()
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 8)
    assert hub.files(SPACE) == old


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", ["/runtime", "/host"])
def test_one_refusal_after_the_commit_does_not_change_the_verdict(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], path: str, status: int
) -> None:
    _after_commit(hub, _refusal("GET", path, status))
    result = deploy()
    assert hub.files(SPACE) != old
    assert (result.rollout.verdict, result.rollout.warnings) == (Verdict.LIVE, ())


@pytest.mark.parametrize("status", [403, 404])
def test_one_refusal_does_not_hide_a_commit_whose_response_was_lost(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], status: int
) -> None:
    lost = Fault("POST", "/commit/", drop="after")
    hub.scenario.faults = [lost, Fault("GET", "/commits/main", status=status)]
    result = deploy()
    assert result.rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) != old and len(hub.commits(SPACE)) == 3


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_that_stays_is_believed_after_half_a_minute(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], status: int
) -> None:
    _after_commit(hub, _refusal("GET", "/runtime", status, times=999))
    before = clock.now()
    result = deploy()
    assert hub.files(SPACE) != old
    assert (result.rollout.verdict, result.exit_code) == (Verdict.COMMITTED, 5)
    assert 30 <= clock.now() - before < 60


@pytest.mark.parametrize("seconds", [0.0, 10.0])
def test_a_refusal_just_before_the_timeout_is_not_believed(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], seconds: float
) -> None:
    _after_commit(hub, _refusal("GET", "/runtime", 403, times=999))
    before = clock.now()
    result = deploy(timeout=seconds)
    assert (result.rollout.verdict, result.exit_code) == (Verdict.TIMED_OUT, 10)
    assert hub.files(SPACE) != old
    assert seconds <= clock.now() - before < seconds + 10


def test_a_refusal_at_the_end_of_a_soak_is_not_believed(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes]
) -> None:
    fault = _refusal("GET", "/runtime", 403, times=999)
    deploy.upon = {SoakStarted: lambda: _inject(hub, fault)}
    result = deploy(health=Health(timeout=30.0, soak=1.0))
    assert result.rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) != old


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_before_the_commit_is_believed_at_once(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], status: int
) -> None:
    hub.scenario.faults = [Fault("GET", "/tree/", 1, status=status)]
    before = clock.now()
    with pytest.raises(DeployError):
        deploy()
    assert (hub.files(SPACE), clock.now()) == (old, before)


def test_a_token_that_may_not_tag_is_believed_at_once(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes]
) -> None:
    hub.scenario.faults = [Fault("POST", "/tag/", 999, status=403)]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) != old
    assert len(hub.requests_to("/tag/", "POST")) == 2  # one of the first deploy


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", ["/runtime", "/host"])
def test_one_refusal_after_a_rollback_by_hand_does_not_change_its_verdict(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], path: str, status: int
) -> None:
    assert deploy().rollout.verdict is Verdict.LIVE
    _after_commit(hub, _refusal("GET", path, status))
    result = manual.roll_back(deploy.operation(), "1")
    assert result.rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) == old


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("path", ["/runtime", "/commits/", "/refs", "/host"])
def test_one_refusal_does_not_end_a_wait_for_the_head(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], path: str, status: int
) -> None:
    hub.commit(SPACE, {"app.py": b"by hand"})
    hub.scenario.faults = [_refusal("GET", path, status)]
    assert wait_for_head(deploy.operation()).rollout.verdict is Verdict.UNCHANGED
    assert hub.files(SPACE) != old


def test_a_space_that_is_not_there_is_believed_at_once_when_waiting_for_its_head(
    hub: LocalHub, deploy: Deployer
) -> None:
    before = clock.now()
    with pytest.raises(DeployError) as raised:
        wait_for_head(deploy.operation())
    assert (raised.value.exit_code, clock.now()) == (5, before)
    assert not hub.spaces()


def test_a_long_wait_for_a_refusal_to_pass_is_reported(hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    hub.scenario.faults = [_refusal("GET", "/runtime", 403, times=4)]
    events: list[Event] = []
    client = connect(hub.url, "hf_write", events.append)
    spaces.runtime(client.after_commit(), SpaceId.parse(SPACE))
    waits = [event.message for event in events if isinstance(event, Warned)]
    assert [text.rpartition(" in ")[2] for text in waits] == ["4 s", "8 s"]
