"""Create a Space that the Hub does not find."""

from __future__ import annotations

from typing import TypeVar

from deployer.access.account import TOKENS_PAGE
from deployer.errors import InvalidSource, NotAllowed
from deployer.events import Created
from deployer.flows.find_space import ask_until_found
from deployer.flows.operation import Operation
from deployer.source.tree import RemoteTree
from deployer.space.space import CREATABLE, NO_NEW_STREAMLIT, Sdk, Space, Visibility
from deployer.world.hub import spaces

_Found = TypeVar("_Found")


def check_creatable(operation: Operation, sdk: Sdk) -> None:
    """Raise InvalidSource for an SDK that only existing Spaces may have."""
    # without a token, a private Space looks like none
    if sdk not in CREATABLE and operation.client.token is not None:
        raise InvalidSource(
            f"{operation.space} cannot be created with `sdk: {sdk}`",
            cause=f"{operation.space} does not exist, or the token has no read access",
            fix=NO_NEW_STREAMLIT,
        )


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
        found = ask_until_found(lambda: spaces.find(client, operation.space))
        return _require(operation, found), None
    reason = _reason(requested.visibility, is_source_public)
    operation.emit(Created(operation.space, visibility, reason))
    created = ask_until_found(lambda: spaces.find_with_files(client, operation.space))
    return _require(operation, created)


def _require(operation: Operation, found: _Found | None) -> _Found:
    if found is not None:
        return found
    raise NotAllowed(
        f"Space not found, or no read access: {operation.space}",
        cause=f"the Hub does not show {operation.page} to the given token, but says that it exists",
        fix=f"check the permissions of the token ({TOKENS_PAGE}), and run the same command again",
    )


def _reason(requested: Visibility, is_source_public: bool) -> str:
    if requested is not Visibility.AUTO:
        return "as requested"
    return "the source is public" if is_source_public else "the source is not known to be public"
