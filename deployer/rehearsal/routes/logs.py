"""Stream the logs, the stage and the metrics as server-sent events.

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
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.routes.dependencies import (
    get_hub,
    get_owned_space,
    get_path_param,
    get_space,
)
from deployer.rehearsal.routes.runtime import runtime_json
from deployer.rehearsal.store import HostedSpace

_POLL_SECONDS = 0.05


async def log(request: Request) -> Response:
    """The log of the build or of the app, from its first line."""
    space, scenario = get_owned_space(request), get_hub(request).scenario
    kind = get_path_param(request, "kind")
    buffers = {"build": space.runtime.build_log, "run": space.runtime.run_log}
    buffer = buffers.get(kind)
    if buffer is None:
        raise HttpError(404, f"No {kind} log")
    chunks = buffer.follow(keep_alive=scenario.keep_alive, until_closed=scenario.close_logs)
    return _stream(chunks)


async def events(request: Request) -> Response:
    """The runtime, at every change."""
    return _stream(_runtimes(get_space(request)))


async def _runtimes(space: HostedSpace) -> AsyncIterator[bytes]:
    sent = None
    while True:
        runtime = runtime_json(space)
        if runtime != sent:
            sent = runtime
            yield f"event: status\ndata: {json.dumps(runtime)}\n\n".encode()
        await asyncio.sleep(_POLL_SECONDS)


async def metrics(request: Request) -> Response:
    """What the running app uses of its CPU and memory, about once a second."""
    measured = get_owned_space(request).runtime.metrics()
    if measured is None:
        raise HttpError(404, "No metrics")
    return _stream(_metric_events(measured))


async def _metric_events(measured: AsyncIterator[Metric | str]) -> AsyncIterator[bytes]:
    async for metric in measured:
        data = metric if isinstance(metric, str) else json.dumps(metric.to_json())
        yield f"event: metric\ndata: {data}\n\n".encode()


def _stream(chunks: AsyncIterator[bytes]) -> Response:
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(chunks, headers=headers, media_type="text/event-stream")


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/logs/{{kind}}", log),
    Route(f"{_SPACE}/events", events),
    Route(f"{_SPACE}/metrics", metrics),
]
