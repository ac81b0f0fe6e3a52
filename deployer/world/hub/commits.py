"""The history of a Space, single files of it, and the commit of a deploy."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete
from huggingface_hub.utils import build_hf_headers, paginate, parse_datetime

from deployer.errors import DeployError, HubError, InvalidSource
from deployer.release.history import Commit, HistorySummary, carries_nonce, summarize_history
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.source.snapshot import File, OnSpace
from deployer.space.space import SpaceId
from deployer.world import clock, files
from deployer.world.hub import cards
from deployer.world.hub.client import MALFORMED_RESPONSE_ERRORS, Client, is_transient, retry_after
from deployer.world.hub.errors import lfs_refused, status_of

Operation = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete

_MAX_ATTEMPTS = 4
_MAX_SEARCHED = 50  # newest commits, in which a nonce is searched
# Passed to the Hub instead of the .gitignore of the Space, which would drop files silently.
_LFS_REFUSED = "LFS batch API returned errors:"  # as huggingface_hub says it
_IGNORE_NOTHING = "# hf-deploy decides what is deployed\n"


class HeadMoved(Exception):
    """Someone else committed to the Space since the plan was made."""


def read(client: Client, space: SpaceId, path: str, head: str) -> bytes:
    """The bytes of one small file of the Space at a commit."""

    def download() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            path_on_disk = client.api.hf_hub_download(
                str(space), path, repo_type="space", revision=head, local_dir=folder
            )
            return Path(path_on_disk).read_bytes()

    return client.call_with_retry(download, f"download {path} from {space}")


def history(client: Client, space: SpaceId, head: str) -> Iterator[Commit]:
    """The commits up to a head, newest first, requested page by page while they are read."""
    url = f"{client.endpoint}/api/spaces/{space}/commits/{head}"
    headers = build_hf_headers(token=client.token or False)
    for item in paginate(url, params={}, headers=headers):
        yield Commit(
            id=item["id"],
            title=item["title"],
            message=item["message"],
            author=", ".join(author["user"] for author in item["authors"]),
            at=parse_datetime(item["date"]),
        )


def create(client: Client, space: SpaceId, plan: Plan, release: Release) -> str:
    """Create the commit of a deploy, on top of the head that the plan was made from.

    Returns the new head, 40 hex digits. If the response is lost, the same commit is sent again with
    the same parent. The Hub rejects it if the first one arrived; the nonce in the history then
    tells whose commit is there. Raises HeadMoved if it is someone else's.
    """
    operations = _operations(plan)
    for attempt in range(_MAX_ATTEMPTS):
        try:
            return _create_once(client, space, plan, release, operations)
        except DeployError as error:
            cause = error.__cause__
            if not isinstance(cause, Exception):
                raise
            lost = is_transient(cause) or isinstance(cause, MALFORMED_RESPONSE_ERRORS)
            if not lost and status_of(error) != 412:
                raise
            if existing := _find_sent_commit(client, space, release.nonce):
                return existing
            if not lost:
                raise HeadMoved from error
            if attempt == _MAX_ATTEMPTS - 1:
                raise
            clock.sleep((lost and retry_after(cause)) or 2.0**attempt)
    raise AssertionError("unreachable: the last attempt returns or raises")


def _find_sent_commit(client: Client, space: SpaceId, nonce: str) -> str | None:
    try:
        return find_by_nonce(client, space, nonce)
    except DeployError as error:
        raise HubError(
            "commit status unknown: no response from the Hub",
            cause=error.cause,
            fix="deploy again; an existing commit is not repeated",
        ) from error


def history_summary(client: Client, space: SpaceId, head: str) -> HistorySummary:
    """The releases and the drift up to a head; reads one page if the head is a release."""
    return client.call(
        lambda: summarize_history(history(client, space, head)), f"read the history of {space}"
    )


def whole_history(client: Client, space: SpaceId, head: str) -> list[Commit]:
    """Every commit up to a head, newest first."""
    return client.call(lambda: list(history(client, space, head)), f"read the history of {space}")


def find_by_nonce(client: Client, space: SpaceId, nonce: str) -> str | None:
    """The id of the commit with this nonce, if it is among the newest ones."""
    newest = client.call(
        lambda: list(islice(history(client, space, "main"), _MAX_SEARCHED)),
        f"read the history of {space}",
    )
    return next((commit.id for commit in newest if carries_nonce(commit, nonce)), None)


def _operations(plan: Plan) -> list[Operation]:
    # deletions first: a folder may take the name of a deleted file
    return [
        *(CommitOperationDelete(path, is_folder=False) for path in plan.delete),
        *(_addition(file) for file in plan.sent),
    ]


def _addition(file: File) -> CommitOperationAdd | CommitOperationCopy:
    if isinstance(file.content, OnSpace):
        return CommitOperationCopy(file.path, file.path, src_revision=file.content.commit)
    content = file.content if isinstance(file.content, str) else files.read(file.content)
    try:
        return CommitOperationAdd(file.path, content)
    except (OSError, ValueError) as error:
        raise InvalidSource(
            f"could not read {file.path}",
            cause=str(error),
            fix="deploy again; the file was changed or deleted after the snapshot was taken",
        ) from None


def _create_once(
    client: Client,
    space: SpaceId,
    plan: Plan,
    release: Release,
    operations: list[Operation],
) -> str:
    additions = [op for op in operations if isinstance(op, CommitOperationAdd)]

    def commit() -> str:
        try:
            return upload_and_commit()
        except RuntimeError as error:
            # huggingface_hub wraps the error of an LFS upload
            raise error.__cause__ or error from None

    def upload_and_commit() -> str:
        if additions:
            client.api.preupload_lfs_files(
                str(space),
                additions,
                repo_type="space",
                gitignore_content=_IGNORE_NOTHING,
                free_memory=False,
            )
        return client.api.create_commit(
            str(space),
            operations,
            commit_message=release.title,
            commit_description=release.message,
            repo_type="space",
            parent_commit=plan.base,
        ).oid

    with warnings.catch_warnings(action="ignore"):
        try:
            return client.call(commit, f"commit to {space}")
        except ValueError as error:
            if str(error).startswith(_LFS_REFUSED):
                raise lfs_refused(str(error).removeprefix(_LFS_REFUSED), space) from None
            # huggingface_hub validated the card, and it is invalid
            raise cards.to_card_rejected(error) from None
