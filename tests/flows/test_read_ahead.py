"""What is read while the files are still being checked is read once, and decides nothing alone."""

from __future__ import annotations

import pytest

from deployer.errors import Conflict, DeployError
from deployer.rehearsal import Fault, LocalHub
from deployer.release.verdict import Verdict
from deployer.request import OnDrift
from deployer.space.space import SpaceId
from deployer.world import clock
from deployer.world.hub import ahead, commits, spaces
from deployer.world.hub.client import connect
from tests.conftest import SPACE, Repo
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences
# pylint: disable=protected-access

pytestmark = pytest.mark.usefixtures("no_waits", "_nothing_left")

ID = SpaceId.parse(SPACE)
INFO, HISTORY = r"/api/spaces/julia/demo\?expand", "/commits/main"


@pytest.fixture(name="_nothing_left")
def _nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test takes the answers of another."""
    monkeypatch.setattr(ahead, "_answers", {})
    monkeypatch.setattr(ahead, "_reading", [])


def _read(hub: LocalHub, deploy: Deployer) -> int:
    """Read the Space ahead, to the end; returns how many requests there were by then."""
    commits.read_ahead(deploy.client(), ID)
    while ahead._reading:
        ahead._reading.pop()()
    return len(hub.requests)


def test_what_was_read_ahead_is_not_requested_again(hub: LocalHub, deploy: Deployer) -> None:
    deploy(wait=False)
    before = _read(hub, deploy)
    assert not deploy(wait=False).changed
    assert len(hub.requests) == before


def test_an_answer_that_came_ahead_is_good_for_one_request(hub: LocalHub, deploy: Deployer) -> None:
    deploy(wait=False)
    before = _read(hub, deploy)
    head = hub.commit(SPACE, {"new.txt": b"by hand"})
    found = [spaces.find(deploy.client(), ID) for _ in range(2)]
    assert found[0] and found[0].head != head
    assert found[1] and found[1].head == head
    assert len(hub.requests) == before + 1


def test_a_history_that_came_ahead_is_of_the_head_that_it_begins_with(
    hub: LocalHub, deploy: Deployer
) -> None:
    deploy(wait=False)
    old = hub.space(SPACE).head
    before = _read(hub, deploy)
    new = hub.commit(SPACE, {"new.txt": b"by hand"})
    found = [commits.history_summary(deploy.client(), ID, head) for head in (new, old)]
    assert [len(one.drifted) for one in found] == [1, 0]
    assert [one.path.rpartition("/")[2] for one in hub.requests[before:]] == [new]


def test_a_commit_made_since_is_planned_for(hub: LocalHub, repo: Repo, deploy: Deployer) -> None:
    deploy(wait=False)
    _read(hub, deploy)
    hub.commit(SPACE, {"stale.txt": b"by hand"})
    repo.commit({"app.py": b"print('Changed.')\n"})
    assert deploy(wait=False).rollout.verdict is Verdict.COMMITTED
    assert "stale.txt" not in hub.files(SPACE)


def test_a_commit_made_while_the_checks_took_long_stops_a_deploy_that_changes_nothing(
    hub: LocalHub, deploy: Deployer
) -> None:
    deploy(wait=False)
    _read(hub, deploy)
    hub.commit(SPACE, {"new.txt": b"by hand"})
    clock.sleep(2)
    with pytest.raises(Conflict):
        deploy(wait=False, on_drift=OnDrift.FAIL)


def test_a_commit_made_while_the_checks_took_long_is_in_the_plan(
    hub: LocalHub, deploy: Deployer
) -> None:
    deploy(wait=False)
    _read(hub, deploy)
    hub.commit(SPACE, {"new.txt": b"by hand"})
    clock.sleep(2)
    plan = deploy.plan(token="hf_write").plan
    assert plan is not None and plan.delete == ("new.txt",)


def test_after_long_checks_only_the_head_is_requested_again(
    hub: LocalHub, deploy: Deployer
) -> None:
    deploy(wait=False)
    before = _read(hub, deploy)
    clock.sleep(2)
    assert not deploy(wait=False).changed
    assert len(hub.requests) == before + 1


@pytest.mark.parametrize("route", [INFO, HISTORY])
@pytest.mark.parametrize(
    "fault", [{"status": 503}, {"status": 200, "body": "[]"}], ids=["failed", "nonsense"]
)
def test_what_could_not_be_read_ahead_is_requested_when_it_is_needed(
    hub: LocalHub, deploy: Deployer, route: str, fault: dict[str, object]
) -> None:
    deploy(wait=False)
    hub.scenario.faults = [Fault("GET", route, times=1, **fault)]  # type: ignore[arg-type]
    _read(hub, deploy)
    assert not deploy(wait=False).changed


@pytest.mark.parametrize("route", [INFO, HISTORY])
@pytest.mark.parametrize("checks", [0, 2])
def test_a_rate_limit_that_is_met_ahead_is_waited_for(
    hub: LocalHub, deploy: Deployer, route: str, checks: float
) -> None:
    deploy(wait=False)
    fault = Fault("GET", route, times=1, status=429, headers={"Retry-After": "30"})
    hub.scenario.faults = [fault]
    _read(hub, deploy)
    clock.sleep(checks)
    before = clock.now()
    assert not deploy(wait=False).changed
    assert clock.now() - before >= 30


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_that_came_ahead_is_not_requested_again(
    hub: LocalHub, deploy: Deployer, status: int
) -> None:
    hub.scenario.faults = [Fault("GET", "/api/spaces/", times=9, status=status)]
    before = _read(hub, deploy)
    with pytest.raises(DeployError):
        deploy(wait=False)
    assert len(hub.requests) == before


def test_a_first_deploy_takes_one_request_more_for_the_history_that_is_not_there(
    hub: LocalHub, deploy: Deployer
) -> None:
    deploy(wait=False, space=SpaceId.parse("julia/another"))
    usual = len(hub.requests)
    _read(hub, deploy)
    assert deploy(wait=False).rollout.verdict is Verdict.COMMITTED
    assert len(hub.requests) == 2 * usual + 1


def test_an_answer_is_not_given_to_another_token(hub: LocalHub, deploy: Deployer) -> None:
    deploy(wait=False)
    before = _read(hub, deploy)
    assert spaces.find(connect(hub.url, "hf_read"), ID)
    assert len(hub.requests) == before + 1
