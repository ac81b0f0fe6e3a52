"""The logs and the stage, as streams of server-sent events.

https://huggingface.co/docs/huggingface_hub/guides/manage-spaces
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.routes.dependencies import get_owned_space, hub_of, part_of, space_of
from deployer.rehearsal.routes.runtime import runtime_of
from deployer.rehearsal.store import HostedSpace

_LOOK_AGAIN = 0.05


async def log(request: Request) -> Response:
    """The log of the build or of the app, from its first line."""
    space, scenario = get_owned_space(request), hub_of(request).scenario
    kind = part_of(request, "kind")
    buffers = {"build": space.runtime.build_log, "run": space.runtime.run_log}
    buffer = buffers.get(kind)
    if buffer is None:
        raise HttpError(404, f"There is no {kind} log")
    chunks = buffer.follow(keep_alive=scenario.keep_alive, until_closed=scenario.close_logs)
    return _stream(chunks)


async def events(request: Request) -> Response:
    """The runtime, whenever it changes."""
    return _stream(_runtimes(space_of(request)))


async def _runtimes(space: HostedSpace) -> AsyncIterator[bytes]:
    told = None
    while True:
        runtime = runtime_of(space)
        if runtime != told:
            told = runtime
            yield f"event: status\ndata: {json.dumps(runtime)}\n\n".encode()
        await asyncio.sleep(_LOOK_AGAIN)


def _stream(chunks: AsyncIterator[bytes]) -> Response:
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(chunks, headers=headers, media_type="text/event-stream")


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/logs/{{kind}}", log),
    Route(f"{_SPACE}/events", events),
]
