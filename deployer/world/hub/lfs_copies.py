"""Let a Space use LFS files of another one: the Hub copies them, or they are sent once more.

A commit may name only files that were uploaded to its own repository, or copied into it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from deployer.errors import DeployError
from deployer.events import Warned
from deployer.source.snapshot import File, OnSpace
from deployer.space.space import SpaceId
from deployer.world.hub import downloads, trees
from deployer.world.hub.client import Client
from deployer.world.parallel import run_all

_BATCH = 500  # files in one request, as in huggingface_hub


def provide(client: Client, space: SpaceId, sent: Iterable[File]) -> None:
    """Make the LFS files that lie on other Spaces known to this one, before they are committed.

    Raises the DeployError of a file that can be neither copied nor downloaded and uploaded.
    """
    for origin, commit, files in _by_origin(sent):
        left = _copy(client, origin, commit, space, files)
        run_all([partial(_send, client, origin, commit, space, file) for file in left])


def _by_origin(sent: Iterable[File]) -> Iterator[tuple[SpaceId, str, list[File]]]:
    """The LFS files of each commit of another Space, one of each content."""
    found: dict[OnSpace, dict[str, File]] = defaultdict(dict)
    for file in sent:
        if file.lfs and isinstance(file.content, OnSpace) and file.content.space:
            found[file.content][file.lfs] = file
    for at, files in found.items():
        yield SpaceId.parse(str(at.space)), at.commit, list(files.values())


def _copy(
    client: Client, origin: SpaceId, commit: str, space: SpaceId, files: Sequence[File]
) -> Sequence[File]:
    """Have the Hub copy files on the server; returns those that it did not copy.

    The token of a Trusted Publisher writes to one Space only, so it is not tried.
    """
    if client.has_publisher_token:
        return files
    try:
        hashes = trees.xet_hashes(client, origin, commit, [file.path for file in files])
    except DeployError as error:
        return _not_copied(client, files, error)
    known = [file for file in files if file.path in hashes]
    left = [file for file in files if file.path not in hashes]
    for start in range(0, len(known), _BATCH):
        batch = known[start : start + _BATCH]
        try:
            failed = _copy_batch(client, origin, space, batch, hashes)
        except DeployError as error:
            left += _not_copied(client, batch, error)
        else:
            left += [file for file in batch if file.lfs in failed]
    return left


def _not_copied(client: Client, files: Sequence[File], error: DeployError) -> Sequence[File]:
    count = "1 LFS file is" if len(files) == 1 else f"{len(files)} LFS files are"
    client.emit(Warned(f"{count} downloaded and uploaded: {error.summary}"))
    return files


def _copy_batch(
    client: Client, origin: SpaceId, space: SpaceId, files: Sequence[File], hashes: dict[str, str]
) -> set[str]:
    """The SHA-256 of those that the Hub did not copy."""
    body = {
        "target": {"type": "space", "name": str(space)},
        "files": [
            {"xetHash": hashes[file.path], "sha256": file.lfs, "filename": file.path}
            for file in files
        ],
    }
    path = f"/api/spaces/{origin}/lfs-files/duplicate"
    answer = client.at_once().call_with_retry(
        lambda: client.post(path, json=body), f"copy the LFS files of {origin}"
    )
    return {one["sha256"] for one in answer.get("failed") or ()}


def _send(client: Client, origin: SpaceId, commit: str, space: SpaceId, file: File) -> None:
    """Download a file, checked, and upload it."""
    # all of huggingface_hub takes as long as three requests
    from deployer.world.hub import upload  # pylint: disable=import-outside-toplevel

    with TemporaryDirectory() as folder:
        here = Path(folder, "file")
        downloads.download_to(client, origin, file, commit, here)
        upload.upload_lfs(client, space, file.path, here)
