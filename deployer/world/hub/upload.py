"""Upload the files of a plan and commit them, by huggingface_hub.

Imported for a commit only: all of huggingface_hub takes as long as three requests.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

from deployer.errors import InvalidSource
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.source.snapshot import File, Sha256
from deployer.space.space import SpaceId
from deployer.world import files
from deployer.world.hub import cards
from deployer.world.hub.answers import UnexpectedAnswer
from deployer.world.hub.client import Client
from deployer.world.hub.errors import lfs_refused

_LFS_REFUSED = "LFS batch API returned errors:"  # as huggingface_hub says it
# Passed to the Hub instead of the .gitignore of the Space, which would drop files silently.
_IGNORE_NOTHING = "# hf-deploy decides what is deployed\n"


def additions(plan: Plan) -> list[CommitOperationAdd]:
    """The files that a plan sends, for `send`. Raises InvalidSource for one that is gone."""
    return [_addition(file) for file in plan.sent]


def _addition(file: File) -> CommitOperationAdd:
    content = file.content if isinstance(file.content, str) else files.read(file.content)
    try:
        return CommitOperationAdd(file.path, content)
    except (OSError, ValueError) as error:
        raise InvalidSource(
            f"could not read {file.path}",
            cause=str(error),
            fix="deploy again; the file was changed or deleted after the snapshot was taken",
        ) from None


def sha256(added: Sequence[CommitOperationAdd]) -> dict[str, Sha256]:
    """The SHA-256 of the bytes of each file, by path."""
    return {one.path_in_repo: Sha256(one.upload_info.sha256.hex()) for one in added}


def send(
    client: Client,
    space: SpaceId,
    plan: Plan,
    release: Release,
    added: Sequence[CommitOperationAdd],
) -> str:
    """Upload what is not uploaded yet, and commit; returns the id of the new head."""
    # deletions first: a folder may take the name of a deleted file
    deletions = [CommitOperationDelete(path, is_folder=False) for path in plan.delete]

    def commit() -> str:
        try:
            return upload_and_commit()
        except RuntimeError as error:
            # huggingface_hub wraps the error of an LFS upload
            raise _as_lost(error.__cause__ or error, space) from None
        except (ValueError, EntryNotFoundError) as error:
            raise _as_lost(error, space) from None

    def upload_and_commit() -> str:
        if added:
            client.api.preupload_lfs_files(
                str(space),
                added,
                repo_type="space",
                gitignore_content=_IGNORE_NOTHING,
                free_memory=False,
            )
        return client.api.create_commit(
            str(space),
            [*deletions, *added],
            commit_message=release.title,
            commit_description=release.message,
            repo_type="space",
            parent_commit=plan.base,
        ).oid

    with warnings.catch_warnings(action="ignore"):
        return client.call(commit, f"commit to {space}")


def upload_lfs(client: Client, space: SpaceId, path: str, here: Path) -> None:
    """Upload the bytes of an LFS file, for a commit that will name it at this path."""
    addition = CommitOperationAdd(path, here)
    # the rules of this Space may say otherwise, but not what the commit is to hold
    addition._upload_mode = "lfs"  # pylint: disable=protected-access

    def upload() -> None:
        try:
            client.api.preupload_lfs_files(str(space), [addition], repo_type="space")
        except (RuntimeError, ValueError) as error:
            raise _as_lost(error.__cause__ or error, space) from None

    with warnings.catch_warnings(action="ignore"):
        client.call(upload, f"upload {path} to {space}")


def _is_unknown_upload(error: HfHubHTTPError) -> bool:
    """Whether the verification of an upload, at a URL that the Hub chose, did not find it."""
    request = error.response.request
    is_of_hub = "/api/" in request.url.path or request.url.path.endswith("/objects/batch")
    return error.response.status_code == 404 and request.method == "POST" and not is_of_hub


def _as_lost(error: BaseException, space: SpaceId) -> BaseException:
    """What huggingface_hub raises for an answer that it can't use, as a passing failure."""
    if isinstance(error, HfHubHTTPError) and _is_unknown_upload(error):
        return UnexpectedAnswer("the storage of large files took an upload, and has no such file")
    if isinstance(error, (httpx2.HTTPError, OSError)):
        return error
    if str(error).startswith(_LFS_REFUSED):
        return lfs_refused(str(error).removeprefix(_LFS_REFUSED), space)
    if isinstance(error, ValueError) and cards.is_rejection(error):
        return cards.to_card_rejected(error)
    return UnexpectedAnswer(" ".join(str(error).split()))
