"""Upload files: choose regular or LFS for each, and commit.

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

from deployer.rehearsal.commit_builder import CommitBuilder, check_path
from deployer.rehearsal.http_errors import HttpError
from deployer.rehearsal.lfs import LfsRules, compile_patterns, read_text
from deployer.rehearsal.repository import MAIN, CommitInfo, is_commit
from deployer.rehearsal.routes.dependencies import (
    get_base_url,
    get_commit,
    get_hub,
    get_path_param,
    get_writable_space,
    read_json,
    require_user,
)
from deployer.source.ignore import GIT_ATTRIBUTES, GIT_IGNORE_FILE, Patterns

_MAX_FILES = 1000
_UPDATED = "The branch was updated since you opened this page. Please refresh and try again."


async def preupload(request: Request) -> Response:
    """For each file: regular or LFS, whether .gitignore excludes it, and its id if it exists."""
    space, body = get_writable_space(request), await read_json(request)
    commit, objects = get_commit(request, space), get_hub(request).store.objects
    files = body.get("files") or []
    if len(files) > _MAX_FILES:
        raise HttpError(400, f"Too many files: at most {_MAX_FILES}")
    attributes = body.get("gitAttributes") or read_text(commit.files, GIT_ATTRIBUTES, objects)
    sent = body.get("gitIgnore")
    ignore = read_text(commit.files, GIT_IGNORE_FILE, objects) if sent is None else str(sent)
    rules, ignored = LfsRules(attributes), compile_patterns(ignore.splitlines())
    answers = [_upload_mode(file, rules, ignored) for file in files]
    for answer in answers:
        if answer["path"] in commit.files:
            existing = commit.files[answer["path"]]
            answer["oid"] = existing.lfs or existing.oid
    return JSONResponse({"files": answers, "commitOid": commit.id})


def _upload_mode(file: dict[str, Any], rules: LfsRules, ignored: Patterns) -> dict[str, Any]:
    path = check_path(str(file.get("path")))
    sample = _decode({"content": file.get("sample"), "encoding": "base64", "path": path})
    mode = rules.upload_mode(path, int(file.get("size") or 0), sample)
    return {"path": path, "uploadMode": mode, "shouldIgnore": ignored.match(path) is not None}


async def create_commit(request: Request) -> Response:
    """Make one commit of all operations in the body, or none."""
    space, hub = get_writable_space(request), get_hub(request)
    parent = get_commit(request, space)
    branch = get_path_param(request, "revision")
    if request.query_params.get("create_pr") or branch not in space.repository.branches:
        raise HttpError(400, "Commits go to a branch; this Hub has no pull requests")
    header, operations = _parse(await request.body())
    if not is_commit(parent.id, str(header.get("parentCommit") or parent.id)):
        raise HttpError(412, _UPDATED)
    builder = hub.store.commit_builder(space, parent)
    for key, value in operations:
        _apply(builder, key, value)
    made = hub.store.commit(
        space, builder, _commit_info(header, require_user(request).name), branch
    )
    if branch == MAIN:
        hub.start_build(space, made)
    url = f"{get_base_url(request)}/spaces/{space.id}/commit/{made.id}"
    answer = {"success": True, "commitOid": made.id, "commitUrl": url, "hookOutput": ""}
    return JSONResponse(answer)


def _parse(body: bytes) -> tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]:
    try:
        lines = [json.loads(line) for line in body.splitlines() if line.strip()]
        pairs = [(str(line["key"]), dict(line["value"])) for line in lines]
    except (ValueError, TypeError, KeyError):
        raise HttpError(400, "Invalid commit: one JSON object a line is expected") from None
    if not pairs or pairs[0][0] != "header" or not pairs[0][1].get("summary"):
        raise HttpError(400, "Invalid commit: the first line must be a header with a summary")
    return pairs[0][1], pairs[1:]


def _commit_info(header: dict[str, Any], author: str) -> CommitInfo:
    return CommitInfo(str(header["summary"]), author, str(header.get("description") or ""))


def _apply(builder: CommitBuilder, key: str, value: dict[str, Any]) -> None:
    path = str(value.get("path") or "")
    match key:
        case "file":
            builder.add_file(path, _decode(value))
        case "lfsFile":
            builder.add_lfs_file(path, str(value.get("oid")))
        case "deletedFile" | "deletedEntry":
            builder.delete_file(path)
        case "deletedFolder":
            builder.delete_folder(path)
        case _:
            raise HttpError(400, f"Invalid commit: unknown operation {key!r}")


def _decode(value: dict[str, Any]) -> bytes:
    content = str(value.get("content") or "")
    if value.get("encoding", "utf-8") != "base64":
        return content.encode()
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        raise HttpError(400, f"Invalid commit: {value.get('path')} is not base64") from None


async def duplicate(request: Request) -> Response:
    """Let one Space use the LFS files of another, without uploading them again."""
    source, body = get_writable_space(request), await read_json(request)
    target = get_writable_space(request, str((body.get("target") or {}).get("name")))
    failed: list[dict[str, str]] = []
    for oid in _oids(body.get("files") or []):
        if oid in source.lfs_objects:
            target.lfs_objects.add(oid)
        else:
            failed.append({"sha256": oid, "error": "File not found"})
    return JSONResponse({"success": [], "failed": failed})


def _oids(files: Iterable[dict[str, Any]]) -> Iterable[str]:
    return (str(file.get("sha256")) for file in files)


_SPACE = "/api/spaces/{owner}/{name}"
ROUTES = [
    Route(f"{_SPACE}/preupload/{{revision}}", preupload, methods=["POST"]),
    Route(f"{_SPACE}/commit/{{revision}}", create_commit, methods=["POST"]),
    Route(f"{_SPACE}/lfs-files/duplicate", duplicate, methods=["POST"]),
]
