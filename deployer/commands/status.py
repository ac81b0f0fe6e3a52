"""hf-deploy status: what a Space runs now, and whether it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.commands.readonly import CommandOutput
    from deployer.release.outcome import DeployResult

_WATCHED, _GLANCED = 60.0, 10.0  # seconds for the app to answer well


@click.command(cls=options.Configured)
@options.options(options.TARGET)
@click.option("--exit-code", is_flag=True, help="End with 9 where it is not well, 6 where drifted.")
@click.option(
    "--wait", "attached", is_flag=True, help="Watch its head until that runs, as a deploy does."
)
@options.option("--health-path", help="Ask this path of the app; only a 2xx answer is well.")
@options.option(
    "--health-timeout",
    type=options.Duration(),
    help="For the app to answer well: 10s, with --wait 60s.",
)
@options.option(
    "--timeout",
    type=options.Duration(),
    default="45m",
    show_default=True,
    help="With --wait: for build and start.",
)
@options.option("--verify", metavar="COMMAND", help="With --wait: run this by bash, too.")
@options.option(
    "--verify-timeout",
    type=options.Duration(),
    default="60s",
    show_default=True,
    help="For that command.",
)
@options.option(
    "--soak",
    type=options.Duration(),
    default="0s",
    show_default=True,
    help="With --wait: look for so long more whether the app stays well.",
)
@options.as_json
def command(*, exit_code: bool, attached: bool, as_json: bool, **given: Any) -> int:
    """Say what SPACE (owner/name) runs, which commit of the source that is, who else committed, and
    whether the app answers. Changes nothing, and leaves a sleeping Space asleep.

    With --wait, go on with a deploy that nobody waited for: its end, exit code and JSON are those
    of `hf-deploy deploy`, but nothing is restarted or rolled back. A release that is seen healthy
    is marked as verified, where the token may. A token that may read is enough; a public Space
    needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.readonly import CommandOutput, ReadOnlySession
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.report.status import status_failure, status_json, status_lines

    known = {"space": given["space"], "endpoint": given["endpoint"], "as_json": as_json}
    session = (
        Session.open(**known) if attached else ReadOnlySession.open(**known, failure=status_failure)
    )
    given["health_timeout"] = given["health_timeout"] or (_WATCHED if attached else _GLANCED)

    def watched() -> DeployResult:
        request = build_request({"keep": (), **given}, session.context)
        from deployer.flows.status import attach

        return attach(session.connect(request.space), request, session.console.emit)

    def looked() -> CommandOutput:
        request = build_request({"keep": (), **given}, session.context)
        from deployer.flows.status import look

        status = look(session.connect(request.space), request, session.console.emit)
        code = status.standing.exit_code if exit_code else 0
        error = status.error if code else None
        return CommandOutput(list(status_lines(status)), status_json(status, code), code, error)

    return session.show(looked) if isinstance(session, ReadOnlySession) else session.run(watched)
