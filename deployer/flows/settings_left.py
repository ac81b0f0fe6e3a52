"""Tell which settings a Space has and the one that its release is promoted to lacks.

Settings are each Space's own: none is copied, and of secrets the Hub shows the names only.
"""

from __future__ import annotations

from collections.abc import Iterator

from deployer.config import format_duration
from deployer.errors import DeployError
from deployer.flows.operation import Operation
from deployer.release.status import SERVING
from deployer.space.settings import NEVER
from deployer.space.space import Runtime, Space, Stage
from deployer.world.hub import settings

_DEFAULT_HARDWARE = "cpu-basic"


def warn_of_missing(operation: Operation, origin: Space, space: Space | None) -> None:
    """Warn of the variables, the secrets, the hardware, the sleep time and the volumes of `origin`
    that the operation's Space would not have, be it as it is or as requested.
    """
    for warning in _of_names(operation, origin, space):
        operation.warn(warning)
    for warning in _of_runtime(operation, origin, space):
        operation.warn(warning)


def _of_names(operation: Operation, origin: Space, space: Space | None) -> Iterator[str]:
    client, requested = operation.client, operation.request.settings
    if client.token is None:
        return
    try:
        theirs = settings.names(client, origin.id)
        ours = settings.names(client, space.id) if space else settings.Names()
    except DeployError as error:
        yield f"variables and secrets not compared: {error.summary}"
        return
    variables = theirs.variables - ours.variables - {one.name for one in requested.variables}
    secrets = theirs.secrets - ours.secrets - {one.name for one in requested.secrets}
    if variables:
        yield _missing(operation, origin, "variables", variables, "--variable NAME=value")
    if secrets:
        yield _missing(operation, origin, "secrets", secrets, "--secret NAME")


def _missing(
    operation: Operation, origin: Space, kind: str, names: frozenset[str], option: str
) -> str:
    shown = ", ".join(sorted(names))
    return f"{operation.space} lacks {kind} of {origin.id}: {shown}; set them with {option}"


def _of_runtime(operation: Operation, origin: Space, space: Space | None) -> Iterator[str]:
    requested = operation.request.settings
    theirs, ours = origin.runtime, space.runtime if space else None
    hardware = requested.hardware or (ours.requested if ours else _DEFAULT_HARDWARE)
    if None not in (theirs.requested, hardware) and theirs.requested != hardware:
        yield (
            f"{origin.id} runs on {theirs.requested}, {operation.space} on {hardware}; "
            "change it with --hardware"
        )
    sleep_time = requested.sleep_time or _sleep_time(ours or theirs)
    wanted = _sleep_time(theirs)
    if wanted and sleep_time and wanted != sleep_time:
        yield (
            f"{origin.id} {_sleeps(wanted)}, {operation.space} {_sleeps(sleep_time)}; "
            "change it with --sleep-time"
        )
    missing = [path for path in theirs.volumes if ours is None or path not in ours.volumes]
    if missing:
        yield (
            f"{operation.space} lacks volumes of {origin.id}: {', '.join(missing)}; "
            "add them in its settings"
        )


def _sleep_time(runtime: Runtime) -> int | None:
    """In seconds, or NEVER; None where it is not known: the Hub says it of a running Space only."""
    if runtime.stage not in SERVING and runtime.stage != Stage.SLEEPING:
        return None
    return runtime.sleep_time if (runtime.sleep_time or 0) > 0 else NEVER


def _sleeps(seconds: int) -> str:
    return "never sleeps" if seconds == NEVER else f"sleeps after {format_duration(seconds)}"
