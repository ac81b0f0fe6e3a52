"""hf-deploy status: show what a Space is running and whether it is healthy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.commands.reporter import CommandOutput
    from deployer.release.outcome import DeployResult

_WAITED, _AT_ONCE = 60.0, 10.0  # seconds for the app's first healthy response


@click.command(cls=options.Configured)
@options.options(options.TARGET)
@click.option("--exit-code", is_flag=True, help="Exit with 9 if unhealthy, 6 if drifted.")
@click.option(
    "--wait",
    "is_waiting",  # what the config file says of `wait` is about deploys
    is_flag=True,
    help="Wait until the head runs and is healthy, as a deploy does.",
)
@options.option("--health-path", metavar="PATH", help="Path to probe; healthy on a 2xx response.")
@options.option(
    "--health-timeout",
    type=options.Duration(),
    help="Timeout for the first healthy response. Default: 10s, with --wait 60s.",
)
@options.option(
    "--timeout",
    type=options.Duration(),
    default="45m",
    show_default=True,
    help="With --wait: timeout for the build and the start of the app.",
)
@options.option(
    "--verify",
    metavar="COMMAND",
    help="With --wait: shell command that must also succeed for the app to be healthy.",
)
@options.option(
    "--verify-timeout",
    type=options.Duration(),
    default="60s",
    show_default=True,
    help="Timeout for the --verify command.",
)
@options.option(
    "--soak",
    type=options.Duration(),
    default="0s",
    show_default=True,
    help="With --wait: time to keep probing the app after its first healthy response.",
)
@options.as_json
def command(*, exit_code: bool, is_waiting: bool, as_json: bool, **given: Any) -> int:
    """Show what SPACE (owner/name) is running, which source commit that is, which commits were not
    made by hf-deploy, and whether the app is healthy. Changes nothing, and leaves a Space that is
    asleep asleep.

    With --wait, continue a deploy that was not waited for: result, exit code and JSON are those of
    `hf-deploy deploy`, but nothing is restarted or rolled back. A release that is seen healthy is
    marked as verified, if the token may. A read token is enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.reporter import CommandOutput
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.report.status import status_error_json, status_json, status_lines

    session = Session.open(
        space=given["space"],
        endpoint=given["endpoint"],
        as_json=as_json,
        readonly_json=None if is_waiting else status_error_json,
    )
    given["health_timeout"] = given["health_timeout"] or (_WAITED if is_waiting else _AT_ONCE)

    def body() -> DeployResult | CommandOutput:
        request = build_request({"keep": (), **given}, session.context)
        from deployer.flows.operation import Operation
        from deployer.flows.status import read_status, wait_for_head

        operation = Operation(session.connect(request.space), request, session.emit)
        if is_waiting:
            return wait_for_head(operation)
        status = read_status(operation)
        code = status.state.exit_code if exit_code else 0
        error = status.error if code else None
        return CommandOutput(list(status_lines(status)), status_json(status, code), code, error)

    return session.run(body)
