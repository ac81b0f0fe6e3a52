"""Download single files."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import ENTRY_NOT_FOUND, HttpError
from deployer.rehearsal.ranges import range_response
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.routes.dependencies import get_commit, get_hub, get_path_param, get_space
from deployer.source.tree import RemoteFile


async def resolve(request: Request) -> Response:
    """The bytes of a file, LFS or not, or a range of them."""
    commit = get_commit(request, get_space(request))
    file, objects = _get_file(request, commit), get_hub(request).store.objects
    headers = {"X-Repo-Commit": commit.id, "ETag": f'"{file.lfs or file.oid}"'}
    if file.lfs is None:
        return range_response(request, objects.read(file), file.path, headers)
    headers |= {"X-Linked-Etag": f'"{file.lfs}"', "X-Linked-Size": str(file.size)}
    return FileResponse(
        objects.lfs_path(file.lfs), headers=headers, media_type="application/octet-stream"
    )


async def raw(request: Request) -> Response:
    """The bytes in git: for an LFS file its pointer."""
    commit = get_commit(request, get_space(request))
    file = _get_file(request, commit)
    headers = {"X-Repo-Commit": commit.id, "ETag": f'"{file.oid}"'}
    return Response(get_hub(request).store.objects.read_blob(file), 200, headers, "text/plain")


def _get_file(request: Request, commit: StoredCommit) -> RemoteFile:
    file = commit.files.get(get_path_param(request, "path"))
    if file is None:
        raise HttpError(404, "Entry not found", ENTRY_NOT_FOUND)
    return file


_SPACE = "/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/resolve/{{revision}}/{{path:path}}", resolve),
    Route(f"{_SPACE}/raw/{{revision}}/{{path:path}}", raw),
]
