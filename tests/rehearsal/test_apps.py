"""The app of a scripted Space answers at a URL of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import httpx2
import pytest
from huggingface_hub import HfApi

from deployer.rehearsal import App, Build, LocalHub, Step, scripted_runtime
from deployer.rehearsal.store import HostedSpace

Push = Callable[..., str]
WEB = httpx2.Client()


def statuses(space: HostedSpace, *paths: str) -> list[int]:
    """The statuses of the app's answers at these paths."""
    return [WEB.get(space.url + path).status_code for path in paths]


def test_an_app_answers_as_the_scenario_says(hub: LocalHub) -> None:
    app = App(status=302, paths={"/health": 500, "/ok": 200}, headers={"Location": "/x"})
    space = hub.add_space("julia/app", {"app.py": b""}, app=app)
    assert statuses(space, "/", "/health", "/ok") == [302, 500, 200]
    assert WEB.get(space.url).headers["location"] == "/x"


def test_an_app_can_fail_at_first(hub: LocalHub) -> None:
    space = hub.add_space("julia/app", {"app.py": b""}, app=App(statuses=(503, 500, 200)))
    assert statuses(space, "/", "/", "/", "/") == [503, 500, 200, 200]


def test_an_app_can_need_time_to_start(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    space = hub.add_space("julia/app", {"app.py": b""}, app=App(after=300.0))
    assert statuses(space, "/") == [503]
    later = time.monotonic() + 300
    monkeypatch.setattr(scripted_runtime, "time", SimpleNamespace(monotonic=lambda: later))
    assert statuses(space, "/") == [200]


def test_an_app_can_hang(hub: LocalHub) -> None:
    space = hub.add_space("julia/app", {"app.py": b""}, app=App(hang=True))
    with pytest.raises(httpx2.ReadTimeout):
        WEB.get(space.url, timeout=httpx2.Timeout(60.0, read=0.1))


def test_the_old_app_answers_while_the_new_one_is_built(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    steps = [Step("BUILDING", polls=1), Step("RUNNING")]
    hub.scenario.builds = [Build(steps=steps, app=App(status=201))]
    oid = push({"a.txt": b"1"})
    assert statuses(space, "/") == [200]
    api.get_space_runtime(space.id)
    hub.wait_until(lambda: space.running == oid)
    assert statuses(space, "/") == [201]


@pytest.mark.parametrize("stage", ["BUILD_ERROR", "RUNTIME_ERROR", "SLEEPING", "PAUSED"])
def test_without_a_running_app_the_answer_is_503(
    hub: LocalHub, space: HostedSpace, push: Push, stage: str
) -> None:
    hub.scenario.builds = [Build(steps=[Step(stage)])]
    push({"a.txt": b"1"})
    assert statuses(space, "/") == [503]


def test_new_settings_keep_the_app(hub: LocalHub, api: HfApi) -> None:
    space = hub.add_space("julia/app", {"app.py": b""}, app=App(status=201))
    api.add_space_variable("julia/app", "MODE", "fast")
    assert statuses(space, "/") == [201]


def test_a_private_app_answers_members_only(hub: LocalHub) -> None:
    space = hub.add_space("julia/app", {"app.py": b""}, private=True)
    assert statuses(space, "/") == [404]
    for token, status in (("hf_read", 200), ("hf_wrong", 404)):
        headers = {"Authorization": f"Bearer {token}"}
        assert WEB.get(space.url, headers=headers).status_code == status


def test_a_protected_app_answers_everyone(hub: LocalHub, api: HfApi) -> None:
    space = hub.add_space("julia/app", {"app.py": b""})
    api.update_repo_settings(space.id, repo_type="space", visibility="protected")
    assert api.space_info(space.id).private
    assert statuses(space, "/") == [200]


def test_every_space_has_a_url_of_its_own(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    other = hub.add_space("julia/other", {"app.py": b""}, app=App(status=201))
    assert (statuses(space, "/"), statuses(other, "/")) == ([200], [201])
    assert api.space_info("julia/other").host == other.url
    host = WEB.get(f"{hub.url}/api/spaces/julia/other/host").json()
    assert host == {"host": other.url, "subdomain": "julia-other"}


def test_requests_to_apps_are_recorded_apart_from_those_to_the_hub(
    hub: LocalHub, space: HostedSpace
) -> None:
    WEB.get(f"{space.url}/health?deep=1", headers={"Authorization": "Bearer hf_write"})
    (visit,) = hub.visits
    assert (visit.path, visit.query, visit.status) == ("/health", "deep=1", 200)
    assert visit.token is not None
    assert not hub.requests
