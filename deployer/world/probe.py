"""One HTTP request to the deployed app. No other module sends requests to an app."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2

_MAX_TIMEOUT = 15.0  # seconds for each step of a request: connect, write, read
_MIN_TIMEOUT = 0.5  # seconds


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
    """GET a URL once. `timeout` is in seconds for each step; redirects are not followed."""
    headers = {"user-agent": "hf-deploy"}
    timeout = max(_MIN_TIMEOUT, min(timeout, _MAX_TIMEOUT))
    try:
        if token and is_safe_for_tokens(url):
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


def is_safe_for_tokens(url: str) -> bool:
    """Whether a token may be sent to a URL: by HTTPS, or to the local machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"
