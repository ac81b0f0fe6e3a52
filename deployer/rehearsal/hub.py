"""The Hub itself, as its event loop sees it: Spaces come, get commits, and go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from deployer.card.card import README, REFERENCE
from deployer.rehearsal.largefiles import LargeFiles, text_of, usual_attributes
from deployer.rehearsal.repository import MAIN, CommitNote, StoredCommit
from deployer.rehearsal.request_log import RequestLog
from deployer.rehearsal.runtime import StartReason
from deployer.rehearsal.scenario import App, Scenario, TokenOwner
from deployer.rehearsal.scripted_runtime import ScriptedRuntime
from deployer.rehearsal.store import HostedSpace, Store
from deployer.source.ignore import GIT_ATTRIBUTES
from deployer.space.space import Sdk, Stage, Visibility

_GRADIO = "6.31.0"
_SAMPLE = 512


class SpaceProvisioner(Protocol):
    """What gives a new Space its machine and its address: scripted or real."""

    async def apply_settings(self, space: HostedSpace, changed: Callable[[], None]) -> None:
        """Set both; the address answers from then on."""


@dataclass(slots=True)
class Tokens:
    """What was handed out: upload tickets, and the tokens of the keyless way."""

    scenario: Scenario
    tickets: dict[str, str] = field(default_factory=dict)
    identities: dict[str, str] = field(default_factory=dict)
    publishers: dict[str, TokenOwner] = field(default_factory=dict)

    def who(self, token: str) -> TokenOwner | None:
        """Whose token this is."""
        return self.scenario.tokens.get(token) or self.publishers.get(token)


class Hub:
    """Everything behind the routes. All of it is only ever touched by one event loop."""

    def __init__(
        self, store: Store, tokens: Tokens, ground: SpaceProvisioner, book: RequestLog
    ) -> None:
        self.store = store
        self.tokens = tokens
        self.scenario = tokens.scenario
        self.book = book
        self._ground = ground
        self._changed = book.changed

    async def close(self) -> None:
        """End everything that the Spaces do."""
        await asyncio.gather(*(space.close() for space in self.store.spaces.values()))

    async def open_space(
        self, name: str, *, sdk: str, visibility: str = Visibility.PUBLIC
    ) -> HostedSpace:
        """Make a Space without any commit; its address answers from now on."""
        space = HostedSpace(name, sdk, visibility)
        await self._ground.apply_settings(space, self._changed)
        self.store.add(space)
        return space

    def begin(self, space: HostedSpace, author: str) -> StoredCommit:
        """The commit that a new Space on the Hub starts with; it holds no app yet."""
        draft = self.store.draft(space, None)
        draft.put(GIT_ATTRIBUTES, usual_attributes())
        draft.put(README, first_readme(space))
        commit = self.store.commit(space, draft, CommitNote("initial commit", author))
        if space.sdk == Sdk.STATIC:
            self.landed(space, commit)
        return commit

    def change(
        self,
        space: HostedSpace,
        files: Mapping[str, bytes],
        delete: Collection[str],
        note: CommitNote,
    ) -> StoredCommit:
        """Commit as somebody would who uploads files in the browser; large files are recognised."""
        exists = MAIN in space.repository.branches
        draft = self.store.draft(space, space.repository.head if exists else None)
        rules = LargeFiles(text_of(draft.files, GIT_ATTRIBUTES, self.store.objects))
        for path in delete:
            draft.delete(path)
        for path, data in files.items():
            if rules.mode(path, len(data), data[:_SAMPLE]) == "lfs":
                oid = self.store.objects.keep_large(data)
                space.large.add(oid)
                draft.put_large(path, oid)
            else:
                draft.put(path, data)
        return self.store.commit(space, draft, note)

    def landed(self, space: HostedSpace, commit: StoredCommit) -> None:
        """The main branch has a new commit: it is built."""
        space.runtime.start(commit, StartReason.COMMIT)
        self._changed()

    def apply_settings(
        self, space: HostedSpace, stage: str, running: StoredCommit, app: App
    ) -> None:
        """Put a Space into a stage: a scripted one without a build, a real one by building it."""
        if isinstance(space.runtime, ScriptedRuntime):
            serves = stage.startswith(Stage.RUNNING)
            space.runtime.be(stage, running if serves else None, app)
        else:
            self.landed(space, running)

    async def remove(self, space: HostedSpace) -> None:
        """Delete a Space and end what it does."""
        del self.store.spaces[space.id]
        await space.close()
        self._changed()


def first_readme(space: HostedSpace) -> bytes:
    """The README that a new Space on the Hub starts with."""
    name = space.id.partition("/")[2]
    lines = [
        f"title: {name}",
        "emoji: 🚀",
        "colorFrom: blue",
        "colorTo: green",
        f"sdk: {space.sdk}",
    ]
    if space.sdk == Sdk.GRADIO:
        lines += [f"sdk_version: {_GRADIO}", "app_file: app.py"]
    front = "\n".join([*lines, "pinned: false"])
    return f"---\n{front}\n---\n\nCheck out the configuration reference at {REFERENCE}\n".encode()
