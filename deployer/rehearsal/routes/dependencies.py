"""What routes read from a request: the user, the Space, the revision, parameters, the JSON body."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request

from deployer.rehearsal.http_errors import REPO_NOT_FOUND, HttpError, Redirect
from deployer.rehearsal.hub import Hub
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.scenario import TokenOwner
from deployer.rehearsal.store import HostedSpace

_INVALID_TOKEN = "Invalid credentials in Authorization header"
_NO_TOKEN = "Invalid username or password."


def get_hub(request: Request) -> Hub:
    """The Hub that serves a request."""
    hub = request.app.state.hub
    assert isinstance(hub, Hub)
    return hub


def get_base_url(request: Request) -> str:
    """The Hub URL as this client writes it, without a slash at its end."""
    return str(request.base_url).rstrip("/")


def get_path_param(request: Request, name: str) -> str:
    """A parameter of the path, unquoted; empty if the route has none."""
    return unquote(request.path_params.get(name, ""))


def get_int_param(request: Request, name: str, default: int) -> int:
    """A whole number in the query. Raises HttpError (400) if it is something else."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        raise HttpError(400, f'"{name}" must be a number')
    return int(text)


def current_user(request: Request) -> TokenOwner | None:
    """The owner of the token; None without one. Raises HttpError (401) if it is unknown."""
    authorization = request.headers.get("authorization")
    if authorization is None:
        return None
    user = get_hub(request).tokens.owner_of(authorization.removeprefix("Bearer "))
    if user is None:
        raise HttpError(401, _INVALID_TOKEN)
    return user


def require_user(request: Request) -> TokenOwner:
    """The owner of the token. Raises HttpError (401) without one."""
    user = current_user(request)
    if user is None:
        raise HttpError(401, _NO_TOKEN)
    return user


def get_space(request: Request) -> HostedSpace:
    """The Space in the path. Raises as `get_readable_space` does."""
    name = f"{get_path_param(request, 'owner')}/{get_path_param(request, 'name')}"
    return get_readable_space(request, name)


def get_readable_space(request: Request, name: str) -> HostedSpace:
    """A Space by its id. Raises Redirect if it was renamed, HttpError if the user can't see it.

    Without a token the Hub answers 401 instead of 404, so that private names can't be guessed.
    """
    hub, user = get_hub(request), current_user(request)
    if name in hub.store.redirects:
        raise Redirect(str(request.url).replace(f"/{name}", f"/{hub.store.redirects[name]}", 1))
    space = hub.store.spaces.get(name)
    if space is not None and (not space.private or (user and user.can_read(name))):
        return space
    if user is None:
        raise HttpError(401, _NO_TOKEN, REPO_NOT_FOUND)
    raise HttpError(404, "Repository not found", REPO_NOT_FOUND)


def get_writable_space(request: Request, name: str | None = None) -> HostedSpace:
    """The Space in the path, or by its id. Raises HttpError (403) if the user may not change it."""
    space = get_space(request) if name is None else get_readable_space(request, name)
    user = require_user(request)
    if user.role == "read":
        raise HttpError(403, "Forbidden: you must use a write token to upload to a repository.")
    if not user.can_write(space.id):
        raise HttpError(403, "You don't have the rights to change this repository.")
    return space


def get_owned_space(request: Request) -> HostedSpace:
    """The Space in the path. Raises HttpError (403) if the user is no member of its namespace."""
    space = get_space(request)
    if not require_user(request).can_read(space.id):
        raise HttpError(403, "You don't have the rights to see this.")
    return space


def get_commit(request: Request, space: HostedSpace) -> StoredCommit:
    """The commit of the path's revision; the head if the path has none."""
    return space.repository.resolve(get_path_param(request, "revision") or "main")


async def read_json(request: Request) -> dict[str, Any]:
    """The JSON object in the body; empty for an empty body. Raises HttpError (400)."""
    body = await request.body()
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise HttpError(400, "Invalid JSON") from None
    if not isinstance(value, dict):
        raise HttpError(400, "Invalid JSON: an object is expected")
    return value
