"""The history of a Space, single files of it, and the one commit of a deploy."""

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
from deployer.world.hub.errors import status_of

Operation = CommitOperationAdd | CommitOperationCopy | CommitOperationDelete

_TRIES = 4
_LOOK_BACK = 50
# Handed to the Hub in place of the Space's own .gitignore, which would drop files silently.
_IGNORE_NOTHING = "# hf-deploy decides what ships\n"


class HeadMoved(Exception):
    """Somebody committed since the plan was made."""


def read(client: Client, space: SpaceId, path: str, head: str) -> bytes:
    """The bytes of one small file of the Space at a commit."""

    def fetched() -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            place = client.api.hf_hub_download(
                str(space), path, repo_type="space", revision=head, local_dir=folder
            )
            return Path(place).read_bytes()

    return client.call_with_retry(fetched, f"read {path} of {space}")


def history(client: Client, space: SpaceId, head: str) -> Iterator[Commit]:
    """The commits up to a head, newest first, a page at a time as they are asked for."""
    address = f"{client.endpoint}/api/spaces/{space}/commits/{head}"
    headers = build_hf_headers(token=client.token or False)
    for item in paginate(address, params={}, headers=headers):
        yield Commit(
            id=item["id"],
            title=item["title"],
            message=item["message"],
            author=", ".join(author["user"] for author in item["authors"]),
            at=parse_datetime(item["date"]),
        )


def send(client: Client, space: SpaceId, plan: Plan, release: Release) -> str:
    """Make the one commit of a deploy, on top of the head that the plan was made from.

    Returns the new head, 40 hex digits. An answer that was lost is not the end: the same commit is
    sent again with the same parent, which the Hub refuses where the first one arrived; the nonce
    in the history then tells whose commit it is. Raises HeadMoved where somebody else committed.
    """
    operations = _operations(plan)
    for attempt in range(_TRIES):
        try:
            return _send_once(client, space, plan, release, operations)
        except DeployError as error:
            cause = error.__cause__
            if not isinstance(cause, Exception):
                raise
            lost = is_transient(cause) or isinstance(cause, MALFORMED_RESPONSE_ERRORS)
            if not lost and status_of(error) != 412:
                raise
            if arrived := _arrived(client, space, release.nonce):
                return arrived
            if not lost:
                raise HeadMoved from error
            if attempt == _TRIES - 1:
                raise
            clock.sleep((lost and retry_after(cause)) or 2.0**attempt)
    raise AssertionError("unreachable: the last try returns or raises")


def _arrived(client: Client, space: SpaceId, nonce: str) -> str | None:
    try:
        return find_nonce(client, space, nonce)
    except DeployError as error:
        raise HubError(
            "The Hub does not say whether our commit arrived.",
            cause=error.cause,
            fix="Deploy again when the Hub is well: what arrived is not sent twice.",
        ) from error


def past(client: Client, space: SpaceId, head: str) -> HistorySummary:
    """What the history of a head says of us; one page where the head is a release of ours."""
    return client.call(
        lambda: summarize_history(history(client, space, head)), "look at the history"
    )


def whole_history(client: Client, space: SpaceId, head: str) -> list[Commit]:
    """Every commit up to a head, newest first."""
    return client.call(lambda: list(history(client, space, head)), "read the history")


def find_nonce(client: Client, space: SpaceId, nonce: str) -> str | None:
    """The id of the commit that was sent with this nonce, among the newest ones."""
    newest = client.call(
        lambda: list(islice(history(client, space, "main"), _LOOK_BACK)), "look at the history"
    )
    return next((commit.id for commit in newest if carries_nonce(commit, nonce)), None)


def _operations(plan: Plan) -> list[Operation]:
    # deletions first: a file may make room for a folder of its name
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
            "A file can't be sent.",
            cause=f"{file.path}: {error}",
            fix="It changed or went while it was being packed; deploy again.",
        ) from None


def _send_once(
    client: Client,
    space: SpaceId,
    plan: Plan,
    release: Release,
    operations: list[Operation],
) -> str:
    additions = [op for op in operations if isinstance(op, CommitOperationAdd)]

    def committed() -> str:
        try:
            return sent()
        except RuntimeError as error:
            # how the client wraps what went wrong with a large file
            raise error.__cause__ or error from None

    def sent() -> str:
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
            return client.call(committed, f"commit to {space}")
        except ValueError as error:  # what `validate-yaml` said
            raise cards.refused(error) from None
