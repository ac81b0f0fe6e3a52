"""Large files come in by Git LFS. https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md"""

from __future__ import annotations

import re
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.routes.dependencies import (
    base_of,
    get_writable_space,
    hub_of,
    json_of,
    part_of,
)
from deployer.rehearsal.store import HostedSpace

CONTENT = "/_lfs/"
_JSON = "application/vnd.git-lfs+json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


async def batch(request: Request) -> Response:
    """Where each file is to be sent; nowhere where it is here already."""
    space, body = get_writable_space(request), await json_of(request)
    if body.get("operation") != "upload":
        raise HttpError(422, "Only uploads go by Git LFS; download with resolve")
    objects = [_ticket(request, space, wanted) for wanted in body.get("objects") or []]
    return JSONResponse({"transfer": "basic", "objects": objects}, media_type=_JSON)


async def put(request: Request) -> Response:
    """The bytes of one file, for who got a ticket."""
    hub, oid = hub_of(request), part_of(request, "oid")
    if hub.tokens.tickets.get(request.query_params.get("ticket", "")) != oid:
        raise HttpError(403, "This upload was not announced")
    await hub.store.objects.receive(oid, request.stream())
    return Response()


async def verify(request: Request) -> Response:
    """Whether a file has come in whole; from then on commits may name it."""
    space, body = get_writable_space(request), await json_of(request)
    oid = str(body.get("oid"))
    place = hub_of(request).store.objects.place(_checked(oid))
    if not place.is_file() or place.stat().st_size != body.get("size"):
        raise HttpError(404, "The object does not exist or has another size")
    space.large.add(oid)
    return JSONResponse({}, media_type=_JSON)


def _ticket(request: Request, space: HostedSpace, wanted: dict[str, Any]) -> dict[str, Any]:
    oid, size = str(wanted.get("oid")), wanted.get("size")
    answer: dict[str, Any] = {"oid": oid, "size": size, "authenticated": True}
    if _checked(oid) not in space.large:
        ticket = secrets.token_hex(8)
        hub_of(request).tokens.tickets[ticket] = oid
        verified = f"{base_of(request)}/spaces/{space.id}.git/info/lfs/objects/verify"
        answer["actions"] = {
            "upload": {"href": f"{base_of(request)}{CONTENT}{oid}?ticket={ticket}"},
            "verify": {"href": verified},
        }
    return answer


def _checked(oid: str) -> str:
    if not _SHA256.fullmatch(oid):
        raise HttpError(422, "An object is named by its SHA-256")
    return oid


_OBJECTS = "/spaces/{owner}/{name}.git/info/lfs/objects"
ROUTES = [
    Route(f"{_OBJECTS}/batch", batch, methods=["POST"]),
    Route(f"{_OBJECTS}/verify", verify, methods=["POST"]),
    Route(f"{CONTENT}{{oid}}", put, methods=["PUT"]),
]
