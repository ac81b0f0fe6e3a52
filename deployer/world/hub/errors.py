"""How each failed Hub call is reported: one ordered table from HTTP errors to `DeployError`s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx2
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
)

from deployer.access.account import SUBSCRIPTIONS, TOKENS_PAGE
from deployer.access.oidc_claims import OidcClaims
from deployer.errors import Conflict, DeployError, HubError, NotAllowed
from deployer.space.space import SpaceId
from deployer.world.hub.answers import UnexpectedAnswer
from deployer.world.hub.budget import BudgetSpent

PUBLISHERS_GUIDE = "https://huggingface.co/docs/hub/trusted-publishers"
_STATUS_PAGE = "https://status.huggingface.co"
_MAX_MESSAGE = 300  # characters of a message of the Hub


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One row of the table: which HTTP errors it covers, and the error, reason and fix for them."""

    applies: Callable[[HfHubHTTPError], bool]
    error: type[DeployError]
    reason: str
    fix: str


def _has_status(*codes: int) -> Callable[[HfHubHTTPError], bool]:
    return lambda error: error.response.status_code in codes


def _is_bad_token(error: HfHubHTTPError) -> bool:
    message = error.response.headers.get("X-Error-Message", "")
    return error.response.status_code == 401 and "Invalid credentials" in message


def _is_unpaid_creation(error: HfHubHTTPError) -> bool:
    return error.response.status_code == 402 and _path(error.response).endswith("/repos/create")


# the first row that applies is used
_TABLE = (
    ErrorRule(
        _is_bad_token,
        NotAllowed,
        "invalid or expired token",
        f"create a write token at {TOKENS_PAGE} and set HF_TOKEN",
    ),
    ErrorRule(
        lambda error: isinstance(error, (DisabledRepoError, GatedRepoError)),
        NotAllowed,
        "the Space is disabled or gated",
        "open the page of the Space in a browser to see the reason",
    ),
    ErrorRule(
        lambda error: isinstance(error, RepositoryNotFoundError),
        NotAllowed,
        "Space not found, or the token has no read access",
        f"check the Space id and the token permissions: {TOKENS_PAGE}",
    ),
    ErrorRule(
        _has_status(401),
        NotAllowed,
        "authentication required",
        f"run `hf auth login`, or set HF_TOKEN to a token with write access: {TOKENS_PAGE}",
    ),
    ErrorRule(
        _is_unpaid_creation,
        NotAllowed,
        "not included in the subscription of the account",
        f"choose what is free ({SUBSCRIPTIONS}), or create the Space first: "
        "https://huggingface.co/new-space",
    ),
    ErrorRule(
        _has_status(402),
        NotAllowed,
        "not included in the subscription of the account",
        "use `--hardware cpu-basic` without --sleep-time, which is free, or change the "
        "subscription: https://huggingface.co/settings/billing",
    ),
    ErrorRule(
        _has_status(403),
        NotAllowed,
        "token lacks write access",
        f"grant it write access to the Space and its organization: {TOKENS_PAGE}",
    ),
    ErrorRule(
        _has_status(409, 412),
        Conflict,
        "someone else is changing the Space",
        "wait until that has finished, and deploy again",
    ),
    ErrorRule(
        _has_status(429),
        HubError,
        "rate limited by the Hub (429)",
        "retry in five minutes; limits: https://huggingface.co/docs/hub/rate-limits",
    ),
    ErrorRule(
        lambda error: error.response.status_code >= 500,
        HubError,
        "Hub server error (5xx)",
        f"retry later; status: {_STATUS_PAGE}",
    ),
    ErrorRule(
        lambda error: True,
        HubError,
        "rejected by the Hub",
        "correct what the Hub reports, and deploy again",
    ),
)


def to_deploy_error(
    error: Exception, action: str, endpoint: str, *, is_final: bool = True
) -> DeployError:
    """The error to report for a failed Hub call; `action` completes "could not …".

    Where only a lack of time kept it from being repeated, it is not final, and no refusal.
    """
    if isinstance(error, UnexpectedAnswer):
        return malformed_response(error, action, endpoint)
    if isinstance(error, BudgetSpent):
        return HubError(
            f"could not {action}: out of time",
            cause=str(error),
            fix=f"deploy again when the Hub responds; status: {_STATUS_PAGE}",
        )
    if not isinstance(error, HfHubHTTPError):
        return HubError(
            f"could not {action}: connection failed",
            cause=f"{endpoint}: {_shorten(str(error) or type(error).__name__)}",
            fix=f"check the network and the Hub URL (--endpoint, HF_ENDPOINT); status: "
            f"{_STATUS_PAGE}",
        )
    rule = next(rule for rule in _TABLE if rule.applies(error))
    kind = rule.error if is_final else HubError
    return kind(f"could not {action}: {rule.reason}", cause=_cause(error), fix=rule.fix)


def malformed_response(error: Exception, action: str, endpoint: str) -> HubError:
    """The error to report for a response that no Hub sends, for example a login page."""
    is_named = isinstance(error, UnexpectedAnswer)
    return HubError(
        f"could not {action}: unexpected response from {endpoint}",
        cause=_shorten(str(error) if is_named else f"{type(error).__name__}: {error}"),
        fix="check --endpoint and HF_ENDPOINT, and any proxy or login page in between",
    )


def token_exchange_failed(
    message: str, space: SpaceId, page: str, claims: OidcClaims = OidcClaims()
) -> NotAllowed:
    """The error to report if the Hub gives no token for an OIDC token of a workflow.

    The Hub does not say which claim did not match, so all that its form asks for are shown.
    """
    values = f" ({claims})" if str(claims) else ""
    return NotAllowed(
        f"token exchange failed for {space}",
        cause=message,
        fix="create the Space if it does not exist, and add a Trusted Publisher at "
        f"{page}/settings: GitHub Actions with exactly this repository, branch and "
        f"workflow{values}; or set HF_TOKEN. Guide: {PUBLISHERS_GUIDE}",
    )


def not_logged_in() -> NotAllowed:
    """The error to report if there is no token at all."""
    return NotAllowed(
        "not logged in",
        cause="HF_TOKEN is not set and there is no saved login",
        fix=f"run `hf auth login` or set HF_TOKEN to a token with write access ({TOKENS_PAGE}); "
        "in a workflow, set `token`, or add `permissions: id-token: write` and a Trusted "
        f"Publisher: {PUBLISHERS_GUIDE}",
    )


def is_missing(error: DeployError) -> bool:
    """Whether the Hub answered that the Space does not exist (or is hidden from this token)."""
    return isinstance(error.__cause__, RepositoryNotFoundError)


def status_of(error: DeployError) -> int | None:
    """The HTTP status behind an error; None if there was no response."""
    cause = error.__cause__
    return cause.response.status_code if isinstance(cause, HfHubHTTPError) else None


def _cause(error: HfHubHTTPError) -> str:
    response = error.response
    message = error.server_message or response.headers.get("X-Error-Message") or "no message"
    return f"{response.status_code} for {response.request.method} {_path(response)}: " + (
        _shorten(message)
    )


def _path(response: httpx2.Response) -> str:
    # without the query, which repeats the parameters of the call
    return str(response.request.url.path)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_MESSAGE else f"{line[:_MAX_MESSAGE]}…"
