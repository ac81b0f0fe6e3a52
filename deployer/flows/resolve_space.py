"""Find a Space by whatever name it has now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deployer.access.account import TOKENS_PAGE
from deployer.errors import NotAllowed
from deployer.events import Event, Warned
from deployer.request import Order
from deployer.space.space import Space
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


def following(order: Order, space: Space | None, tell: Callable[[Event], None]) -> Order:
    """The order, for the Space that answered to its name; where that is another one, it is said."""
    if space is None or space.id == order.space:
        return order
    tell(Warned(f"{order.space} is now {space.id}: change its name where you deploy from."))
    return replace(order, space=space.id)


def there(client: Client, order: Order, tell: Callable[[Event], None]) -> tuple[Space, Order]:
    """The Space of an order, and the order for it. Raises NotAllowed where there is none."""
    space = spaces.find(client, order.space)
    if space is None:
        seen = "no token" if client.token is None else "the token that was given"
        raise NotAllowed(
            "There is no such Space, or it is not to be seen.",
            seen=f"{client.page(order.space)}, asked for with {seen}",
            do=f"Check the Space's id, and what the token in HF_TOKEN may see: {TOKENS_PAGE}",
        )
    return space, following(order, space, tell)
