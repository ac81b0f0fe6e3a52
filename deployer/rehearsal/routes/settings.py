"""Show, set and delete variables and secrets; each change restarts the Space.

https://huggingface.co/docs/hub/spaces-overview
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.repository import format_time
from deployer.rehearsal.routes.dependencies import get_owned_space, get_writable_space, read_json
from deployer.rehearsal.runtime import StartReason
from deployer.rehearsal.store import HostedSpace, Setting

_READ_METHODS = ("GET", "HEAD")
_KEY = re.compile(r"[a-zA-Z][_a-zA-Z0-9]*")


async def variables(request: Request) -> Response:
    """Show the variables, set one or delete one; always answers with all of them."""
    space = _get_space(request)
    if await _change(request, space.variables):
        _restart(space)
    return JSONResponse(
        {key: _to_json(s) | {"value": s.value} for key, s in space.variables.items()}
    )


async def secrets(request: Request) -> Response:
    """Show the secrets without values, set one or delete one."""
    space = _get_space(request)
    if await _change(request, space.secrets):
        _restart(space)
        return JSONResponse({})
    return JSONResponse({key: _to_json(setting) for key, setting in space.secrets.items()})


def settings_from(items: Iterable[dict[str, Any]]) -> dict[str, Setting]:
    """Settings from the body of repos/create. Raises HttpError (400) for an invalid key."""
    return {_key(item): Setting(str(item.get("value")), item.get("description")) for item in items}


def _get_space(request: Request) -> HostedSpace:
    is_read = request.method in _READ_METHODS
    return get_owned_space(request) if is_read else get_writable_space(request)


async def _change(request: Request, settings: dict[str, Setting]) -> bool:
    if request.method in _READ_METHODS:
        return False
    body = await read_json(request)
    if request.method == "POST":
        settings |= settings_from([body])
    elif settings.pop(_key(body), None) is None:
        raise HttpError(404, f"{body.get('key')!r} not found")
    return True


def _restart(space: HostedSpace) -> None:
    space.runtime.start(space.repository.head, StartReason.SETTINGS)


def _key(body: dict[str, Any]) -> str:
    key = str(body.get("key"))
    if not _KEY.fullmatch(key):
        raise HttpError(400, f'"key" must match {_KEY.pattern}')
    return key


def _to_json(setting: Setting) -> dict[str, str]:
    fields = {"updatedAt": format_time(setting.updated)}
    return fields | ({"description": setting.description} if setting.description else {})


_SPACE = "/api/spaces/{owner}/{name}"
_METHODS = ["GET", "POST", "DELETE"]
ROUTES = [
    Route(f"{_SPACE}/variables", variables, methods=_METHODS),
    Route(f"{_SPACE}/secrets", secrets, methods=_METHODS),
]
