"""Everything that the Hub knows: the Spaces, their settings, and the names they had before."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from deployer.card.card import README, Card, parse
from deployer.card.yaml import InvalidCard
from deployer.rehearsal.commit_builder import CommitBuilder
from deployer.rehearsal.listener import Address
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.repository import MAIN, CommitNote, Repository, StoredCommit, now
from deployer.rehearsal.runtime import SpaceRuntime
from deployer.space.space import Sdk, Visibility


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable, or a secret, whose value is never told."""

    value: str
    description: str | None = None
    updated: datetime = field(default_factory=now)


@dataclass(eq=False)
class HostedSpace:
    """One Space: its repository, its settings, its machine and its address."""

    id: str
    sdk: str
    visibility: str = Visibility.PUBLIC
    runtime: SpaceRuntime = field(init=False)
    address: Address = field(init=False)
    hardware: str = "cpu-basic"
    sleep_time: int | None = 172800
    repository: Repository = field(default_factory=Repository)
    variables: dict[str, Setting] = field(default_factory=dict)
    secrets: dict[str, Setting] = field(default_factory=dict)
    large: set[str] = field(default_factory=set)
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:24])
    created: datetime = field(default_factory=now)

    async def close(self) -> None:
        """End what it does, for good."""
        await self.runtime.close()
        await self.address.close()

    @property
    def owner(self) -> str:
        """The first half of its id."""
        return self.id.partition("/")[0]

    @property
    def private(self) -> bool:
        """Whether the repository is hidden from strangers."""
        return self.visibility != Visibility.PUBLIC

    @property
    def head(self) -> str:
        """The id of the newest commit."""
        return self.repository.head.id

    @property
    def stage(self) -> str:
        """What it is doing."""
        return self.runtime.stage

    @property
    def running(self) -> str | None:
        """The commit that serves, if any."""
        return self.runtime.running

    @property
    def message(self) -> str | None:
        """The Hub's word on an error."""
        return self.runtime.message

    @property
    def build_log(self) -> str:
        """The text of the build log so far."""
        return self.runtime.build_log.text if self.runtime.build_log else ""

    @property
    def run_log(self) -> str:
        """The text of the run log so far."""
        return self.runtime.run_log.text if self.runtime.run_log else ""

    @property
    def url(self) -> str:
        """Where its app answers."""
        return self.address.url


class Store:
    """The Spaces by id, and the objects that they share."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.spaces: dict[str, HostedSpace] = {}
        self.moved: dict[str, str] = {}

    def add(self, space: HostedSpace) -> None:
        """Take in a Space; its name is no former name any more."""
        self.spaces[space.id] = space
        self.moved.pop(space.id, None)

    def move(self, space: HostedSpace, name: str) -> None:
        """Give a Space another id; the old one redirects."""
        del self.spaces[space.id]
        self.moved = {old: name if new == space.id else new for old, new in self.moved.items()}
        self.moved[space.id] = name
        space.id = name
        self.add(space)

    def draft(self, space: HostedSpace, commit: StoredCommit | None) -> CommitBuilder:
        """A commit in the making, on top of another or on nothing."""
        files = commit.files if commit else {}
        return CommitBuilder(files, objects=self.objects, known=space.large)

    def commit(
        self, space: HostedSpace, draft: CommitBuilder, note: CommitNote, branch: str = MAIN
    ) -> StoredCommit:
        """Put a finished draft on a branch; the card of main decides the SDK."""
        commit = space.repository.add(draft.finished(), note, branch)
        if branch == MAIN:
            card = self.card(commit)
            said = card.meta.get("sdk") if card else None
            space.sdk = str(said) if said in set(Sdk) else space.sdk
        return commit

    def card(self, commit: StoredCommit) -> Card | None:
        """The card of a commit; None where it is missing or can't be read."""
        readme = commit.files.get(README)
        try:
            return parse(self.objects.read(readme).decode()) if readme else None
        except (InvalidCard, UnicodeDecodeError):
            return None
