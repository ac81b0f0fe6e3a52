"""Commit files that a Space has already, at an earlier commit or on another Space.

Each is checked before it is sent: huggingface_hub can copy files as well, but commits whatever body
it gets for one. https://huggingface.co/docs/huggingface_hub/guides/upload
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import partial

from huggingface_hub.utils import get_session, hf_raise_for_status

from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.source.snapshot import File, OnSpace
from deployer.space.space import SpaceId
from deployer.world.hub import lfs_copies
from deployer.world.hub.client import Client
from deployer.world.hub.downloads import download
from deployer.world.parallel import run_all

_Line = dict[str, object]


def is_copying(plan: Plan) -> bool:
    """Whether a plan sends what a Space has already; else all of it is uploaded."""
    return any(isinstance(file.content, OnSpace) for file in plan.sent)


def prepare(client: Client, space: SpaceId, plan: Plan, release: Release) -> Callable[[], str]:
    """Download the regular files of the plan, and have the LFS files of another Space copied;
    returns what sends the commit, once a call.

    LFS files are named only: the Hub has them. That function returns the id of the new head.
    """
    lfs_copies.provide(client, space, plan.sent)
    lines = [_header(plan, release), *_deletions(plan), *_files(client, space, plan)]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def send() -> str:
        response = get_session().post(
            f"{client.endpoint}/api/spaces/{space}/commit/main",
            content=body,
            headers={**client.headers, "Content-Type": "application/x-ndjson"},
        )
        hf_raise_for_status(response)
        return str(response.json()["commitOid"])

    return lambda: client.call(send, f"commit to {space}")


def _header(plan: Plan, release: Release) -> _Line:
    value = {"summary": release.title, "description": release.message, "parentCommit": plan.base}
    return {"key": "header", "value": value}


def _deletions(plan: Plan) -> Iterator[_Line]:
    return ({"key": "deletedFile", "value": {"path": path}} for path in plan.delete)


def _files(client: Client, space: SpaceId, plan: Plan) -> list[_Line]:
    return run_all([partial(_file, client, space, file) for file in plan.sent])


def _file(client: Client, space: SpaceId, file: File) -> _Line:
    if file.lfs is not None:
        value = {"path": file.path, "algo": "sha256", "oid": file.lfs}
        return {"key": "lfsFile", "value": value}
    data = _read(client, space, file)
    value = {"path": file.path, "encoding": "base64", "content": b64encode(data).decode()}
    return {"key": "file", "value": value}


def _read(client: Client, space: SpaceId, file: File) -> bytes:
    """The bytes of a regular file: those at hand, else those that a Space has."""
    if isinstance(file.content, bytes):
        return file.content
    assert isinstance(file.content, OnSpace)
    origin = SpaceId.parse(file.content.space) if file.content.space else space
    return download(client, origin, file, file.content.commit)
