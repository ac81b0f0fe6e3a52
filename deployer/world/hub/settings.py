"""The settings of a Space on the Hub: read as far as needed, and set one by one."""

from __future__ import annotations

import warnings

from deployer.errors import DeployError
from deployer.events import Warned
from deployer.space.settings import (
    CurrentSettings,
    RequestedSettings,
    Secret,
    SettingsPlan,
    Variable,
)
from deployer.space.space import Space, SpaceId, Visibility
from deployer.world.hub.client import Client
from deployer.world.hub.errors import is_missing, status_of

# https://huggingface.co/docs/hub/spaces-gpus#sleep-time
_SLEEPS_AS_IT_LIKES = "cpu-basic"


def present(client: Client, space: Space, asked: RequestedSettings) -> CurrentSettings:
    """The settings that a Space has. Asks only for what is needed to compare it with `asked`."""
    where, api = str(space.id), client.api
    variables = secrets = None
    if asked.variables or asked.prune_variables:
        variables = client.call_with_retry(
            lambda: api.get_space_variables(where), f"read {where}'s variables"
        )
    if asked.secrets:
        secrets = client.call_with_retry(
            lambda: api.get_space_secrets(where), f"list {where}'s secrets"
        )
    return CurrentSettings(
        private=space.private,
        visibility=space.visibility,
        variables={name: variable.value for name, variable in (variables or {}).items()},
        secret_names=frozenset(secrets or ()),
        hardware=space.runtime.requested,
        sleep_time=space.runtime.sleep_time,
    )


def apply(client: Client, space: SpaceId, plan: SettingsPlan) -> None:
    """Change a Space's settings as planned: who may see it first, the secrets last.

    Raises the DeployError of the first that the Hub refuses; those before it are changed then.
    """
    if plan.visibility is not None:
        _show(client, space, plan.visibility)
    if plan.hardware is not None:
        _equip(client, space, plan.hardware, plan.sleep_time)
    elif plan.sleep_time is not None:
        _let_sleep(client, space, plan.sleep_time)
    for variable in plan.set_variables:
        _set_variable(client, space, variable)
    for name in plan.delete_variables:
        _delete_variable(client, space, name)
    for secret in plan.set_secrets:
        _set_secret(client, space, secret)


def _show(client: Client, space: SpaceId, visibility: Visibility) -> None:
    client.call_with_retry(
        lambda: client.api.update_repo_settings(
            str(space), repo_type="space", visibility=visibility.value  # type: ignore[arg-type]
        ),
        f"make {space} {visibility}",
    )


def _equip(client: Client, space: SpaceId, hardware: str, sleep_time: int | None) -> None:
    def asked() -> None:
        client.api.request_space_hardware(
            str(space), hardware, sleep_time=sleep_time  # type: ignore[arg-type]
        )

    with warnings.catch_warnings(action="ignore"):
        client.call_with_retry(asked, f"give {space} the hardware {hardware}")
    if sleep_time is not None:
        _warn_of_sleep(client, hardware)


def _let_sleep(client: Client, space: SpaceId, seconds: int) -> None:
    with warnings.catch_warnings(action="ignore"):
        runtime = client.call_with_retry(
            lambda: client.api.set_space_sleep_time(str(space), seconds),
            f"set the sleep time of {space}",
        )
    _warn_of_sleep(client, runtime.requested_hardware)


def _warn_of_sleep(client: Client, hardware: str | None) -> None:
    if hardware == _SLEEPS_AS_IT_LIKES:
        client.emit(Warned("A Space on cpu-basic falls asleep after 48 hours, whatever is asked."))


def _set_variable(client: Client, space: SpaceId, variable: Variable) -> None:
    client.call_with_retry(
        lambda: client.api.add_space_variable(str(space), variable.name, variable.value),
        f"set the variable {variable.name} of {space}",
    )


def _delete_variable(client: Client, space: SpaceId, name: str) -> None:
    try:
        client.call_with_retry(
            lambda: client.api.delete_space_variable(str(space), name),
            f"delete the variable {name} of {space}",
        )
    except DeployError as error:
        # gone already: somebody was faster, or the answer to our own request was lost
        if status_of(error) != 404 or is_missing(error):
            raise


def _set_secret(client: Client, space: SpaceId, secret: Secret) -> None:
    try:
        client.call_with_retry(
            lambda: client.api.add_space_secret(str(space), secret.name, secret.value),
            f"set the secret {secret.name} of {space}",
        )
    except DeployError as error:
        raise _silenced(error) from None


def _silenced(error: DeployError) -> DeployError:
    """The error without the Hub's own words, which may repeat the secret, whole or in part."""
    status = status_of(error)
    if status is None:
        return error
    return type(error)(
        error.message,
        cause=f"{status}; what the Hub says to it is not shown, as it may repeat the secret",
        fix=error.fix,
    )
