"""Create a Space that does not exist yet."""

from __future__ import annotations

from deployer.events import Created
from deployer.flows.operation import Operation
from deployer.source.tree import RemoteTree
from deployer.space.space import Sdk, Space, Visibility
from deployer.world.hub import spaces


def create(operation: Operation, sdk: Sdk, *, is_source_public: bool) -> tuple[Space, RemoteTree]:
    """Create the Space with this SDK and the requested visibility.

    Returns it with the few files that the Hub puts into it.
    """
    requested = operation.request.settings
    visibility = requested.visibility.decided(source_is_public=is_source_public)
    spaces.create(
        operation.client,
        operation.space,
        sdk=sdk,
        visibility=visibility,
        hardware=requested.hardware,
    )
    reason = _reason(requested.visibility, is_source_public)
    operation.emit(Created(operation.space, visibility, reason))
    return spaces.find_with_files(operation.client, operation.space)


def _reason(requested: Visibility, is_source_public: bool) -> str:
    if requested is not Visibility.AUTO:
        return "as requested"
    return "the source is public" if is_source_public else "the source is not known to be public"
