"""The files of a Space at a commit; only folders that may differ from ours are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from deployer.errors import DeployError
from deployer.source.tree import RemoteFile, RemoteTree
from deployer.source.tree_diff import LocalTree
from deployer.space.space import SpaceId
from deployer.world import clock
from deployer.world.hub.client import Client
from deployer.world.hub.errors import status_of
from deployer.world.parallel import run_all

_Entry = Mapping[str, Any]  # a file or a folder, as the Hub lists it

_MAX_PAGES_OF_FULL_LISTING = 2  # nothing is cheaper than a full listing as short as that
_MAX_LISTINGS = 16  # of single folders; with more the full listing is cheaper
_MAX_PATHS = 1000  # in one request
_PATHS_INFO_UNSUPPORTED = (400, 404, 405, 413)  # HTTP statuses


@dataclass(frozen=True, slots=True)
class Listing:
    """The files and folders that a listing of one folder returned."""

    files: Mapping[str, RemoteFile]
    folders: tuple[str, ...]


def tree(client: Client, space: SpaceId, head: str, local: LocalTree) -> RemoteTree:
    """All files of the Space at a commit, given our own (`local`).

    One request returns the tree ids of the upper folders. Folders with the same id as ours have the
    same files; only the others are listed, several at a time. If that looks more expensive than a
    full listing (a page per 1,000 files and folders), everything is listed: at most 33 requests
    more than those pages. Folders with other file modes than ours have other ids, and are listed.
    """
    files = (
        _list_differing_folders(client, space, head, local)
        if local.pages > _MAX_PAGES_OF_FULL_LISTING
        else None
    )
    if files is None:
        files = _list_folder(client, space, head, "", recursive=True).files
    return RemoteTree(head, files)


def _list_differing_folders(
    client: Client, space: SpaceId, head: str, local: LocalTree
) -> Mapping[str, RemoteFile] | None:
    """The files, or None if a full listing is cheaper."""

    def list_later(folder: str, recursive: bool) -> Callable[[], Listing]:
        return lambda: _list_folder(client, space, head, folder, recursive=recursive)

    if not local.queried:
        return None
    theirs = _folder_ids(client, space, head, local.queried)
    if theirs is None:
        return None
    found = local.diff(theirs)
    if local.count_requests(found) > min(_MAX_LISTINGS, local.pages - 1):
        return None
    listings = run_all(
        [list_later(folder, False) for folder in found.shallow]
        + [list_later(folder, True) for folder in found.deep]
    )
    shallow = listings[: len(found.shallow)]
    seen = [folder for listing in shallow for folder in listing.folders]
    only_theirs = [folder for folder in seen if not local.has(folder)]
    if len(only_theirs) > _MAX_LISTINGS:
        return None
    if any(local.has(folder) and folder not in theirs for folder in seen):
        return None  # the response omitted an existing folder, so it can't be trusted
    listings += run_all([list_later(folder, True) for folder in only_theirs])
    files = dict(found.known)
    for listing in listings:
        files |= listing.files
    return files


def files_at(
    client: Client, space: SpaceId, commit: str, paths: Sequence[str], deadline: clock.Deadline
) -> dict[str, RemoteFile]:
    """Those of these paths that are files at a commit, by path: a request for each 1,000."""
    batches = [paths[start : start + _MAX_PATHS] for start in range(0, len(paths), _MAX_PATHS)]
    ask = partial(_entries, client, space, commit, action="look up files", deadline=deadline)
    answers = run_all([partial(ask, batch) for batch in batches])
    return {path: file for entries in answers for path, file in _files(entries).items()}


def xet_hashes(client: Client, space: SpaceId, commit: str, paths: Sequence[str]) -> dict[str, str]:
    """The Xet hash of each of these files that has one, by path, by which the Hub copies it."""
    batches = [paths[start : start + _MAX_PATHS] for start in range(0, len(paths), _MAX_PATHS)]
    ask = partial(_entries, client, space, commit, action="look up files")
    answers = run_all([partial(ask, batch) for batch in batches])
    return {one["path"]: one["xetHash"] for found in answers for one in found if one.get("xetHash")}


def _folder_ids(
    client: Client, space: SpaceId, head: str, folders: list[str]
) -> dict[str, str] | None:
    """The tree id of each of these folders that exists; None if the Hub does not support that."""
    try:
        entries = _entries(client, space, head, folders, "list the folders")
    except DeployError as error:
        if status_of(error) in _PATHS_INFO_UNSUPPORTED:
            return None
        raise
    return {entry["path"]: entry["oid"] for entry in entries if not _is_file(entry)}


def _entries(
    client: Client,
    space: SpaceId,
    commit: str,
    paths: Sequence[str],
    action: str,
    deadline: clock.Deadline | None = None,
) -> list[_Entry]:
    return client.call_with_retry(
        lambda: client.post(
            f"/api/spaces/{space}/paths-info/{commit}", data={"paths": paths, "expand": False}
        ),
        f"{action} of {space}",
        deadline,
    )


def _list_folder(
    client: Client, space: SpaceId, head: str, folder: str, *, recursive: bool
) -> Listing:
    path = f"/api/spaces/{space}/tree/{head}" + (f"/{quote(folder, safe='')}" if folder else "")

    def fetch() -> Listing:
        entries = list(client.pages(path, {"recursive": recursive, "expand": False}))
        folders = tuple(entry["path"] for entry in entries if not _is_file(entry))
        return Listing(_files(entries), folders)

    return client.call(fetch, f"list the files of {space}")


def _is_file(entry: _Entry) -> bool:
    return bool(entry["type"] == "file")


def _files(entries: Iterable[_Entry]) -> dict[str, RemoteFile]:
    return {entry["path"]: _file(entry) for entry in entries if _is_file(entry)}


def _file(entry: _Entry) -> RemoteFile:
    lfs = entry.get("lfs")
    return RemoteFile(entry["path"], entry["size"], entry["oid"], lfs["oid"] if lfs else None)
