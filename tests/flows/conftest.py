"""What the tests of the flows share: a snapshot taken for real, a deploy made for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any, TypeVar

import httpcore2
import pytest

from deployer.errors import InvalidSource
from deployer.events import Event, Warned
from deployer.flows import deploy as flow
from deployer.flows import promote, watch
from deployer.flows.locate import describe, locate
from deployer.flows.operation import Operation
from deployer.flows.plan import plan_deploy
from deployer.flows.take_snapshot import take_snapshot
from deployer.flows.validate import validate
from deployer.rehearsal import LocalHub
from deployer.release.outcome import DeployResult
from deployer.release.plan import Plan
from deployer.release.release import Run
from deployer.request import DeployRequest, Health, Promotion
from deployer.source.ignore import Patterns
from deployer.source.snapshot import Snapshot, SourceHints
from deployer.source.tree import blob_id
from deployer.space.space import SpaceId
from deployer.world import clock, files
from deployer.world.hub import metrics, spaces
from deployer.world.hub.client import Client, connect
from tests.conftest import APP, SPACE, Repo

_Kind = TypeVar("_Kind")

# of promotions
STAGING, PRODUCTION = SpaceId("julia", "staging"), SpaceId("julia", "production")
LARGE = bytes(range(256)) * 50
FILES = {
    **APP,
    "model.bin": LARGE,
    "data/again.bin": LARGE,
    "data/empty.txt": b"",
    "data/crlf.txt": b"one\r\ntwo\r\n",
    "data/with space & ümlaut ?#%41.txt": b"x",
    "data/latin.txt": b"\xff\xfe" * 9,
    "data/notes.txt": b"plain text, but large",
    "-rf": b"y",
    ".gitattributes": b"data/notes.txt filter=lfs diff=lfs merge=lfs -text\n*.csv text\n",
}


def refuse(_path: str, error: InvalidSource) -> None:
    """Fail on a file that cannot be deployed."""
    raise error


def snapshot_of(here: Path, path: str = ".", *, include: Sequence[str] = ()) -> Snapshot:
    """The snapshot of a folder, as a deploy takes it."""
    location = locate(here, path)
    patterns = Patterns.of_option("--include", include)
    return take_snapshot(
        location.root,
        location.repository,
        patterns,
        lambda: describe(location, SourceHints()),
        refuse,
    )


def content_of(snapshot: Snapshot) -> dict[str, bytes]:
    """The bytes of each file, after an assertion that its id and size are those of its bytes."""
    bytes_of = {path: files.read(file.content) for path, file in snapshot.files.items()}
    for path, data in bytes_of.items():
        file = snapshot.files[path]
        assert (file.path, file.oid, file.size) == (path, blob_id(data), len(data))
    return bytes_of


def pointer(data: bytes) -> bytes:
    """A Git LFS pointer to something else."""
    digest = blob_id(data).ljust(64, "0")
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 9\n".encode()


@dataclass
class Deployer:
    """Deploys a repository to the local Hub by the real flow, and keeps its events.

    `upon` names what happens as soon as a deploy emits an event of some kind.
    """

    hub: LocalHub
    here: Path
    events: list[Event] = field(default_factory=list)
    asked: list[Plan] = field(default_factory=list)
    answer: bool = True
    upon: dict[type[Event], Callable[[], object]] = field(default_factory=dict)

    def client(self, token: str | None = "hf_write") -> Client:
        """A connection to the local Hub."""
        return connect(self.hub.url, token)

    def request(self, **more: Any) -> DeployRequest:
        """A request; a test that waits for a time-out sets a shorter one."""
        return DeployRequest(
            **{
                "space": SpaceId.parse(SPACE),
                "here": self.here,
                "timeout": 60.0,
                "health": Health(timeout=30.0),
                **more,
            }
        )

    def operation(self, token: str | None = "hf_write", **more: Any) -> Operation:
        """An operation of such a request, whose events and questions are kept."""
        return Operation(self.client(token), self.request(**more), self._emit, self._confirm)

    def __call__(self, *, token: str | None = "hf_write", **more: Any) -> DeployResult:
        """Deploy."""
        self.events.clear()
        operation = self.operation(token, **more)
        return flow.deploy(operation, validate(operation.request, self._emit))

    def plan(self, *, token: str | None = None, **more: Any) -> DeployResult:
        """Only plan."""
        self.events.clear()
        operation = self.operation(token, **more)
        return plan_deploy(operation, validate(operation.request, self._emit))

    def events_of(self, kind: type[_Kind]) -> list[_Kind]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def _emit(self, event: Event) -> None:
        self.events.append(event)
        happens = self.upon.pop(type(event), None)
        if happens is not None:
            happens()

    def _confirm(self, plan: Plan) -> bool:
        self.asked.append(plan)
        return self.answer


@pytest.fixture(scope="session", autouse=True)
def _certificates_are_read_once() -> Iterator[None]:
    """Reading them takes longer than a visit to an app, and nothing here is encrypted."""
    read = httpcore2.default_ssl_context
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore2, "default_ssl_context", cache(read))
        yield


@pytest.fixture(name="no_waits")
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that only waiting moves, and at once: a slow machine sees what a fast one sees.

    huggingface_hub waits by it, too, before it repeats a request.
    What comes from elsewhere is waited for really: a line of a log, though never for long while it
    is built, and an answer that hangs.
    """
    passed = 0.0

    def sleep(seconds: float) -> None:
        nonlocal passed
        passed += max(seconds, 1e-9)  # what rounding leaves of a wait must pass, too

    class Stream(SimpleQueue[Any]):
        """What a stream brings."""

        def get(self, block: bool = True, timeout: float | None = None) -> Any:
            assert timeout is not None
            is_last = timeout == watch._LOG_DELAY  # pylint: disable=protected-access
            try:
                return super().get(block, 5.0 if is_last else min(timeout, 0.1))
            except Empty:
                clock.sleep(timeout)
                raise

    monkeypatch.setattr(clock, "now", lambda: passed)
    monkeypatch.setattr(clock, "sleep", sleep)
    monkeypatch.setattr("huggingface_hub.utils._http.time", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(spaces, "SimpleQueue", Stream)
    monkeypatch.setattr(metrics, "SimpleQueue", Stream)


@pytest.fixture(name="deploy")
def _deploy(hub: LocalHub, repo: Repo) -> Deployer:
    """Deploys `repo` to `hub`."""
    return Deployer(hub, repo.root)


@pytest.fixture(name="space_files")
def _space_files(hub: LocalHub) -> Callable[[], dict[str, bytes]]:
    """The Space's files, without the `.gitattributes` that it shares with the Hub."""

    def read() -> dict[str, bytes]:
        found = hub.files(SPACE)
        found.pop(".gitattributes", None)
        return found

    return read


class Promoter:
    """Promotes staging to production, and keeps what is emitted."""

    def __init__(self, deploy: Deployer) -> None:
        self.deploy = deploy

    def __call__(self, *, token: str = "hf_write", **more: Any) -> DeployResult:
        return promote.promote(*self._of(token, more))

    def plan(self, *, token: str | None = "hf_write", **more: Any) -> DeployResult:
        """Only plan."""
        return promote.plan_promotion(*self._of(token, more))

    def _of(self, token: str | None, more: dict[str, Any]) -> Any:
        self.deploy.events.clear()
        asked = {name: more.pop(name) for name in ("gates", "allow_older") if name in more}
        promotion = Promotion(more.pop("origin", STAGING), **asked)
        return self.deploy.operation(token, **{"space": PRODUCTION, **more}), promotion

    @property
    def warnings(self) -> str:
        """What was warned of."""
        return "\n".join(event.message for event in self.deploy.events_of(Warned))


@pytest.fixture(name="promote")
def _promote(deploy: Deployer) -> Promoter:
    return Promoter(deploy)


@pytest.fixture(name="staged")
def _staged(repo: Repo, deploy: Deployer) -> DeployResult:
    """A release on staging, verified."""
    repo.commit(FILES)
    return deploy(space=STAGING, run=Run("100", "2", "julia"))
