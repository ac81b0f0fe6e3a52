"""Download single files of a Space. A body that is not the file's is asked for again."""

from __future__ import annotations

import hashlib
from pathlib import Path
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


def download_to(client: Client, space: SpaceId, file: File, commit: str, here: Path) -> None:
    """Write one LFS file of the Space at a commit to the disk, checked against its SHA-256."""
    url = f"{client.page(space)}/resolve/{commit}/{quote(file.path)}"

    def fetch() -> None:
        digest, size = hashlib.sha256(), 0
        with (
            get_session().stream("GET", url, headers=client.headers) as response,
            here.open("wb") as out,
        ):
            if response.is_error:
                response.read()
            hf_raise_for_status(response)
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > file.size:
                    break
                digest.update(chunk)
                out.write(chunk)
        if (size, digest.hexdigest()) != (file.size, file.lfs):
            raise UnexpectedAnswer(f"{size} bytes of another content for {file.path}")

    client.call_with_retry(fetch, f"download {file.path} from {space}")


def _is_content_of(file: File | RemoteFile, data: bytes) -> bool:
    if file.lfs is not None:
        return hashlib.sha256(data).hexdigest() == file.lfs
    return blob_id(data) == file.oid
