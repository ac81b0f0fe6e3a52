"""Find the Space that an operation is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from deployer.access.account import TOKENS_PAGE
from deployer.errors import NotAllowed
from deployer.flows.operation import Operation
from deployer.space.space import Space
from deployer.world import clock
from deployer.world.hub import commits, spaces

_Found = TypeVar("_Found")

_MAX_LAG = 30.0  # seconds for which a replica of the Hub may not know of a Space


def require_space(operation: Operation) -> tuple[Space, Operation]:
    """The Space, and the operation under the name that it has now.

    Raises NotAllowed where the Hub shows no such Space.
    """
    space = spaces.find(operation.client, operation.space)
    if space is None:
        if operation.client.token is None:
            raise NotAllowed(
                f"Space not found, or private: {operation.space}",
                cause=f"the Hub does not show {operation.page} without a token",
                fix="check the Space id; a private Space needs a token with read access in "
                f"HF_TOKEN ({TOKENS_PAGE}), in a workflow as `token`",
            )
        raise NotAllowed(
            f"Space not found, or no read access: {operation.space}",
            cause=f"the Hub does not show {operation.page} to the given token",
            fix=f"check the Space id, and the permissions of the token in HF_TOKEN: {TOKENS_PAGE}",
        )
    return space, operation.with_current_name(space)


def find_with(operation: Operation, commit: str) -> Space | None:
    """The Space once a commit of ours is its head, or below it: an older head is an old answer.

    None where the Hub does not find it. A Space that goes on without the commit is returned as it
    is after half a minute.
    """
    deadline = clock.Deadline(_MAX_LAG)
    for wait in clock.backoff():
        space = spaces.find(operation.client, operation.space)
        if space is None or deadline.passed or commits.has_below(operation.client, space, commit):
            return space
        clock.sleep(min(wait, deadline.left))
    raise AssertionError("unreachable: the waits are endless")


def ask_until_found(ask: Callable[[], _Found | None]) -> _Found | None:
    """What `ask` finds of a Space that exists; None where the Hub goes on not finding it."""
    deadline = clock.Deadline(_MAX_LAG)
    for wait in clock.backoff():
        if (found := ask()) is not None or deadline.passed:
            return found
        clock.sleep(min(wait, deadline.left))
    raise AssertionError("unreachable: the waits are endless")
