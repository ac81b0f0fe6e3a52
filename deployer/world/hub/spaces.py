"""A Space on the Hub: whether it is there, how it is, where its app answers, what its log says."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import Any

import httpx2
from huggingface_hub import SpaceInfo
from huggingface_hub.hf_api import RepoSibling
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

from deployer.errors import DeployError, NotAllowed
from deployer.source.tree import RemoteFile, RemoteTree
from deployer.space.space import Runtime, Sdk, Space, SpaceId, Visibility
from deployer.world import clock
from deployer.world.hub.client import MALFORMED_RESPONSE_ERRORS, Client
from deployer.world.hub.errors import is_missing, status_of

# also a line of the stream that is no event of a log: the stages still tell how it goes
_NO_LOG = (httpx2.HTTPError, OSError, ValueError, *MALFORMED_RESPONSE_ERRORS)


def find(client: Client, space: SpaceId) -> Space | None:
    """The Space as it is now; None where there is none (or none that this token may see)."""
    try:
        return client.call_with_retry(lambda: _space(_info(client, space)), f"look at {space}")
    except DeployError as error:
        if is_missing(error) or (client.token is None and status_of(error) == 401):
            return None
        raise


def look_inside(client: Client, space: SpaceId) -> tuple[Space, RemoteTree]:
    """A Space and all of its files in one answer: for one that has few."""

    def asked() -> tuple[Space, RemoteTree]:
        info = client.api.space_info(str(space), files_metadata=True)
        found = _space(info)
        return found, RemoteTree(found.head, dict(map(_file, info.siblings or ())))

    return client.call_with_retry(asked, f"look at {space}")


def _info(client: Client, space: SpaceId) -> SpaceInfo:
    return client.api.space_info(str(space), expand=["sha", "sdk", "private", "runtime"])


def _space(info: SpaceInfo) -> Space:
    if info.sha is None:
        raise KeyError("sha")
    return Space(
        id=SpaceId.parse(info.id),
        head=info.sha,
        sdk=info.sdk,
        private=bool(info.private),
        runtime=Runtime.read(info.runtime.raw if info.runtime else {}),
        # no field of the client's, and nothing that can be asked for: a Hub may add it
        visibility=getattr(info, "visibility", None),
    )


def _file(sibling: RepoSibling) -> tuple[str, RemoteFile]:
    path, large = sibling.rfilename, sibling.lfs
    if sibling.size is None or sibling.blob_id is None:
        raise KeyError("blobId")
    return path, RemoteFile(path, sibling.size, sibling.blob_id, large.sha256 if large else None)


def create(
    client: Client, space: SpaceId, *, sdk: Sdk, visibility: Visibility, hardware: str | None
) -> None:
    """Make a Space, or find that somebody just did.

    A keyless token is for one Space that exists: https://huggingface.co/docs/hub/trusted-publishers
    """
    if client.is_keyless:
        raise NotAllowed(
            "A keyless token can't create a Space.",
            cause=f"{space} does not exist, or has no Trusted Publisher for this workflow",
            fix="Create it once by hand (https://huggingface.co/new-space), or set HF_TOKEN.",
        )
    wanted = {
        "name": space.name,
        "organization": space.owner,
        "type": "space",
        "sdk": sdk.value,
        "visibility": visibility.value,
        **({"hardware": hardware} if hardware else {}),
    }
    client.call_with_retry(lambda: _create(client, wanted), f"create {space}")


def _create(client: Client, wanted: dict[str, str]) -> None:
    # HfApi.create_repo sends this again at once and for ever while the Hub says "conflicting"
    response = get_session().post(
        f"{client.endpoint}/api/repos/create",
        json=wanted,
        headers=build_hf_headers(token=client.token or False),
    )
    if response.status_code == 409:
        if "conflicting operation" in response.text:
            raise ConnectionError("another operation on this Space is in progress")
        return
    hf_raise_for_status(response)


def runtime(client: Client, space: SpaceId, deadline: clock.Deadline | None = None) -> Runtime:
    """How the Space's machine is doing now."""
    return client.call_with_retry(
        lambda: Runtime.read(client.api.get_space_runtime(str(space)).raw),
        f"ask how {space} is",
        deadline,
    )


def restart(client: Client, space: SpaceId, *, factory: bool = False) -> None:
    """Start the Space's machine anew; a factory restart builds everything again."""
    client.call_with_retry(
        lambda: client.api.restart_space(str(space), factory_reboot=factory), f"restart {space}"
    )


def address(client: Client, space: SpaceId) -> str | None:
    """Where the app answers, as the API gives it; None where it doesn't say."""
    try:
        answer = client.call_with_retry(
            lambda: _get(client, f"/api/spaces/{space}/host"), "find the app"
        )
    except DeployError as error:
        if status_of(error) is None:
            raise
        answer = {}
    host = answer.get("host") if isinstance(answer, dict) else None
    if not host:
        info = client.call_with_retry(lambda: client.api.space_info(str(space)), "find the app")
        host = info.host
    return str(host).rstrip("/") if host else None


def _get(client: Client, path: str) -> Any:
    headers = build_hf_headers(token=client.token or False)
    response = get_session().get(f"{client.endpoint}{path}", headers=headers)
    hf_raise_for_status(response)
    return response.json()


class LogStream:
    """The build log or the run log of a Space, followed in a thread of its own.

    Lines go into `queue`; after the last one comes None. The client reads on after a cut stream,
    and goes on where it was.
    """

    def __init__(self, client: Client, space: SpaceId, *, build: bool) -> None:
        self.queue: SimpleQueue[str | None] = SimpleQueue()
        self._client, self._space, self._build = client, space, build
        # a daemon: a stream that hangs must not keep the process from ending
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        try:
            for piece in self._client.api.fetch_space_logs(
                str(self._space), build=self._build, follow=True
            ):
                for line in piece.splitlines():
                    self.queue.put(line)
        except _NO_LOG:
            pass  # no log yet, or none to be had: the stages still tell how it goes
        finally:
            self.queue.put(None)


def log_end(client: Client, space: SpaceId, *, build: bool, lines: int) -> tuple[str, ...]:
    """The last lines of a log that is written; empty where there is none."""
    try:
        pieces = list(client.api.fetch_space_logs(str(space), build=build, follow=False))
    except _NO_LOG:
        return ()
    return tuple("".join(pieces).splitlines()[-lines:])
