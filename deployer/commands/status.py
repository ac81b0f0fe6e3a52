"""hf-deploy status: show what a Space is running and whether it is healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from deployer.commands import options
from deployer.commands.configured import Configured

if TYPE_CHECKING:
    from deployer.commands.reporter import CommandOutput
    from deployer.release.outcome import DeployResult

_BRIEFLY = 10.0  # seconds for the first healthy response, where nothing is waited for


@click.command(cls=Configured)
@options.options(options.TARGET, options.WATCH, options.LIMITS)
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
    """Show what SPACE (owner/name) is running, which source commit that is, which commits were not
    made by hf-deploy, and whether the app is healthy. Changes nothing, and leaves a Space that is
    asleep asleep. Without --wait, the app has 10 seconds for a healthy response, and --timeout,
    --verify and --soak do nothing, and --max-cpu and --max-memory are about what it uses now.

    With --wait, continue a deploy that was not waited for: result, exit code and JSON are those of
    `hf-deploy deploy`, but nothing is restarted or rolled back. A release that is seen healthy is
    marked as verified, if the token may. A read token is enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.reporter import CommandOutput
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.report.outputs import status_outputs
    from deployer.report.status import status_error_json, status_json, status_lines

    session = Session.open(
        space=given["space"],
        endpoint=given["endpoint"],
        as_json=as_json,
        command="status",
        readonly_json=None if is_waiting else status_error_json,
    )
    source = click.get_current_context().get_parameter_source("health_timeout")
    if source is ParameterSource.DEFAULT and not is_waiting:
        given["health_timeout"] = _BRIEFLY
    if not is_waiting:
        given["verify"] = None  # it is not run
        del given["soak"]  # and what is measured is measured at once

    def body() -> DeployResult | CommandOutput:
        request = build_request({"keep": (), **given}, session.context)
        from deployer.flows.operation import Operation
        from deployer.flows.status import read_status, wait_for_head

        operation = Operation(session.connect(request.space), request, session.emit)
        if is_waiting:
            return wait_for_head(operation)
        status = read_status(operation)
        code = status.exit_code if exit_code else 0
        error = status.error if code else None
        lines, json = list(status_lines(status)), status_json(status, code)
        outputs = status_outputs(status)
        return CommandOutput(lines, json, code, error, status=status, outputs=outputs)

    return session.run(body)
