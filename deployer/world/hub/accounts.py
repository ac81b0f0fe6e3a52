"""The account behind a token on the Hub, and whether the token may write to a Space."""

from __future__ import annotations

from deployer.access.account import Account, Denial
from deployer.errors import NotAllowed
from deployer.space.space import SpaceId
from deployer.world.hub.client import Client
from deployer.world.hub.errors import blames_token


def account(client: Client) -> Account:
    """The account that the token belongs to. Raises NotAllowed if the token is unknown."""
    return client.call_with_retry(
        lambda: Account.read(client.api.whoami()), "get the account of the token"
    )


def write_error(client: Client, space: SpaceId) -> Denial | None:
    """Why the Hub would reject a commit to an existing Space; None if allowed."""

    def check_write_access() -> None:
        client.api.auth_check(str(space), repo_type="space", write=True)

    try:
        client.call_with_retry(check_write_access, f"check write access to {space}")
    except NotAllowed as error:
        return Denial(error.cause, None if blames_token(error) else error)
    return None
