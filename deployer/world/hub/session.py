"""The one HTTP client of all requests to a Hub: what each of them may do, and for how long.

huggingface_hub has no timeout for most of its calls, waits as long as a response asks for, and
believes each answer.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx2
from huggingface_hub import set_client_factory
from huggingface_hub.utils import parse_ratelimit_headers

from deployer.world.hub import ahead, answers, budget, origins

TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
MAX_WAIT = 300.0  # seconds before a retry, whatever a response asks for
# In seconds. The Hub allows a commit 60; reads are answered sooner or not at all.
_TIMEOUT = httpx2.Timeout(120.0, connect=10.0).as_dict()
_READ_TIMEOUT = httpx2.Timeout(20.0, connect=10.0).as_dict()


class Session(httpx2.Client):
    """Sends each request with a timeout and inside its budget, and checks the answer's shape."""

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send a request, unless its answer came ahead.

        Raises httpx2.RequestError if it gets no answer that its route gives.
        """
        limit = budget.current()
        failure: str | None = None
        try:
            response = ahead.take(request) or self._request(request, limit, options)
            if response.status_code in TRANSIENT_STATUSES:
                failure = str(response.status_code)
            return response
        except httpx2.DecodingError:
            failure = "the encoding of the answer is invalid"
            raise answers.unexpected(request, failure) from None
        except httpx2.TransportError as error:
            failure = str(error) or type(error).__name__
            raise
        finally:
            if limit is not None and failure is not None:
                limit.note_failure(request, failure)

    def _request(
        self, request: httpx2.Request, limit: budget.Budget | None, options: dict[str, Any]
    ) -> httpx2.Response:
        if limit is not None:
            limit.check(request)
        request.extensions["timeout"] = _timeout_of(request)
        response = super().send(request, **options)
        answers.check(request, response)
        _limit_wait(response)
        ahead.keep(request, response)
        return response


@cache
def install_session() -> None:
    """Have huggingface_hub send its requests by a Session, too."""
    # once: installing it closes the client that other threads are using
    set_client_factory(_new_session)


def _new_session() -> Session:
    return Session(
        timeout=None,
        follow_redirects=True,
        event_hooks={"request": [origins.guard], "response": [origins.drop_xet_route]},
    )


def _timeout_of(request: httpx2.Request) -> dict[str, float | None]:
    """The timeout of a request in its parts; those that the caller set (log streams) are kept."""
    limits = _READ_TIMEOUT if request.method in ("GET", "HEAD") else _TIMEOUT
    given = request.extensions.get("timeout", {})
    return limits | {part: seconds for part, seconds in given.items() if seconds is not None}


def _limit_wait(response: httpx2.Response) -> None:
    """Have huggingface_hub, too, wait no longer than MAX_WAIT before it repeats a request."""
    limit = parse_ratelimit_headers(response.headers)
    seconds = response.headers.get("Retry-After", "")
    if limit is not None and limit.reset_in_seconds > MAX_WAIT:
        del response.headers["RateLimit"]
        seconds = str(limit.reset_in_seconds)
    if seconds.isdecimal() and int(seconds) > MAX_WAIT:
        response.headers["Retry-After"] = f"{MAX_WAIT:.0f}"
