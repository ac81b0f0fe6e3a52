"""Injected faults look to the client like those of the real Hub."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from json import JSONDecodeError

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from deployer.rehearsal import Fault, LocalHub
from deployer.rehearsal.store import HostedSpace

WEB = httpx2.Client()
Push = Callable[..., str]


def test_a_fault_applies_as_often_as_the_scenario_says(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    fault = Fault("GET", "/runtime$", times=2, after=1, status=503, body='{"error": "tired"}')
    hub.scenario.faults.append(fault)
    outcomes: list[int] = []
    for _ in range(4):
        try:
            api.get_space_runtime(space.id)
            outcomes.append(200)
        except HfHubHTTPError as error:
            assert "tired" in str(error)
            outcomes.append(error.response.status_code)
    assert outcomes == [200, 503, 503, 200]


@pytest.mark.usefixtures("space")
def test_the_client_waits_as_long_as_a_rate_limit_says(
    hub: LocalHub, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    limit = {"RateLimit": '"api";r=0;t=0'}
    hub.scenario.faults.append(Fault("POST", "/preupload/", status=429, headers=limit))
    push({"a.txt": b"1"})
    assert sum(waits) >= 1
    assert [r.status for r in hub.requests_to("/preupload/")] == [429, 200]


def test_a_commit_stays_when_its_answer_is_lost(
    hub: LocalHub, space: HostedSpace, push: Push
) -> None:
    hub.scenario.faults.append(Fault("POST", "/commit/", drop="after"))
    with pytest.raises(httpx2.RemoteProtocolError):
        push({"a.txt": b"1"})
    assert hub.commits(space.id)[0].title == "A change"
    assert [r.status for r in hub.requests_to("/commit/")] == [None]


def test_a_lost_request_changes_nothing(hub: LocalHub, space: HostedSpace, push: Push) -> None:
    hub.scenario.faults.append(Fault("POST", "/commit/", drop="before"))
    with pytest.raises(httpx2.RemoteProtocolError):
        push({"a.txt": b"1"})
    assert len(hub.commits(space.id)) == 1
    assert push({"a.txt": b"1"}) == space.head


def test_a_retry_after_a_lost_answer_is_a_conflict(
    hub: LocalHub, space: HostedSpace, push: Push
) -> None:
    parent = space.head
    hub.scenario.faults.append(Fault("POST", "/commit/", drop="after"))
    with pytest.raises(httpx2.RemoteProtocolError):
        push({"a.txt": b"1"}, parent=parent)
    with pytest.raises(HfHubHTTPError) as error:
        push({"b.txt": b"1"}, parent=parent)
    assert error.value.response.status_code == 412


def test_someone_else_can_commit_first(hub: LocalHub, space: HostedSpace, push: Push) -> None:
    meanwhile = Fault("POST", "/commit/", conflict=lambda: hub.commit(space.id, {"f.txt": b""}))
    hub.scenario.faults.append(meanwhile)
    with pytest.raises(HfHubHTTPError, match="The branch was updated"):
        push({"a.txt": b"1"}, parent=space.head)
    assert sorted(hub.files(space.id)) == ["README.md", "app.py", "f.txt"]


def test_an_answer_can_be_delayed(hub: LocalHub, space: HostedSpace) -> None:
    hub.scenario.faults.append(Fault("*", "/runtime", delay=2.0))
    url = f"{hub.url}/api/spaces/{space.id}/runtime"
    with pytest.raises(httpx2.ReadTimeout):
        WEB.get(url, timeout=httpx2.Timeout(60.0, read=0.05))
    assert WEB.get(url).status_code == 200


@pytest.mark.usefixtures("space")
def test_a_fault_can_match_the_query(hub: LocalHub) -> None:
    hub.scenario.faults.append(Fault("GET", r"\?expand=sha$", times=99, status=500))
    base = f"{hub.url}/api/spaces/julia/app"
    assert WEB.get(f"{base}?expand=sha").status_code == 500
    assert WEB.get(base).status_code == 200


def test_the_first_of_several_faults_applies(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    hub.scenario.faults += [Fault("GET", "/runtime", status=500), Fault("GET", "/", status=502)]
    with pytest.raises(HfHubHTTPError) as error:
        api.get_space_runtime(space.id)
    assert error.value.response.status_code == 500
    # the second fault counted that request, too, and applies once
    assert api.get_space_runtime(space.id).stage == "RUNNING"


def test_a_request_can_hang(hub: LocalHub, space: HostedSpace, push: Push) -> None:
    hub.scenario.faults.append(Fault("POST", "/commit/", hang=True))
    url = f"{hub.url}/api/spaces/{space.id}/commit/main"
    with pytest.raises(httpx2.ReadTimeout):
        WEB.post(url, content=b"{}", timeout=httpx2.Timeout(60.0, read=0.05))
    assert len(hub.commits(space.id)) == 1
    assert push({"a.txt": b"1"}) == space.head


def test_a_hub_stops_while_a_request_hangs(api: HfApi, hub: LocalHub, space: HostedSpace) -> None:
    hub.scenario.faults.append(Fault("GET", "/runtime", hang=True))
    with ThreadPoolExecutor(1) as thread:
        hanging = thread.submit(api.get_space_runtime, space.id)
        hub.wait_until(lambda: hub.requests_to("/runtime"))
        hub.stop()
        assert isinstance(hanging.exception(10), httpx2.NetworkError | httpx2.RemoteProtocolError)


def test_an_answer_can_be_cut_in_its_middle(hub: LocalHub, space: HostedSpace, push: Push) -> None:
    hub.scenario.faults.append(Fault("POST", "/commit/", drop="within"))
    with pytest.raises(httpx2.RemoteProtocolError):
        push({"a.txt": b"1"})
    assert hub.commits(space.id)[0].title == "A change"


def test_an_answer_can_stall_in_its_middle(hub: LocalHub, space: HostedSpace) -> None:
    hub.scenario.faults.append(Fault("GET", "/runtime", drop="within", hang=True))
    url = f"{hub.url}/api/spaces/{space.id}/runtime"
    with pytest.raises(httpx2.ReadTimeout):
        with WEB.stream("GET", url, timeout=httpx2.Timeout(60.0, read=0.1)) as answer:
            assert answer.status_code == 200
            answer.read()
    assert WEB.get(url).json()["stage"] == "RUNNING"


def test_a_log_stream_can_be_cut_in_the_middle_of_an_event(
    hub: LocalHub, space: HostedSpace
) -> None:
    hub.scenario.faults.append(Fault("GET", "/logs/build", drop="within"))
    url = f"{hub.url}/api/spaces/{space.id}/logs/build"
    headers = {"authorization": "Bearer hf_write"}
    with pytest.raises(httpx2.RemoteProtocolError):
        WEB.get(url, headers=headers)
    assert WEB.get(url, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("rewrite", "body"),
    [
        (lambda _: b"", b""),
        (lambda _: b"{}", b"{}"),
        (lambda body: body[:10], b'{"stage":"'),
        (lambda _: b"[]", b"[]"),
    ],
    ids=["empty body", "empty object", "first bytes", "list"],
)
def test_a_body_can_be_another(
    hub: LocalHub, space: HostedSpace, rewrite: Callable[[bytes], bytes], body: bytes
) -> None:
    hub.scenario.faults.append(Fault("GET", "/runtime", rewrite=rewrite))
    url = f"{hub.url}/api/spaces/{space.id}/runtime"
    answer = WEB.get(url)
    assert (answer.status_code, answer.content) == (200, body)
    assert answer.headers["content-length"] == str(len(body))
    assert WEB.get(url).json()["stage"] == "RUNNING"


def test_a_request_takes_effect_although_its_answer_is_a_page(
    hub: LocalHub, space: HostedSpace, push: Push
) -> None:
    page = {"content-type": "text/html"}
    hub.scenario.faults.append(
        Fault("POST", "/commit/", rewrite=lambda _: b"<html>Log in</html>", headers=page)
    )
    with pytest.raises(JSONDecodeError):
        push({"a.txt": b"1"})
    assert hub.commits(space.id)[0].title == "A change"


def test_a_request_takes_effect_although_its_status_is_an_error(
    hub: LocalHub, space: HostedSpace, push: Push
) -> None:
    hub.scenario.faults.append(Fault("POST", "/commit/", status=502, rewrite=lambda body: body))
    with pytest.raises(HfHubHTTPError, match="502"):
        push({"a.txt": b"1"})
    assert hub.commits(space.id)[0].title == "A change"


def test_a_file_can_have_the_bytes_of_another(hub: LocalHub, space: HostedSpace) -> None:
    hub.scenario.faults.append(Fault("GET", "/resolve/", rewrite=lambda _: b"of another"))
    url = f"{hub.url}/spaces/{space.id}/resolve/main/app.py"
    assert WEB.get(url).content == b"of another"
    assert WEB.get(url).content == b"print(1)\n"
