"""hf-deploy history: what was released to a Space, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployer.commands import options

if TYPE_CHECKING:
    from deployer.commands.readonly import CommandOutput


@click.command(cls=options.Configured)
@options.options(options.TARGET)
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    help="Only the newest so many; 0 shows all.",
)
@options.as_json
def command(*, space: str, endpoint: str, limit: int, as_json: bool) -> int:
    """List the releases of SPACE (owner/name), newest first, from what its own history says: when,
    from which commit of the source, by whom, and whether it was seen healthy or taken back.

    A token that may read is enough; a public Space needs none.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.readonly import CommandOutput, ReadOnlySession
    from deployer.report.history import log_failure, log_json, log_lines
    from deployer.request import DeployRequest
    from deployer.space.space import SpaceId

    session = ReadOnlySession.open(
        space=space, endpoint=endpoint, as_json=as_json, failure=log_failure
    )

    def body() -> CommandOutput:
        request = DeployRequest(space=SpaceId.parse(space), here=Path.cwd())
        from deployer.flows.status import look_back

        found, log = look_back(session.connect(request.space), request, session.console.emit)
        return CommandOutput(list(log_lines(found, log, limit)), log_json(found, log, limit))

    return session.show(body)
