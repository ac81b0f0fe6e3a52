"""Who a token belongs to, and how a workflow exchanges an OIDC token for one.

https://huggingface.co/docs/hub/trusted-publishers
"""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.card.yaml import InvalidCard
from deployer.rehearsal.front_matter import find_errors
from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.hub import is_same_token
from deployer.rehearsal.routes.dependencies import get_base_url, get_hub, read_json, require_user
from deployer.rehearsal.scenario import PUBLISHER, TokenOwner

_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


async def whoami(request: Request) -> Response:
    """The account of a token; that of a Trusted Publisher has none."""
    user = require_user(request)
    if user.role == PUBLISHER:
        raise HttpError(401, "Invalid credentials in Authorization header")
    token: dict[str, Any] = {
        "displayName": "rehearsal",
        "role": user.role,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }
    orgs = [
        {"type": "org", "id": _id(org), "name": org, "fullname": org, "roleInOrg": "write"}
        for org in user.orgs
    ]
    account: dict[str, Any] = {"type": "user", "id": _id(user.name), "name": user.name}
    account |= {"fullname": user.name, "email": f"{user.name}@example.com", "emailVerified": True}
    account |= {
        "canPay": user.pro,
        "isPro": user.pro,
        "periodEnd": None,
        "avatarUrl": "/avatar.svg",
    }
    if user.role == "fineGrained":
        entity = {"type": "space", "name": user.only} if user.only else {"type": "user"}
        scopes = [{"entity": {"name": user.name} | entity, "permissions": ["repo.write"]}]
        token["fineGrained"] = {"canReadGatedRepos": False, "global": [], "scoped": scopes}
    return JSONResponse(
        account | {"orgs": orgs, "auth": {"type": "access_token", "accessToken": token}}
    )


async def harnesses(_: Request) -> Response:
    """The programs that clients detect, to name them in their requests: none."""
    return JSONResponse({"standardEnvVars": [], "harnesses": {}})


async def issue_oidc_token(request: Request) -> Response:
    """Issue an OIDC token as GitHub does at ACTIONS_ID_TOKEN_REQUEST_URL."""
    hub = get_hub(request)
    authorization = request.headers.get("authorization", "")
    if not is_same_token(f"Bearer {hub.scenario.github_token}", authorization):
        raise HttpError(401, "The request token is not valid")
    audience = request.query_params.get("audience")
    if not audience:
        raise HttpError(400, "An audience is needed")
    claims = {"iss": "https://token.actions.githubusercontent.com", "aud": audience}
    claims |= hub.scenario.claims
    token = ".".join(map(_encode, ({"alg": "none"}, claims, {"nonce": secrets.token_hex(8)})))
    hub.tokens.oidc_tokens[token] = audience
    return JSONResponse({"value": token})


async def exchange(request: Request) -> Response:
    """Exchange GitHub's OIDC token for one that may write to one Space, for an hour."""
    hub, body = get_hub(request), await read_json(request)
    if body.get("grant_type") != _GRANT or body.get("subject_token_type") != _ID_TOKEN:
        return _oauth_error(
            "invalid_request", "grant_type and subject_token_type are not supported"
        )
    if hub.tokens.oidc_tokens.get(str(body.get("subject_token"))) != get_base_url(request):
        return _oauth_error("invalid_grant", "The identity token is not valid for this audience")
    name = str(body.get("resource", "")).removeprefix("spaces/")
    trusted = hub.store.spaces if hub.scenario.trusted is None else hub.scenario.trusted
    if name not in trusted:
        return _oauth_error("invalid_grant", "No Trusted Publisher matches this identity token")
    token = f"hf_jwt_{secrets.token_hex(16)}"
    hub.tokens.publisher_tokens[token] = TokenOwner("[OIDC]", PUBLISHER, only=name)
    answer = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
    return JSONResponse(answer | {"issued_token_type": _ACCESS_TOKEN})


async def validate(request: Request) -> Response:
    """Validate a README's front matter."""
    body = await read_json(request)
    try:
        errors = find_errors(str(body.get("content", "")))
    except InvalidCard as error:
        errors = [f"The YAML can't be read: {error}"]
    body = {"errors": [{"message": message} for message in errors], "warnings": []}
    return JSONResponse(body, 400 if errors else 200)


def _oauth_error(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400)


def _encode(part: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _id(name: str) -> str:
    return name.encode().hex().ljust(24, "0")[:24]


ROUTES = [
    Route("/api/whoami-v2", whoami),
    Route("/api/agent-harnesses", harnesses),
    Route("/oauth/token", exchange, methods=["POST"]),
    Route("/_github/oidc", issue_oidc_token),
    Route("/api/validate-yaml", validate, methods=["POST"]),
]
