"""A scripted Space goes through the stages of a real one."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import BadRequestError, HfHubHTTPError

from deployer.rehearsal import App, Build, LocalHub, Scenario, Step
from deployer.rehearsal.store import HostedSpace

Push = Callable[..., str]
SLOW = Build(steps=(Step("BUILDING", polls=2), Step("APP_STARTING", polls=2), Step("RUNNING")))


def poll(api: HfApi, times: int) -> list[tuple[str, str | None]]:
    """The stage and the running commit, polled so many times."""
    answers = (api.get_space_runtime("julia/app").raw for _ in range(times))
    return [(raw["stage"], raw.get("sha")) for raw in answers]


def test_a_commit_runs_at_once_by_default(api: HfApi, space: HostedSpace, push: Push) -> None:
    oid = push({"a.txt": b"1"})
    assert poll(api, 1) == [("RUNNING", oid)]
    assert space.running == oid


def test_the_old_commit_is_shown_while_the_new_one_is_built(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    old = space.head
    hub.scenario.builds = [SLOW]
    new = push({"a.txt": b"1"})
    assert poll(api, 5) == [
        ("RUNNING_BUILDING", old),
        ("RUNNING_BUILDING", old),
        ("RUNNING_APP_STARTING", old),
        ("RUNNING_APP_STARTING", old),
        ("RUNNING", new),
    ]


def test_no_commit_is_shown_before_the_first_start(hub: LocalHub, api: HfApi, push: Push) -> None:
    hub.add_space("julia/app", {"app.py": b""}, stage="NO_APP_FILE")
    hub.scenario.builds = [SLOW]
    new = push({"a.txt": b"1"})
    stages = ["BUILDING", "BUILDING", "APP_STARTING", "APP_STARTING"]
    assert poll(api, 5) == [*((stage, None) for stage in stages), ("RUNNING", new)]


def test_a_slow_hub_shows_the_old_stage_for_a_while(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    old = space.head
    hub.scenario.builds = [Build(stale_polls=2)]
    new = push({"a.txt": b"1"})
    assert poll(api, 3) == [("RUNNING", old), ("RUNNING", old), ("RUNNING", new)]


@pytest.mark.usefixtures("space")
def test_stages_last_as_long_as_the_scenario_says(hub: LocalHub, push: Push) -> None:
    hub.scenario.builds = [
        Build(stale=0.05, steps=(Step("BUILDING", seconds=0.05), Step("RUNNING")))
    ]
    started = time.monotonic()
    new = push({"a.txt": b"1"})
    hub.wait_until(lambda: hub.space("julia/app").running == new)
    assert time.monotonic() - started >= 0.1


@pytest.mark.usefixtures("space")
@pytest.mark.parametrize(
    ("stages", "message"),
    [
        (("BUILDING", "BUILD_ERROR"), "Job failed with exit code: 1"),
        (("CONFIG_ERROR",), "Missing configuration in README"),
        (("BUILDING", "APP_STARTING", "RUNTIME_ERROR"), "Exit code: 1"),
        (("NO_APP_FILE",), None),
        (("BUILDING", "SLEEPING"), None),
        (("SOMETHING_NEW",), None),
    ],
)
def test_a_build_can_fail(
    hub: LocalHub, api: HfApi, push: Push, stages: tuple[str, ...], message: str | None
) -> None:
    hub.scenario.builds = [Build(steps=[Step(stage) for stage in stages], message=message)]
    push({"a.txt": b"1"})
    raw = api.get_space_runtime("julia/app").raw
    assert (raw["stage"], raw.get("errorMessage"), raw.get("sha")) == (stages[-1], message, None)


@pytest.mark.usefixtures("space")
def test_the_running_commit_can_be_hidden(hub: LocalHub, api: HfApi, push: Push) -> None:
    hub.scenario.builds = [Build(sha=False)]
    push({"a.txt": b"1"})
    assert poll(api, 1) == [("RUNNING", None)]


@pytest.mark.usefixtures("space")
def test_builds_are_used_in_order_and_the_last_repeats(
    hub: LocalHub, api: HfApi, push: Push
) -> None:
    hub.scenario.builds = [Build(steps=[Step("BUILD_ERROR")]), Build()]
    stages: list[str] = []
    for number in range(3):
        push({"a.txt": b"%d" % number})
        stages += [stage for stage, _ in poll(api, 1)]
    assert stages == ["BUILD_ERROR", "RUNNING", "RUNNING"]


def test_a_newer_commit_cancels_the_build_of_an_older_one(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    hub.scenario.builds = [Build(steps=[Step("BUILDING", seconds=60), Step("RUNNING")]), Build()]
    push({"a.txt": b"1"})
    assert hub.space(space.id).stage == "RUNNING_BUILDING"
    newest = push({"a.txt": b"2"})
    assert poll(api, 1) == [("RUNNING", newest)]


def test_a_restart_builds_again_and_needs_a_write_token(
    hub: LocalHub, api: HfApi, reader: HfApi, space: HostedSpace
) -> None:
    hub.scenario.builds = [SLOW]
    assert api.restart_space(space.id).stage == "BUILDING"
    assert poll(api, 1) == [("RUNNING_BUILDING", space.head)]
    with pytest.raises(HfHubHTTPError) as error:
        reader.restart_space(space.id)
    assert error.value.response.status_code == 403


def test_a_paused_space_stays_paused_until_a_restart(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    assert api.pause_space(space.id).stage == "PAUSED"
    raw = api.get_space_runtime(space.id).raw
    assert raw["hardware"]["current"] is None and "gcTimeout" not in raw
    newest = push({"a.txt": b"1"})
    assert poll(api, 1) == [("PAUSED", None)]
    api.restart_space(space.id)
    hub.wait_until(lambda: space.running == newest)


def test_a_static_space_always_runs_and_can_not_be_restarted(
    hub: LocalHub, api: HfApi, push: Push
) -> None:
    hub.add_space("julia/app", {"index.html": b""}, sdk="static")
    hub.scenario.builds = [Build(steps=[Step("BUILDING", polls=9), Step("BUILD_ERROR")])]
    push({"a.txt": b"1"})
    assert poll(api, 1) == [("RUNNING", None)]
    for call in (api.restart_space, api.pause_space):
        with pytest.raises(BadRequestError):
            call("julia/app")


def test_new_settings_restart_a_running_app(hub: LocalHub, api: HfApi, space: HostedSpace) -> None:
    hub.scenario.settings_restart = Build(
        steps=[Step("APP_STARTING", polls=1), Step("RUNNING")], app=None
    )
    head = space.head
    api.add_space_variable(space.id, "MODE", "fast", description="how")
    assert poll(api, 2) == [("RUNNING_APP_STARTING", head), ("RUNNING", head)]
    assert api.get_space_variables(space.id)["MODE"].description == "how"
    api.add_space_secret(space.id, "KEY", "shh")
    assert poll(api, 2)[0] == ("RUNNING_APP_STARTING", head)
    api.request_space_hardware(space.id, "t4-small")
    assert poll(api, 2)[0] == ("RUNNING_APP_STARTING", head)
    api.delete_space_secret(space.id, "KEY")
    assert api.get_space_secrets(space.id) == {}
    api.delete_space_variable(space.id, "MODE")
    assert api.get_space_variables(space.id) == {}


def test_new_settings_use_no_build_of_the_scenario(
    hub: LocalHub, api: HfApi, space: HostedSpace, push: Push
) -> None:
    hub.scenario.builds = [Build(steps=[Step("BUILD_ERROR")]), Build()]
    api.add_space_variable(space.id, "MODE", "fast")
    assert poll(api, 1) == [("RUNNING", space.head)]
    push({"a.txt": b"1"})
    assert poll(api, 1) == [("BUILD_ERROR", None)]
    api.add_space_variable(space.id, "MODE", "slow")
    assert poll(api, 1) == [("BUILD_ERROR", None)]


def test_a_secret_is_listed_without_its_value(
    hub: LocalHub, api: HfApi, space: HostedSpace
) -> None:
    api.add_space_secret(space.id, "KEY", "shh")
    assert list(api.get_space_secrets(space.id)) == ["KEY"]
    assert hub.space(space.id).secrets["KEY"].value == "shh"
    with pytest.raises(BadRequestError):
        api.add_space_secret(space.id, "NOT-A-NAME", "x")
    with pytest.raises(HfHubHTTPError):
        api.delete_space_secret(space.id, "MISSING")


def test_the_sleep_time_can_be_set(api: HfApi, space: HostedSpace) -> None:
    api.set_space_sleep_time(space.id, 3600)
    assert api.get_space_runtime(space.id).sleep_time == 3600


def test_a_space_can_be_put_into_any_stage(hub: LocalHub, api: HfApi) -> None:
    hub.add_space("julia/app", {"app.py": b""}, stage="SLEEPING")
    assert poll(api, 1) == [("SLEEPING", None)]
    hub.add_space("julia/old", {"app.py": b""}, running="1" * 40)
    assert api.get_space_runtime("julia/old").raw["sha"] == "1" * 40
    hub.add_space("julia/quiet", {"app.py": b""}, running=None)
    raw = api.get_space_runtime("julia/quiet").raw
    assert (raw["stage"], "sha" in raw) == ("RUNNING", False)


def test_waiting_times_out(hub: LocalHub, space: HostedSpace) -> None:
    with pytest.raises(TimeoutError):
        hub.wait_until(lambda: space.stage == "PAUSED", timeout=0.05)


def test_a_hub_can_start_with_a_scenario() -> None:
    scenario = Scenario(builds=[Build(steps=[Step("BUILD_ERROR")])])
    with LocalHub(scenario=scenario) as hub:
        space = hub.add_space("julia/app", {"app.py": b""}, app=App(status=204))
        hub.commit("julia/app", {"a": b""})
        hub.wait_until(lambda: space.stage == "BUILD_ERROR")
