"""Open the Hub on this machine, for the commands that need one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deployer.errors import UsageError

if TYPE_CHECKING:
    from deployer.rehearsal import LocalHub

LOCAL_TOKEN = "hf_rehearsal"  # the local Hub lets it do anything
_LOOPBACK = "127.0.0.1"
port_option = click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="0: a free one."
)


def open_local_hub(port: int) -> LocalHub:
    """A Hub on loopback that builds and starts Spaces; started by `with`.

    Raises UsageProblem where its libraries are not installed.
    """
    # large files go by the LFS route there; read when huggingface_hub is imported
    os.environ["HF_HUB_DISABLE_XET"] = "1"
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] = ",".join(filter(None, (os.environ.get(name), _LOOPBACK)))
    try:
        from deployer.rehearsal import LocalHub  # pylint: disable=import-outside-toplevel
    except ModuleNotFoundError as error:
        raise UsageError(
            "The local Hub is not installed.",
            cause=f"there is no module {error.name}",
            fix="pip install 'hf-deploy[rehearsal]'",
        ) from None
    return LocalHub(real=True, cache=cache_folder(), port=port, python=sys.executable)


def start(hub: LocalHub, port: int) -> None:
    """Start it. Raises UsageProblem where the port is taken."""
    try:
        hub.start()
    except OSError as error:
        raise UsageError(
            "The local Hub can't listen there.",
            cause=f"--port {port}: {error.strerror or error}",
            fix="Choose another --port, or leave it out to take a free one.",
        ) from None


def cache_folder() -> Path:
    """Where environments and models are kept between rehearsals."""
    # https://specifications.freedesktop.org/basedir-spec/
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / "hf-deploy"
