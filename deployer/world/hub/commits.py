"""The history of a Space, and the commit of a release."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import islice

from huggingface_hub.utils import parse_datetime

from deployer.errors import DeployError, HubError
from deployer.release.history import Commit, HistorySummary, carries_nonce, summarize_history
from deployer.release.plan import Plan
from deployer.release.release import Release
from deployer.source.snapshot import Sha256
from deployer.space.space import Space, SpaceId
from deployer.world import clock
from deployer.world.hub import ahead, budget, copies, spaces
from deployer.world.hub.client import Client, is_transient, retry_after
from deployer.world.hub.errors import status_of
from deployer.world.parallel import submit

_MAX_ATTEMPTS = 4
_CONTESTED = (409, 412)  # HTTP statuses: another commit is being made, or was made
_MAX_SEARCHED = 50  # newest commits, in which a nonce is searched


@dataclass(frozen=True, slots=True)
class SentCommit:
    """A commit that the Hub made: its id, and the SHA-256 of what was uploaded for it, by path."""

    id: str
    sha256: Mapping[str, Sha256]


class HeadMoved(Exception):
    """Someone else committed to the Space since the plan was made."""


def history(client: Client, space: SpaceId, head: str) -> Iterator[Commit]:
    """The commits up to a head, newest first, requested page by page while they are read."""
    for item in client.pages(_path(space, head)):
        yield Commit(
            id=item["id"],
            title=item["title"],
            message=item["message"],
            author=", ".join(author["user"] for author in item["authors"]),
            at=parse_datetime(item["date"]),
        )


def _path(space: SpaceId, head: str) -> str:
    return f"/api/spaces/{space}/commits/{head}"


def read_ahead(client: Client, space: SpaceId) -> None:
    """Begin to read a Space and its newest commits, which is what a plan begins with."""
    ahead.begin(lambda: spaces.info(client, space))
    ahead.begin(lambda: client.get(_path(space, "main")))


def import_upload(client: Client) -> None:
    """Begin to import what `create` needs: that takes as long as three requests."""
    submit(lambda: (import_module("deployer.world.hub.upload"), client.api))


def create(client: Client, space: SpaceId, plan: Plan, release: Release) -> SentCommit:
    """Create the commit of a release, on top of the head that the plan was made from.

    Its id is that of the new head, 40 hex digits. If the response is lost, the same commit is sent
    again with the same parent. The Hub rejects it if the first one arrived; the nonce in the
    history then tells whose commit is there. Raises HeadMoved if it is someone else's; a rejection
    with the head where it was is doubted, and the commit sent again.
    """
    if copies.is_copying(plan):
        send = copies.prepare(client, space, plan, release)
        return SentCommit(_create(client, space, release, send), {})
    from deployer.world.hub import upload  # pylint: disable=import-outside-toplevel

    additions = upload.additions(plan)
    send = partial(upload.send, client, space, plan, release, additions)
    return SentCommit(_create(client, space, release, send), upload.sha256(additions))


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
