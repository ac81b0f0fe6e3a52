"""hf-deploy history: list the releases of a Space and their status."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployer.commands import options
from deployer.commands.configured import Configured

if TYPE_CHECKING:
    from deployer.commands.reporter import CommandOutput


@click.command(cls=Configured)
@options.options(options.TARGET)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Maximum number of releases to list; 0 lists all.",
)
@options.as_json
def command(*, space: str, endpoint: str, limit: int, as_json: bool) -> int:
    """List the releases of SPACE (owner/name, or an environment of the config file), newest first,
    from its own history: when, from which source commit, by whom, and whether each was seen healthy
    or rolled back.

    A read token is enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.reporter import CommandOutput
    from deployer.commands.session import Session
    from deployer.report.history import history_error_json, history_json, history_lines
    from deployer.request import DeployRequest
    from deployer.space.space import SpaceId

    session = Session.open(
        space=space,
        endpoint=endpoint,
        as_json=as_json,
        command="history",
        readonly_json=history_error_json,
    )

    def body() -> CommandOutput:
        request = DeployRequest(space=SpaceId.parse(space), here=Path.cwd())
        from deployer.flows.operation import Operation
        from deployer.flows.status import read_history

        operation = Operation(session.connect(request.space), request, session.emit)
        found, log = read_history(operation)
        lines = list(history_lines(found, log, limit))
        return CommandOutput(lines, history_json(found, log, limit))

    return session.run(body)
