"""Branches and tags."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import REVISION, HttpError
from deployer.rehearsal.repository import MAIN, CommitNote
from deployer.rehearsal.routes.dependencies import (
    commit_of,
    get_writable_space,
    hub_of,
    json_of,
    part_of,
    require_user,
    space_of,
)


async def refs(request: Request) -> Response:
    """All branches and tags."""
    repository = space_of(request).repository
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
    """A new branch, from the head or from a starting point."""
    space, body = get_writable_space(request), await json_of(request)
    name = part_of(request, "branch")
    if name in space.repository.branches and not body.get("overwrite"):
        raise HttpError(409, f"Reference already exists: {name}")
    start = space.repository.resolve(str(body.get("startingPoint") or MAIN))
    space.repository.branches[_checked(name)] = start.id
    return JSONResponse({})


async def delete_branch(request: Request) -> Response:
    """A branch is gone; main stays."""
    space, name = get_writable_space(request), part_of(request, "branch")
    if name == MAIN:
        raise HttpError(403, "The main branch can't be deleted")
    if space.repository.branches.pop(name, None) is None:
        raise HttpError(404, f"Invalid rev id: {name}", REVISION)
    return JSONResponse({})


async def create_tag(request: Request) -> Response:
    """A new tag on a revision."""
    space, body = get_writable_space(request), await json_of(request)
    name = _checked(str(body.get("tag") or ""))
    if name in space.repository.tags:
        raise HttpError(409, f"Tag reference exists already: {name}")
    space.repository.tags[name] = commit_of(request, space).id
    return JSONResponse({})


async def delete_tag(request: Request) -> Response:
    """A tag is gone."""
    space, name = get_writable_space(request), part_of(request, "revision")
    if space.repository.tags.pop(name, None) is None:
        raise HttpError(404, f"Invalid rev id: {name}", REVISION)
    return JSONResponse({})


async def squash(request: Request) -> Response:
    """One commit in place of a branch's history; what tags stand at can still be asked for."""
    space, body, name = (
        get_writable_space(request),
        await json_of(request),
        part_of(request, "branch"),
    )
    if name not in space.repository.branches:
        raise HttpError(404, f"Invalid rev id: {name}", REVISION)
    note = CommitNote(str(body.get("message") or "Super-squash branch"), require_user(request).name)
    commit = space.repository.squash(name, note)
    if name == MAIN:
        hub_of(request).landed(space, commit)
    return JSONResponse({})


def _checked(name: str) -> str:
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
