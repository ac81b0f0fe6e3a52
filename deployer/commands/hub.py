"""hf-deploy hub: a local Hub for any client."""

from __future__ import annotations

import threading

import click

from deployer import interrupts
from deployer.commands.local_hub import open_local_hub, port_option, start


@click.command()
@port_option
def command(*, port: int) -> int:
    """Run a local Hub that builds and starts Spaces, until Ctrl-C.

    Any client that has the environment it prints can use it: hf-deploy, `hf upload`, a script.
    """
    hub = open_local_hub(port)
    start(hub, port)
    try:
        with interrupts.raised():
            for line in (
                f"export HF_ENDPOINT={hub.url}",
                f"export HF_TOKEN={hub.token}",
                "export HF_HUB_DISABLE_XET=1",
            ):
                click.echo(line)
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        hub.stop()
    return 0
