"""Tokens and who they belong to, and the keyless way of a workflow.

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
from deployer.rehearsal.front_matter import mistakes
from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.routes.dependencies import base_of, hub_of, json_of, require_user
from deployer.rehearsal.scenario import PUBLISHER, TokenOwner

_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


async def whoami(request: Request) -> Response:
    """The account of a token; a Trusted Publisher's token has none."""
    who = require_user(request)
    if who.role == PUBLISHER:
        raise HttpError(401, "Invalid credentials in Authorization header")
    token: dict[str, Any] = {
        "displayName": "rehearsal",
        "role": who.role,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }
    orgs = [
        {"type": "org", "id": _id(org), "name": org, "fullname": org, "roleInOrg": "write"}
        for org in who.orgs
    ]
    answer: dict[str, Any] = {"type": "user", "id": _id(who.name), "name": who.name}
    answer |= {"fullname": who.name, "email": f"{who.name}@example.com", "emailVerified": True}
    answer |= {"canPay": who.pro, "isPro": who.pro, "periodEnd": None, "avatarUrl": "/avatar.svg"}
    if who.role == "fineGrained":
        entity = {"type": "space", "name": who.only} if who.only else {"type": "user"}
        scopes = [{"entity": {"name": who.name} | entity, "permissions": ["repo.write"]}]
        token["fineGrained"] = {"canReadGatedRepos": False, "global": [], "scoped": scopes}
    return JSONResponse(
        answer | {"orgs": orgs, "auth": {"type": "access_token", "accessToken": token}}
    )


async def harnesses(_: Request) -> Response:
    """Which programs clients should look out for: none."""
    return JSONResponse({"standardEnvVars": [], "harnesses": {}})


async def mint(request: Request) -> Response:
    """What GitHub Actions answers at ACTIONS_ID_TOKEN_REQUEST_URL."""
    hub = hub_of(request)
    if request.headers.get("authorization") != f"Bearer {hub.scenario.github_token}":
        raise HttpError(401, "The request token is not valid")
    audience = request.query_params.get("audience")
    if not audience:
        raise HttpError(400, "An audience is needed")
    claims = {"iss": "https://token.actions.githubusercontent.com", "aud": audience}
    claims |= hub.scenario.claims
    token = ".".join(map(_encoded, ({"alg": "none"}, claims, {"nonce": secrets.token_hex(8)})))
    hub.tokens.identities[token] = audience
    return JSONResponse({"value": token})


async def exchange(request: Request) -> Response:
    """An identity token of GitHub becomes a token that writes to one Space, for an hour."""
    hub, body = hub_of(request), await json_of(request)
    if body.get("grant_type") != _GRANT or body.get("subject_token_type") != _ID_TOKEN:
        return _no("invalid_request", "grant_type and subject_token_type are not supported")
    if hub.tokens.identities.get(str(body.get("subject_token"))) != base_of(request):
        return _no("invalid_grant", "The identity token is not valid for this audience")
    name = str(body.get("resource", "")).removeprefix("spaces/")
    trusted = hub.store.spaces if hub.scenario.trusted is None else hub.scenario.trusted
    if name not in trusted:
        return _no("invalid_grant", "No Trusted Publisher matches this identity token")
    token = f"hf_jwt_{secrets.token_hex(16)}"
    hub.tokens.publishers[token] = TokenOwner("[OIDC]", PUBLISHER, only=name)
    answer = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
    return JSONResponse(answer | {"issued_token_type": _ACCESS_TOKEN})


async def validate(request: Request) -> Response:
    """Whether the Hub would take a README's front matter."""
    body = await json_of(request)
    try:
        errors = mistakes(str(body.get("content", "")))
    except InvalidCard as error:
        errors = [f"The YAML can't be read: {error}"]
    found = [{"message": message} for message in errors]
    return JSONResponse({"errors": found, "warnings": []}, 400 if found else 200)


def _no(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400)


def _encoded(part: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _id(name: str) -> str:
    return name.encode().hex().ljust(24, "0")[:24]


ROUTES = [
    Route("/api/whoami-v2", whoami),
    Route("/api/agent-harnesses", harnesses),
    Route("/oauth/token", exchange, methods=["POST"]),
    Route("/_github/oidc", mint),
    Route("/api/validate-yaml", validate, methods=["POST"]),
]
