"""What one commit may hold, looked at before anything is sent where it may be too much.

https://huggingface.co/docs/hub/storage-limits
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

from deployer.errors import InvalidSource
from deployer.release.plan import Plan
from deployer.source.snapshot import File, OnSpace
from deployer.space.space import SpaceId
from deployer.world import files
from deployer.world.hub.client import Client

MAX_LFS_FILES = 25_000
MAX_REGULAR_BYTES = 10**9
_ALWAYS_LARGE = 10 * 2**20  # bytes; the Hub holds nothing larger as a regular file
_BATCH = 256  # files of one question, as the client asks it
_SAMPLE = 512  # bytes, by which the Hub tells text from binary data


def check(client: Client, space: SpaceId, plan: Plan) -> None:
    """Raise InvalidSource where a commit would be refused for its size. Sends no file.

    Which files are large is for the Hub to say. It is only asked where the answer matters; files
    that it copies from another commit are not uploaded.
    """
    sent = [file for file in plan.sent if not isinstance(file.content, OnSpace)]
    perhaps_regular = sum(file.size for file in sent if file.size <= _ALWAYS_LARGE)
    if perhaps_regular <= MAX_REGULAR_BYTES and len(sent) <= MAX_LFS_FILES:
        return
    large: set[str] = set()
    for start in range(0, len(sent), _BATCH):
        large |= _large_ones(client, space, str(plan.base), sent[start : start + _BATCH])
    regular = sum(file.size for file in sent if file.path not in large)
    if regular > MAX_REGULAR_BYTES or len(large) > MAX_LFS_FILES:
        raise InvalidSource(
            "This is more than one commit can hold, and a deploy is one commit.",
            cause=f"{regular:,} bytes of regular files ({MAX_REGULAR_BYTES:,} may be), "
            f"{len(large):,} large files ({MAX_LFS_FILES:,} may be)",
            fix="Leave files out in .hfignore, pack many into one archive, or load them from a "
            "dataset or model repository.",
        )


def _large_ones(client: Client, space: SpaceId, head: str, some: Sequence[File]) -> set[str]:
    """The paths that the Hub would hold as LFS files."""
    asked = [
        {
            "path": file.path,
            "size": file.size,
            "sample": b64encode(files.read_prefix(file.content, _SAMPLE)).decode(),
        }
        for file in some
    ]
    told = client.call_with_retry(
        lambda: _preupload(client, space, head, asked), f"ask {space} about files"
    )
    return {found["path"] for found in told["files"] if found["uploadMode"] == "lfs"}


def _preupload(client: Client, space: SpaceId, head: str, asked: list[dict[str, Any]]) -> Any:
    response = get_session().post(
        f"{client.endpoint}/api/spaces/{space}/preupload/{head}",
        json={"files": asked, "gitIgnore": ""},
        headers=build_hf_headers(token=client.token or False),
    )
    hf_raise_for_status(response)
    return response.json()
