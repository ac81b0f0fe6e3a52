"""The files of a Space at a commit, asked for only as far as they may differ from ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from huggingface_hub import RepoFile
from huggingface_hub.hf_api import RepoFolder

from deployer.errors import DeployError
from deployer.source.snapshot import File
from deployer.source.tree import RemoteFile, RemoteTree
from deployer.source.tree_diff import LocalTree
from deployer.space.space import SpaceId
from deployer.world.hub.client import Client
from deployer.world.hub.errors import status_of
from deployer.world.parallel import run_all

_MAX_PAGES_OF_PLAIN_LISTING = 2  # a listing as short as that is the cheapest there is
_MAX_LISTINGS = 16
_NO_SUCH_QUESTION = (400, 404, 405, 413)


@dataclass(frozen=True, slots=True)
class Level:
    """What a listing of one folder gave."""

    files: Mapping[str, RemoteFile]
    folders: tuple[str, ...]


def tree(client: Client, space: SpaceId, head: str, ours: Mapping[str, File]) -> RemoteTree:
    """All files of the Space at a commit, by way of what ours prove to be there.

    One question tells the tree ids of the upper folders; then only what they don't explain is
    listed, several at a time. As soon as that looks dearer than the listing of everything, which
    has a page for each 1,000 files and folders, everything is listed: never more than 33 requests
    above those pages. Folders that somebody pushed with other modes than plain files just look
    different, and are listed.
    """
    outline = LocalTree(ours)
    files = (
        _walked(client, space, head, outline)
        if outline.pages > _MAX_PAGES_OF_PLAIN_LISTING
        else None
    )
    if files is None:
        files = _level(client, space, head, "", recursive=True).files
    return RemoteTree(head, files)


def _walked(
    client: Client, space: SpaceId, head: str, outline: LocalTree
) -> Mapping[str, RemoteFile] | None:
    """The files, or None where the listing of everything is cheaper."""

    def listing(folder: str, recursive: bool) -> Callable[[], Level]:
        return lambda: _level(client, space, head, folder, recursive=recursive)

    if not outline.queried:
        return None
    theirs = _folder_ids(client, space, head, outline.queried)
    if theirs is None:
        return None
    found = outline.diff(theirs)
    if outline.count_requests(found) > min(_MAX_LISTINGS, outline.pages - 1):
        return None
    levels = run_all(
        [listing(folder, False) for folder in found.shallow]
        + [listing(folder, True) for folder in found.deep]
    )
    shallow = levels[: len(found.shallow)]
    seen = [folder for level in shallow for folder in level.folders]
    theirs_alone = [folder for folder in seen if not outline.has(folder)]
    if len(theirs_alone) > _MAX_LISTINGS:
        return None
    if any(outline.has(folder) and folder not in theirs for folder in seen):
        return None  # the answer left out a folder that is there: it can't be trusted
    levels += run_all([listing(folder, True) for folder in theirs_alone])
    files = dict(found.known)
    for level in levels:
        files |= level.files
    return files


def _folder_ids(
    client: Client, space: SpaceId, head: str, folders: list[str]
) -> dict[str, str] | None:
    """The tree id of each of these folders that is there; None where the Hub won't answer that."""
    try:
        entries = client.call_with_retry(
            lambda: client.api.get_paths_info(
                str(space), folders, repo_type="space", revision=head
            ),
            f"look at the folders of {space}",
        )
    except DeployError as error:
        if status_of(error) in _NO_SUCH_QUESTION:
            return None
        raise
    return {entry.path: entry.tree_id for entry in entries if isinstance(entry, RepoFolder)}


def _level(client: Client, space: SpaceId, head: str, folder: str, *, recursive: bool) -> Level:
    def listed() -> Level:
        entries = list(
            client.api.list_repo_tree(
                str(space), folder or None, repo_type="space", revision=head, recursive=recursive
            )
        )
        return Level(
            {entry.path: _remote(entry) for entry in entries if isinstance(entry, RepoFile)},
            tuple(entry.path for entry in entries if isinstance(entry, RepoFolder)),
        )

    return client.call(listed, f"list the files of {space}")


def _remote(entry: RepoFile) -> RemoteFile:
    return RemoteFile(
        entry.path, entry.size, entry.blob_id, entry.lfs.sha256 if entry.lfs else None
    )
