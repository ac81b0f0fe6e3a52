"""The local Hub, as a test or a command holds it: started, asked, changed, stopped."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from deployer.rehearsal.builder import Builder
from deployer.rehearsal.hub import Hub, SpaceProvisioner, Tokens
from deployer.rehearsal.hub_thread import ChangeNotifier, HubThread, Open
from deployer.rehearsal.listener import LOOPBACK, Listener
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.real_runtime import RealProvisioner
from deployer.rehearsal.repository import MAIN, CommitNote, StoredCommit
from deployer.rehearsal.request_log import RecordedRequest, RequestLog
from deployer.rehearsal.routes import application
from deployer.rehearsal.scenario import REHEARSAL, App, Scenario
from deployer.rehearsal.scratch import scratch_folder
from deployer.rehearsal.scripted_runtime import ScriptedProvisioner
from deployer.rehearsal.store import HostedSpace, Store
from deployer.space.space import Visibility

_MAX_RECORDS = 100_000


class LocalHub:
    """A Hugging Face Hub on this machine, bound to the loopback interface only.

    It answers between `start` and `stop`, or inside a `with`; `port` 0 takes a free one. What the
    `scenario` says may be changed at any time. With `real`, Spaces are built with `python` and run;
    environments and models are kept in `cache` for the next time, and where there is no script, the
    token ANYBODY may do anything.
    """

    def __init__(
        self,
        *,
        scenario: Scenario | None = None,
        port: int = 0,
        real: bool = False,
        cache: Path | None = None,
        python: str = sys.executable,
    ) -> None:
        self.scenario = scenario or Scenario(tokens=REHEARSAL if real else None)
        self._workshop = (cache, python) if real else None
        self._news = ChangeNotifier()
        # what a person deploys may be large, and nobody reads it here
        self._requests = RequestLog(deque(maxlen=_MAX_RECORDS), self._news.tell, bodies=not real)
        self._visits = RequestLog(deque(maxlen=_MAX_RECORDS), self._news.tell)
        self._backstage = HubThread(lambda: self._opened(port))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start to answer. Raises OSError where the port is taken."""
        self._backstage.start()
        return self

    def stop(self) -> None:
        """End everything at once, and wait until it has ended."""
        self._backstage.stop()

    @property
    def url(self) -> str:
        """What HF_ENDPOINT is to be."""
        return f"http://{LOOPBACK}:{self._backstage.open.port}"

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request to the Hub so far, in order."""
        return list(self._requests.records)

    @property
    def visits(self) -> list[RecordedRequest]:
        """Every request to the apps of scripted Spaces so far, in order."""
        return list(self._visits.records)

    def requests_to(self, pattern: str, method: str | None = None) -> list[RecordedRequest]:
        """The requests with a regular expression in their path and query."""
        return [r for r in self.requests if r.matches(pattern) and method in (None, r.method)]

    def add_space(
        self,
        space: str,
        files: Mapping[str, bytes],
        *,
        sdk: str = "gradio",
        private: bool = False,
        stage: str = "RUNNING",
        running: str | None = "head",
        author: str = "julia",
        app: App | None = None,
    ) -> HostedSpace:
        """A Space that somebody made: one commit, and it is in this stage already.

        `running` is the commit that serves: the head, another id, or None where /runtime doesn't
        tell. `app` is what answers at its address. A real Space is built instead.
        """

        async def add() -> HostedSpace:
            hub = self._backstage.open.hub
            visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
            made = await hub.open_space(space, sdk=sdk, visibility=visibility)
            commit = hub.change(made, files, (), CommitNote("Initial commit", author))
            hub.apply_settings(made, stage, commit, app or App())
            made.runtime.tells_sha = made.runtime.tells_sha and running is not None
            if running not in (None, "head") and made.running:
                made.runtime.running = running
            return made

        return self._backstage.wait_for(add())

    def commit(
        self,
        space: str,
        files: Mapping[str, bytes] | None = None,
        *,
        delete: Sequence[str] = (),
        title: str = "A change by hand",
        description: str = "",
        author: str = "julia",
    ) -> str:
        """A commit that somebody makes on the Hub; it is built. Gives its id."""

        def change(hub: Hub) -> str:
            note = CommitNote(title, author, description)
            changed = hub.store.spaces[space]
            commit = hub.change(changed, files or {}, delete, note)
            hub.landed(changed, commit)
            return commit.id

        return self._backstage.call(change)

    def space(self, space: str) -> HostedSpace:
        """A Space as it is; the object goes on changing."""
        return self._backstage.call(lambda hub: hub.store.spaces[space])

    def spaces(self) -> list[str]:
        """The ids of all Spaces."""
        return self._backstage.call(lambda hub: list(hub.store.spaces))

    def files(self, space: str, revision: str = MAIN) -> dict[str, bytes]:
        """All files of a commit, large ones too."""

        def read(hub: Hub) -> dict[str, bytes]:
            commit = hub.store.spaces[space].repository.resolve(revision)
            return {path: hub.store.objects.read(file) for path, file in commit.files.items()}

        return self._backstage.call(read)

    def commits(self, space: str, revision: str = MAIN) -> list[StoredCommit]:
        """The history, newest first."""

        def read(hub: Hub) -> list[StoredCommit]:
            repository = hub.store.spaces[space].repository
            return repository.history(repository.resolve(revision))

        return self._backstage.call(read)

    def tags(self, space: str) -> dict[str, str]:
        """The commits that tags name."""
        return self._backstage.call(lambda hub: dict(hub.store.spaces[space].repository.tags))

    def wait_until(self, condition: Callable[[], object], timeout: float = 10.0) -> None:
        """Wait until something holds, looking whenever the Hub changed. Raises TimeoutError."""
        self._news.wait_until(condition, timeout)

    @asynccontextmanager
    async def _opened(self, port: int) -> AsyncIterator[Open]:
        with scratch_folder() as folder:
            store, tokens = Store(Objects(_made(folder / "large"))), Tokens(self.scenario)
            ground = self._ground(folder, store.objects, tokens)
            hub = Hub(store, tokens, ground, self._requests)
            listener = Listener(application(hub), port)
            await listener.open()
            try:
                yield Open(hub, listener.port)
            finally:
                await listener.close()
                await hub.close()

    def _ground(self, folder: Path, objects: Objects, tokens: Tokens) -> SpaceProvisioner:
        if self._workshop is None:
            return ScriptedProvisioner(self.scenario, self._visits, tokens.who)
        cache, python = self._workshop
        kept = _made(cache.absolute() if cache else folder / "cache")
        builder = Builder(_made(kept / "environments"), python)
        work, models = _made(folder / "work"), _made(kept / "huggingface")
        return RealProvisioner(builder, objects, work, models)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
