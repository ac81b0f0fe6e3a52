"""One connection to the Hub: its client, its timeouts, and the one retry rule.

huggingface_hub retries few of its calls and has no timeout for the others, so every call goes
through `Client.call_with_retry` or `Client.call`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from json import JSONDecodeError
from typing import TypeVar

import httpx2
from huggingface_hub import HfApi, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import get_session, parse_ratelimit_headers

from deployer.access.oidc_claims import OidcClaims
from deployer.events import Event, Warned
from deployer.space.space import SpaceId
from deployer.world import clock
from deployer.world.hub import origins
from deployer.world.hub.errors import malformed_response, to_deploy_error
from deployer.world.hub.proxies import check_proxies

Answer = TypeVar("Answer")

_WAITS = (1.0, 2.0, 4.0, 8.0, 8.0)  # seconds between the attempts of one call
_TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
_TRANSIENT_ERRORS = (
    httpx2.TimeoutException,
    httpx2.NetworkError,
    httpx2.RemoteProtocolError,
    ConnectionError,
)
# raised while parsing a response that no Hub sends: a login page, a proxy's error page
MALFORMED_RESPONSE_ERRORS = (JSONDecodeError, KeyError, TypeError, AttributeError)
_MAX_WAIT = 300.0  # seconds, whatever a 429 asks for
_MIN_REPORTED_WAIT = 4.0  # seconds; shorter waits are not reported
_OIDC_TOKEN_PREFIX = "hf_jwt_"
# In seconds. The Hub allows a commit 60; reads are answered sooner or not at all.
_DEFAULT_TIMEOUT = httpx2.Timeout(120.0, connect=10.0).as_dict()
_READ_TIMEOUT = httpx2.Timeout(20.0, connect=10.0).as_dict()


@dataclass(frozen=True, slots=True)
class Client:
    """A connection to one Hub for one token (None: anonymous, for public Spaces)."""

    endpoint: str
    token: str | None = field(repr=False)
    api: HfApi = field(repr=False)
    emit: Callable[[Event], None] = field(default=lambda _: None, repr=False)
    oidc_claims: OidcClaims | None = None  # of the OIDC token that `token` was exchanged for

    def call_with_retry(
        self, call: Callable[[], Answer], action: str, deadline: clock.Deadline | None = None
    ) -> Answer:
        """Make an idempotent call, and retry it after transient errors.

        Raises the DeployError for what the Hub rejected or could not do; `action` completes "could
        not …". No retry starts after the deadline; a request that is in progress is not cut off.
        """
        for wait in (*_WAITS, None):
            try:
                return call()
            except (httpx2.HTTPError, OSError) as error:
                if wait is None or not is_transient(error) or (deadline and deadline.passed):
                    raise to_deploy_error(error, action, self.endpoint) from error
                wait = retry_after(error) or wait
                if wait >= _MIN_REPORTED_WAIT:
                    self.emit(Warned(f"could not {action}; retrying in {wait:.0f} s"))
                clock.sleep(min(wait, deadline.left) if deadline else wait)
            except MALFORMED_RESPONSE_ERRORS as error:
                raise malformed_response(error, action, self.endpoint) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    def call(self, call: Callable[[], Answer], action: str) -> Answer:
        """Make a call once: it is not idempotent, or huggingface_hub itself retries it.

        Raises as `call_with_retry` does.
        """
        try:
            return call()
        except (httpx2.HTTPError, OSError) as error:
            raise to_deploy_error(error, action, self.endpoint) from error
        except MALFORMED_RESPONSE_ERRORS as error:
            raise malformed_response(error, action, self.endpoint) from error

    @property
    def has_publisher_token(self) -> bool:
        """Whether the token was exchanged for the OIDC token of a workflow."""
        return self.token is not None and self.token.startswith(_OIDC_TOKEN_PREFIX)

    def page(self, space: SpaceId) -> str:
        """The URL of a Space on this Hub."""
        return f"{self.endpoint}/spaces/{space}"

    def commit_page(self, space: SpaceId, commit: str) -> str:
        """The URL of a commit on this Hub."""
        return f"{self.page(space)}/commit/{commit}"


def is_transient(error: Exception) -> bool:
    """Whether a retry may succeed. The failed request may have taken effect all the same."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in _TRANSIENT_STATUSES
    return isinstance(error, _TRANSIENT_ERRORS)


def retry_after(error: Exception) -> float | None:
    """The seconds to wait that a 429 asks for. https://huggingface.co/docs/hub/rate-limits"""
    if not isinstance(error, HfHubHTTPError) or error.response.status_code != 429:
        return None
    headers = error.response.headers
    if (limit := parse_ratelimit_headers(headers)) and limit.remaining == 0:
        return min(limit.reset_in_seconds + 1, _MAX_WAIT)
    seconds = headers.get("Retry-After", "")
    return min(float(seconds) + 1, _MAX_WAIT) if seconds.isdecimal() else None


def connect(
    endpoint: str,
    token: str | None,
    emit: Callable[[Event], None] = lambda _: None,
    oidc_claims: OidcClaims | None = None,
) -> Client:
    """The client for a Hub; `emit` gets a warning of each long wait. Sends no request.

    The token is sent to that Hub only. Raises UsageError for a proxy that can't be used.
    """
    check_proxies()
    _install_client_factory()
    origins.allow(token, endpoint)
    api = HfApi(endpoint=endpoint, token=token or False, library_name="hf-deploy")
    return Client(endpoint.rstrip("/"), token, api, emit, oidc_claims)


def warm_up() -> None:
    """Prepare for the first request without sending one: loading the certificates takes a while."""
    _install_client_factory()
    get_session()


@cache
def _install_client_factory() -> None:
    # once: installing it closes the client that other threads are using
    set_client_factory(_new_client)


def _new_client() -> httpx2.Client:
    return httpx2.Client(
        timeout=httpx2.Timeout(120.0, connect=10.0),
        follow_redirects=True,
        event_hooks={
            "request": [origins.guard, _shorten_read_timeout],
            "response": [origins.drop_xet_route],
        },
    )


def _shorten_read_timeout(request: httpx2.Request) -> None:
    # calls with a timeout of their own (the log streams) keep it
    if request.method in ("GET", "HEAD") and request.extensions.get("timeout") == _DEFAULT_TIMEOUT:
        request.extensions["timeout"] = _READ_TIMEOUT
