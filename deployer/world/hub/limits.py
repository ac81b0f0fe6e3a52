"""Whether a plan fits into one commit, checked before anything is uploaded.

https://huggingface.co/docs/hub/storage-limits
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from deployer.errors import InvalidSource
from deployer.release.plan import Plan
from deployer.source.snapshot import File, OnSpace
from deployer.space.space import SpaceId
from deployer.world import files
from deployer.world.hub.client import Client

MAX_LFS_FILES = 25_000
MAX_REGULAR_BYTES = 10**9
_MAX_REGULAR_FILE = 10 * 2**20  # bytes; the Hub stores every larger file by LFS
_BATCH = 256  # files in one request, as in huggingface_hub
_SAMPLE = 512  # bytes, by which the Hub tells text from binary data


def check(client: Client, space: SpaceId, plan: Plan) -> None:
    """Raise InvalidSource if the Hub would reject a commit for its size. Uploads no file.

    Only the Hub knows which files it stores by LFS. It is asked only if the answer matters; files
    that it copies from another commit are not uploaded.
    """
    sent = [file for file in plan.sent if not isinstance(file.content, OnSpace)]
    max_regular = sum(file.size for file in sent if file.size <= _MAX_REGULAR_FILE)
    if max_regular <= MAX_REGULAR_BYTES and len(sent) <= MAX_LFS_FILES:
        return
    lfs: set[str] = set()
    for start in range(0, len(sent), _BATCH):
        lfs |= _lfs_paths(client, space, str(plan.base), sent[start : start + _BATCH])
    regular = sum(file.size for file in sent if file.path not in lfs)
    if regular > MAX_REGULAR_BYTES or len(lfs) > MAX_LFS_FILES:
        raise InvalidSource(
            "too large for one commit",
            cause=f"regular files {regular:,} of {MAX_REGULAR_BYTES:,} bytes, "
            f"LFS files {len(lfs):,} of {MAX_LFS_FILES:,}",
            fix="exclude files in .hfignore, pack many into one archive, or load them from a "
            "dataset or model repository",
        )


def _lfs_paths(client: Client, space: SpaceId, head: str, batch: Sequence[File]) -> set[str]:
    """The paths of the files that the Hub would store by LFS."""
    facts = [
        {
            "path": file.path,
            "size": file.size,
            "sample": b64encode(files.read_prefix(file.content, _SAMPLE)).decode(),
        }
        for file in batch
    ]
    path = f"/api/spaces/{space}/preupload/{head}"
    answer = client.call_with_retry(
        lambda: client.post(path, json={"files": facts, "gitIgnore": ""}),
        f"get the LFS files of a commit to {space}",
    )
    return {file["path"] for file in answer["files"] if file["uploadMode"] == "lfs"}
