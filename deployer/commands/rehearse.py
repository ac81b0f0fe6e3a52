"""hf-deploy rehearse: the same deploy, to a local Hub."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployer import interrupts
from deployer.commands import options
from deployer.commands.configured import Configured, SpaceArgument
from deployer.commands.local_hub import open_local_hub, port_option, start

if TYPE_CHECKING:
    from deployer.release.outcome import DeployResult


@click.command(cls=Configured)
@click.argument("space", cls=SpaceArgument, required=False)
@options.options(options.SOURCE, options.SETTINGS, options.WATCH)
@click.option("--once", is_flag=True, help="Exit when the deploy ends, with its exit code.")
@port_option
@options.verbose
@options.as_json
def command(
    *, space: str | None, once: bool, port: int, verbose: bool, as_json: bool, **given: Any
) -> int:
    """Start a local Hub, deploy to it by the very same steps, and let the Space run: built in an
    environment of its own, started and probed. Until Ctrl-C. SPACE, owner/name or an environment of
    the config file, says how the deploy and its Space are configured.

    Needs no account and no token.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.report.text import labelled_line

    given["space"] = space or _space_of(Path.cwd())
    session = Session.open(space=given["space"], as_json=as_json, is_verbose=verbose)

    def body() -> DeployResult:
        from deployer.flows.deploy import deploy
        from deployer.flows.operation import Operation
        from deployer.flows.validate import validate
        from deployer.world.hub.client import connect

        request = build_request(given, session.context)
        session.mask_secrets(request.settings.secrets)
        session.confirm_secrets(request)
        valid = validate(request, session.emit)
        return deploy(Operation(connect(hub.url, hub.token), request, session.emit), valid)

    hub = open_local_hub(port)
    start(hub, port)
    session.known.space_url = f"{hub.url}/spaces/{given['space']}"
    try:
        exit_code = session.run(body)
        if exit_code == 0 and not once:
            with interrupts.raised():
                click.echo(labelled_line("serving", "until Ctrl-C"), err=True)
                threading.Event().wait()
        return exit_code
    except KeyboardInterrupt:
        return 0
    finally:
        hub.stop()


def _space_of(folder: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", folder.name).strip("-")
    return f"rehearsal/{name or 'space'}"
