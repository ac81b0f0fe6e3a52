"""Open the local Hub, for the commands that need one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployer.errors import UsageError

if TYPE_CHECKING:
    from deployer.rehearsal import LocalHub

_LOOPBACK = "127.0.0.1"
port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Port to listen on; 0 picks a free port.",
)


def open_local_hub(port: int) -> LocalHub:
    """A Hub on loopback that builds and starts Spaces; started by `with`.

    Raises UsageError where its libraries are not installed.
    """
    from deployer.world import environment_block  # pylint: disable=import-outside-toplevel

    environment_block.hide()
    # large files go by the LFS route there; read when huggingface_hub is imported
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), _LOOPBACK)))
    try:
        from deployer.rehearsal import LocalHub  # pylint: disable=import-outside-toplevel
    except ModuleNotFoundError as error:
        raise UsageError(
            "the local Hub is not installed",
            cause=f"module {error.name} not found",
            fix="pip install 'hf-deploy[rehearsal] @ git+https://github.com/org/hf-deploy'",
        ) from None
    return LocalHub(real=True, cache=cache_folder(), port=port, python=sys.executable)


def start(hub: LocalHub, port: int) -> None:
    """Start it. Raises UsageError where the port is taken."""
    try:
        hub.start()
    except OSError as error:
        raise UsageError(
            f"port {port} is not available",
            cause=f"--port {port}: {error.strerror or error}",
            fix="pass another --port, or drop it to pick a free port",
        ) from None


def cache_folder() -> Path:
    """Where environments and models are kept between rehearsals."""
    # https://specifications.freedesktop.org/basedir-spec/
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / "hf-deploy"
