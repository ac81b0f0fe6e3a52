"""How each failed Hub call is reported: one ordered table from HTTP errors to `DeployError`s."""

from __future__ import annotations

import re
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
from deployer.patterns import lazy
from deployer.space.space import SpaceId
from deployer.world.hub.answers import UnexpectedAnswer
from deployer.world.hub.budget import BudgetSpent

PUBLISHERS_GUIDE = "https://huggingface.co/docs/hub/trusted-publishers"
_STATUS_PAGE = "https://status.huggingface.co"
_MAX_MESSAGE = 300  # characters of a message of the Hub
_REFUSALS = (401, 402, 403, 413)
_MAX_SEARCHED = 2000
_STORAGE_GUIDE = "https://huggingface.co/docs/hub/storage-limits"
_BILLING_PAGE = "https://huggingface.co/settings/billing"
_EMAIL_PAGE = "https://huggingface.co/settings/account"
_SUPPORT = "website@huggingface.co"
_ORGANIZATION = r"\b(?:organi[sz]ation|enterprise|administrators?)\b"
_POLICY = r"(?:polic(?:y|ies)|requires?|restrict\w*|approv\w*|enforce\w*|does ?n[o']t allow)"


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One row of the table: which HTTP errors it covers, and the error, reason and fix for them.

    `blames_token`: another token, or more permissions for it, would be accepted.
    """

    applies: Callable[[HfHubHTTPError], bool]
    error: type[DeployError]
    reason: str
    fix: str
    blames_token: bool = False


def _has_status(*codes: int) -> Callable[[HfHubHTTPError], bool]:
    return lambda error: error.response.status_code in codes


def _says(pattern: str) -> Callable[[HfHubHTTPError], bool]:
    """A refusal whose message matches: a 403 has many reasons besides the token."""
    words = lazy(pattern, re.IGNORECASE)
    return lambda error: (
        error.response.status_code in _REFUSALS
        and words.search(_message(error)[:_MAX_SEARCHED]) is not None
    )


def _is_one_of(*rules: Callable[[HfHubHTTPError], bool]) -> Callable[[HfHubHTTPError], bool]:
    return lambda error: any(rule(error) for rule in rules)


def _is_bad_token(error: HfHubHTTPError) -> bool:
    message = error.response.headers.get("X-Error-Message", "")
    return error.response.status_code == 401 and "Invalid credentials" in message


_needs_subscription = _is_one_of(
    _has_status(402),
    _says(
        r"\b(?:subscri\w+|upgrade|PRO|pricing|paid|payment|billing|credits?)\b|"
        r"\b(?:your|free|paid|team|enterprise) plan\b"
    ),
)


def _is_unpaid_creation(error: HfHubHTTPError) -> bool:
    return _needs_subscription(error) and _path(error.response).endswith("/repos/create")


_PRIVATE_ONLY = (
    NotAllowed,
    "the organization allows private Spaces only",
    "pass `--visibility private`, or ask an administrator of the organization",
)
# the first row that applies is used
_TABLE = (
    ErrorRule(
        _is_bad_token,
        NotAllowed,
        "invalid or expired token",
        f"create a write token at {TOKENS_PAGE} and set HF_TOKEN",
        blames_token=True,
    ),
    ErrorRule(
        _is_one_of(
            lambda error: isinstance(error, GatedRepoError),
            _says(r"\bgated\b|\baccess to .{1,100} is restricted"),
        ),
        NotAllowed,
        "access to a gated repository is not granted",
        "request access on its page, with the account of the token",
    ),
    ErrorRule(
        _says(
            r"\b(?:verify|confirm|verified|confirmed|unverified|unconfirmed)\b.{0,40}\be-?mail\b|"
            r"\be-?mail\b.{0,60}\b(?:not|be|been) (?:yet )?(?:verified|confirmed)\b"
        ),
        NotAllowed,
        "the e-mail of the account is not verified",
        f"verify it in the settings of the account: {_EMAIL_PAGE}",
    ),
    ErrorRule(
        _says(r"\bpublic (?:repositor\w+|repos|spaces?) (?:are|is|ha(?:s|ve) been) disabled\b"),
        *_PRIVATE_ONLY,
    ),
    ErrorRule(
        _is_one_of(
            lambda error: isinstance(error, DisabledRepoError),
            _says(r"\b(?:disabled|abus\w+|flagged|banned|blocked|suspended|terms of service)\b"),
        ),
        NotAllowed,
        "the Hub itself has blocked it",
        f"open the page of the Space in a browser to see the reason, or ask {_SUPPORT}",
    ),
    ErrorRule(
        _says(r"storage patterns"),
        NotAllowed,
        "the Hub has stopped the uploads of the account",
        f"ask {_SUPPORT} to verify the account",
    ),
    ErrorRule(
        _says(r"private (?:\w+ )?storage"),
        NotAllowed,
        "the private storage of the account is full",
        "delete large files that nothing uses, make the Space public (`--visibility public`), or "
        f"change the subscription: {_STORAGE_GUIDE}",
    ),
    ErrorRule(
        _says(r"repository storage limit"),
        NotAllowed,
        "the repository of the Space is full",
        "move large files to a model or dataset repository, and delete old ones in the settings of "
        f"the Space (List LFS files), for its history counts: {_STORAGE_GUIDE}",
    ),
    ErrorRule(
        _says(r"storage (?:limit|quota|space)|\bexceeded .{0,40}\bstorage"),
        NotAllowed,
        "the storage of the account is full",
        f"delete large files that nothing uses, or change the subscription: {_STORAGE_GUIDE}",
    ),
    ErrorRule(
        _says(r"\bquota\b|\btoo many (?:spaces|repositories)|\breached .{0,60}\blimit\b"),
        NotAllowed,
        "the quota of the account is used up",
        f"pause or delete other Spaces, or change the subscription: {_BILLING_PAGE}",
    ),
    ErrorRule(
        _says(
            r"\b(?:only|must be|has to be) .{0,30}\bprivate\b|\bprivate[- ]only\b|"
            r"\bpublic (?:repositor\w+|spaces?) (?:are|is) (?:not|disallowed|forbidden)|"
            r"\b(?:cannot|can't|may not|not allowed to) .{0,60}\bpublic\b"
        ),
        *_PRIVATE_ONLY,
    ),
    ErrorRule(
        _says(
            rf"{_ORGANIZATION}.{{0,200}}\b{_POLICY}|\b{_POLICY}.{{0,200}}{_ORGANIZATION}|"
            r"\bresource groups?\b|\btoken polic"
        ),
        NotAllowed,
        "a policy of the organization forbids it",
        "use a fine-grained token, or ask an administrator of the organization to approve the "
        "token: https://huggingface.co/docs/hub/enterprise-tokens-management",
    ),
    ErrorRule(
        lambda error: isinstance(error, RepositoryNotFoundError),
        NotAllowed,
        "Space not found, or the token has no read access",
        f"check the Space id and the token permissions: {TOKENS_PAGE}",
        blames_token=True,
    ),
    ErrorRule(
        _has_status(401),
        NotAllowed,
        "authentication required",
        f"run `hf auth login`, or set HF_TOKEN to a token with write access: {TOKENS_PAGE}",
        blames_token=True,
    ),
    ErrorRule(
        _is_unpaid_creation,
        NotAllowed,
        "not included in the subscription of the account",
        f"choose what is free ({SUBSCRIPTIONS}), or create the Space first: "
        "https://huggingface.co/new-space",
    ),
    ErrorRule(
        _needs_subscription,
        NotAllowed,
        "not included in the subscription of the account",
        "use `--hardware cpu-basic` without --sleep-time, which is free, or change the "
        f"subscription: {_BILLING_PAGE}",
    ),
    ErrorRule(
        _has_status(403),
        NotAllowed,
        "token lacks write access",
        f"grant it write access to the Space and its organization: {TOKENS_PAGE}",
        blames_token=True,
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
    rule = _rule(error)
    kind = rule.error if is_final else HubError
    return kind(f"could not {action}: {rule.reason}", cause=_cause(error), fix=rule.fix)


def blames_token(error: DeployError) -> bool:
    """Whether another token, or more permissions for it, would be accepted."""
    cause = error.__cause__
    return isinstance(cause, HfHubHTTPError) and _rule(cause).blames_token


def _rule(error: HfHubHTTPError) -> ErrorRule:
    return next(rule for rule in _TABLE if rule.applies(error))


def malformed_response(error: Exception, action: str, endpoint: str) -> HubError:
    """The error to report for a response that no Hub sends, for example a login page."""
    is_named = isinstance(error, UnexpectedAnswer)
    return HubError(
        f"could not {action}: unexpected response from {endpoint}",
        cause=_shorten(str(error) if is_named else f"{type(error).__name__}: {error}"),
        fix="check --endpoint and HF_ENDPOINT, and any proxy or login page in between",
    )


def lfs_refused(message: str, space: SpaceId) -> NotAllowed:
    """The error to report if the Hub refuses some of the large files of a commit."""
    return NotAllowed(
        f"could not commit to {space}: the Hub refused large files",
        cause=_shorten(message),
        fix="move them to a model or dataset repository; if a storage is full, delete old ones: "
        f"{_STORAGE_GUIDE}",
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
    return f"{response.status_code} for {response.request.method} {_path(response)}: " + (
        _shorten(_message(error) or "no message")
    )


def _message(error: HfHubHTTPError) -> str:
    """What the Hub says of an error; empty if it says nothing."""
    return str(error.server_message or error.response.headers.get("X-Error-Message") or "")


def _path(response: httpx2.Response) -> str:
    # without the query, which repeats the parameters of the call
    return str(response.request.url.path)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_MESSAGE else f"{line[:_MAX_MESSAGE]}…"
