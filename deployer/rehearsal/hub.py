"""The local Hub's operations: create and delete Spaces, commit to them, start their builds."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from deployer.card.card import README, REFERENCE
from deployer.rehearsal.lfs import LfsRules, default_gitattributes, read_text
from deployer.rehearsal.repository import MAIN, CommitInfo, StoredCommit
from deployer.rehearsal.request_log import RequestLog
from deployer.rehearsal.runtime import StartReason
from deployer.rehearsal.scenario import App, Scenario, TokenOwner
from deployer.rehearsal.scripted_runtime import ScriptedRuntime
from deployer.rehearsal.store import HostedSpace, Store
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.space.space import Sdk, Stage, Visibility

_GRADIO_VERSION = "6.31.0"
_SAMPLE_BYTES = 512


class SpaceProvisioner(Protocol):
    """Creates the runtime and the server of a new Space, scripted or real."""

    async def provision(self, space: HostedSpace, on_change: Callable[[], None]) -> None:
        """Set both; the server listens from then on."""


def is_same_token(one: str, other: str) -> bool:
    """Whether two tokens are the same, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogateescape"))


@dataclass(slots=True)
class Tokens:
    """Everything issued to clients: upload tickets, OIDC tokens, tokens of Trusted Publishers."""

    scenario: Scenario
    upload_tickets: dict[str, tuple[str, int]] = field(default_factory=dict)
    oidc_tokens: dict[str, str] = field(default_factory=dict)
    publisher_tokens: dict[str, TokenOwner] = field(default_factory=dict)

    def owner_of(self, token: str) -> TokenOwner | None:
        """The owner of a token; None if the Hub doesn't know it.

        Each is compared in a time that does not tell how much of it was right.
        """
        found = None
        for known, owner in (*self.scenario.tokens.items(), *self.publisher_tokens.items()):
            if is_same_token(known, token):
                found = owner
        return found


class Hub:
    """The state behind the routes. Used by one event loop only."""

    def __init__(
        self, store: Store, tokens: Tokens, provisioner: SpaceProvisioner, request_log: RequestLog
    ) -> None:
        self.store = store
        self.tokens = tokens
        self.scenario = tokens.scenario
        self.request_log = request_log
        self._provisioner = provisioner
        self._on_change = request_log.on_change

    async def close(self) -> None:
        """Close every Space."""
        await asyncio.gather(*(space.close() for space in self.store.spaces.values()))

    async def create_space(
        self, name: str, *, sdk: str, visibility: str = Visibility.PUBLIC
    ) -> HostedSpace:
        """Create a Space without any commit; its server listens from then on."""
        space = HostedSpace(name, sdk, visibility)
        await self._provisioner.provision(space, self._on_change)
        self.store.add(space)
        return space

    def add_initial_commit(self, space: HostedSpace, author: str) -> StoredCommit:
        """Make the commit that a new Space on the Hub has: no app yet."""
        builder = self.store.commit_builder(space, None)
        builder.add_file(GIT_ATTRIBUTES, default_gitattributes())
        builder.add_file(README, initial_readme(space))
        commit = self.store.commit(space, builder, CommitInfo("initial commit", author))
        if space.sdk == Sdk.STATIC:
            self.start_build(space, commit)
        return commit

    def commit_files(
        self,
        space: HostedSpace,
        files: Mapping[str, bytes],
        delete: Collection[str],
        info: CommitInfo,
    ) -> StoredCommit:
        """Commit as an upload in the browser does: the Hub chooses which files go to LFS."""
        exists = MAIN in space.repository.branches
        builder = self.store.commit_builder(space, space.repository.head if exists else None)
        rules = LfsRules(read_text(builder.files, GIT_ATTRIBUTES, self.store.objects))
        for path in delete:
            builder.delete_file(path)
        for path, data in files.items():
            if rules.upload_mode(path, len(data), data[:_SAMPLE_BYTES]) == "lfs":
                oid = self.store.objects.add_lfs(data)
                space.lfs_objects.add(oid)
                builder.add_lfs_file(path, oid)
            else:
                builder.add_file(path, data)
        return self.store.commit(space, builder, info)

    def start_build(self, space: HostedSpace, commit: StoredCommit) -> None:
        """Build a new commit of the main branch."""
        space.runtime.start(commit, StartReason.COMMIT)
        self._on_change()

    def set_stage(self, space: HostedSpace, stage: str, running: StoredCommit, app: App) -> None:
        """Put a scripted Space into a stage without a build; build a real one."""
        if isinstance(space.runtime, ScriptedRuntime):
            is_running = stage.startswith(Stage.RUNNING)
            space.runtime.set_initial_state(stage, running if is_running else None, app)
        else:
            self.start_build(space, running)

    async def delete_space(self, space: HostedSpace) -> None:
        """Delete a Space and stop its app."""
        del self.store.spaces[space.id]
        await space.close()
        self._on_change()


def initial_readme(space: HostedSpace) -> bytes:
    """The README of a new Space on the Hub."""
    name = space.id.partition("/")[2]
    lines = [
        f"title: {name}",
        "emoji: 🚀",
        "colorFrom: blue",
        "colorTo: green",
        f"sdk: {space.sdk}",
    ]
    if space.sdk == Sdk.GRADIO:
        lines += [f"sdk_version: {_GRADIO_VERSION}", "app_file: app.py"]
    front_matter = "\n".join([*lines, "pinned: false"])
    text = f"---\n{front_matter}\n---\n\nCheck out the configuration reference at {REFERENCE}\n"
    return text.encode()
