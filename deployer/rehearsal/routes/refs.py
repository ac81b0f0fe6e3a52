"""List, create and delete branches and tags."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import REVISION_NOT_FOUND, HttpError
from deployer.rehearsal.repository import MAIN, CommitInfo
from deployer.rehearsal.routes.dependencies import (
    get_commit,
    get_hub,
    get_path_param,
    get_space,
    get_writable_space,
    read_json,
    require_user,
)


async def refs(request: Request) -> Response:
    """List all branches and tags."""
    repository = get_space(request).repository
    answer = {
        kind: [
            {"name": name, "ref": f"refs/{folder}/{name}", "targetCommit": commit}
            for name, commit in names.items()
        ]
        for kind, folder, names in (
            ("branches", "heads", repository.branches),
            ("tags", "tags", repository.tags),
        )
    }
    answer["converts"] = []
    if request.query_params.get("include_prs"):
        answer["pullRequests"] = []
    return JSONResponse(answer)


async def create_branch(request: Request) -> Response:
    """Create a branch at the head or at a starting point."""
    space, body = get_writable_space(request), await read_json(request)
    name = get_path_param(request, "branch")
    if name in space.repository.branches and not body.get("overwrite"):
        raise HttpError(409, f"Reference already exists: {name}")
    start = space.repository.resolve(str(body.get("startingPoint") or MAIN))
    space.repository.branches[_check_name(name)] = start.id
    return JSONResponse({})


async def delete_branch(request: Request) -> Response:
    """Delete a branch, but not main."""
    space, name = get_writable_space(request), get_path_param(request, "branch")
    if name == MAIN:
        raise HttpError(403, "The main branch can't be deleted")
    if space.repository.branches.pop(name, None) is None:
        raise HttpError(404, f"Invalid rev id: {name}", REVISION_NOT_FOUND)
    return JSONResponse({})


async def create_tag(request: Request) -> Response:
    """Create a tag at a revision."""
    space, body = get_writable_space(request), await read_json(request)
    name = _check_name(str(body.get("tag") or ""))
    if name in space.repository.tags:
        raise HttpError(409, f"Tag reference exists already: {name}")
    space.repository.tags[name] = get_commit(request, space).id
    return JSONResponse({})


async def delete_tag(request: Request) -> Response:
    """Delete a tag."""
    space, name = get_writable_space(request), get_path_param(request, "revision")
    if space.repository.tags.pop(name, None) is None:
        raise HttpError(404, f"Invalid rev id: {name}", REVISION_NOT_FOUND)
    return JSONResponse({})


async def squash(request: Request) -> Response:
    """Replace a branch's history by one commit; tagged commits stay available."""
    space, body, name = (
        get_writable_space(request),
        await read_json(request),
        get_path_param(request, "branch"),
    )
    if name not in space.repository.branches:
        raise HttpError(404, f"Invalid rev id: {name}", REVISION_NOT_FOUND)
    info = CommitInfo(str(body.get("message") or "Super-squash branch"), require_user(request).name)
    commit = space.repository.squash(name, info)
    if name == MAIN:
        get_hub(request).start_build(space, commit)
    return JSONResponse({})


def _check_name(name: str) -> str:
    if not name or name.startswith(("/", "-")) or ".." in name or " " in name:
        raise HttpError(400, f"Invalid reference for a branch or tag: {name!r}")
    return name


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/refs", refs),
    Route(f"{_SPACE}/branch/{{branch}}", create_branch, methods=["POST"]),
    Route(f"{_SPACE}/branch/{{branch}}", delete_branch, methods=["DELETE"]),
    Route(f"{_SPACE}/super-squash/{{branch}}", squash, methods=["POST"]),
    Route(f"{_SPACE}/tag/{{revision}}", create_tag, methods=["POST"]),
    Route(f"{_SPACE}/tag/{{revision}}", delete_tag, methods=["DELETE"]),
]
