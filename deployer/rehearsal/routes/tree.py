"""What a revision holds: the tree, single paths, and the history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.http_errors import ENTRY, HttpError
from deployer.rehearsal.objects import pointer
from deployer.rehearsal.repository import Repository, StoredCommit, stamp
from deployer.rehearsal.routes.dependencies import base_of, commit_of, number_of, part_of, space_of
from deployer.source.tree import RemoteFile

_TREE_PAGE = 1000
_EXPANDED_PAGE = 50
_HISTORY_PAGE = 50
_MAX_PATHS = 2000


async def listing(request: Request) -> Response:
    """The entries below a folder, a page of them."""
    space = space_of(request)
    commit = commit_of(request, space)
    folder, query = part_of(request, "path").strip("/"), request.query_params
    if folder not in commit.folders:
        raise HttpError(404, f'"{folder}" does not exist on "{commit.id[:7]}"', ENTRY)
    entries = list(_below(commit, folder, recursive=query.get("recursive") == "true"))
    expand = query.get("expand") == "true"
    size = _EXPANDED_PAGE if expand else _TREE_PAGE
    start = number_of(request, "cursor", 0)
    answers = [entry_of(path, found) for path, found in entries[start : start + size]]
    if expand:
        _tell_last_commits(space.repository, commit, answers)
    more = {"cursor": str(start + size)} if start + size < len(entries) else None
    return JSONResponse(answers, headers=_link(request, more))


async def paths_info(request: Request) -> Response:
    """The entries at some paths; what is missing is left out."""
    commit = commit_of(request, space_of(request))
    form = parse_qs((await request.body()).decode(), keep_blank_values=True)
    paths = form.get("paths", [])
    if len(paths) > _MAX_PATHS:
        raise HttpError(413, f"Too many paths: at most {_MAX_PATHS}")
    found = ((p, commit.files.get(p) or commit.folders.get(p)) for p in dict.fromkeys(paths) if p)
    return JSONResponse([entry_of(path, entry) for path, entry in found if entry is not None])


async def commits(request: Request) -> Response:
    """The history of a revision, newest first, a page of it."""
    repository = space_of(request).repository
    history = repository.history(repository.resolve(part_of(request, "revision")))
    size = min(number_of(request, "limit", _HISTORY_PAGE), _HISTORY_PAGE) or 1
    page = number_of(request, "p", 0)
    more = {"p": str(page + 1)} if (page + 1) * size < len(history) else None
    headers = _link(request, more) | {"X-Total-Count": str(len(history))}
    shown = history[page * size : (page + 1) * size]
    return JSONResponse([_told(commit) for commit in shown], headers=headers)


def entry_of(path: str, found: RemoteFile | str) -> dict[str, Any]:
    """One file, or one folder by its tree id, as the Hub lists it."""
    if isinstance(found, str):
        return {"type": "directory", "oid": found, "size": 0, "path": path}
    entry: dict[str, Any] = {"type": "file", "oid": found.oid, "size": found.size, "path": path}
    if found.lfs is not None:
        size = len(pointer(found.lfs, found.size))
        entry["lfs"] = {"oid": found.lfs, "size": found.size, "pointerSize": size}
        # clients copy large files between repositories only where there is one
        entry["xetHash"] = hashlib.sha256(found.lfs.encode()).hexdigest()
    return entry


def _below(
    commit: StoredCommit, folder: str, *, recursive: bool
) -> Iterable[tuple[str, RemoteFile | str]]:
    prefix = f"{folder}/" if folder else ""
    for path, found in commit.listing:
        if path.startswith(prefix) and (recursive or "/" not in path[len(prefix) :]):
            yield path, found


def _tell_last_commits(
    repository: Repository, commit: StoredCommit, entries: list[dict[str, Any]]
) -> None:
    history = repository.history(commit)
    for entry in entries:
        last = _last_change(history, entry["path"])
        told = {"id": last.id, "title": last.title, "date": stamp(last.date)}
        entry["lastCommit"] = told


def _last_change(history: list[StoredCommit], path: str) -> StoredCommit:
    for newer, older in zip(history, history[1:], strict=False):
        if _at(newer, path) != _at(older, path):
            return newer
    return history[-1]


def _at(commit: StoredCommit, path: str) -> RemoteFile | str | None:
    return commit.files.get(path) or commit.folders.get(path)


def _told(commit: StoredCommit) -> dict[str, Any]:
    author = {"user": commit.author, "avatar": "/avatar.svg"}
    return {
        "id": commit.id,
        "title": commit.title,
        "message": commit.message,
        "authors": [author],
        "date": stamp(commit.date),
    }


def _link(request: Request, more: dict[str, str] | None) -> dict[str, str]:
    """The address of the next page, absolute: clients follow it as it stands."""
    if more is None:
        return {}
    query = urlencode({**request.query_params, **more})
    path = request.scope["raw_path"].decode("latin-1")
    return {"Link": f'<{base_of(request)}{path}?{query}>; rel="next"'}


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/tree/{{revision}}", listing),
    Route(f"{_SPACE}/tree/{{revision}}/{{path:path}}", listing),
    Route(f"{_SPACE}/paths-info/{{revision}}", paths_info, methods=["POST"]),
    Route(f"{_SPACE}/commits/{{revision}}", commits),
]
