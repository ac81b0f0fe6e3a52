"""Who asks, and for what: every route comes in through here."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request

from deployer.rehearsal.http_errors import REPO, HttpError, Redirect
from deployer.rehearsal.hub import Hub
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.scenario import TokenOwner
from deployer.rehearsal.store import HostedSpace

_BAD_TOKEN = "Invalid credentials in Authorization header"
_NOBODY = "Invalid username or password."


def hub_of(request: Request) -> Hub:
    """The Hub behind a request."""
    hub = request.app.state.hub
    assert isinstance(hub, Hub)
    return hub


def base_of(request: Request) -> str:
    """The Hub's own address as this client writes it, without a slash at its end."""
    return str(request.base_url).rstrip("/")


def part_of(request: Request, name: str) -> str:
    """One part of the path, unquoted; empty where the route has none."""
    return unquote(request.path_params.get(name, ""))


def current_user(request: Request) -> TokenOwner | None:
    """Who asks; None for nobody. Refusal where the token is not known."""
    said = request.headers.get("authorization")
    if said is None:
        return None
    who = hub_of(request).tokens.who(said.removeprefix("Bearer "))
    if who is None:
        raise HttpError(401, _BAD_TOKEN)
    return who


def require_user(request: Request) -> TokenOwner:
    """Who asks. Refusal for nobody."""
    who = current_user(request)
    if who is None:
        raise HttpError(401, _NOBODY)
    return who


def space_of(request: Request) -> HostedSpace:
    """The Space that the path names. Refusal where it is not there for who asks."""
    name = f"{part_of(request, 'owner')}/{part_of(request, 'name')}"
    return get_readable_space(request, name)


def get_readable_space(request: Request, name: str) -> HostedSpace:
    """A Space by its id. Refusal where it is not there for who asks; Moved where it was renamed.

    To nobody the Hub says 401 for what is missing, so that private names can't be guessed.
    """
    hub, who = hub_of(request), current_user(request)
    if name in hub.store.moved:
        raise Redirect(str(request.url).replace(f"/{name}", f"/{hub.store.moved[name]}", 1))
    space = hub.store.spaces.get(name)
    if space is not None and (not space.private or (who and who.may_enter(name))):
        return space
    if who is None:
        raise HttpError(401, _NOBODY, REPO)
    raise HttpError(404, "Repository not found", REPO)


def get_writable_space(request: Request, name: str | None = None) -> HostedSpace:
    """The Space that the path, or an id, names. Refusal where who asks may not change it."""
    space = space_of(request) if name is None else get_readable_space(request, name)
    who = require_user(request)
    if who.role == "read":
        raise HttpError(403, "Forbidden: you must use a write token to upload to a repository.")
    if not who.may_write(space.id):
        raise HttpError(403, "You don't have the rights to change this repository.")
    return space


def get_owned_space(request: Request) -> HostedSpace:
    """The Space that the path names. Refusal where it isn't one of who asks."""
    space = space_of(request)
    if not require_user(request).may_enter(space.id):
        raise HttpError(403, "You don't have the rights to see this.")
    return space


def number_of(request: Request, name: str, default: int) -> int:
    """A whole number in the query. Refusal where it is something else."""
    said = request.query_params.get(name)
    if said is None:
        return default
    if not said.isdecimal():
        raise HttpError(400, f'"{name}" must be a number')
    return int(said)


def commit_of(request: Request, space: HostedSpace) -> StoredCommit:
    """The commit that the path's revision names; the head where the path has none."""
    return space.repository.resolve(part_of(request, "revision") or "main")


async def json_of(request: Request) -> dict[str, Any]:
    """The JSON object in the body; an empty body is an empty one."""
    body = await request.body()
    try:
        read = json.loads(body or b"{}")
    except ValueError:
        raise HttpError(400, "Invalid JSON") from None
    if not isinstance(read, dict):
        raise HttpError(400, "Invalid JSON: an object is expected")
    return read
