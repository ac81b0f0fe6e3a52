"""Find a Space by whatever name it has now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from deployer.access.account import TOKENS_PAGE
from deployer.errors import NotAllowed
from deployer.events import Event, Warned
from deployer.request import DeployRequest
from deployer.space.space import Space
from deployer.world.hub import spaces
from deployer.world.hub.client import Client


def resolve_renamed(
    request: DeployRequest, space: Space | None, emit: Callable[[Event], None]
) -> DeployRequest:
    """The order, for the Space that answered to its name; where that is another one, it is said."""
    if space is None or space.id == request.space:
        return request
    emit(Warned(f"{request.space} is now {space.id}: change its name where you deploy from."))
    return replace(request, space=space.id)


def require_space(
    client: Client, request: DeployRequest, emit: Callable[[Event], None]
) -> tuple[Space, DeployRequest]:
    """The Space of an order, and the order for it. Raises NotAllowed where there is none."""
    space = spaces.find(client, request.space)
    if space is None:
        seen = "no token" if client.token is None else "the token that was given"
        raise NotAllowed(
            "There is no such Space, or it is not to be seen.",
            cause=f"{client.page(request.space)}, asked for with {seen}",
            fix=f"Check the Space's id, and what the token in HF_TOKEN may see: {TOKENS_PAGE}",
        )
    return space, resolve_renamed(request, space, emit)
