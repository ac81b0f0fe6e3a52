"""The Hub's data: its Spaces with their settings, and redirects from former names."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from deployer.card.card import README, Card, parse
from deployer.card.yaml import InvalidCard
from deployer.rehearsal.commit_builder import CommitBuilder
from deployer.rehearsal.environment import Settings
from deployer.rehearsal.listener import SpaceServer
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.repository import MAIN, CommitInfo, Repository, StoredCommit, utc_now
from deployer.rehearsal.runtime import SpaceRuntime
from deployer.space.space import Sdk, Visibility


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable or a secret; the Hub never shows the value of a secret."""

    value: str
    description: str | None = None
    updated: datetime = field(default_factory=utc_now)


@dataclass(eq=False)
class HostedSpace:
    """One Space: its repository, its settings, its runtime and its server."""

    id: str
    sdk: str
    visibility: str = Visibility.PUBLIC
    runtime: SpaceRuntime = field(init=False)
    server: SpaceServer = field(init=False)
    hardware: str = "cpu-basic"
    sleep_time: int | None = 172800
    repository: Repository = field(default_factory=Repository)
    variables: dict[str, Setting] = field(default_factory=dict)
    secrets: dict[str, Setting] = field(default_factory=dict)
    lfs_objects: set[str] = field(default_factory=set)
    key: str = field(default_factory=lambda: uuid.uuid4().hex[:24])
    created: datetime = field(default_factory=utc_now)

    async def close(self) -> None:
        """Stop its app and its server for good."""
        await self.runtime.close()
        await self.server.close()

    @property
    def settings(self) -> Settings:
        """The values of its variables and secrets, as they are now."""
        return Settings(
            {name: setting.value for name, setting in self.variables.items()},
            {name: setting.value for name, setting in self.secrets.items()},
        )

    @property
    def owner(self) -> str:
        """The namespace: the first half of its id."""
        return self.id.partition("/")[0]

    @property
    def private(self) -> bool:
        """Whether only members may see the repository."""
        return self.visibility != Visibility.PUBLIC

    @property
    def head(self) -> str:
        """The id of the newest commit."""
        return self.repository.head.id

    @property
    def stage(self) -> str:
        """The stage in /runtime."""
        return self.runtime.stage

    @property
    def running(self) -> str | None:
        """The running commit, if any."""
        return self.runtime.running

    @property
    def message(self) -> str | None:
        """The errorMessage in /runtime."""
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
        """The URL of its app."""
        return self.server.url


class Store:
    """The Spaces by id, and the objects that they share."""

    def __init__(self, objects: Objects) -> None:
        self.objects = objects
        self.spaces: dict[str, HostedSpace] = {}
        self.redirects: dict[str, str] = {}

    def add(self, space: HostedSpace) -> None:
        """Add a Space; a redirect from its name ends."""
        self.spaces[space.id] = space
        self.redirects.pop(space.id, None)

    def move(self, space: HostedSpace, name: str) -> None:
        """Rename a Space; its old id redirects."""
        del self.spaces[space.id]
        self.redirects = {
            old: name if new == space.id else new for old, new in self.redirects.items()
        }
        self.redirects[space.id] = name
        space.id = name
        self.add(space)

    def commit_builder(self, space: HostedSpace, parent: StoredCommit | None) -> CommitBuilder:
        """A builder for a commit on top of another, or for the first one."""
        files = parent.files if parent else {}
        return CommitBuilder(files, objects=self.objects, lfs_objects=space.lfs_objects)

    def commit(
        self, space: HostedSpace, builder: CommitBuilder, info: CommitInfo, branch: str = MAIN
    ) -> StoredCommit:
        """Add a built commit to a branch; the card on main sets the Space's SDK."""
        commit = space.repository.add(builder.build(), info, branch)
        if branch == MAIN:
            card = self.card(commit)
            sdk = card.meta.get("sdk") if card else None
            space.sdk = str(sdk) if sdk in set(Sdk) else space.sdk
        return commit

    def card(self, commit: StoredCommit) -> Card | None:
        """The card of a commit; None if it is missing or invalid."""
        readme = commit.files.get(README)
        try:
            return parse(self.objects.read(readme).decode()) if readme else None
        except (InvalidCard, UnicodeDecodeError):
            return None
