"""Show, restart and pause a Space's runtime, and change its hardware.

https://huggingface.co/docs/huggingface_hub/guides/manage-spaces
"""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.routes.dependencies import get_space, get_writable_space, read_json
from deployer.rehearsal.runtime import StartReason
from deployer.rehearsal.store import HostedSpace
from deployer.space.space import Sdk, Stage


async def show(request: Request) -> Response:
    """Show the stage, the running commit and the hardware."""
    space = get_space(request)
    answer = runtime_json(space)
    space.runtime.polls.add()
    return JSONResponse(answer)


async def restart(request: Request) -> Response:
    """Restart the head; a factory restart rebuilds it."""
    space = _get_restartable_space(request)
    factory = request.query_params.get("factory") == "true"
    space.runtime.start(
        space.repository.head, StartReason.FACTORY if factory else StartReason.RESTART
    )
    return JSONResponse(runtime_json(space) | {"stage": Stage.BUILDING})


async def pause(request: Request) -> Response:
    """Pause it until a restart."""
    space = _get_restartable_space(request)
    await space.runtime.pause()
    return JSONResponse(runtime_json(space))


async def sleep_time(request: Request) -> Response:
    """Set after how long without visitors it sleeps."""
    space, body = get_writable_space(request), await read_json(request)
    space.sleep_time = int(body.get("seconds") or -1)
    return JSONResponse(runtime_json(space))


async def hardware(request: Request) -> Response:
    """Change the hardware, which restarts it."""
    space, body = get_writable_space(request), await read_json(request)
    if not body.get("flavor"):
        raise HttpError(400, '"flavor" is required')
    space.hardware = str(body["flavor"])
    space.sleep_time = body.get("sleepTimeSeconds") or space.sleep_time
    space.runtime.start(space.repository.head, StartReason.SETTINGS)
    return JSONResponse(runtime_json(space))


async def host(request: Request) -> Response:
    """The URL of the app."""
    space = get_space(request)
    return JSONResponse({"host": space.url, "subdomain": subdomain_of(space)})


def runtime_json(space: HostedSpace) -> dict[str, Any]:
    """A Space's runtime as the Hub sends it."""
    fields = space.runtime.to_json()
    if space.sdk == Sdk.STATIC:
        fields["hardware"] = {"current": None, "requested": None}
        return fields | {"storage": None, "replicas": {"requested": 1, "current": 1}}
    is_running = space.runtime.running is not None
    fields["hardware"] = {
        "current": space.hardware if is_running else None,
        "requested": space.hardware,
    }
    fields |= {"storage": None, "replicas": {"current": 1 if is_running else None, "requested": 1}}
    if fields["stage"] != Stage.PAUSED:
        domain = {"domain": space.url.partition("://")[2], "stage": "READY"}
        fields |= {"gcTimeout": space.sleep_time, "devMode": False, "domains": [domain]}
    return fields


def subdomain_of(space: HostedSpace) -> str:
    """The subdomain that it would have on hf.space."""
    return re.sub(r"[^a-z0-9]+", "-", space.id.lower()).strip("-")


def _get_restartable_space(request: Request) -> HostedSpace:
    space = get_writable_space(request)
    if space.sdk == Sdk.STATIC:
        raise HttpError(400, "A static Space can't be restarted or paused")
    return space


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/runtime", show),
    Route(f"{_SPACE}/restart", restart, methods=["POST"]),
    Route(f"{_SPACE}/pause", pause, methods=["POST"]),
    Route(f"{_SPACE}/sleeptime", sleep_time, methods=["POST"]),
    Route(f"{_SPACE}/hardware", hardware, methods=["POST"]),
    Route(f"{_SPACE}/host", host),
]
