"""Follow a Space that has another name by now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deployer.events import Event, Warned
from deployer.order import Order
from deployer.space import Space


def following(order: Order, space: Space | None, tell: Callable[[Event], None]) -> Order:
    """The order, for the Space that answered to its name; where that is another one, it is said."""
    if space is None or space.id == order.space:
        return order
    tell(Warned(f"{order.space} is now {space.id}: change its name where you deploy from."))
    return replace(order, space=space.id)
