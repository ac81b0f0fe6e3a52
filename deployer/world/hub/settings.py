"""The settings of a Space on the Hub: read those that are needed, and change them one by one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

from deployer.errors import DeployError, NotAllowed
from deployer.events import Warned
from deployer.space.settings import (
    CurrentSettings,
    RequestedSettings,
    Secret,
    SettingsPlan,
    Variable,
)
from deployer.space.space import Space, SpaceId, Visibility
from deployer.world.hub.client import Answer, Client
from deployer.world.hub.errors import is_missing, status_of

# https://huggingface.co/docs/hub/spaces-gpus#sleep-time
_FIXED_SLEEP_TIME = "cpu-basic"


def current_settings(client: Client, space: Space, requested: RequestedSettings) -> CurrentSettings:
    """The settings of a Space, as far as they are needed for a comparison with `requested`."""
    variables, secrets = requested.variables or requested.prune_variables, requested.secrets
    return CurrentSettings(
        private=space.private,
        visibility=space.visibility,
        variables=_if_allowed(variables, secrets, lambda: _variables(client, space.id), {}),
        secret_names=_if_allowed(
            secrets, requested.variables, lambda: _secret_names(client, space.id), frozenset()
        ),
        hardware=space.runtime.requested,
        sleep_time=space.runtime.sleep_time,
    )


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a Space's variables and secrets."""

    variables: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()


def names(client: Client, space: SpaceId) -> Names:
    """The names of a Space's variables and secrets. Raises NotAllowed for other people's Spaces."""
    client = client.at_once()
    return Names(frozenset(_variables(client, space)), _secret_names(client, space))


def _if_allowed(
    is_required: object, is_useful: object, read: Callable[[], Answer], otherwise: Answer
) -> Answer:
    """What is read if it is required; if it is only useful, to find names that collide, a token
    that may not read it is no error.
    """
    if is_required:
        return read()
    try:
        return read() if is_useful else otherwise
    except NotAllowed:
        return otherwise


def _variables(client: Client, space: SpaceId) -> dict[str, str]:
    found = client.call_with_retry(
        lambda: client.api.get_space_variables(str(space)), f"list the variables of {space}"
    )
    return {name: variable.value for name, variable in found.items()}


def _secret_names(client: Client, space: SpaceId) -> frozenset[str]:
    return frozenset(
        client.call_with_retry(
            lambda: client.api.get_space_secrets(str(space)), f"list the secrets of {space}"
        )
    )


def apply(client: Client, space: SpaceId, plan: SettingsPlan) -> None:
    """Change the settings of a Space as planned. Raises the DeployError of the first that fails."""
    if plan.visibility is not None:
        _set_visibility(client, space, plan.visibility)
    if plan.hardware is not None:
        _set_hardware(client, space, plan.hardware, plan.sleep_time)
    elif plan.sleep_time is not None:
        _set_sleep_time(client, space, plan.sleep_time)
    for variable in plan.set_variables:
        _set_variable(client, space, variable)
    for name in plan.delete_variables:
        _delete_variable(client, space, name)
    for secret in plan.set_secrets:
        _set_secret(client, space, secret)


def _set_visibility(client: Client, space: SpaceId, visibility: Visibility) -> None:
    client.call_with_retry(
        lambda: client.api.update_repo_settings(
            str(space), repo_type="space", visibility=visibility.value  # type: ignore[arg-type]
        ),
        f"set the visibility of {space} to {visibility}",
    )


def _set_hardware(client: Client, space: SpaceId, hardware: str, sleep_time: int | None) -> None:
    def request() -> None:
        client.api.request_space_hardware(
            str(space), hardware, sleep_time=sleep_time  # type: ignore[arg-type]
        )

    with warnings.catch_warnings(action="ignore"):
        client.call_with_retry(request, f"set the hardware of {space} to {hardware}")
    if sleep_time is not None:
        _warn_of_fixed_sleep_time(client, hardware)


def _set_sleep_time(client: Client, space: SpaceId, seconds: int) -> None:
    with warnings.catch_warnings(action="ignore"):
        runtime = client.call_with_retry(
            lambda: client.api.set_space_sleep_time(str(space), seconds),
            f"set the sleep time of {space}",
        )
    _warn_of_fixed_sleep_time(client, runtime.requested_hardware)


def _warn_of_fixed_sleep_time(client: Client, hardware: str | None) -> None:
    if hardware == _FIXED_SLEEP_TIME:
        client.emit(
            Warned("the sleep time has no effect: a Space on cpu-basic sleeps after 48 hours")
        )


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
        # already deleted: by someone else, or by a request of ours whose response was lost
        if status_of(error) != 404 or is_missing(error):
            raise


def _set_secret(client: Client, space: SpaceId, secret: Secret) -> None:
    try:
        client.call_with_retry(
            lambda: client.api.add_space_secret(str(space), secret.name, secret.value),
            f"set the secret {secret.name} of {space}",
        )
    except DeployError as error:
        raise _without_hub_message(error) from None


def _without_hub_message(error: DeployError) -> DeployError:
    """The error without the message of the Hub, which may repeat the secret, whole or in part."""
    status = status_of(error)
    if status is None:
        return error
    return type(error)(
        error.message,
        cause=f"{status}; the message of the Hub is hidden, as it may repeat the secret",
        fix=error.fix,
    )
