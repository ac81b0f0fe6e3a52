"""Every request has an end, and so have all of them together before a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx2
import pytest
from huggingface_hub.utils import get_session

from deployer.errors import HubError
from deployer.events import Warned
from deployer.flows import deploy as flow
from deployer.flows import rollback as manual
from deployer.flows.status import read_status
from deployer.flows.validate import validate
from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.release.plan import Plan
from deployer.release.verdict import Verdict
from deployer.space.settings import RequestedSettings, Secret, Variable
from deployer.space.space import SpaceId
from deployer.world import clock
from deployer.world.hub import budget, session, spaces
from deployer.world.hub.client import connect
from tests.conftest import APP, CARD, SPACE, Repo, commits_sent
from tests.flows.conftest import Deployer

# pylint: disable=missing-function-docstring  # the names are the sentences

pytestmark = pytest.mark.usefixtures("no_waits")

BUILDING = Step("BUILDING", log=("--> building\n",), polls=1)
HEALTHY = Build(steps=(BUILDING, Step("RUNNING")))
BROKEN = Build(steps=(BUILDING, Step("BUILD_ERROR")))
SETTINGS = RequestedSettings(
    variables=(Variable("MODE", "new"),), secrets=(Secret("KEY", "s3cret"),), hardware="t4-small"
)
MINUTES = 60.0
PUT = ("PUT", "/_lfs/")


@pytest.fixture(name="sent")
def _sent() -> Iterator[list[httpx2.Request]]:
    """The requests that are sent to the Hub."""
    found: list[httpx2.Request] = []
    hooks = get_session().event_hooks
    get_session().event_hooks = {**hooks, "request": [*hooks["request"], found.append]}
    yield found
    get_session().event_hooks = hooks


@pytest.fixture(name="old")
def _old(hub: LocalHub, repo: Repo, deploy: Deployer) -> dict[str, bytes]:
    """The files of a verified release; the repository has changes to deploy since."""
    hub.scenario.builds = [HEALTHY]
    repo.commit({"app.py": b"old", "model.bin": b"\0old"})
    assert deploy().rollout.verdict is Verdict.LIVE
    files = hub.files(SPACE)
    changed = {"app.py": b"new", "model.bin": b"\0new", "more.bin": b"\0more"}
    repo.commit({**changed, "README.md": CARD + b"# New\n"})
    return files


def test_every_request_has_a_timeout(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], sent: list[httpx2.Request]
) -> None:
    assert deploy(settings=SETTINGS).rollout.verdict is Verdict.LIVE
    read_status(deploy.operation())
    assert manual.roll_back(deploy.operation(), "1").rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) == old
    hub.scenario.builds = [BROKEN, HEALTHY]
    assert deploy().exit_code == 8
    routes = ("/tree/", "/commits/", "/refs", "/runtime", "/host", "/preupload/", "/commit/")
    routes += ("/validate-yaml", "/objects/batch", "/_lfs/", "/secrets", "/tag/", "/hardware")
    for route in routes:
        assert [request for request in sent if route in request.url.path], route
    for request in sent:
        timeout = request.extensions["timeout"]
        is_read = request.method in ("GET", "HEAD") and "/logs/" not in request.url.path
        assert 0 < timeout["connect"] <= 10 or "/logs/" in request.url.path, request.url
        for part in ("read", "write", "pool"):
            assert 0 < timeout[part] <= (20 if is_read else 120), request.url


@pytest.mark.parametrize(
    "request_",
    [
        ("GET", r"/api/spaces/julia/demo\?expand"),
        ("GET", "/commits/"),
        ("GET", "/tree/"),
        ("POST", "/preupload/"),
        ("POST", "/objects/batch"),
        PUT,
        ("POST", "/commit/"),
        ("GET", "/runtime"),
    ],
    ids=" ".join,
)
def test_a_request_that_is_never_answered_is_sent_again(
    hub: LocalHub,
    deploy: Deployer,
    old: dict[str, bytes],
    request_: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("_READ_TIMEOUT", "_TIMEOUT"):
        limits = getattr(session, name)
        monkeypatch.setattr(session, name, {**limits, "read": limits["read"] / 40})
    hub.scenario.faults = [Fault(*request_, delay=600.0)]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) != old


def test_a_log_that_never_ends_is_read_for_a_while(
    hub: LocalHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.add_space(SPACE, APP)
    building = Step("BUILDING", log=("--> building\n",))
    hub.scenario.builds = [Build(steps=(building, Step("BUILD_ERROR")))]
    hub.commit(SPACE, {"app.py": b"new"})
    hub.wait_until(lambda: hub.space(SPACE).runtime.stage == "BUILD_ERROR")
    hub.scenario.close_logs, hub.scenario.keep_alive = False, 0.05
    monkeypatch.setattr(spaces, "_LOG_TIMEOUT", 1.0)
    client = connect(hub.url, "hf_write")
    lines = spaces.log_tail(client, SpaceId.parse(SPACE), build=True, lines=9)
    assert "--> building" in lines


@pytest.mark.parametrize("header", [("Retry-After", "99999999"), ("RateLimit", '"api";r=0;t=9999')])
def test_no_response_has_a_deploy_wait_for_more_than_five_minutes(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes], header: tuple[str, str]
) -> None:
    before = clock.now()
    hub.scenario.faults = [Fault("GET", "/tree/", status=429, headers=dict([header]))]
    assert deploy(wait=False).rollout.verdict is Verdict.COMMITTED
    assert hub.files(SPACE) != old
    assert 300 <= clock.now() - before < 310


def test_a_hub_that_keeps_failing_is_left_after_the_time_for_all_requests(
    hub: LocalHub, deploy: Deployer, repo: Repo, old: dict[str, bytes]
) -> None:
    repo.commit({f"{number}.bin": b"\0" + bytes([number]) for number in range(200)})
    before = clock.now()
    # each upload succeeds at last, but in minutes
    hub.scenario.faults = [
        Fault(*PUT, times=1, after=number, status=429, headers={"Retry-After": "99"})
        for number in range(0, 999, 2)
    ]
    with pytest.raises(HubError) as raised:
        deploy()
    assert 15 * MINUTES <= clock.now() - before < 25 * MINUTES
    assert "out of time" in raised.value.message
    assert "nothing was committed" in raised.value.cause
    assert "last failure: PUT /_lfs/" in raised.value.cause and "429" in raised.value.cause
    assert hub.files(SPACE) == old and commits_sent(hub) == 1


def test_a_large_upload_gets_more_time() -> None:
    events: list[object] = []
    with budget.limited(events.append):
        budget.allow_upload(3_600_000_000)
        budget.allow_upload(3_600_000_000)  # the same files again
        limit = budget.current()
        assert limit is not None
        request = httpx2.Request("GET", "http://127.0.0.1/")
        clock.sleep(74 * MINUTES)
        limit.check(request)
        clock.sleep(2 * MINUTES)
        with pytest.raises(budget.BudgetSpent):
            limit.check(request)
    assert budget.current() is None and not events


def test_a_person_may_take_any_time_over_a_question(hub: LocalHub, deploy: Deployer) -> None:
    hub.add_space(SPACE, {"README.md": b"", "theirs.txt": b"x"})

    def confirm(_: Plan) -> bool:
        clock.sleep(120 * MINUTES)
        return True

    operation = replace(deploy.operation(wait=False), confirm=confirm)
    assert flow.deploy(operation, validate(operation.request, operation.emit)).changed


def test_a_rollback_after_a_long_build_is_made(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes]
) -> None:
    hub.scenario.builds = [BROKEN, HEALTHY]
    hub.scenario.faults = [Fault("GET", "/runtime", after=1, conflict=_pass(16 * MINUTES))]
    result = deploy(timeout=60 * MINUTES)
    assert result.exit_code == 8 and hub.files(SPACE) == old


def test_the_time_for_a_rollback_does_not_depend_on_the_timeout(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes]
) -> None:
    hub.scenario.builds = [BROKEN, HEALTHY]
    wait = {"Retry-After": "280"}
    fault = Fault("GET", "/tree/", 2, status=429, headers=wait)
    hub.scenario.faults = [Fault("GET", "/host", conflict=lambda: _inject(hub, [fault]))]
    result = deploy(timeout=MINUTES)
    assert result.exit_code == 8 and hub.files(SPACE) == old


def test_a_rollback_ends_after_its_own_time(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes]
) -> None:
    hub.scenario.builds = [BROKEN, HEALTHY]
    wait = {"Retry-After": "280"}
    faults = [Fault("GET", path, 4, status=429, headers=wait) for path in ("/tree/", "/refs")]
    hub.scenario.faults = [Fault("GET", "/host", conflict=lambda: _inject(hub, faults))]
    result = deploy(timeout=MINUTES)
    assert hub.files(SPACE) != old
    assert (result.rollout.verdict, result.exit_code) == (Verdict.BUILD_FAILED, 7)
    assert "rollback failed" in result.rollout.warnings[0]
    assert "out of time" in result.rollout.warnings[0]


def _pass(seconds: float) -> Callable[[], None]:
    return lambda: clock.sleep(seconds)


def _inject(hub: LocalHub, faults: list[Fault]) -> None:
    hub.scenario.faults = faults


def test_long_waits_for_the_storage_of_large_files_are_reported(
    hub: LocalHub, deploy: Deployer, old: dict[str, bytes]
) -> None:
    hub.scenario.faults = [Fault(*PUT, times=8, status=503)]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) != old
    waits = [one.message for one in deploy.events_of(Warned) if "sent again" in one.message]
    assert waits and all("PUT /_lfs/" in text and "503" in text for text in waits)


def test_a_wait_is_reported_once(hub: LocalHub, deploy: Deployer, old: dict[str, bytes]) -> None:
    hub.scenario.faults = [
        Fault("GET", r"/api/spaces/julia/demo\?expand", 3, status=503),
        Fault("GET", "/tree/", 3, status=503),
    ]
    assert deploy().rollout.verdict is Verdict.LIVE
    assert hub.files(SPACE) != old
    messages = [one.message for one in deploy.events_of(Warned)]
    # the warning of the other wait goes to the client's own listener
    assert [text for text in messages if "sent again" in text] == [messages[0]]
    assert "/tree/" in messages[0] and "after 4 s" in messages[0]
