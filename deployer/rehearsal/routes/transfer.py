"""Upload LFS files. https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md"""

from __future__ import annotations

import re
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.routes.dependencies import (
    get_base_url,
    get_hub,
    get_path_param,
    get_writable_space,
    read_json,
)
from deployer.rehearsal.store import HostedSpace

CONTENT = "/_lfs/"
_JSON = "application/vnd.git-lfs+json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


async def batch(request: Request) -> Response:
    """The upload URL of each file; none for a file that the Space has."""
    space, body = get_writable_space(request), await read_json(request)
    if body.get("operation") != "upload":
        raise HttpError(422, "Only uploads use Git LFS; download with resolve")
    objects = [_upload_object(request, space, wanted) for wanted in body.get("objects") or []]
    return JSONResponse({"transfer": "basic", "objects": objects}, media_type=_JSON)


async def put(request: Request) -> Response:
    """Receive the bytes of one file, with a ticket from `batch`."""
    hub, oid = get_hub(request), get_path_param(request, "oid")
    ticket = request.query_params.get("ticket", "")
    announced, size = hub.tokens.upload_tickets.get(ticket, ("", 0))
    if announced != oid:
        raise HttpError(403, "This upload was not announced")
    await hub.store.objects.receive_lfs(oid, request.stream(), size)
    return Response()


async def verify(request: Request) -> Response:
    """Confirm a complete upload; from then on commits may refer to it."""
    space, body = get_writable_space(request), await read_json(request)
    oid = str(body.get("oid"))
    stored = get_hub(request).store.objects.lfs_path(_check_oid(oid))
    if not stored.is_file() or stored.stat().st_size != body.get("size"):
        raise HttpError(404, "The object does not exist or has another size")
    space.lfs_objects.add(oid)
    return JSONResponse({}, media_type=_JSON)


def _upload_object(request: Request, space: HostedSpace, wanted: dict[str, Any]) -> dict[str, Any]:
    oid, size = str(wanted.get("oid")), wanted.get("size")
    answer: dict[str, Any] = {"oid": oid, "size": size, "authenticated": True}
    if _check_oid(oid) not in space.lfs_objects:
        if not isinstance(size, int):
            raise HttpError(422, "An object needs a size")
        ticket = secrets.token_urlsafe(32)
        get_hub(request).tokens.upload_tickets[ticket] = oid, size
        verify_url = f"{get_base_url(request)}/spaces/{space.id}.git/info/lfs/objects/verify"
        answer["actions"] = {
            "upload": {"href": f"{get_base_url(request)}{CONTENT}{oid}?ticket={ticket}"},
            "verify": {"href": verify_url},
        }
    return answer


def _check_oid(oid: str) -> str:
    if not _SHA256.fullmatch(oid):
        raise HttpError(422, "An object id must be a SHA-256")
    return oid


_OBJECTS = "/spaces/{owner}/{name}.git/info/lfs/objects"
ROUTES = [
    Route(f"{_OBJECTS}/batch", batch, methods=["POST"]),
    Route(f"{_OBJECTS}/verify", verify, methods=["POST"]),
    Route(f"{CONTENT}{{oid}}", put, methods=["PUT"]),
]
