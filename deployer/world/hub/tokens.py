"""The token to deploy with: given, had in exchange for a workflow's identity, or saved."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx2
from huggingface_hub import get_token
from huggingface_hub.errors import OIDCError
from huggingface_hub.utils import get_session, hf_raise_for_status

from deployer.access.account import TOKENS_PAGE
from deployer.access.oidc_claims import OidcClaims
from deployer.errors import DeployError, NotAllowed
from deployer.space.space import SpaceId
from deployer.world.hub.client import Client
from deployer.world.hub.errors import keyless_refused, status_of

_GIVEN, _ASK_URL, _ASK_TOKEN = (
    "HF_OIDC_ID_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)
_REFUSED = 400


def find_token(anonymous: Client, space: SpaceId) -> tuple[str | None, OidcClaims | None]:
    """The token to use: `HF_TOKEN`, else a keyless one for this Space, else the saved login.

    A keyless one comes with the identity that it was had for.

    A keyless token needs a job that may ask GitHub for an identity (`id-token: write`):
    https://huggingface.co/docs/hub/trusted-publishers. Raises NotAllowed where the Hub won't
    exchange it, and HubUnreachable where nobody answers.
    """
    if given := os.environ.get("HF_TOKEN", "").strip():
        return _sound(given), None
    identity = os.environ.get(_GIVEN, "").strip() or _minted(anonymous)
    try:
        if identity:
            return _exchanged(anonymous, space, identity), OidcClaims.read(identity)
        token = anonymous.call(get_token, "read the saved login")
    except OIDCError as error:
        raise keyless_refused(str(error), space, anonymous.page(space)) from error
    return (_sound(token) if token else None), None


def _minted(anonymous: Client) -> str | None:
    """The identity of this job, as GitHub tells it; None where the job may not ask.

    huggingface_hub would drop what the address asks for already.
    """
    address, permit = os.environ.get(_ASK_URL), os.environ.get(_ASK_TOKEN)
    if not address or not permit:
        return None
    url = httpx2.URL(address).copy_set_param("audience", anonymous.endpoint)

    def minted() -> str:
        response = get_session().get(url, headers={"Authorization": f"Bearer {permit}"})
        hf_raise_for_status(response)
        return str(response.json()["value"])

    return replace(anonymous, token=permit).call_with_retry(
        minted, "get this job's identity from GitHub"
    )


def _exchanged(anonymous: Client, space: SpaceId, identity: str) -> str:
    try:
        with _environment(HF_OIDC_RESOURCE=f"spaces/{space}", HF_OIDC_ID_TOKEN=identity):
            # whoever answers with the identity must not have it printed
            token = replace(anonymous, token=identity).call_with_retry(
                get_token, "get a keyless token"
            )
    except DeployError as error:
        if status_of(error) != _REFUSED:
            raise
        page = anonymous.page(space)
        raise keyless_refused(error.cause, space, page, OidcClaims.read(identity)) from error
    return _sound(str(token))


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Variables for one call: what is started later must not find an identity in them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _sound(token: str) -> str:
    # what is no header value would end up in an exception's text
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise NotAllowed(
        "That is no token.",
        cause="blanks, line breaks or letters that no token has (it is not shown)",
        fix=f"Copy it once more from {TOKENS_PAGE}; it starts with hf_ and is one word.",
    )
