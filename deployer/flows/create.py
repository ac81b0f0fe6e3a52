"""Create a Space that the Hub does not find."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from deployer.access.account import TOKENS_PAGE
from deployer.errors import NotAllowed
from deployer.events import Created
from deployer.flows.operation import Operation
from deployer.source.tree import RemoteTree
from deployer.space.space import Sdk, Space, Visibility
from deployer.world import clock
from deployer.world.hub import spaces

_Found = TypeVar("_Found")

_MAX_LAG = 30.0  # seconds for which a replica of the Hub may not know of a new Space


def create(
    operation: Operation, sdk: Sdk, *, is_source_public: bool
) -> tuple[Space, RemoteTree | None]:
    """Create the Space with this SDK and the requested visibility.

    Returns it with the few files that the Hub puts into it; None in their place where the Hub
    answers that the Space exists, though it did not find it just before. Raises NotAllowed where
    the Hub goes on not finding it.
    """
    requested, client = operation.request.settings, operation.client
    visibility = requested.visibility.decided(source_is_public=is_source_public)
    is_created = spaces.create(
        client, operation.space, sdk=sdk, visibility=visibility, hardware=requested.hardware
    )
    if not is_created:
        operation.warn(f"{operation.space} exists, though the Hub did not find it at first")
        return _ask_until_found(operation, lambda: spaces.find(client, operation.space)), None
    reason = _reason(requested.visibility, is_source_public)
    operation.emit(Created(operation.space, visibility, reason))
    return _ask_until_found(operation, lambda: spaces.find_with_files(client, operation.space))


def _ask_until_found(operation: Operation, ask: Callable[[], _Found | None]) -> _Found:
    deadline = clock.Deadline(_MAX_LAG)
    for wait in clock.backoff():
        if (found := ask()) is not None:
            return found
        if deadline.passed:
            break
        clock.sleep(min(wait, deadline.left))
    raise NotAllowed(
        f"Space not found, or no read access: {operation.space}",
        cause=f"the Hub does not show {operation.page} to the given token, but says that it exists",
        fix=f"check the permissions of the token ({TOKENS_PAGE}), and run the same command again",
    )


def _reason(requested: Visibility, is_source_public: bool) -> str:
    if requested is not Visibility.AUTO:
        return "as requested"
    return "the source is public" if is_source_public else "the source is not known to be public"
