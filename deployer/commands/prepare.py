"""Check the files and connect to the Hub: what a deploy and a plan begin with.

The waiting is for git and for the Hub, so both are asked first, and Python imports and checks in
the meantime. The Hub is only read, and its answers are not looked at before the checks have passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from deployer.flows.take_snapshot import snapshot_of
from deployer.world import files
from deployer.world.parallel import submit

if TYPE_CHECKING:
    from deployer.commands.session import Session
    from deployer.flows.validate import ValidSource
    from deployer.request import DeployRequest
    from deployer.world.hub.client import Client


def prepare(session: Session, request: DeployRequest) -> tuple[ValidSource, Client]:
    """The files, valid, and the connection to the Hub. Raises as `validate` and `connect` do."""
    # pylint: disable=import-outside-toplevel
    snapshot = submit(lambda: snapshot_of(request))
    # not in that thread: two threads that import are slower than one
    from deployer.world.hub import commits, tokens

    def connect() -> Client:
        client = session.connect(request.space)
        if is_early:
            commits.read_ahead(client, request.space)
        return client

    # a token that must be exchanged first is requested for valid files only; and in a job without
    # a checkout, nothing is
    is_early = tokens.is_given() and not files.is_empty(request.here)
    connected = submit(connect) if is_early else connect
    from deployer.flows.validate import validate

    return validate(request, session.emit, snapshot), connected()
