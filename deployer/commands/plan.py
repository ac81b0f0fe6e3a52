"""hf-deploy plan: what a deploy would change, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options
from deployer.commands.configured import Configured

if TYPE_CHECKING:
    from deployer.commands.reporter import CommandOutput
    from deployer.release.outcome import DeployResult
    from deployer.request import DeployRequest

_NO_SPACE = "explain/explain"  # a request names a Space, and --explain asks none


@click.command(cls=Configured)
@options.space_argument(required=False)
@options.options(options.HUB, options.SOURCE, options.SETTINGS)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if there are changes to deploy.")
@click.option(
    "--explain",
    metavar="PATH",
    help="Show whether PATH would be deployed, and which rule decides.",
)
@options.as_json
def command(*, explain: str | None, exit_code: bool, as_json: bool, **given: Any) -> int:
    """Compare the files that git tracks with SPACE (owner/name, or an environment of the config
    file), and change nothing. With --explain, no SPACE is needed.

    Each path has a sign: + to add, ~ to update, - to delete, = kept on the Space. A read token is
    enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session

    if given["space"] is None and explain is None:
        raise click.MissingParameter(param=click.get_current_context().command.params[0])
    given["space"] = given["space"] or _NO_SPACE
    session = Session.open(
        space=given["space"],
        endpoint=given["endpoint"],
        as_json=as_json,
        is_plan=True,
        command="plan",
    )

    def body() -> DeployResult | CommandOutput:
        request = build_request(given, session.context)
        if explain is not None:
            return _explain(request, explain)
        session.mask_secrets(request.settings.secrets)
        from deployer.commands.prepare import prepare

        valid, client = prepare(session, request)
        from deployer.flows.operation import Operation
        from deployer.flows.plan import plan_deploy

        operation = Operation(client, request, session.emit)
        result = plan_deploy(operation, valid)
        if exit_code and result.has_changes:
            return replace(result, rollout=replace(result.rollout, code=1))
        return result

    return session.run(body)


def _explain(request: DeployRequest, path: str) -> CommandOutput:
    """Whether a path would be deployed; asks no Hub."""
    # pylint: disable=import-outside-toplevel
    from deployer.commands.reporter import CommandOutput
    from deployer.errors import InvalidSource
    from deployer.flows.take_snapshot import snapshot_of
    from deployer.report.explanation import explain, explanation_json, explanation_line
    from deployer.world import files

    rejected: dict[str, InvalidSource] = {}
    snapshot = snapshot_of(request, rejected.__setitem__)
    exists = files.exists(request.here / request.path / path)
    found = explain(snapshot, request.keep, rejected, path, exists=exists)
    return CommandOutput([explanation_line(found)], explanation_json(found))
