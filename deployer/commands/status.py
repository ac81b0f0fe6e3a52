"""hf-deploy status: show what a Space is running and whether it is healthy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from deployer.commands import options
from deployer.commands.configured import Configured, caller_gave, found_config

if TYPE_CHECKING:
    from deployer.commands.reporter import CommandOutput
    from deployer.release.outcome import DeployResult, ErrorDetails
    from deployer.release.status import Status
    from deployer.request import DeployRequest

_BRIEFLY = 10.0  # seconds for the first healthy response, where nothing is waited for


@click.command(cls=Configured)
@options.space_argument(required=False)
@options.options(options.HUB, options.WATCH, options.LIMITS)
@click.option(
    "--exit-code",
    is_flag=True,
    help="Exit with 9 if unhealthy, 6 if drifted, 5 if paused by the Hub.",
)
@click.option(
    "--wait",
    "is_waiting",  # what the config file says of `wait` is about deploys
    is_flag=True,
    help="Wait until the head runs and is healthy, as a deploy does.",
)
@options.as_json
def command(*, exit_code: bool, is_waiting: bool, as_json: bool, **given: Any) -> int:
    """Show what SPACE (owner/name, or an environment of the config file) is running, which source
    commit that is, which commits were not made by hf-deploy, and whether the app is healthy.
    Without SPACE, show all environments in a table. Changes nothing, and leaves a Space that is
    asleep asleep. Without --wait, the app has 10 seconds for a healthy response, --timeout,
    --verify and --soak do nothing, and --max-cpu and --max-memory are about what it uses now.

    With --wait, continue a deploy that was not waited for: result, exit code and JSON are those of
    `hf-deploy deploy`, but nothing is restarted or rolled back. A release that is seen healthy is
    marked as verified, if the token may. A read token is enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session

    is_all = _is_of_all(given, is_waiting=is_waiting)
    session = Session.open(
        space=None if is_all else given["space"],
        endpoint=given["endpoint"],
        as_json=as_json,
        command="status",
        readonly_json=None if is_waiting else _error_json(is_all=is_all),
    )

    def build(in_effect: dict[str, Any]) -> DeployRequest:
        in_effect = {"keep": (), **in_effect}
        return build_request(in_effect if is_waiting else _brief(in_effect), session.context)

    def body() -> DeployResult | CommandOutput:
        if is_all:
            from deployer.commands.environments import status_of_all

            return status_of_all(session, build, exit_code=exit_code)
        from deployer.flows.operation import Operation
        from deployer.flows.status import read_status, wait_for_head

        request = build(given)
        operation = Operation(session.connect(request.space), request, session.emit)
        if is_waiting:
            return wait_for_head(operation)
        return _output(read_status(operation), exit_code=exit_code)

    return session.run(body)


def _is_of_all(given: Mapping[str, Any], *, is_waiting: bool) -> bool:
    """Whether all environments are asked for: there are some, and the caller names no Space."""
    context = click.get_current_context()
    found = found_config(context)
    is_named = caller_gave(context, "space") or (found and found.environment)
    if found is not None and found.environments and not is_named:
        if is_waiting:
            raise click.UsageError("--wait needs a SPACE to wait for", context)
        return True
    if given["space"] is None:
        raise click.MissingParameter(param=context.command.params[0], ctx=context)
    return False


def _brief(given: dict[str, Any]) -> dict[str, Any]:
    """The options where nothing is waited for: `verify` is not run, what is measured is measured
    at once, and the app has less time.
    """
    source = click.get_current_context().get_parameter_source("health_timeout")
    timeout = _BRIEFLY if source is ParameterSource.DEFAULT else given["health_timeout"]
    brief = {name: value for name, value in given.items() if name != "soak"}
    return brief | {"verify": None, "health_timeout": timeout}


def _error_json(*, is_all: bool) -> Callable[[ErrorDetails, int, str | None], str]:
    # pylint: disable=import-outside-toplevel
    from deployer.report.environments import environments_error_json
    from deployer.report.status import status_error_json

    return environments_error_json if is_all else status_error_json


def _output(status: Status, *, exit_code: bool) -> CommandOutput:
    # pylint: disable=import-outside-toplevel
    from deployer.commands.reporter import CommandOutput
    from deployer.report.outputs import status_outputs
    from deployer.report.status import status_json, status_lines

    code = status.exit_code if exit_code else 0
    error = status.error if code else None
    lines, json = list(status_lines(status)), status_json(status, code)
    outputs = status_outputs(status)
    return CommandOutput(lines, json, code, error, status=status, outputs=outputs)
