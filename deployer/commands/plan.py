"""hf-deploy plan: what a deploy would change, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.release.outcome import DeployResult
    from deployer.request import DeployRequest


@click.command(cls=options.Configured)
@options.options(options.TARGET, options.SOURCE, options.SETTINGS)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there are changes to deploy.")
@click.option(
    "--explain",
    metavar="PATH",
    help="Show whether PATH would be deployed, and which rule decides.",
)
@options.as_json
def command(*, explain: str | None, exit_code: bool, as_json: bool, **given: Any) -> int:
    """Compare the files that git tracks with SPACE (owner/name), and change nothing.

    Each path has a sign: + to add, ~ to update, - to delete, = kept on the Space. A read token is
    enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session

    session = Session.open(
        space=given["space"], endpoint=given["endpoint"], as_json=as_json, is_plan=True
    )
    if explain is not None:
        return _explain(build_request(given, session.context), explain)

    def body() -> DeployResult:
        request = build_request(given, session.context)
        session.hide(request.settings.secrets)
        session.preload()
        from deployer.flows.validate import validate

        valid = validate(request, session.emit)
        from deployer.flows.deploy import dry_run
        from deployer.flows.operation import Operation

        operation = Operation(session.connect(request.space), request, session.emit)
        result = dry_run(operation, valid)
        if exit_code and result.has_changes:
            return replace(result, rollout=replace(result.rollout, code=1))
        return result

    return session.run(body)


def _explain(request: DeployRequest, path: str) -> int:
    # pylint: disable=import-outside-toplevel
    from deployer.flows.validate import snapshot_of
    from deployer.report.terminal import explanation
    from deployer.report.text import printable

    click.echo(printable(explanation(snapshot_of(request), request.keep, path)))
    return 0
