"""hf-deploy rehearse: the same deploy, to a Hub on this machine."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deployer.commands import options
from deployer.commands.local_hub import LOCAL_TOKEN, open_local_hub, port_option, start

if TYPE_CHECKING:
    from deployer.release.outcome import DeployResult


@click.command(cls=options.Configured)
@click.argument("space", required=False)
@options.options(options.SOURCE, options.SETTINGS, options.WATCH)
@click.option("--once", is_flag=True, help="End after the verdict, with its exit code.")
@port_option
@options.as_json
def command(*, space: str | None, once: bool, port: int, as_json: bool, **given: Any) -> int:
    """Start a Hub on this machine, deploy to it by the very same steps, and let the Space run:
    built in an environment of its own, started, and asked whether it answers. Until Ctrl-C.

    Needs no account and no token.
    """
    # pylint: disable=import-outside-toplevel
    from deployer.commands.request import build_request
    from deployer.commands.session import Session
    from deployer.report import terminal

    given["space"] = space or _space_of(Path.cwd())
    session = Session.open(space=given["space"], as_json=as_json)

    def body() -> DeployResult:
        from deployer.flows.deploy import deploy
        from deployer.flows.validate import validate
        from deployer.world.hub.client import connect

        request, emit = build_request(given, session.context), session.console.emit
        session.hide(request.settings.secrets)
        parcel = validate(request, emit)
        return deploy(connect(hub.url, LOCAL_TOKEN), request, parcel, emit, lambda _: True)

    hub = open_local_hub(port)
    start(hub, port)
    try:
        exit_code = session.run(body)
        if exit_code == 0 and not once:
            session.console.say([terminal.labelled_line("serving", "until Ctrl-C")])
            threading.Event().wait()
        return exit_code
    except KeyboardInterrupt:
        return 0
    finally:
        hub.stop()


def _space_of(folder: Path) -> str:
    name = re.sub(r"[^A-Za-z0-9]+", "-", folder.name).strip("-")
    return f"rehearsal/{name or 'space'}"
