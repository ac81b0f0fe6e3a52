"""Variables and secrets. Each change restarts the Space.

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
from deployer.rehearsal.repository import stamp
from deployer.rehearsal.routes.dependencies import get_owned_space, get_writable_space, json_of
from deployer.rehearsal.runtime import StartReason
from deployer.rehearsal.store import HostedSpace, Setting

_READING = ("GET", "HEAD")
_KEY = re.compile(r"[a-zA-Z][_a-zA-Z0-9]*")


async def variables(request: Request) -> Response:
    """Tell the variables, set one or delete one; the answer is all of them."""
    space = _space(request)
    if await _change(request, space.variables):
        _restart(space)
    return JSONResponse({key: _told(s) | {"value": s.value} for key, s in space.variables.items()})


async def secrets(request: Request) -> Response:
    """Tell the secrets' names, set one or delete one; values are never told."""
    space = _space(request)
    if await _change(request, space.secrets):
        _restart(space)
        return JSONResponse({})
    return JSONResponse({key: _told(setting) for key, setting in space.secrets.items()})


def settings_from(given: Iterable[dict[str, Any]]) -> dict[str, Setting]:
    """Settings as repos/create gets them. Refusal where a key can't be one."""
    return {_key(one): Setting(str(one.get("value")), one.get("description")) for one in given}


def _space(request: Request) -> HostedSpace:
    return get_owned_space(request) if request.method in _READING else get_writable_space(request)


async def _change(request: Request, settings: dict[str, Setting]) -> bool:
    if request.method in _READING:
        return False
    body = await json_of(request)
    if request.method == "POST":
        settings |= settings_from([body])
    elif settings.pop(_key(body), None) is None:
        raise HttpError(404, f"There is no {body.get('key')!r}")
    return True


def _restart(space: HostedSpace) -> None:
    space.runtime.start(space.repository.head, StartReason.SETTINGS)


def _key(body: dict[str, Any]) -> str:
    key = str(body.get("key"))
    if not _KEY.fullmatch(key):
        raise HttpError(400, f'"key" must match {_KEY.pattern}')
    return key


def _told(setting: Setting) -> dict[str, str]:
    told = {"updatedAt": stamp(setting.updated)}
    return told | ({"description": setting.description} if setting.description else {})


_SPACE = "/api/spaces/{owner}/{name}"
_METHODS = ["GET", "POST", "DELETE"]
ROUTES = [
    Route(f"{_SPACE}/variables", variables, methods=_METHODS),
    Route(f"{_SPACE}/secrets", secrets, methods=_METHODS),
]
