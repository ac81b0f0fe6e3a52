"""The local Hub as tests and commands use it: start, change, inspect, stop."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from deployer.rehearsal.builder import Builder
from deployer.rehearsal.containers.session import EngineSession
from deployer.rehearsal.hub import Hub, SpaceProvisioner, Tokens
from deployer.rehearsal.hub_thread import ChangeNotifier, HubThread, OpenHub
from deployer.rehearsal.listener import LOOPBACK, Listener
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.real_runtime import RealProvisioner
from deployer.rehearsal.repository import MAIN, CommitInfo, StoredCommit
from deployer.rehearsal.request_log import RecordedRequest, RequestLog
from deployer.rehearsal.routes import application
from deployer.rehearsal.scenario import App, Scenario
from deployer.rehearsal.scratch import scratch_folder
from deployer.rehearsal.scripted_runtime import ScriptedProvisioner
from deployer.rehearsal.store import HostedSpace, Store
from deployer.space.space import Visibility

_MAX_RECORDS = 100_000


class LocalHub:
    """A Hugging Face Hub on this machine, bound to the loopback interface only.

    It listens from `start` to `stop`, or inside a `with`; `port` 0 takes a free one. The `scenario`
    may be changed at any time. With `real`, Spaces are built with `python`, or with the container
    engine of this machine, and run; environments and models are cached in `cache`, and without a
    scenario only `token` may do anything.
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
        self.scenario = scenario or (Scenario.for_one_user() if real else Scenario())
        self._cache_and_python = (cache, python) if real else None
        self._changes = ChangeNotifier()
        # a person's files may be large, and only tests read the bodies
        self._requests = RequestLog(
            deque(maxlen=_MAX_RECORDS), self._changes.notify, keep_bodies=not real
        )
        self._visits = RequestLog(deque(maxlen=_MAX_RECORDS), self._changes.notify)
        self._thread = HubThread(lambda: self._open(port))

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
        """Start to listen. Raises OSError if the port is taken."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop at once, and wait until all Spaces and connections are closed."""
        self._thread.stop()

    @property
    def url(self) -> str:
        """The Hub URL, for HF_ENDPOINT."""
        return f"http://{LOOPBACK}:{self._thread.opened.port}"

    @property
    def token(self) -> str:
        """The random token of a real Hub that may do anything; of this run only."""
        assert self.scenario.admin_token is not None
        return self.scenario.admin_token

    @property
    def requests(self) -> list[RecordedRequest]:
        """Every request to the Hub so far, in order."""
        return list(self._requests.records)

    @property
    def visits(self) -> list[RecordedRequest]:
        """Every request to the apps of scripted Spaces so far, in order."""
        return list(self._visits.records)

    def requests_to(self, pattern: str, method: str | None = None) -> list[RecordedRequest]:
        """The requests whose path and query match a regular expression."""
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
        """Add a Space that has one commit and is in a stage without a build.

        `running` is the running commit: the head, another id, or None if /runtime doesn't show it.
        `app` answers at its URL. A real Space is built instead.
        """

        async def add() -> HostedSpace:
            hub = self._thread.opened.hub
            visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
            added = await hub.create_space(space, sdk=sdk, visibility=visibility)
            commit = hub.commit_files(added, files, (), CommitInfo("Initial commit", author))
            hub.set_stage(added, stage, commit, app or App())
            added.runtime.shows_sha = added.runtime.shows_sha and running is not None
            if running not in (None, "head") and added.running:
                added.runtime.running = running
            return added

        return self._thread.run(add())

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
        """Commit as someone else would on the Hub, and start the build. Gives the commit's id."""

        def commit(hub: Hub) -> str:
            info = CommitInfo(title, author, description)
            hosted = hub.store.spaces[space]
            made = hub.commit_files(hosted, files or {}, delete, info)
            hub.start_build(hosted, made)
            return made.id

        return self._thread.call(commit)

    def space(self, space: str) -> HostedSpace:
        """A Space; the object goes on changing with it."""
        return self._thread.call(lambda hub: hub.store.spaces[space])

    def spaces(self) -> list[str]:
        """The ids of all Spaces."""
        return self._thread.call(lambda hub: list(hub.store.spaces))

    def files(self, space: str, revision: str = MAIN) -> dict[str, bytes]:
        """All files of a commit, with the bytes of LFS files."""

        def read(hub: Hub) -> dict[str, bytes]:
            commit = hub.store.spaces[space].repository.resolve(revision)
            return {path: hub.store.objects.read(file) for path, file in commit.files.items()}

        return self._thread.call(read)

    def commits(self, space: str, revision: str = MAIN) -> list[StoredCommit]:
        """The history, newest first."""

        def read(hub: Hub) -> list[StoredCommit]:
            repository = hub.store.spaces[space].repository
            return repository.history(repository.resolve(revision))

        return self._thread.call(read)

    def tags(self, space: str) -> dict[str, str]:
        """The commits of all tags, by tag."""
        return self._thread.call(lambda hub: dict(hub.store.spaces[space].repository.tags))

    def wait_until(self, condition: Callable[[], object], timeout: float = 10.0) -> None:
        """Wait until a condition holds, checked whenever the Hub changes. Raises TimeoutError."""
        self._changes.wait_until(condition, timeout)

    @asynccontextmanager
    async def _open(self, port: int) -> AsyncIterator[OpenHub]:
        with scratch_folder() as folder:
            store, tokens = Store(Objects(_make_folder(folder / "lfs"))), Tokens(self.scenario)
            provisioner = self._provisioner(folder, store.objects, tokens)
            hub = Hub(store, tokens, provisioner, self._requests)
            listener = Listener(application(hub), port)
            await listener.open()
            try:
                yield OpenHub(hub, listener.port)
            finally:
                await listener.close()
                await hub.close()

    def _provisioner(self, folder: Path, objects: Objects, tokens: Tokens) -> SpaceProvisioner:
        if self._cache_and_python is None:
            return ScriptedProvisioner(self.scenario, self._visits, tokens.owner_of)
        cache, python = self._cache_and_python
        root = _make_folder(cache.absolute() if cache else folder / "cache")
        builder = Builder(_make_folder(root / "environments"), python)
        work, model_cache = _make_folder(folder / "work"), _make_folder(root / "huggingface")
        return RealProvisioner(builder, EngineSession(folder), objects, work, model_cache)


def _make_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
