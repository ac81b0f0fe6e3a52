"""Create, show, change, move and delete repositories."""

from __future__ import annotations

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from deployer.errors import UsageError
from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.repository import StoredCommit, format_time
from deployer.rehearsal.routes.dependencies import (
    get_base_url,
    get_commit,
    get_hub,
    get_space,
    get_writable_space,
    read_json,
    require_user,
)
from deployer.rehearsal.routes.runtime import runtime_json, subdomain_of
from deployer.rehearsal.routes.settings import settings_from
from deployer.rehearsal.store import HostedSpace
from deployer.space.space import CREATABLE, SpaceId, Visibility

_VISIBILITIES = (Visibility.PUBLIC, Visibility.PROTECTED, Visibility.PRIVATE)


async def create(request: Request) -> Response:
    """Create a Space with its first commit."""
    hub, user, body = get_hub(request), require_user(request), await read_json(request)
    name = _name(body, user.name)
    if hub.scenario.create_error is not None:
        error = hub.scenario.create_error
        status, message = error if isinstance(error, tuple) else (error, "You can't do that.")
        raise HttpError(status, message)
    if user.only is not None or not user.can_write(name):
        raise HttpError(403, "You don't have the rights to create a space under this namespace")
    url = f"{get_base_url(request)}/spaces/{name}"
    if name in hub.store.spaces:
        raise HttpError(409, "You already created this space repo", url=url)
    variables = settings_from(body.get("variables") or [])
    secrets = settings_from(body.get("secrets") or [])
    space = await hub.create_space(name, sdk=_sdk(body), visibility=_visibility(body))
    space.variables, space.secrets = variables, secrets
    space.hardware = body.get("hardware") or space.hardware
    space.sleep_time = body.get("sleepTimeSeconds") or space.sleep_time
    hub.add_initial_commit(space, user.name)
    return JSONResponse({"url": url, "name": name, "id": space.key})


async def delete(request: Request) -> Response:
    """Delete a Space."""
    body = await read_json(request)
    await get_hub(request).delete_space(
        get_writable_space(request, _name(body, require_user(request).name))
    )
    return PlainTextResponse("OK")


async def move(request: Request) -> Response:
    """Rename a Space; the old name redirects."""
    hub, body = get_hub(request), await read_json(request)
    space, name = get_writable_space(request, str(body.get("fromRepo"))), str(body.get("toRepo"))
    _check_name(name)
    if not require_user(request).can_write(name):
        raise HttpError(403, "You don't have the rights to create a space under this namespace")
    if name in hub.store.spaces:
        raise HttpError(409, "This repository name is taken")
    hub.store.move(space, name)
    return JSONResponse({"url": f"{get_base_url(request)}/spaces/{name}"})


async def info(request: Request) -> Response:
    """Show a Space at a revision."""
    space = get_space(request)
    commit = get_commit(request, space)
    blobs = request.query_params.get("blobs") == "true"
    fields = _info_fields(request, space, commit, blobs)
    wanted = request.query_params.getlist("expand") or request.query_params.getlist("expand[]")
    if wanted:
        fields = {key: fields[key] for key in ("_id", "id", *wanted) if key in fields}
    return JSONResponse(fields)


async def settings(request: Request) -> Response:
    """Change the visibility."""
    space, body = get_writable_space(request), await read_json(request)
    if "visibility" in body or "private" in body:
        space.visibility = _visibility(body)
    return JSONResponse({"private": space.private, "visibility": space.visibility})


async def check(request: Request) -> Response:
    """Check whether the token may read, or write."""
    if request.url.path.endswith("/write"):
        get_writable_space(request)
    else:
        get_space(request)
    return JSONResponse({})


async def page(request: Request) -> Response:
    """The page of a Space in a browser: redirects to the app."""
    return RedirectResponse(get_space(request).url)


def _info_fields(
    request: Request, space: HostedSpace, commit: StoredCommit, blobs: bool
) -> dict[str, Any]:
    store = get_hub(request).store
    card = store.card(commit)
    # YAML has dates, JSON has not
    meta = json.loads(json.dumps(dict(card.meta), default=str)) if card else {}
    return {
        "_id": space.key,
        "id": space.id,
        "author": space.owner,
        "sha": commit.id,
        "createdAt": format_time(space.created),
        "lastModified": format_time(space.repository.head.date),
        "private": space.private,
        "visibility": space.visibility,
        "gated": False,
        "disabled": False,
        "host": space.url,
        "subdomain": subdomain_of(space),
        "likes": 0,
        "sdk": space.sdk,
        "tags": [space.sdk, "region:us"],
        "cardData": meta,
        "siblings": _siblings(commit, blobs),
        "runtime": runtime_json(space),
        "models": [],
        "datasets": [],
        "region": "us",
        "usedStorage": sum(file.size for file in commit.files.values()),
    }


def _siblings(commit: StoredCommit, blobs: bool) -> list[dict[str, Any]]:
    siblings: list[dict[str, Any]] = []
    for path, file in sorted(commit.files.items()):
        sibling: dict[str, Any] = {"rfilename": path}
        if blobs:
            sibling |= {"size": file.size, "blobId": file.oid}
        if blobs and file.lfs:
            sibling["lfs"] = {"sha256": file.lfs, "size": file.size, "pointerSize": 134}
        siblings.append(sibling)
    return siblings


def _name(body: dict[str, Any], owner: str) -> str:
    if body.get("type") != "space":
        raise HttpError(400, "This Hub holds Spaces only")
    return _check_name(f"{body.get('organization') or owner}/{body.get('name')}")


def _check_name(name: str) -> str:
    try:
        return str(SpaceId.parse(name))
    except UsageError as error:
        raise HttpError(400, f"Invalid repository name: {error.cause}") from None


def _sdk(body: dict[str, Any]) -> str:
    sdk = body.get("sdk")
    if sdk not in CREATABLE:
        raise HttpError(400, f'"sdk" must be one of [{", ".join(CREATABLE)}]')
    return str(sdk)


def _visibility(body: dict[str, Any]) -> str:
    visibility = body.get("visibility", "private" if body.get("private") else "public")
    if visibility not in _VISIBILITIES:
        raise HttpError(400, f'"visibility" must be one of [{", ".join(_VISIBILITIES)}]')
    return str(visibility)


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route("/api/repos/create", create, methods=["POST"]),
    Route("/api/repos/delete", delete, methods=["DELETE"]),
    Route("/api/repos/move", move, methods=["POST"]),
    Route(_SPACE, info),
    Route(f"{_SPACE}/revision/{{revision}}", info),
    Route(f"{_SPACE}/settings", settings, methods=["PUT"]),
    Route(f"{_SPACE}/auth-check", check),
    Route(f"{_SPACE}/auth-check/write", check),
    Route("/spaces/{owner}/{name}", page),
]
