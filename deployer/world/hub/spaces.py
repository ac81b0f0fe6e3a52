"""A Space on the Hub: its existence, creation, runtime, app URL and logs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import Any, TypeVar

import httpx2
from huggingface_hub.utils import get_session, hf_raise_for_status

from deployer.errors import DeployError, NotAllowed
from deployer.source.tree import RemoteFile, RemoteTree
from deployer.space.space import Runtime, Sdk, Space, SpaceId, Visibility
from deployer.world import clock
from deployer.world.hub.answers import UnexpectedAnswer
from deployer.world.hub.client import MALFORMED_RESPONSE_ERRORS, Client
from deployer.world.hub.errors import is_missing, status_of

_Found = TypeVar("_Found")

_LOG_TIMEOUT = 20.0  # seconds
# including what an invalid line of the stream raises: the stages show the progress without a log
_LOG_ERRORS = (httpx2.HTTPError, OSError, *MALFORMED_RESPONSE_ERRORS)


def find(client: Client, space: SpaceId) -> Space | None:
    """The Space as it is now; None if it does not exist (or this token has no read access)."""
    return _unless_missing(client, lambda: _space(info(client, space), space), space)


def find_with_files(client: Client, space: SpaceId) -> tuple[Space, RemoteTree] | None:
    """The same with all of its files, read in one request: for a Space with few files."""

    def fetch() -> tuple[Space, RemoteTree]:
        answer = client.get(f"/api/spaces/{space}", {"blobs": True})
        found = _space(answer, space)
        return found, RemoteTree(found.head, dict(map(_file, answer.get("siblings") or ())))

    return _unless_missing(client, fetch, space)


def _unless_missing(client: Client, fetch: Callable[[], _Found], space: SpaceId) -> _Found | None:
    try:
        return client.call_with_retry(fetch, f"read {space}")
    except DeployError as error:
        if is_missing(error) or (client.token is None and status_of(error) == 401):
            return None
        raise


def info(client: Client, space: SpaceId) -> Any:
    """What the Hub answers of a Space; for `call_with_retry`."""
    return client.get(f"/api/spaces/{space}", {"expand": ["sha", "sdk", "private", "runtime"]})


def _space(answer: Mapping[str, Any], asked: SpaceId) -> Space:
    """The Space in an answer; it keeps the name by which it was asked for."""
    return Space(
        id=replace(SpaceId.parse(answer["id"]), environment=asked.environment),
        head=answer["sha"],
        sdk=answer.get("sdk"),
        private=answer["private"],
        runtime=Runtime.read(answer.get("runtime") or {}),
        # it can't be requested, but a Hub may send it
        visibility=answer.get("visibility"),
    )


def _file(sibling: Mapping[str, Any]) -> tuple[str, RemoteFile]:
    path, lfs = sibling["rfilename"], sibling.get("lfs")
    sha256 = lfs["sha256"] if lfs else None
    return path, RemoteFile(path, sibling["size"], sibling["blobId"], sha256)


def create(
    client: Client, space: SpaceId, *, sdk: Sdk, visibility: Visibility, hardware: str | None
) -> bool:
    """Create a Space; returns False if it exists already, by an earlier attempt perhaps.

    Raises NotAllowed as `check_may_create` does.
    """
    check_may_create(client, space)
    body = {
        "name": space.name,
        "organization": space.owner,
        "type": "space",
        "sdk": sdk.value,
        "visibility": visibility.value,
        **({"hardware": hardware} if hardware else {}),
    }
    return client.call_with_retry(lambda: _create(client, body), f"create {space}")


def check_may_create(client: Client, space: SpaceId) -> None:
    """Raise NotAllowed for the token of a Trusted Publisher, which is valid for one existing Space:
    https://huggingface.co/docs/hub/trusted-publishers
    """
    if client.has_publisher_token:
        raise NotAllowed(
            f"could not create {space}: not allowed with the token of a Trusted Publisher",
            cause=f"{space} does not exist, or has no Trusted Publisher for this workflow",
            fix="set HF_TOKEN, or create the Space first: https://huggingface.co/new-space",
        )


def _create(client: Client, body: dict[str, str]) -> bool:
    # HfApi.create_repo retries without a pause or a limit while the Hub answers "conflicting"
    response = get_session().post(
        f"{client.endpoint}/api/repos/create",
        json=body,
        headers=client.headers,
    )
    if response.status_code == 409:
        if "conflicting operation" in response.text:
            raise ConnectionError("another operation on this Space is in progress")
        return False
    hf_raise_for_status(response)
    return True


def runtime(client: Client, space: SpaceId, deadline: clock.Deadline | None = None) -> Runtime:
    """The runtime of a Space now: its stage, hardware and running commit."""
    return client.call_with_retry(
        lambda: Runtime.read(client.get(f"/api/spaces/{space}/runtime")),
        f"get the status of {space}",
        deadline,
    )


def restart(client: Client, space: SpaceId, *, factory: bool = False) -> None:
    """Restart a Space; `factory` also rebuilds it from scratch."""
    client.call_with_retry(
        lambda: client.api.restart_space(str(space), factory_reboot=factory), f"restart {space}"
    )


def app_url(client: Client, space: SpaceId) -> str | None:
    """The URL of the app, from the Hub API; None if that does not name one."""
    action = f"get the app URL of {space}"
    try:
        # a Hub may lack this route: then the other one answers
        response = client.at_once().call_with_retry(
            lambda: client.get(f"/api/spaces/{space}/host"), action
        )
        host = response.get("host")
    except DeployError as error:
        if status_of(error) is None and not isinstance(error.__cause__, UnexpectedAnswer):
            raise
        host = None
    if not host:
        answer = client.call_with_retry(lambda: client.get(f"/api/spaces/{space}"), action)
        host = answer.get("host")
    return str(host).rstrip("/") if host else None


class LogStream:
    """The build log or the app log of a Space, streamed in a thread of its own.

    Lines go into `queue`; None follows the last one, and then `is_complete` says whether the Hub
    ended the stream. huggingface_hub reconnects after a broken stream, and continues where it was.
    """

    def __init__(self, client: Client, space: SpaceId, *, build: bool) -> None:
        self.queue: SimpleQueue[str | None] = SimpleQueue()
        self.is_complete = False
        self._client, self._space, self._build = client, space, build
        # a daemon thread: a stream that hangs must not keep the process from exiting
        self._thread = threading.Thread(target=self._stream, daemon=True)
        self._thread.start()

    def _stream(self) -> None:
        try:
            for chunk in self._client.api.fetch_space_logs(
                str(self._space), build=self._build, follow=True
            ):
                for line in chunk.splitlines():
                    self.queue.put(line)
            self.is_complete = True
        except _LOG_ERRORS:
            pass  # no log yet, or none at all: the stages show the progress without it
        finally:
            self.queue.put(None)


def log_tail(client: Client, space: SpaceId, *, build: bool, lines: int) -> tuple[str, ...]:
    """The last lines of a log so far; empty if there is none."""
    chunks: list[str] = []

    def read() -> None:
        for chunk in client.api.fetch_space_logs(str(space), build=build, follow=False):
            chunks.append(chunk)

    # a stream with empty events has no end of its own
    with suppress(*_LOG_ERRORS):
        clock.call_with_timeout(_LOG_TIMEOUT, read)
    return tuple("".join(chunks).splitlines()[-lines:])
