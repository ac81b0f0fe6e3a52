"""Create a Space that is not there yet."""

from __future__ import annotations

from collections.abc import Callable

from deployer.events import Created, Event
from deployer.flows.validate import ValidSource
from deployer.request import DeployRequest
from deployer.source.tree import RemoteTree
from deployer.space.space import Space, Visibility
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


def create(
    client: Client, request: DeployRequest, parcel: ValidSource, emit: Callable[[Event], None]
) -> tuple[Space, RemoteTree]:
    """Make the Space with the card's SDK, as visible as was asked for.

    Returns it as it is then, with the few files that the Hub puts into it.
    """
    public = parcel.snapshot.source.public
    asked = request.settings
    visibility = asked.visibility.decided(source_is_public=public)
    spaces.create(
        client,
        request.space,
        sdk=parcel.card.sdk,
        visibility=visibility,
        hardware=asked.hardware,
    )
    emit(Created(request.space, visibility, _reason(asked.visibility, public)))
    return spaces.find_with_files(client, request.space)


def _reason(asked: Visibility, public: bool) -> str:
    if asked is not Visibility.AUTO:
        return "as asked"
    return "the source is public" if public else "the source is not known to be public"
