"""The logs: replayed from their first line, followed, cut, and replaced by a new build."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import httpx2
import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from deployer.rehearsal import Build, Fault, LocalHub, Step
from deployer.rehearsal.store import HostedSpace

Push = Callable[..., str]
WEB = httpx2.Client()
STREAM = {"Authorization": "Bearer hf_write"}
LOGGING_BUILD = Build(
    steps=[
        Step("BUILDING", log=["--> RUN pip install\n", "Collecting gradio\n"], polls=1),
        Step("APP_STARTING", log=["Loading\n"], polls=1),
        Step("RUNNING", log=["Ready\n"]),
    ],
    run_log=["Hello\n", "two\nlines\n"],
)


@pytest.fixture(name="building")
def _building(hub: LocalHub, space: HostedSpace, push: Push) -> tuple[HostedSpace, str]:
    """A Space that has started LOGGING_BUILD, and the commit that is built."""
    hub.scenario.builds = [LOGGING_BUILD]
    return space, push({"a.txt": b"1"})


def open_log(hub: LocalHub, kind: str) -> Iterator[httpx2.Response]:
    """Open the stream of a log, as a browser does."""
    url = f"{hub.url}/api/spaces/julia/app/logs/{kind}"
    with WEB.stream("GET", url, headers=STREAM, timeout=60) as answer:
        yield answer


def test_a_build_log_names_its_commit_and_ends_with_the_build(
    api: HfApi, building: tuple[HostedSpace, str]
) -> None:
    space, oid = building
    api.get_space_runtime(space.id)
    lines = list(api.fetch_space_logs(space.id, build=True))
    assert lines[0].startswith("===== Build Queued at ")
    assert lines[0].endswith(f" / Commit SHA: {oid[:7]} =====\n")
    assert lines[1:] == ["--> RUN pip install\n", "Collecting gradio\n"]


def test_a_build_log_is_followed_while_it_grows(
    api: HfApi, building: tuple[HostedSpace, str]
) -> None:
    space, _ = building
    seen: list[str] = []
    for line in api.fetch_space_logs(space.id, build=True, follow=True):
        seen.append(line)
        if line == "Collecting gradio\n":
            # this poll lets the build go on, which ends its log
            api.get_space_runtime(space.id)
    assert seen[-1] == "Collecting gradio\n"


def test_a_run_log_starts_with_the_start_of_the_app(
    hub: LocalHub, api: HfApi, building: tuple[HostedSpace, str]
) -> None:
    space, oid = building
    for _ in range(2):
        api.get_space_runtime(space.id)
    hub.wait_until(lambda: space.running == oid)
    hub.scenario.builds = [Build(steps=[Step("BUILD_ERROR")])]
    assert space.run_log.splitlines()[1:] == ["Hello", "two", "lines", "Loading", "Ready"]
    assert space.run_log.startswith("===== Application Startup at ")
    hub.commit(space.id, {"b.txt": b""})
    assert list(api.fetch_space_logs(space.id))[1:3] == ["Hello\n", "two\n"]


def test_a_new_build_starts_a_new_log(
    hub: LocalHub, api: HfApi, building: tuple[HostedSpace, str]
) -> None:
    space, _ = building
    hub.scenario.builds = [Build(steps=[Step("BUILDING", log=["again\n"]), Step("RUNNING")])]
    oid = hub.commit(space.id, {"b.txt": b""})
    lines = list(api.fetch_space_logs(space.id, build=True))
    assert [oid[:7] in lines[0], lines[1:]] == [True, ["again\n"]]


def test_a_new_build_ends_the_stream_of_the_old_log(
    hub: LocalHub, building: tuple[HostedSpace, str]
) -> None:
    for answer in open_log(hub, "build"):
        lines = answer.iter_lines()
        assert "Build Queued" in next(lines)
        hub.commit(building[0].id, {"b.txt": b""})
        assert list(lines)[-2].startswith("data: {")


def test_the_log_of_a_factory_restart_names_its_commit_and_of_a_restart_does_not(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    api.restart_space(space.id)
    hub.wait_until(lambda: not space.runtime.is_busy)
    assert "Commit SHA" not in space.build_log
    api.restart_space(space.id, factory_reboot=True)
    hub.wait_until(lambda: not space.runtime.is_busy)
    assert f"Commit SHA: {space.head[:7]}" in space.build_log


def test_there_is_no_log_before_the_first_build(hub: LocalHub, api: HfApi) -> None:
    hub.add_space("julia/new", {"app.py": b""}, stage="NO_APP_FILE")
    for build in (True, False):
        with pytest.raises(HfHubHTTPError) as error:
            list(api.fetch_space_logs("julia/new", build=build))
        assert error.value.response.status_code == 404


def test_logs_are_for_members_only(stranger: HfApi, space: HostedSpace) -> None:
    with pytest.raises(HfHubHTTPError) as error:
        list(stranger.fetch_space_logs(space.id, build=True))
    assert error.value.response.status_code == 401


def test_a_log_that_was_cut_is_replayed_from_its_first_line(
    hub: LocalHub,
    api: HfApi,
    building: tuple[HostedSpace, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space, _ = building
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hub.scenario.faults.append(Fault("GET", "/logs/build", cut_after_events=2))
    api.get_space_runtime(space.id)
    lines = list(api.fetch_space_logs(space.id, build=True, follow=True))
    assert lines[1:] == ["--> RUN pip install\n", "Collecting gradio\n"]
    assert len(hub.requests_to("/logs/build")) == 2


@pytest.mark.usefixtures("building")
def test_a_stream_is_dated_and_its_events_have_times(hub: LocalHub) -> None:
    for answer in open_log(hub, "build"):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "date" in answer.headers
        assert '"timestamp": "20' in next(answer.iter_lines())


@pytest.mark.usefixtures("building")
def test_a_silent_stream_is_kept_alive(hub: LocalHub) -> None:
    hub.scenario.keep_alive = 0.01
    for answer in open_log(hub, "build"):
        assert next(line for line in answer.iter_lines() if line == "data:")


def test_a_log_can_stay_open_after_its_build(
    hub: LocalHub, api: HfApi, building: tuple[HostedSpace, str]
) -> None:
    space, oid = building
    hub.scenario.close_logs = False
    for _ in range(2):
        api.get_space_runtime(space.id)
    hub.wait_until(lambda: space.running == oid)
    url = f"{hub.url}/api/spaces/{space.id}/logs/build"
    with pytest.raises(httpx2.ReadTimeout):
        WEB.get(url, headers=STREAM, timeout=httpx2.Timeout(60.0, read=0.2))


def test_stages_are_streamed_as_they_change(hub: LocalHub, space: HostedSpace) -> None:
    hub.scenario.builds = [Build(steps=[Step("BUILDING", polls=1), Step("RUNNING")])]
    with WEB.stream("GET", f"{hub.url}/api/spaces/{space.id}/events") as answer:
        lines = (line for line in answer.iter_lines() if line.startswith("data: {"))
        assert '"stage": "RUNNING"' in next(lines)
        threading.Thread(target=hub.commit, args=(space.id, {"a.txt": b""})).start()
        assert '"stage": "RUNNING_BUILDING"' in next(lines)
