"""Which server a token is for: it is sent there, and to nobody else.

huggingface_hub adds its token to whatever URL an answer names: the next page of a list, the
`verify` URL of an LFS upload, the target of a redirect. So every request of the one HTTP client
passes `guard` before it is sent, redirects included, and every response `drop_xet_route`.
"""

from __future__ import annotations

import httpx2

_FIRST_ORIGIN = "hf_deploy_first_origin"  # in a request's extensions, which a redirect keeps
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # without a body
_XET_HASH = "X-Xet-Hash"

Origin = tuple[str, str, int | None]
_origins: dict[str, set[Origin]] = {}  # of each `Authorization` header; "" for anonymous requests


def allow(token: str | None, url: str | httpx2.URL) -> None:
    """Let a token be sent to the scheme, host and port of a URL."""
    _origins.setdefault(f"Bearer {token}" if token else "", set()).add(_origin(httpx2.URL(url)))


def guard(request: httpx2.Request) -> None:
    """Remove token and cookies from a request to a server that they are not for.

    Raises httpx2.RequestError where a redirect would take what was sent to the Hub (the value of a
    secret, an OIDC token) to another server.
    """
    origin = _origin(request.url)
    first = request.extensions.setdefault(_FIRST_ORIGIN, origin)
    authorization = request.headers.get("Authorization", "")
    if origin not in _origins.get(authorization, ()):
        request.headers.pop("Authorization", None)
    known = set[Origin]().union(*_origins.values())
    if origin in known:
        return
    request.headers.pop("Cookie", None)
    if first in known and request.method not in _SAFE_METHODS:
        raise httpx2.RequestError(
            f"redirected {request.method} to another server: {request.url.host}", request=request
        )


def drop_xet_route(response: httpx2.Response) -> None:
    """Have files downloaded by plain HTTP.

    A download by Xet sends the token to a URL that the response names, by a client of its own.
    """
    response.headers.pop(_XET_HASH, None)


def _origin(url: httpx2.URL) -> Origin:
    default = {"http": 80, "https": 443}.get(url.scheme)
    return url.scheme, url.host, url.port or default
