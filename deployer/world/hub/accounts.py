"""An account on the Hub: who it is, and whether it may write to a Space."""

from __future__ import annotations

from deployer.access.account import Account
from deployer.errors import NotAllowed
from deployer.space.space import SpaceId
from deployer.world.hub.client import Client


def account(client: Client) -> Account:
    """Whose the token is. Raises NotAllowed where the Hub does not know it."""
    return client.call_with_retry(
        lambda: Account.read(client.api.whoami()), "ask whose the token is"
    )


def why_not(client: Client, space: SpaceId) -> str | None:
    """Why the Hub would take no commit to a Space that is there, in its words; None if it would."""

    def asked() -> None:
        client.api.auth_check(str(space), repo_type="space", write=True)

    try:
        client.call_with_retry(asked, f"ask whether the token may write to {space}")
    except NotAllowed as error:
        return error.cause
    return None
