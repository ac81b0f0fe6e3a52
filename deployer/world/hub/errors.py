"""What the Hub's refusals mean: one ordered table from its answers to our three lines."""

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

PUBLISHERS_GUIDE = "https://huggingface.co/docs/hub/trusted-publishers"
_STATUS_PAGE = "https://status.huggingface.co"
_MAX_WORD = 300


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One row: which answers it is about, and what to raise with what advice."""

    applies: Callable[[HfHubHTTPError], bool]
    error: type[DeployError]
    what: str
    fix: str


def _status(*codes: int) -> Callable[[HfHubHTTPError], bool]:
    return lambda error: error.response.status_code in codes


def _bad_token(error: HfHubHTTPError) -> bool:
    said = error.response.headers.get("X-Error-Message", "")
    return error.response.status_code == 401 and "Invalid credentials" in said


def _may_not_create(error: HfHubHTTPError) -> bool:
    return error.response.status_code == 402 and _place(error.response).endswith("/repos/create")


_TABLE = (
    ErrorRule(
        _bad_token,
        NotAllowed,
        "The Hub does not know this token: could not {doing}.",
        f"Make a new token with write access at {TOKENS_PAGE} and put it into HF_TOKEN.",
    ),
    ErrorRule(
        lambda error: isinstance(error, (DisabledRepoError, GatedRepoError)),
        NotAllowed,
        "The Hub has closed this Space: could not {doing}.",
        "Open the Space's page in a browser: it says why.",
    ),
    ErrorRule(
        lambda error: isinstance(error, RepositoryNotFoundError),
        NotAllowed,
        "There is no such Space, or this token may not see it: could not {doing}.",
        f"Check the Space's id, and what the token may see: {TOKENS_PAGE}",
    ),
    ErrorRule(
        _status(401),
        NotAllowed,
        "The Hub wants a token: could not {doing}.",
        f"Put a token with write access into HF_TOKEN ({TOKENS_PAGE}), or run `hf auth login`.",
    ),
    ErrorRule(
        _may_not_create,
        NotAllowed,
        "The account's plan does not include this: could not {doing}.",
        f"{SUBSCRIPTIONS[:1].upper()}{SUBSCRIPTIONS[1:]}. Or create the Space by hand first.",
    ),
    ErrorRule(
        _status(402),
        NotAllowed,
        "The account's plan does not include this: could not {doing}.",
        "Ask for what is free (`--hardware cpu-basic`, no --sleep-time), or see to the plan: "
        "https://huggingface.co/settings/billing",
    ),
    ErrorRule(
        _status(403),
        NotAllowed,
        "This token may not do that: could not {doing}.",
        f"Give it write access to this Space (and its organization) at {TOKENS_PAGE}",
    ),
    ErrorRule(
        _status(409, 412),
        Conflict,
        "Somebody else is changing the Space: could not {doing}.",
        "Deploy again when that is finished.",
    ),
    ErrorRule(
        _status(429),
        HubError,
        "The Hub says that these are too many requests: could not {doing}.",
        "Wait five minutes and deploy again: https://huggingface.co/docs/hub/rate-limits",
    ),
    ErrorRule(
        lambda error: error.response.status_code >= 500,
        HubError,
        "The Hub has trouble: could not {doing}.",
        f"Deploy again in a while; {_STATUS_PAGE} says how the Hub is.",
    ),
    ErrorRule(
        lambda error: True,
        HubError,
        "The Hub refused: could not {doing}.",
        "Mend what it says and deploy again.",
    ),
)


def to_deploy_error(error: Exception, doing: str, endpoint: str, token: str | None) -> DeployError:
    """The three lines for a failed call; `doing` completes "could not …".

    A Hub that says the token back does not make us print it.
    """
    if not isinstance(error, HfHubHTTPError):
        return HubError(
            f"The Hub can't be reached: could not {doing}.",
            cause=f"{endpoint}: {_shortened(str(error) or type(error).__name__)}",
            fix=f"Check the network and the address; {_STATUS_PAGE} says how the Hub is.",
        )
    row = next(row for row in _TABLE if row.applies(error))
    seen = _seen(error)
    if token:
        seen = seen.replace(token, "***")
    return row.error(row.what.format(doing=doing), cause=seen, fix=row.fix)


def malformed_response(error: Exception, doing: str, endpoint: str) -> HubError:
    """The three lines for an answer that no Hub gives."""
    return HubError(
        f"That was no answer of a Hub: could not {doing}.",
        cause=f"{endpoint}: {type(error).__name__}: {_shortened(str(error))}",
        fix="Check the address (--endpoint, HF_ENDPOINT), and whether a proxy or a login page "
        "stands in between.",
    )


def keyless_refused(
    said: str, space: SpaceId, page: str, identity: OidcClaims = OidcClaims()
) -> NotAllowed:
    """The three lines for an identity that the Hub exchanged for no token.

    It does not say which claim it missed, so all that its form asks for are shown.
    """
    claims = f" ({identity})" if str(identity) else ""
    return NotAllowed(
        f"The Hub gave no keyless token for {space}.",
        cause=said,
        fix=f"The Space must exist. On {page}/settings, under Trusted Publishers, add GitHub "
        f"Actions with just this repository, branch and workflow{claims}, or set HF_TOKEN. "
        f"{PUBLISHERS_GUIDE}",
    )


def no_token(doing: str) -> NotAllowed:
    """The three lines where there is nothing to show to the Hub; "to deploy", say."""
    return NotAllowed(
        f"There is no token {doing} with.",
        cause="HF_TOKEN is not set, and nobody is logged in on this machine",
        fix=f"Put a token with write access into HF_TOKEN ({TOKENS_PAGE}), or run "
        "`hf auth login`; in a workflow `permissions: id-token: write` goes without one.",
    )


def is_missing(error: DeployError) -> bool:
    """Whether the Hub said that the Space isn't there (or may not be seen)."""
    return isinstance(error.__cause__, RepositoryNotFoundError)


def status_of(error: DeployError) -> int | None:
    """The HTTP status behind an error; None where no answer came."""
    cause = error.__cause__
    return cause.response.status_code if isinstance(cause, HfHubHTTPError) else None


def _seen(error: HfHubHTTPError) -> str:
    response = error.response
    said = error.server_message or response.headers.get("X-Error-Message") or "no word"
    return f"{response.status_code} for {response.request.method} {_place(response)}: " + (
        _shortened(said)
    )


def _place(response: httpx2.Response) -> str:
    # the query may hold what was asked for, never worth a line
    return str(response.request.url.path)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_WORD else f"{line[:_MAX_WORD]}…"
