"""The history of a Space, and the commit of a release."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice

import httpx2
from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError
from huggingface_hub.utils import build_hf_headers, paginate, parse_datetime

from deployer.errors import DeployError, HubError, InvalidSource
from deployer.release.history import Commit, HistorySummary, carries_nonce, summarize_history
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.source.snapshot import File, Sha256
from deployer.space.space import Space, SpaceId
from deployer.world import clock, files
from deployer.world.hub import budget, cards, restore
from deployer.world.hub.answers import UnexpectedAnswer
from deployer.world.hub.client import Client, is_transient, retry_after
from deployer.world.hub.errors import lfs_refused, status_of

Operation = CommitOperationAdd | CommitOperationDelete

_MAX_ATTEMPTS = 4
_CONTESTED = (409, 412)  # HTTP statuses: another commit is being made, or was made
_MAX_SEARCHED = 50  # newest commits, in which a nonce is searched
_LFS_REFUSED = "LFS batch API returned errors:"  # as huggingface_hub says it
# Passed to the Hub instead of the .gitignore of the Space, which would drop files silently.
_IGNORE_NOTHING = "# hf-deploy decides what is deployed\n"


@dataclass(frozen=True, slots=True)
class SentCommit:
    """A commit that the Hub made: its id, and the SHA-256 of what was uploaded for it, by path."""

    id: str
    sha256: Mapping[str, Sha256]


class HeadMoved(Exception):
    """Someone else committed to the Space since the plan was made."""


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


def create(client: Client, space: SpaceId, plan: Plan, release: Release) -> SentCommit:
    """Create the commit of a release, on top of the head that the plan was made from.

    Its id is that of the new head, 40 hex digits. If the response is lost, the same commit is sent
    again with the same parent. The Hub rejects it if the first one arrived; the nonce in the
    history then tells whose commit is there. Raises HeadMoved if it is someone else's; a rejection
    with the head where it was is doubted, and the commit sent again.
    """
    if restore.is_restoring(plan):
        send = restore.prepare(client, space, plan, release)
        return SentCommit(_create(client, space, release, send), {})
    operations = _operations(plan)
    send = partial(_create_once, client, space, plan, release, operations)
    return SentCommit(_create(client, space, release, send), _sha256(operations))


def _create(client: Client, space: SpaceId, release: Release, send: Callable[[], str]) -> str:
    for attempt in range(_MAX_ATTEMPTS):
        try:
            return send()
        except DeployError as error:
            cause = error.__cause__
            is_lost = isinstance(cause, Exception) and is_transient(cause)
            if not isinstance(cause, Exception) or not (is_lost or status_of(error) in _CONTESTED):
                raise
            newest = _newest_commits(client, space)
            if existing := _find_nonce(newest, release.nonce):
                return existing
            if status_of(error) == 412 and newest and newest[0].id != release.base:
                raise HeadMoved from error
            if attempt == _MAX_ATTEMPTS - 1:
                raise
            clock.sleep(retry_after(cause) or 2.0**attempt)
    raise AssertionError("unreachable: the last attempt returns or raises")


@budget.lifted()
def _newest_commits(client: Client, space: SpaceId) -> list[Commit]:
    """The head and the commits below it, after an answer that does not tell what happened."""
    try:
        return _read_newest(client.after_commit(), space)
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


def has_below(client: Client, space: Space, commit: str) -> bool:
    """Whether a commit is the head of a Space, or among the newest ones below."""
    if space.head == commit:
        return True
    below = client.call(
        lambda: [one.id for one in islice(history(client, space.id, space.head), _MAX_SEARCHED)],
        f"read the history of {space.id}",
    )
    return commit in below


def find_by_nonce(client: Client, space: SpaceId, nonce: str) -> str | None:
    """The id of the commit with this nonce, if it is among the newest ones."""
    return _find_nonce(_read_newest(client, space), nonce)


def _read_newest(client: Client, space: SpaceId) -> list[Commit]:
    return client.call(
        lambda: list(islice(history(client, space, "main"), _MAX_SEARCHED)),
        f"read the history of {space}",
    )


def _find_nonce(newest: list[Commit], nonce: str) -> str | None:
    return next((commit.id for commit in newest if carries_nonce(commit, nonce)), None)


def _operations(plan: Plan) -> list[Operation]:
    # deletions first: a folder may take the name of a deleted file
    return [
        *(CommitOperationDelete(path, is_folder=False) for path in plan.delete),
        *(_addition(file) for file in plan.sent),
    ]


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


def _sha256(operations: list[Operation]) -> dict[str, Sha256]:
    additions = (one for one in operations if isinstance(one, CommitOperationAdd))
    return {one.path_in_repo: Sha256(one.upload_info.sha256.hex()) for one in additions}


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
            raise _as_lost(error.__cause__ or error, space) from None
        except (ValueError, EntryNotFoundError) as error:
            raise _as_lost(error, space) from None

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
        return client.call(commit, f"commit to {space}")


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
