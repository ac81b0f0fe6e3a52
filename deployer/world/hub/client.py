"""One connection to the Hub, and the one retry rule.

huggingface_hub retries few of its calls, so every call goes through `Client.call_with_retry` or
`Client.call`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.utils import (
    build_hf_headers,
    get_session,
    hf_raise_for_status,
    paginate,
    parse_ratelimit_headers,
)

from deployer import __version__
from deployer.access.oidc_claims import OidcClaims
from deployer.events import Event, Warned
from deployer.space.space import SpaceId
from deployer.world import clock
from deployer.world.hub import answers, budget, origins
from deployer.world.hub.errors import malformed_response, to_deploy_error
from deployer.world.hub.proxies import check_proxies
from deployer.world.hub.session import MAX_WAIT, TRANSIENT_STATUSES, install_session

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Answer = TypeVar("Answer")

_NAME = "hf-deploy"
_WAITS = (1.0, 2.0, 4.0, 8.0, 8.0)  # seconds between the attempts of one call
_PATIENT_WAITS = (*_WAITS, 16.0)
_REFUSALS = frozenset({401, 403, 404})
_TRANSIENT_ERRORS = (
    httpx2.TimeoutException,
    httpx2.NetworkError,
    httpx2.RemoteProtocolError,
    ConnectionError,
)
# raised while reading what no Hub sends: a line of a log, a header, a URL
MALFORMED_RESPONSE_ERRORS = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    httpx2.InvalidURL,
)
_OIDC_TOKEN_PREFIX = "hf_jwt_"


@dataclass(frozen=True, slots=True)
class Client:
    """A connection to one Hub for one token (None: anonymous, for public Spaces).

    With `is_patient` a refusal is not believed at once.
    """

    endpoint: str
    token: str | None = field(repr=False)
    emit: Callable[[Event], None] = field(default=lambda _: None, repr=False)
    oidc_claims: OidcClaims | None = None  # of the OIDC token that `token` was exchanged for
    is_patient: bool = False

    @property
    def api(self) -> HfApi:
        """The calls of huggingface_hub.

        Importing them takes as long as three requests: what each deploy reads goes through `get`,
        `post` and `pages`.
        """
        from huggingface_hub import HfApi  # pylint: disable=import-outside-toplevel

        return HfApi(
            endpoint=self.endpoint,
            token=self.token or False,
            library_name=_NAME,
            library_version=__version__,
        )

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request to the Hub."""
        return build_hf_headers(
            token=self.token or False, library_name=_NAME, library_version=__version__
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """What the Hub answers to one GET; for `call` and `call_with_retry`."""
        url = f"{self.endpoint}{path}"
        return _answer(get_session().get(url, params=params, headers=self.headers))

    def post(self, path: str, **body: Any) -> Any:
        """What the Hub answers to one POST; for `call` and `call_with_retry`."""
        return _answer(get_session().post(f"{self.endpoint}{path}", headers=self.headers, **body))

    def pages(self, path: str, params: Mapping[str, Any] | None = None) -> Iterable[Any]:
        """The items of a list, requested page by page while they are read; for `call`, since
        huggingface_hub repeats its requests.
        """
        return paginate(f"{self.endpoint}{path}", params=dict(params or {}), headers=self.headers)

    def after_commit(self) -> Client:
        """The client to ask with once a commit was sent.

        The Hub knew this Space and this token a moment ago. So a 401, 403 or 404 is more likely a
        replica that lags behind: only one that stays for half a minute is believed.
        """
        return replace(self, is_patient=True)

    def at_once(self) -> Client:
        """The client for what may be refused for good, also after a commit."""
        return replace(self, is_patient=False)

    def call_with_retry(
        self, call: Callable[[], Answer], action: str, deadline: clock.Deadline | None = None
    ) -> Answer:
        """Make an idempotent call, and retry it after transient errors.

        Raises the DeployError for what the Hub rejected or could not do; `action` completes "could
        not …". No retry starts after the deadline; a request that is in progress is not cut off.
        """
        with budget.reported():
            return self._call(call, action, is_transient, deadline)

    def call(self, call: Callable[[], Answer], action: str) -> Answer:
        """Make a call once: it is not idempotent, or huggingface_hub itself retries it.

        Raises as `call_with_retry` does. A patient client repeats it after a refusal.
        """
        return self._call(call, action, lambda _: False)

    def _call(
        self,
        call: Callable[[], Answer],
        action: str,
        is_passing: Callable[[Exception], bool],
        deadline: clock.Deadline | None = None,
    ) -> Answer:
        for wait in (*(_PATIENT_WAITS if self.is_patient else _WAITS), None):
            try:
                return call()
            except (httpx2.HTTPError, OSError) as error:
                may_pass = is_passing(error) or (self.is_patient and _is_refusal(error))
                is_final = wait is None or not may_pass
                if wait is None or is_final or (deadline and deadline.passed):
                    raise to_deploy_error(
                        error, action, self.endpoint, is_final=is_final
                    ) from error
                wait = retry_after(error) or wait
                if wait >= budget.MIN_REPORTED_WAIT:
                    self.emit(Warned(f"could not {action}; retrying in {wait:.0f} s"))
                clock.sleep(min(wait, deadline.left) if deadline else wait)
            except MALFORMED_RESPONSE_ERRORS as error:
                raise malformed_response(error, action, self.endpoint) from error
        raise AssertionError("unreachable: the last attempt returns or raises")

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


def _answer(response: httpx2.Response) -> Any:
    hf_raise_for_status(response)
    return response.json()


def is_transient(error: Exception) -> bool:
    """Whether a retry may succeed. The failed request may have taken effect all the same."""
    if isinstance(error, HfHubHTTPError):
        return error.response.status_code in TRANSIENT_STATUSES
    return isinstance(error, _TRANSIENT_ERRORS)


def _is_refusal(error: Exception) -> bool:
    """Whether another answer may follow: a proxy has its own reasons, and a read is never wrong."""
    if not isinstance(error, HfHubHTTPError):
        return False
    status, is_read = error.response.status_code, error.response.request.method == "GET"
    return status in _REFUSALS or (is_read and 400 <= status < 500)


def retry_after(error: Exception) -> float | None:
    """The seconds to wait that a 429 asks for. https://huggingface.co/docs/hub/rate-limits"""
    if not isinstance(error, HfHubHTTPError) or error.response.status_code != 429:
        return None
    headers = error.response.headers
    if (limit := parse_ratelimit_headers(headers)) and limit.remaining == 0:
        return min(limit.reset_in_seconds + 1, MAX_WAIT)
    seconds = headers.get("Retry-After", "")
    return min(float(seconds) + 1, MAX_WAIT) if seconds.isdecimal() else None


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
    install_session()
    origins.allow(token, endpoint)
    answers.add_hub(endpoint)
    return Client(endpoint.rstrip("/"), token, emit, oidc_claims)
