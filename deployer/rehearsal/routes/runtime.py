"""What a Space's machine does: asked, restarted, paused, given other hardware.

https://huggingface.co/docs/huggingface_hub/guides/manage-spaces
"""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.routes.dependencies import get_writable_space, json_of, space_of
from deployer.rehearsal.runtime import StartReason
from deployer.rehearsal.store import HostedSpace
from deployer.space.space import Sdk, Stage


async def tell(request: Request) -> Response:
    """The stage, the running commit and the hardware."""
    space = space_of(request)
    answer = runtime_of(space)
    space.runtime.questions.ask()
    return JSONResponse(answer)


async def restart(request: Request) -> Response:
    """Start the head again; a factory restart builds it anew."""
    space = _with_machine(request)
    factory = request.query_params.get("factory") == "true"
    space.runtime.start(
        space.repository.head, StartReason.FACTORY if factory else StartReason.RESTART
    )
    return JSONResponse(runtime_of(space) | {"stage": Stage.BUILDING})


async def pause(request: Request) -> Response:
    """Stop it until somebody restarts it."""
    space = _with_machine(request)
    await space.runtime.pause()
    return JSONResponse(runtime_of(space))


async def sleep_time(request: Request) -> Response:
    """After how long without visitors it falls asleep."""
    space, body = get_writable_space(request), await json_of(request)
    space.sleep_time = int(body.get("seconds") or -1)
    return JSONResponse(runtime_of(space))


async def hardware(request: Request) -> Response:
    """Other hardware, which restarts it."""
    space, body = get_writable_space(request), await json_of(request)
    if not body.get("flavor"):
        raise HttpError(400, '"flavor" is required')
    space.hardware = str(body["flavor"])
    space.sleep_time = body.get("sleepTimeSeconds") or space.sleep_time
    space.runtime.start(space.repository.head, StartReason.SETTINGS)
    return JSONResponse(runtime_of(space))


async def host(request: Request) -> Response:
    """Where the app answers."""
    space = space_of(request)
    return JSONResponse({"host": space.url, "subdomain": subdomain_of(space)})


def runtime_of(space: HostedSpace) -> dict[str, Any]:
    """A Space's runtime as the Hub tells it."""
    facts = space.runtime.facts()
    if space.sdk == Sdk.STATIC:
        facts["hardware"] = {"current": None, "requested": None}
        return facts | {"storage": None, "replicas": {"requested": 1, "current": 1}}
    serves = space.runtime.running is not None
    facts["hardware"] = {"current": space.hardware if serves else None, "requested": space.hardware}
    facts |= {"storage": None, "replicas": {"current": 1 if serves else None, "requested": 1}}
    if facts["stage"] != Stage.PAUSED:
        domain = {"domain": space.url.partition("://")[2], "stage": "READY"}
        facts |= {"gcTimeout": space.sleep_time, "devMode": False, "domains": [domain]}
    return facts


def subdomain_of(space: HostedSpace) -> str:
    """The name that its address would have on hf.space."""
    return re.sub(r"[^a-z0-9]+", "-", space.id.lower()).strip("-")


def _with_machine(request: Request) -> HostedSpace:
    space = get_writable_space(request)
    if space.sdk == Sdk.STATIC:
        raise HttpError(400, "A static Space has nothing to restart or to pause")
    return space


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/runtime", tell),
    Route(f"{_SPACE}/restart", restart, methods=["POST"]),
    Route(f"{_SPACE}/pause", pause, methods=["POST"]),
    Route(f"{_SPACE}/sleeptime", sleep_time, methods=["POST"]),
    Route(f"{_SPACE}/hardware", hardware, methods=["POST"]),
    Route(f"{_SPACE}/host", host),
]
