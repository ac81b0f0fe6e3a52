"""The state of the Spaces of all environments, which are asked at the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from deployer.commands.configured import found_config, in_environment
from deployer.commands.reporter import CommandOutput
from deployer.errors import DeployError
from deployer.events import Event, Warned
from deployer.flows.operation import Operation
from deployer.flows.status import read_status
from deployer.release.environment_status import (
    EnvironmentStatus,
    error_of_all,
    worst_exit_code,
)
from deployer.release.outcome import ErrorDetails
from deployer.report.environments import environment_lines, environments_json
from deployer.request import DeployRequest
from deployer.world.parallel import run_all

if TYPE_CHECKING:
    from deployer.commands.session import Session

BuildRequest = Callable[[dict[str, Any]], DeployRequest]


def status_of_all(session: Session, build: BuildRequest, *, exit_code: bool) -> CommandOutput:
    """The state of every environment; `build` makes a request of the options in effect for one.

    What keeps one from being read is in its row. Raises UsageError for options that are invalid in
    one of them.
    """
    calls = [
        partial(_read, session, name, request, exit_code)
        for name, request in _requests(build).items()
    ]
    found = run_all(calls)
    return CommandOutput(
        list(environment_lines(found)),
        environments_json(found),
        worst_exit_code(found),
        error_of_all(found),
        environments=found,
    )


def _requests(build: BuildRequest) -> dict[str, DeployRequest]:
    """A request for each environment, with its options in effect."""
    context = click.get_current_context()
    found, requests = found_config(context), {}
    for name in found.environments if found else ():
        with in_environment(context, name).scope() as inner:
            requests[name] = build(inner.params)
    return requests


def _read(
    session: Session, name: str, request: DeployRequest, exit_code: bool
) -> EnvironmentStatus:
    def emit(event: Event) -> None:
        if isinstance(event, Warned):  # what is on the way to each would only be noise
            session.emit(replace(event, message=f"{name}: {event.message}"))

    space = str(request.space)
    try:
        operation = Operation(session.connect(request.space), request, emit)
        status = read_status(operation)
    except DeployError as error:
        return EnvironmentStatus(name, space, None, ErrorDetails.of(error), error.exit_code)
    code = status.exit_code if exit_code else 0
    return EnvironmentStatus(name, space, status, status.error, code)
