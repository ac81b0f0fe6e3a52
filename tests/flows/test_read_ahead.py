"""What is read while the files are still being checked is read once, and decides nothing alone."""

from __future__ import annotations

import pytest

from deployer.rehearsal import Fault, LocalHub
from deployer.release.verdict import Verdict
from deployer.space.space import SpaceId
from deployer.world.hub import ahead, commits, spaces
from deployer.world.hub.client import connect
from tests.conftest import SPACE, Repo
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits", "_nothing_left")

ID = SpaceId.parse(SPACE)


@pytest.fixture(name="_nothing_left")
def _nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test takes the answers of another."""
    monkeypatch.setattr(ahead, "_answers", {})
    monkeypatch.setattr(ahead, "_reading", [])


def _read(hub: LocalHub, deploy: Deployer) -> int:
    """Read the Space ahead; returns how many requests there were by then."""
    before = len(hub.requests)
    commits.read_ahead(deploy.client(), ID)
    hub.wait_until(lambda: len(hub.requests) == before + 2)
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


@pytest.mark.parametrize("route", [r"/api/spaces/julia/demo\?expand", "/commits/"])
@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"status": 200, "body": "[]"}, {"status": 404}],
    ids=["failed", "nonsense", "not found"],
)
def test_what_could_not_be_read_ahead_is_requested_when_it_is_needed(
    hub: LocalHub, deploy: Deployer, route: str, fault: dict[str, object]
) -> None:
    deploy(wait=False)
    hub.scenario.faults = [Fault("GET", route, times=1, **fault)]  # type: ignore[arg-type]
    commits.read_ahead(deploy.client(), ID)
    hub.wait_until(lambda: not hub.scenario.faults or hub.requests_to(route, "GET"))
    assert not deploy(wait=False).changed


def test_an_answer_is_not_given_to_another_token(hub: LocalHub, deploy: Deployer) -> None:
    deploy(wait=False)
    before = _read(hub, deploy)
    assert spaces.find(connect(hub.url, "hf_read"), ID)
    assert len(hub.requests) == before + 1
