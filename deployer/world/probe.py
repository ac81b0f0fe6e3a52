"""Ask the app itself whether it answers. The only HTTP that goes to an app."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx2

_ONE_VISIT = httpx2.Timeout(15.0, connect=5.0)


@dataclass(frozen=True, slots=True)
class Visit:
    """What one request to the app came to: an HTTP status, or why there was no answer."""

    status: int | None
    failure: str | None = None

    @property
    def refused(self) -> bool:
        """Whether the app, or the Hub in front of it, wanted somebody else."""
        return self.status in (401, 403)

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status is not None else str(self.failure)


def visit(url: str, token: str | None) -> Visit:
    """GET an address once. A redirect is an answer, and is not followed."""
    headers = {"user-agent": "hf-deploy"}
    if token and _is_safe_for_tokens(url):
        headers["authorization"] = f"Bearer {token}"
    try:
        with (
            httpx2.Client(timeout=_ONE_VISIT, follow_redirects=False) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            return Visit(response.status_code)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        return Visit(None, str(error) or type(error).__name__)


def _is_safe_for_tokens(url: str) -> bool:
    """Only what is encrypted, or never leaves this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"
