"""The token to deploy with: HF_TOKEN, one from an OIDC token exchange, or the saved login."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from huggingface_hub import constants, get_token
from huggingface_hub.errors import OIDCError
from huggingface_hub.utils import get_session, hf_raise_for_status

from deployer.access import token_input
from deployer.access.account import TOKENS_PAGE
from deployer.access.oidc_claims import OidcClaims
from deployer.errors import DeployError, NotAllowed
from deployer.space.space import SpaceId
from deployer.world.hub import answers, origins
from deployer.world.hub.client import Client
from deployer.world.hub.errors import status_of, token_exchange_failed

_OIDC_TOKEN, _REQUEST_URL, _REQUEST_TOKEN = (
    "HF_OIDC_ID_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
)
_EXCHANGE_FAILED = 400  # HTTP status


def find_token(
    anonymous: Client, space: SpaceId, hide: Callable[[str], None]
) -> tuple[str | None, OidcClaims | None]:
    """The token to use: `HF_TOKEN`, else one for a Trusted Publisher, else the saved login.

    The second is exchanged for the OIDC token of a GitHub job with `id-token: write`, whose claims
    are returned with it: https://huggingface.co/docs/hub/trusted-publishers. An empty input of the
    action is no token, whatever else there is. `hide` gets each token as soon as it is known: no
    output may show it. Raises NotAllowed if the exchange fails or a
    token is malformed, and HubError if a server can't be reached.
    """
    if is_given():
        return _validate(os.environ["HF_TOKEN"].strip()), None
    if token_input.is_empty(os.environ):
        return None, None
    oidc_token = os.environ.get(_OIDC_TOKEN, "").strip() or _request_oidc_token(anonymous)
    try:
        if oidc_token:
            hide(oidc_token)
            exchanged = _exchange(anonymous, space, oidc_token)
            hide(exchanged)
            return _validate(exchanged), OidcClaims.read(oidc_token)
        token = anonymous.call(get_token, "read the saved login")
    except OIDCError as error:
        raise token_exchange_failed(str(error), space, anonymous.page(space)) from error
    hide(token or "")
    return (_validate(token) if token else None), None


def is_given() -> bool:
    """Whether `find_token` asks nobody: the token is in HF_TOKEN."""
    return bool(os.environ.get("HF_TOKEN", "").strip())


def has_token() -> bool:
    """Whether `find_token` has anything to take a token from. Asks nobody."""
    if token_input.is_empty(os.environ):
        return False
    variables = ("HF_TOKEN", _OIDC_TOKEN, _REQUEST_TOKEN)
    is_set = any(os.environ.get(name, "").strip() for name in variables)
    return is_set or Path(constants.HF_TOKEN_PATH).is_file()


def _request_oidc_token(anonymous: Client) -> str | None:
    """The OIDC token of this job, from GitHub; None if the job may not request one.

    Not by huggingface_hub, which drops the query parameters that the request URL has already.
    """
    url, token = os.environ.get(_REQUEST_URL), os.environ.get(_REQUEST_TOKEN)
    if not url or not token:
        return None
    with_audience = httpx2.URL(url).copy_set_param("audience", anonymous.endpoint)
    origins.allow(token, with_audience)

    def request() -> str:
        response = get_session().get(
            with_audience,
            headers={"Authorization": f"Bearer {token}"},
            extensions={answers.SHAPE: answers.oidc_token},
        )
        hf_raise_for_status(response)
        return str(response.json()["value"])

    return anonymous.call_with_retry(request, "get an OIDC token from GitHub")


def _exchange(anonymous: Client, space: SpaceId, oidc_token: str) -> str:
    try:
        with _environment(HF_OIDC_RESOURCE=f"spaces/{space}", HF_OIDC_ID_TOKEN=oidc_token):
            token = anonymous.call_with_retry(get_token, "exchange the OIDC token for a Hub token")
    except DeployError as error:
        if status_of(error) != _EXCHANGE_FAILED:
            raise
        page = anonymous.page(space)
        raise token_exchange_failed(
            error.cause, space, page, OidcClaims.read(oidc_token)
        ) from error
    return str(token)


@contextmanager
def _environment(**variables: str) -> Iterator[None]:
    """Set environment variables for one call: later child processes must not inherit them."""
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


def _validate(token: str) -> str:
    # the exception for an invalid header value would contain it
    if token.isascii() and token.isprintable() and " " not in token:
        return token
    raise NotAllowed(
        "malformed token",
        cause="it contains whitespace or invalid characters (hidden)",
        fix=f"copy the token again, one word that starts with hf_: {TOKENS_PAGE}",
    )
