"""Download single files of a Space. A body that is not the file's is asked for again."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

from huggingface_hub.utils import get_session, hf_raise_for_status

from deployer.source.snapshot import File
from deployer.source.tree import RemoteFile, blob_id
from deployer.space.space import SpaceId
from deployer.world.hub.answers import UnexpectedAnswer
from deployer.world.hub.client import Client


def download(client: Client, space: SpaceId, file: File | RemoteFile, commit: str) -> bytes:
    """The bytes of one small file of the Space at a commit, checked against its id."""
    url = f"{client.page(space)}/resolve/{commit}/{quote(file.path)}"

    def fetch() -> bytes:
        response = get_session().get(url, headers=client.headers)
        hf_raise_for_status(response)
        if not _is_content_of(file, response.content):
            raise UnexpectedAnswer(
                f"{len(response.content)} bytes of another content for {file.path}"
            )
        return response.content

    return client.call_with_retry(fetch, f"download {file.path} from {space}")


def _is_content_of(file: File | RemoteFile, data: bytes) -> bool:
    if file.lfs is not None:
        return hashlib.sha256(data).hexdigest() == file.lfs
    return blob_id(data) == file.oid
