"""hf-deploy hub: a Hub on this machine, for any client."""

from __future__ import annotations

import threading

import click

from deployer.commands.local_hub import LOCAL_TOKEN, open_local_hub, port_option, start


@click.command()
@port_option
def command(*, port: int) -> int:
    """Run a Hub on this machine that builds and starts Spaces, until Ctrl-C.

    Whoever sets the environment that it prints speaks to it: hf-deploy, `hf upload`, a script.
    """
    hub = open_local_hub(port)
    start(hub, port)
    try:
        for line in (
            f"export HF_ENDPOINT={hub.url}",
            f"export HF_TOKEN={LOCAL_TOKEN}",
            "export HF_HUB_DISABLE_XET=1",
        ):
            click.echo(line)
        threading.Event().wait()
    except KeyboardInterrupt:
        pass
    finally:
        hub.stop()
    return 0
