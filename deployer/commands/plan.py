"""hf-deploy plan: what a deploy would do, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.events import Event
    from deployer.release.outcome import DeployResult
    from deployer.request import DeployRequest


@click.command(cls=options.Configured)
@options.options(options.TARGET, options.SOURCE, options.SETTINGS)
@click.option("--exit-code", is_flag=True, help="End with 1 where there is something to deploy.")
@click.option("--explain", metavar="PATH", help="Only say whether this path ships, and why.")
@options.as_json
def command(*, explain: str | None, exit_code: bool, as_json: bool, **given: Any) -> int:
    """Compare the files that git tracks with SPACE (owner/name), and change nothing.

    Each path comes with a sign: + to add, ~ to update, - to delete, = kept on the Space. A token
    that may read is enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.events import Planned, SettingsPlanned
    from deployer.report import terminal

    session = Session.open(space=given["space"], endpoint=given["endpoint"], as_json=as_json)
    if explain is not None:
        return _explain(build_request(given, session.context), explain)

    def emit(event: Event) -> None:
        if isinstance(event, Planned):
            session.console.tell_plan(event, whole=not as_json)
        elif isinstance(event, SettingsPlanned):
            session.console.say([terminal.event_line(event)], on_stdout=not as_json)
        else:
            session.console.emit(event)

    def body() -> DeployResult:
        request = build_request(given, session.context)
        session.hide(request.settings.secrets)
        session.get_ready()
        from deployer.flows.validate import validate

        parcel = validate(request, emit)
        from deployer.flows.deploy import dry_run

        outcome = dry_run(session.connect(request.space), request, parcel, emit)
        differs = outcome.settings or (outcome.plan and outcome.plan.changes)
        if exit_code and differs:
            return replace(outcome, rollout=replace(outcome.rollout, code=1))
        return outcome

    return session.run(body)


def _explain(request: DeployRequest, path: str) -> int:
    # pylint: disable=import-outside-toplevel
    from deployer.flows.validate import take_snapshot
    from deployer.report import terminal

    click.echo(terminal.printable(terminal.explanation(take_snapshot(request), request.keep, path)))
    return 0
