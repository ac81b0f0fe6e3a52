"""Ask the app itself whether it answers. The only HTTP that goes to an app."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2

_TIMEOUT = 15.0  # seconds
_MIN_TIMEOUT = 0.5


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one request to the app came to: an HTTP status, or why there was no answer."""

    status: int | None
    failure: str | None = None

    @property
    def refused(self) -> bool:
        """Whether the app, or the Hub in front of it, wanted somebody else."""
        return self.status in (401, 403)

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status is not None else str(self.failure)


def get(url: str, token: str | None, patience: float = _TIMEOUT) -> ProbeResult:
    """GET an address once, for at most `patience` seconds a step. A redirect is not followed."""
    headers = {"user-agent": "hf-deploy"}
    timeout = max(_MIN_TIMEOUT, min(patience, _TIMEOUT))
    try:
        if token and is_safe_for_tokens(url):
            headers["authorization"] = f"Bearer {token}"
        with (
            httpx2.Client(timeout=timeout, follow_redirects=False, verify=_trusted()) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            return ProbeResult(response.status_code)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return ProbeResult(None, str(error) or type(error).__name__)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates count; reading them takes a while, and an app is asked more than once."""
    return httpx2.create_ssl_context()


def is_safe_for_tokens(url: str) -> bool:
    """Only what is encrypted, or never leaves this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"
