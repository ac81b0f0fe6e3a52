"""What the tests of the flows share: a snapshot taken for real, a deploy made for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from deployer.events import Event
from deployer.flows import deploy as flow
from deployer.flows.pack import pack
from deployer.flows.wrap import wrap
from deployer.flows.source import describe, locate
from deployer.ignore import Patterns
from deployer.order import Health, Order
from deployer.outcome import Outcome
from deployer.plan import Plan
from deployer.rehearsal import LocalHub
from deployer.snapshot import Snapshot, Told
from deployer.space import SpaceId
from deployer.tree import blob_id
from deployer.world import files
from deployer.world.hub.client import Client, connect
from tests.conftest import SPACE, Repo

_Kind = TypeVar("_Kind")


def snapshot_of(here: Path, path: str = ".", *, include: Sequence[str] = ()) -> Snapshot:
    """The snapshot of a folder, as a deploy takes it."""
    place = locate(here, path)
    patterns = Patterns.of_option("--include", include)
    return pack(place.root, place.repository, patterns, lambda: describe(place, Told()))


def shipped(snapshot: Snapshot) -> dict[str, bytes]:
    """The bytes that would ship; each file's id and size must be those of its bytes."""
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
    """Deploys a repository to the local Hub by the real flow, and keeps what was told."""

    hub: LocalHub
    here: Path
    events: list[Event] = field(default_factory=list)
    asked: list[Plan] = field(default_factory=list)
    answer: bool = True

    def client(self, token: str | None = "hf_write") -> Client:
        """A connection to the local Hub."""
        return connect(self.hub.url, token)

    def order(self, **more: Any) -> Order:
        """An order with short timeouts."""
        return Order(
            **{
                "space": SpaceId.parse(SPACE),
                "here": self.here,
                "timeout": 20.0,
                "health": Health(timeout=2.0),
                **more,
            }
        )

    def __call__(self, *, token: str | None = "hf_write", **more: Any) -> Outcome:
        """Deploy."""
        self.events.clear()
        order = self.order(**more)
        parcel = wrap(order, self.events.append)
        return flow.deploy(self.client(token), order, parcel, self.events.append, self._confirm)

    def plan(self, *, token: str | None = None, **more: Any) -> Outcome:
        """Only plan."""
        self.events.clear()
        order = self.order(**more)
        parcel = wrap(order, self.events.append)
        return flow.dry_run(self.client(token), order, parcel, self.events.append)

    def told(self, kind: type[_Kind]) -> list[_Kind]:
        """The events of one kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def _confirm(self, plan: Plan) -> bool:
        self.asked.append(plan)
        return self.answer


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
