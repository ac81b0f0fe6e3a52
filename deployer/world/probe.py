"""One HTTP request to the deployed app. No other module sends requests to an app."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import httpx2

from deployer.space.space import DEFAULT_ENDPOINT

_MAX_TIMEOUT = 15.0  # seconds for each step of a request: connect, write, read
_MIN_TIMEOUT = 0.5  # seconds
_APP_DOMAIN = ".hf.space"
_HOST_NAME = re.compile(r"[a-z0-9.-]+")


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of one request to the app: an HTTP status, or why there was no response."""

    status: int | None
    failure: str | None = None

    @property
    def is_unauthorized(self) -> bool:
        """Whether the app, or the Hub in front of it, denied access."""
        return self.status in (401, 403)

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status is not None else str(self.failure)


def get(url: str, token: str | None, timeout: float = _MAX_TIMEOUT) -> ProbeResult:
    """GET a URL once. `timeout` is in seconds for each step; redirects are not followed.

    Whoever passes a token has asked `may_get_token`.
    """
    headers = {"user-agent": "hf-deploy"}
    timeout = max(_MIN_TIMEOUT, min(timeout, _MAX_TIMEOUT))
    try:
        if token:
            headers["authorization"] = f"Bearer {token}"
        with (
            httpx2.Client(timeout=timeout, follow_redirects=False, verify=_ssl_context()) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            return ProbeResult(response.status_code)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return ProbeResult(None, str(error) or type(error).__name__)


@cache
def _ssl_context() -> ssl.SSLContext:
    """The trusted certificates; loading them takes a while, and an app is probed more than once."""
    return httpx2.create_ssl_context()


def may_get_token(endpoint: str, url: str) -> bool:
    """Whether an app at a URL, which an answer of the Hub named, may get the token for that Hub.

    The apps of huggingface.co are on hf.space: https://huggingface.co/docs/hub/spaces-embed.
    Those of a local Hub are on this machine, those of any other on its host or a subdomain of it.
    """
    try:
        hub, app = httpx2.URL(endpoint), httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        return False
    if _is_loopback(hub.host):
        return app.scheme in ("http", "https") and _is_loopback(app.host)
    if app.scheme != "https" or not _HOST_NAME.fullmatch(app.host):
        return False
    if endpoint.rstrip("/") == DEFAULT_ENDPOINT:
        return app.host.endswith(_APP_DOMAIN) and app.port is None
    return app.host == hub.host or app.host.endswith(f".{hub.host}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
