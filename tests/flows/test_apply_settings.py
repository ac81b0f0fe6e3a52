"""A Space's settings on a real Hub: asked for as far as needed, set where they differ."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from deployer.errors import DeployError, NotAllowed, UsageError
from deployer.events import Event, SettingsApplied, SettingsPlanned, Warned
from deployer.flows.apply_settings import apply_settings, plan_settings
from deployer.flows.operation import Operation
from deployer.rehearsal import Fault, LocalHub
from deployer.report.event_lines import event_line
from deployer.request import DeployRequest
from deployer.space.settings import NEVER, RequestedSettings, Secret, SettingsPlan, Variable
from deployer.space.space import SpaceId, Visibility
from deployer.world.hub import spaces
from deployer.world.hub.client import Client, connect
from tests.conftest import APP, SPACE, changes_asked
from tests.flows.conftest import Deployer

ID = SpaceId.parse(SPACE)
VALUE = "s3cr3t-v4lue"
KEY = Secret("API_KEY", VALUE)
MODEL = Variable("MODEL_ID", "org/model")


@pytest.fixture(name="client")
def _client(hub: LocalHub) -> Client:
    """A connection to a Hub that has the Space."""
    hub.add_space(SPACE, APP, private=True)
    return connect(hub.url, "hf_write")


def _operation(
    client: Client,
    requested: RequestedSettings,
    emit: Callable[[Event], None] = lambda _: None,
) -> Operation:
    request = DeployRequest(space=ID, here=Path.cwd(), settings=requested)
    return Operation(client, request, emit)


def _planned(client: Client, asked: RequestedSettings, *, committing: bool = False) -> SettingsPlan:
    space = spaces.find(client, ID)
    assert space is not None
    return plan_settings(_operation(client, asked), space, is_committing=committing)


def _settled(client: Client, asked: RequestedSettings, *, committing: bool = False) -> list[Event]:
    emitted: list[Event] = []
    plan = _planned(client, asked, committing=committing)
    apply_settings(_operation(client, asked, emitted.append), plan)
    return emitted


def _values(hub: LocalHub, kind: str) -> dict[str, str]:
    return {name: setting.value for name, setting in getattr(hub.space(SPACE), kind).items()}


def test_variables_and_secrets_are_set_once(client: Client, hub: LocalHub) -> None:
    asked = RequestedSettings(
        variables=(MODEL, Variable("EMPTY", "")), secrets=(KEY, Secret("PEM", "a\nb\n"))
    )
    emitted = _settled(client, asked)
    assert _values(hub, "variables") == {"MODEL_ID": "org/model", "EMPTY": ""}
    assert _values(hub, "secrets") == {"API_KEY": VALUE, "PEM": "a\nb\n"}
    assert [event_line(event) for event in emitted] == [
        "settings   variable MODEL_ID, variable EMPTY, secret API_KEY, secret PEM"
    ]
    before = len(changes_asked(hub))
    assert not _settled(client, asked)
    assert len(changes_asked(hub)) == before


def test_a_secret_is_sent_again_with_a_commit(client: Client, hub: LocalHub) -> None:
    _settled(client, RequestedSettings(secrets=(KEY,)))
    _settled(client, RequestedSettings(secrets=(Secret("API_KEY", "new"),)))
    assert _values(hub, "secrets") == {"API_KEY": VALUE}
    _settled(client, RequestedSettings(secrets=(Secret("API_KEY", "new"),)), committing=True)
    assert _values(hub, "secrets") == {"API_KEY": "new"}


def test_other_variables_are_only_removed_with_prune(client: Client, hub: LocalHub) -> None:
    _settled(client, RequestedSettings(variables=(MODEL, Variable("OLD", "1"))))
    _settled(client, RequestedSettings(variables=(MODEL,)))
    assert _values(hub, "variables").keys() == {"MODEL_ID", "OLD"}
    emitted = _settled(client, RequestedSettings(variables=(MODEL,), prune_variables=True))
    assert _values(hub, "variables").keys() == {"MODEL_ID"}
    assert emitted == [SettingsApplied(("variable OLD (removed)",))]


def test_hardware_sleep_time_and_visibility_are_set(client: Client, hub: LocalHub) -> None:
    asked = RequestedSettings(hardware="t4-small", sleep_time=3600, visibility=Visibility.PUBLIC)
    plan = _planned(client, asked)
    assert plan.names == ("hardware t4-small", "sleep time 3600 s", "visibility public")
    _settled(client, asked)
    space = hub.space(SPACE)
    assert (space.hardware, space.sleep_time) == ("t4-small", 3600)
    assert space.visibility == "public"
    assert len(changes_asked(hub)) == 2
    assert not _planned(client, asked).changes
    _settled(client, RequestedSettings(sleep_time=NEVER))
    assert hub.space(SPACE).sleep_time == NEVER


def test_only_the_needed_settings_are_requested(client: Client, hub: LocalHub) -> None:
    def asked_of(asked: RequestedSettings) -> list[str]:
        before = len(hub.requests)
        _planned(client, asked, committing=True)
        return [r.path.rpartition("/")[2] for r in hub.requests[before + 1 :]]

    assert not asked_of(RequestedSettings())
    assert not asked_of(
        RequestedSettings(hardware="t4", sleep_time=1, visibility=Visibility.PUBLIC)
    )
    assert not asked_of(RequestedSettings(push_secrets=True))
    # the names of the other kind, too, which must not be the same
    assert asked_of(RequestedSettings(variables=(MODEL,))) == ["variables", "secrets"]
    assert asked_of(RequestedSettings(prune_variables=True)) == ["variables"]
    assert asked_of(RequestedSettings(secrets=(KEY,))) == ["variables", "secrets"]


def test_a_visibility_that_the_hub_does_not_report_is_sent_with_a_commit(
    client: Client, hub: LocalHub
) -> None:
    hub.space(SPACE).visibility = Visibility.PROTECTED
    assert not _planned(client, RequestedSettings(visibility=Visibility.PRIVATE)).changes
    _settled(client, RequestedSettings(visibility=Visibility.PRIVATE), committing=True)
    assert hub.space(SPACE).visibility == "private"


def test_a_visibility_that_the_hub_reports_is_not_sent_again(client: Client) -> None:
    space, _ = spaces.find_with_files(client, ID)
    assert space.visibility == "private"
    asked = RequestedSettings(visibility=Visibility.PRIVATE)
    assert not plan_settings(_operation(client, asked), space, is_committing=True).changes


def test_a_new_space_has_its_hardware_and_visibility_already(
    deploy: Deployer, hub: LocalHub
) -> None:
    asked = RequestedSettings(hardware="zero-a10g", visibility=Visibility.PROTECTED)
    deploy(settings=asked, wait=False)
    space, _ = spaces.find_with_files(deploy.client(), ID)
    assert not plan_settings(_operation(deploy.client(), asked), space, is_committing=True).changes
    assert not hub.requests_to("/hardware|/settings")


def test_a_sleep_time_of_free_hardware_is_warned_about(hub: LocalHub) -> None:
    hub.add_space(SPACE, APP)
    emitted: list[Event] = []
    client = connect(hub.url, "hf_write", emitted.append)
    _settled(client, RequestedSettings(sleep_time=3600))
    assert [isinstance(event, Warned) and "48 hours" in event.message for event in emitted] == [
        True
    ]


def test_a_transient_error_is_retried(client: Client, hub: LocalHub) -> None:
    hub.scenario.faults = [
        Fault("POST", "/secrets", status=503),
        Fault("DELETE", "/variables", drop="after"),
    ]
    _settled(client, RequestedSettings(variables=(MODEL,)))
    _settled(client, RequestedSettings(secrets=(KEY,), prune_variables=True))
    assert _values(hub, "secrets") == {"API_KEY": VALUE}
    assert not _values(hub, "variables")


@pytest.mark.parametrize("status", [400, 403, 409])
def test_a_secret_that_the_hub_echoes_is_not_shown(
    client: Client, hub: LocalHub, status: int
) -> None:
    body = f'{{"error": "{VALUE} is no good value"}}'
    hub.scenario.faults = [Fault("POST", "/secrets", 99, status=status, body=body)]
    client = connect(hub.url, "hf_write")
    with pytest.raises(DeployError) as raised:
        _settled(client, RequestedSettings(secrets=(KEY,)))
    error = raised.value
    assert "API_KEY" in error.message and str(status) in error.cause
    assert VALUE not in repr((error, error.message, error.cause, error.fix))
    assert error.__cause__ is None and error.__suppress_context__
    assert not _values(hub, "secrets")


def test_a_token_that_may_not_change_settings_is_an_error(client: Client, hub: LocalHub) -> None:
    hub.scenario.faults = [Fault("POST", "/variables", status=403)]
    with pytest.raises(NotAllowed, match="set the variable MODEL_ID"):
        _settled(client, RequestedSettings(variables=(MODEL,)))


@pytest.mark.parametrize(
    ("first", "then", "fix"),
    [
        (
            RequestedSettings(secrets=(KEY,)),
            RequestedSettings(variables=(MODEL, Variable("API_KEY", "abc"))),
            "--secret API_KEY",
        ),
        (
            RequestedSettings(variables=(Variable("API_KEY", "abc"),)),
            RequestedSettings(secrets=(Secret("OTHER", "x1"), KEY)),
            "--variable API_KEY",
        ),
    ],
    ids=["a secret", "a variable"],
)
def test_a_name_that_the_other_kind_has_is_refused_before_anything_is_set(
    deploy: Deployer, hub: LocalHub, first: RequestedSettings, then: RequestedSettings, fix: str
) -> None:
    deploy(settings=first)
    before = len(changes_asked(hub))
    for attempt in (
        lambda: deploy(settings=then),
        lambda: deploy.plan(token="hf_write", settings=then),
    ):
        with pytest.raises(UsageError) as raised:
            attempt()
        assert "API_KEY" in raised.value.message and fix in raised.value.fix
    assert len(changes_asked(hub)) == before


def test_a_variable_that_is_pruned_leaves_its_name_to_a_secret(
    client: Client, hub: LocalHub
) -> None:
    _settled(client, RequestedSettings(variables=(Variable("API_KEY", "abc"),)))
    _settled(client, RequestedSettings(secrets=(KEY,), prune_variables=True))
    assert (_values(hub, "variables"), _values(hub, "secrets")) == ({}, {"API_KEY": VALUE})


def test_a_token_that_may_not_list_the_secrets_may_set_variables(
    client: Client, hub: LocalHub
) -> None:
    hub.scenario.faults = [Fault("GET", "/secrets", 99, status=403)]
    _settled(client, RequestedSettings(variables=(MODEL,)))
    assert _values(hub, "variables") == {"MODEL_ID": "org/model"}


def test_a_plan_lists_the_settings_that_would_change_and_changes_none(
    deploy: Deployer, hub: LocalHub
) -> None:
    deploy()
    asked = RequestedSettings(
        variables=(Variable("MODE", "fast"),), secrets=(Secret("KEY", "s3cret"),)
    )
    before = len(changes_asked(hub))
    result = deploy.plan(token="hf_write", settings=asked)
    assert result.settings == ("variable MODE", "secret KEY")
    assert [event.names for event in deploy.events_of(SettingsPlanned)] == [result.settings]
    assert len(changes_asked(hub)) == before
