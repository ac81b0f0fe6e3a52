"""Single files, to download."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import ENTRY, HttpError
from deployer.rehearsal.ranges import ranged
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.routes.dependencies import commit_of, hub_of, part_of, space_of
from deployer.source.tree import RemoteFile


async def resolve(request: Request) -> Response:
    """The bytes of a file, or a range of them; large files too."""
    commit = commit_of(request, space_of(request))
    file, objects = _file(request, commit), hub_of(request).store.objects
    headers = {"X-Repo-Commit": commit.id, "ETag": f'"{file.lfs or file.oid}"'}
    if file.lfs is None:
        return ranged(request, objects.read(file), file.path, headers)
    headers |= {"X-Linked-Etag": f'"{file.lfs}"', "X-Linked-Size": str(file.size)}
    return FileResponse(
        objects.place(file.lfs), headers=headers, media_type="application/octet-stream"
    )


async def raw(request: Request) -> Response:
    """The bytes as git has them: of a large file its pointer."""
    commit = commit_of(request, space_of(request))
    file = _file(request, commit)
    headers = {"X-Repo-Commit": commit.id, "ETag": f'"{file.oid}"'}
    return Response(hub_of(request).store.objects.raw(file), 200, headers, "text/plain")


def _file(request: Request, commit: StoredCommit) -> RemoteFile:
    file = commit.files.get(part_of(request, "path"))
    if file is None:
        raise HttpError(404, "Entry not found", ENTRY)
    return file


_SPACE = "/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/resolve/{{revision}}/{{path:path}}", resolve),
    Route(f"{_SPACE}/raw/{{revision}}/{{path:path}}", raw),
]
