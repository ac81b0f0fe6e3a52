"""How files get in: which way each is to be sent, and the commit itself.

https://huggingface.co/docs/huggingface_hub/guides/upload
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deployer.rehearsal.commit_builder import CommitBuilder, checked
from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.largefiles import LargeFiles, get_readable_space, text_of
from deployer.rehearsal.repository import MAIN, CommitNote, names_head
from deployer.rehearsal.routes.dependencies import (
    base_of,
    commit_of,
    get_writable_space,
    hub_of,
    json_of,
    part_of,
    require_user,
)
from deployer.source.ignore import GIT_ATTRIBUTES, GIT_IGNORE_FILE, Patterns

_MAX_FILES = 1000
_UPDATED = "The branch was updated since you opened this page. Please refresh and try again."


async def preupload(request: Request) -> Response:
    """For each file: large or regular, whether .gitignore drops it, and its id where it exists."""
    space, body = get_writable_space(request), await json_of(request)
    commit, objects = commit_of(request, space), hub_of(request).store.objects
    asked = body.get("files") or []
    if len(asked) > _MAX_FILES:
        raise HttpError(400, f"Too many files: at most {_MAX_FILES}")
    attributes = body.get("gitAttributes") or text_of(commit.files, GIT_ATTRIBUTES, objects)
    given = body.get("gitIgnore")
    ignore = text_of(commit.files, GIT_IGNORE_FILE, objects) if given is None else str(given)
    rules, dropped = LargeFiles(attributes), get_readable_space(ignore.splitlines())
    answers = [_advice(file, rules, dropped) for file in asked]
    for answer in answers:
        if answer["path"] in commit.files:
            there = commit.files[answer["path"]]
            answer["oid"] = there.lfs or there.oid
    return JSONResponse({"files": answers, "commitOid": commit.id})


def _advice(file: dict[str, Any], rules: LargeFiles, dropped: Patterns) -> dict[str, Any]:
    path = checked(str(file.get("path")))
    sample = _decoded({"content": file.get("sample"), "encoding": "base64", "path": path})
    mode = rules.mode(path, int(file.get("size") or 0), sample)
    return {"path": path, "uploadMode": mode, "shouldIgnore": dropped.match(path) is not None}


async def receive(request: Request) -> Response:
    """One commit of all operations in the body, or none of them."""
    space, hub = get_writable_space(request), hub_of(request)
    parent = commit_of(request, space)
    branch = part_of(request, "revision")
    if request.query_params.get("create_pr") or branch not in space.repository.branches:
        raise HttpError(400, "Commits go to a branch; this Hub has no pull requests")
    header, operations = _read(await request.body())
    if not names_head(parent.id, str(header.get("parentCommit") or parent.id)):
        raise HttpError(412, _UPDATED)
    draft = hub.store.draft(space, parent)
    for key, value in operations:
        _apply(draft, key, value)
    made = hub.store.commit(space, draft, _note(header, require_user(request).name), branch)
    if branch == MAIN:
        hub.landed(space, made)
    url = f"{base_of(request)}/spaces/{space.id}/commit/{made.id}"
    answer = {"success": True, "commitOid": made.id, "commitUrl": url, "hookOutput": ""}
    return JSONResponse(answer)


def _read(body: bytes) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    try:
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        pairs = [(str(line["key"]), dict(line["value"])) for line in lines]
    except (ValueError, TypeError, KeyError):
        raise HttpError(400, "Invalid commit: one JSON object a line is expected") from None
    if not pairs or pairs[0][0] != "header" or not pairs[0][1].get("summary"):
        raise HttpError(400, "Invalid commit: the first line must be a header with a summary")
    return pairs[0][1], pairs[1:]


def _note(header: dict[str, Any], author: str) -> CommitNote:
    return CommitNote(str(header["summary"]), author, str(header.get("description") or ""))


def _apply(draft: CommitBuilder, key: str, value: dict[str, Any]) -> None:
    path = str(value.get("path") or "")
    match key:
        case "file":
            draft.put(path, _decoded(value))
        case "lfsFile":
            draft.put_large(path, str(value.get("oid")))
        case "deletedFile" | "deletedEntry":
            draft.delete(path)
        case "deletedFolder":
            draft.delete_folder(path)
        case _:
            raise HttpError(400, f"Invalid commit: unknown operation {key!r}")


def _decoded(value: dict[str, Any]) -> bytes:
    content = str(value.get("content") or "")
    if value.get("encoding", "utf-8") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise HttpError(400, f"Invalid commit: {value.get('path')} is no base64") from None


async def duplicate(request: Request) -> Response:
    """Large files of one Space become known to another, without sending their bytes."""
    source, body = get_writable_space(request), await json_of(request)
    target = get_writable_space(request, str((body.get("target") or {}).get("name")))
    failed: list[dict[str, str]] = []
    for oid in _oids(body.get("files") or []):
        if oid in source.large:
            target.large.add(oid)
        else:
            failed.append({"sha256": oid, "error": "There is no such file"})
    return JSONResponse({"success": [], "failed": failed})


def _oids(files: Iterable[dict[str, Any]]) -> Iterable[str]:
    return (str(file.get("sha256")) for file in files)


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/preupload/{{revision}}", preupload, methods=["POST"]),
    Route(f"{_SPACE}/commit/{{revision}}", receive, methods=["POST"]),
    Route(f"{_SPACE}/lfs-files/duplicate", duplicate, methods=["POST"]),
]
