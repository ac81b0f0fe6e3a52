"""One HTTP request to the deployed app. No other module sends requests to an app."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpx2

from deployer.space.space import DEFAULT_ENDPOINT
from deployer.world import clock

_TIMEOUT = 15.0  # seconds
_MAX_CONNECT = 15.0  # seconds; a slow app accepts connections all the same
_MIN_TIMEOUT = 0.5  # seconds
_APP_DOMAIN = ".hf.space"
_HOST_NAME = re.compile(r"[a-z0-9.-]+")
# what the proxy in front of a Space adds to what its container answers
_PROXIED = "x-proxied-"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of one request to the app: an HTTP status, or why there was no response.

    `is_connected`: the app's own host accepted the connection. `is_proxied`: the response came from
    the Space's container, and not from the Hub in its place.
    """

    status: int | None
    failure: str | None = None
    is_connected: bool = False
    is_proxied: bool = False

    @property
    def is_from_app(self) -> bool:
        """Whether it says something about the app, be it that it does not respond."""
        return self.status is not None or self.is_connected

    @property
    def is_unauthorized(self) -> bool:
        """Whether the app, or the Hub or a proxy in front of it, denied access."""
        return self.status in (401, 403, 407)

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status is not None else str(self.failure)


def get(url: str, token: str | None, timeout: float = _TIMEOUT) -> ProbeResult:
    """GET a URL once. `timeout` is in seconds for all of it; redirects are not followed.

    Whoever passes a token has asked `may_get_token`.
    """
    timeout = max(_MIN_TIMEOUT, timeout)
    connection = _Connection()
    try:
        # httpx2 limits each read, and an app may send a header at a time
        found = clock.call_with_timeout(timeout, lambda: _get(url, token, timeout, connection))
        if found is not None:
            return found
        failure = f"no response in {timeout:g} s"
    except httpx2.ReadTimeout:
        failure = f"no response in {timeout:g} s"
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        failure = str(error) or type(error).__name__
    return ProbeResult(None, failure, connection.is_made)


def is_hidden(app_url: str, token: str | None) -> bool:
    """Whether a private Space's app seems to be hidden from a token: the Hub answers 404 in its
    place (https://huggingface.co/docs/hub/spaces-overview).
    """
    seen = get(f"{app_url}/", token)
    return seen.status == 404 and not seen.is_proxied


class _Connection:
    """Whether the app's own host accepted a connection, as opposed to a proxy on the way to it."""

    def __init__(self) -> None:
        self.is_made = False
        self._proof, self._host, self._peer = "", "", ""

    def expect(self, url: httpx2.URL) -> None:
        """Set which host is the app's. Only TLS proves that, unless it is on this machine."""
        self._host = url.raw_host.decode("ascii")
        if url.scheme == "https":
            self._proof = "start_tls"
        elif _is_loopback(url.host):
            self._proof = "connect_tcp"

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear of a step of httpcore2: https://www.encode.io/httpcore/extensions (trace)."""
        _, step, state = event.split(".")
        if step == self._proof and state == "started":
            self._peer = str(info.get("server_hostname") or info.get("host"))
        elif step == self._proof and state == "complete":
            self.is_made = self._peer == self._host


def _get(url: str, token: str | None, timeout: float, connection: _Connection) -> ProbeResult:
    headers = {"user-agent": "hf-deploy"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    target = httpx2.URL(url)
    connection.expect(target)
    with (
        httpx2.Client(
            timeout=httpx2.Timeout(timeout, connect=min(timeout, _MAX_CONNECT)),
            follow_redirects=False,
            verify=_ssl_context(),
            # no proxy reaches an app on this machine
            trust_env=not _is_loopback(target.host),
        ) as client,
        client.stream(
            "GET", target, headers=headers, extensions={"trace": connection.trace}
        ) as response,
    ):
        is_proxied = any(name.startswith(_PROXIED) for name in response.headers)
        return ProbeResult(response.status_code, None, connection.is_made, is_proxied)


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
