"""One connection to the Hub: its client, its timeouts, and the one rule of when to ask again.

huggingface_hub retries few of its calls and waits for ever in the others, so every call goes
through `Client.ask` (asked again) or `Client.once`.
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
from deployer.world.hub.errors import malformed_response, to_deploy_error

Answer = TypeVar("Answer")

_WAITS = (1.0, 2.0, 4.0, 8.0, 8.0)
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_PASSING_ERRORS = (
    httpx2.TimeoutException,
    httpx2.NetworkError,
    httpx2.RemoteProtocolError,
    ConnectionError,
)
# what reading an answer raises that is no answer of a Hub: a login page, a proxy's own words
MALFORMED_RESPONSE_ERRORS = (JSONDecodeError, KeyError, TypeError, AttributeError)
_MAX_PAUSE = 300.0
_WORTH_A_WORD = 4.0  # seconds
_KEYLESS = "hf_jwt_"
# The Hub gives a commit 60 seconds; questions are answered sooner or not at all.
_DEFAULT_TIMEOUT = httpx2.Timeout(120.0, connect=10.0).as_dict()
_READ_TIMEOUT = httpx2.Timeout(20.0, connect=10.0).as_dict()


@dataclass(frozen=True, slots=True)
class Client:
    """A connection to one Hub for one token (None: anonymous, for public Spaces)."""

    endpoint: str
    token: str | None = field(repr=False)
    api: HfApi = field(repr=False)
    emit: Callable[[Event], None] = field(default=lambda _: None, repr=False)
    identity: OidcClaims | None = None  # that the token was had in exchange for

    def call_with_retry(
        self, question: Callable[[], Answer], doing: str, deadline: clock.Deadline | None = None
    ) -> Answer:
        """Ask something that changes nothing when asked twice; passing failures are asked again.

        Raises the DeployError for what the Hub refused or could not do; `doing` completes the
        sentence "could not …". A deadline ends the asking, not an answer that is under way.
        """
        for wait in (*_WAITS, None):
            try:
                return question()
            except (httpx2.HTTPError, OSError) as error:
                if wait is None or not is_transient(error) or (deadline and deadline.passed):
                    raise to_deploy_error(error, doing, self.endpoint, self.token) from error
                pause = retry_after(error) or wait
                if pause >= _WORTH_A_WORD:
                    self.emit(Warned(f"Could not {doing} yet; asking again in {pause:.0f} s."))
                clock.sleep(min(pause, deadline.left) if deadline else pause)
            except MALFORMED_RESPONSE_ERRORS as error:
                raise malformed_response(error, doing, self.endpoint) from error
        raise AssertionError("unreachable: the last try returns or raises")

    def call(self, call: Callable[[], Answer], doing: str) -> Answer:
        """Make a call once: it must not happen twice, or huggingface_hub itself asks again.

        Raises as `call_with_retry` does.
        """
        try:
            return call()
        except (httpx2.HTTPError, OSError) as error:
            raise to_deploy_error(error, doing, self.endpoint, self.token) from error
        except MALFORMED_RESPONSE_ERRORS as error:
            raise malformed_response(error, doing, self.endpoint) from error

    @property
    def is_keyless(self) -> bool:
        """Whether the token was had in exchange for a workflow's identity."""
        return self.token is not None and self.token.startswith(_KEYLESS)

    def page(self, space: SpaceId) -> str:
        """The address of a Space's page on this Hub."""
        return f"{self.endpoint}/spaces/{space}"

    def commit_page(self, space: SpaceId, commit: str) -> str:
        """The address of a commit's page on this Hub."""
        return f"{self.page(space)}/commit/{commit}"


def is_transient(error: Exception) -> bool:
    """Whether the same request may well succeed in a moment; also: it may have taken effect."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in _PASSING
    return isinstance(error, _PASSING_ERRORS)


def retry_after(error: Exception) -> float | None:
    """The seconds that a 429 asks for. https://huggingface.co/docs/hub/rate-limits"""
    if not isinstance(error, HfHubHTTPError) or error.response.status_code != 429:
        return None
    headers = error.response.headers
    if (limit := parse_ratelimit_headers(headers)) and limit.remaining == 0:
        return min(limit.reset_in_seconds + 1, _MAX_PAUSE)
    seconds = headers.get("Retry-After", "")
    return min(float(seconds) + 1, _MAX_PAUSE) if seconds.isdecimal() else None


def connect(
    endpoint: str,
    token: str | None,
    emit: Callable[[Event], None] = lambda _: None,
    identity: OidcClaims | None = None,
) -> Client:
    """The client for a Hub; `emit` hears of long waits. Sends nothing."""
    _bound_the_client()
    api = HfApi(endpoint=endpoint, token=token or False, library_name="hf-deploy")
    return Client(endpoint.rstrip("/"), token, api, emit, identity)


def warm_up() -> None:
    """Make what every request needs and no request is: reading the certificates takes a while."""
    _bound_the_client()
    get_session()


@cache
def _bound_the_client() -> None:
    # once: setting it closes what other threads are speaking through
    set_client_factory(_bounded_client)


def _bounded_client() -> httpx2.Client:
    return httpx2.Client(
        timeout=httpx2.Timeout(120.0, connect=10.0),
        follow_redirects=True,
        event_hooks={"request": [_bound]},
    )


def _bound(request: httpx2.Request) -> None:
    # calls that name a timeout of their own (the log streams) keep it
    if request.method in ("GET", "HEAD") and request.extensions.get("timeout") == _DEFAULT_TIMEOUT:
        request.extensions["timeout"] = _READ_TIMEOUT
