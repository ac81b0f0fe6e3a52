"""Create a Space that is not there yet."""

from __future__ import annotations

from collections.abc import Callable

from deployer.errors import HubUnreachable
from deployer.events import Created, Event
from deployer.flows.prepare import Parcel
from deployer.order import Order
from deployer.space import Space, Visibility
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


def create(client: Client, order: Order, parcel: Parcel, tell: Callable[[Event], None]) -> Space:
    """Make the Space with the card's SDK, as visible as was asked for; return it as it is then."""
    public = parcel.snapshot.source.public
    visibility = order.visibility.decided(source_is_public=public)
    spaces.create(
        client,
        order.space,
        sdk=parcel.card.sdk,
        visibility=visibility,
        hardware=order.hardware,
    )
    tell(Created(order.space, visibility, _reason(order.visibility, public)))
    space = spaces.find(client, order.space)
    if space is None:
        raise HubUnreachable(
            "The new Space can't be seen.",
            seen=f"{client.page(order.space)} was created, and is not found",
            do="Deploy again in a minute.",
        )
    return space


def _reason(asked: Visibility, public: bool) -> str:
    if asked is not Visibility.AUTO:
        return "as asked"
    return "the source is public" if public else "the source is not known to be public"
