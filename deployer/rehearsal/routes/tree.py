"""List the tree, single paths and the history of a revision."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import ENTRY_NOT_FOUND, HttpError
from deployer.rehearsal.objects import lfs_pointer
from deployer.rehearsal.repository import Repository, StoredCommit, format_time
from deployer.rehearsal.routes.dependencies import (
    get_base_url,
    get_commit,
    get_int_param,
    get_path_param,
    get_space,
)
from deployer.source.tree import RemoteFile

_TREE_PAGE = 1000
_EXPANDED_PAGE = 50
_HISTORY_PAGE = 50
_MAX_PATHS = 2000


async def listing(request: Request) -> Response:
    """List a folder, one page at a time."""
    space = get_space(request)
    commit = get_commit(request, space)
    folder, query = get_path_param(request, "path").strip("/"), request.query_params
    if folder not in commit.folders:
        raise HttpError(404, f'"{folder}" does not exist on "{commit.id[:7]}"', ENTRY_NOT_FOUND)
    entries = list(_below(commit, folder, recursive=query.get("recursive") == "true"))
    expand = query.get("expand") == "true"
    size = _EXPANDED_PAGE if expand else _TREE_PAGE
    start = get_int_param(request, "cursor", 0)
    answers = [entry_json(path, found) for path, found in entries[start : start + size]]
    if expand:
        _add_last_commits(space.repository, commit, answers)
    more = {"cursor": str(start + size)} if start + size < len(entries) else None
    return JSONResponse(answers, headers=_next_link(request, more))


async def paths_info(request: Request) -> Response:
    """The entries at some paths, without missing ones."""
    commit = get_commit(request, get_space(request))
    form = parse_qs((await request.body()).decode(), keep_blank_values=True)
    paths = form.get("paths", [])
    if len(paths) > _MAX_PATHS:
        raise HttpError(413, f"Too many paths: at most {_MAX_PATHS}")
    found = ((p, commit.files.get(p) or commit.folders.get(p)) for p in dict.fromkeys(paths) if p)
    return JSONResponse([entry_json(path, entry) for path, entry in found if entry is not None])


async def commits(request: Request) -> Response:
    """The history of a revision, newest first, one page at a time."""
    repository = get_space(request).repository
    history = repository.history(repository.resolve(get_path_param(request, "revision")))
    size = min(get_int_param(request, "limit", _HISTORY_PAGE), _HISTORY_PAGE) or 1
    page = get_int_param(request, "p", 0)
    more = {"p": str(page + 1)} if (page + 1) * size < len(history) else None
    headers = _next_link(request, more) | {"X-Total-Count": str(len(history))}
    shown = history[page * size : (page + 1) * size]
    return JSONResponse([_commit_json(commit) for commit in shown], headers=headers)


def entry_json(path: str, found: RemoteFile | str) -> dict[str, Any]:
    """The JSON of a file, or of a folder with its tree id."""
    if isinstance(found, str):
        return {"type": "directory", "oid": found, "size": 0, "path": path}
    entry: dict[str, Any] = {"type": "file", "oid": found.oid, "size": found.size, "path": path}
    if found.lfs is not None:
        size = len(lfs_pointer(found.lfs, found.size))
        entry["lfs"] = {"oid": found.lfs, "size": found.size, "pointerSize": size}
        # clients copy LFS files between repositories only if there is one
        entry["xetHash"] = hashlib.sha256(found.lfs.encode()).hexdigest()
    return entry


def _below(
    commit: StoredCommit, folder: str, *, recursive: bool
) -> Iterable[tuple[str, RemoteFile | str]]:
    prefix = f"{folder}/" if folder else ""
    for path, found in commit.entries:
        if path.startswith(prefix) and (recursive or "/" not in path[len(prefix) :]):
            yield path, found


def _add_last_commits(
    repository: Repository, commit: StoredCommit, entries: list[dict[str, Any]]
) -> None:
    history = repository.history(commit)
    for entry in entries:
        last = _last_change(history, entry["path"])
        date = format_time(last.date)
        entry["lastCommit"] = {"id": last.id, "title": last.title, "date": date}


def _last_change(history: list[StoredCommit], path: str) -> StoredCommit:
    for newer, older in zip(history, history[1:], strict=False):
        if _entry_at(newer, path) != _entry_at(older, path):
            return newer
    return history[-1]


def _entry_at(commit: StoredCommit, path: str) -> RemoteFile | str | None:
    return commit.files.get(path) or commit.folders.get(path)


def _commit_json(commit: StoredCommit) -> dict[str, Any]:
    author = {"user": commit.author, "avatar": "/avatar.svg"}
    return {
        "id": commit.id,
        "title": commit.title,
        "message": commit.message,
        "authors": [author],
        "date": format_time(commit.date),
    }


def _next_link(request: Request, more: dict[str, str] | None) -> dict[str, str]:
    """The absolute URL of the next page."""
    if more is None:
        return {}
    query = urlencode({**request.query_params, **more})
    path = request.scope["raw_path"].decode("latin-1")
    return {"Link": f'<{get_base_url(request)}{path}?{query}>; rel="next"'}


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/tree/{{revision}}", listing),
    Route(f"{_SPACE}/tree/{{revision}}/{{path:path}}", listing),
    Route(f"{_SPACE}/paths-info/{{revision}}", paths_info, methods=["POST"]),
    Route(f"{_SPACE}/commits/{{revision}}", commits),
]
