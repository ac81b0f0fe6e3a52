"""A Space that is built and run for real on this machine.

How Spaces does it: https://huggingface.co/docs/hub/spaces-overview
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from deployer.rehearsal.app import USUAL_PORT, AppEnded, RunningApp, check_out
from deployer.rehearsal.builder import Builder, BuildFailed
from deployer.rehearsal.environment import SpaceInfo, for_app
from deployer.rehearsal.launch_spec import ConfigError, LaunchSpec, launch_spec_of
from deployer.rehearsal.listener import Listener
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.proxy import SpaceProxy
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.runtime import SpaceRuntime, StartReason
from deployer.rehearsal.static import StaticSite, static_site
from deployer.rehearsal.store import HostedSpace
from deployer.space.space import Sdk, Stage

_TAIL = 20


@dataclass(frozen=True, slots=True)
class RealProvisioner:
    """Where real Spaces are made: the shared builder and objects, and two folders."""

    builder: Builder
    objects: Objects
    work: Path
    models: Path

    async def apply_settings(self, space: HostedSpace, changed: Callable[[], None]) -> None:
        """Give a Space its machine and its address."""
        front = SpaceProxy()
        await front.open()
        space.address = front
        space.runtime = RealRuntime(space, front, self, changed)


class RealRuntime(SpaceRuntime):
    """Builds each commit, starts it, and lets the front turn to it once it answers."""

    revives = frozenset({Stage.RUNTIME_ERROR})

    def __init__(
        self,
        space: HostedSpace,
        front: SpaceProxy,
        ground: RealProvisioner,
        changed: Callable[[], None],
    ) -> None:
        super().__init__(changed)
        self._space = space
        self._front = front
        self._ground = ground
        self._app: RunningApp | None = None
        self._shelf = StaticSite()
        self._listener = Listener(static_site(self._shelf, ground.objects))
        self._background: set[asyncio.Task[None]] = set()

    async def bring_up(self, commit: StoredCommit, reason: StartReason) -> None:
        """Build and start a commit, as its card says."""
        try:
            blueprint = launch_spec_of(commit, self._ground.objects)
            if blueprint.sdk is Sdk.STATIC:
                await self._show_files(blueprint)
            else:
                await self._build_and_start(blueprint, reason)
        except ConfigError as misfit:
            await self.take_down()
            self.show(misfit.stage, message=misfit.why)

    async def take_down(self) -> None:
        """End the app, and what older ones left to be ended."""
        await self._stop_serving()
        if self._background:
            await asyncio.wait(set(self._background))
        await self._listener.close()

    async def _show_files(self, blueprint: LaunchSpec) -> None:
        self._shelf.commit, self._shelf.start = blueprint.commit, blueprint.app_file
        await self._listener.open()
        await self._turn_to(None, self._listener.port, blueprint.commit)

    async def _build_and_start(self, blueprint: LaunchSpec, reason: StartReason) -> None:
        log = self.new_build_log(blueprint.commit, reason)
        self.show(Stage.BUILDING)
        folder = Path(tempfile.mkdtemp(dir=self._ground.work))
        try:
            made = await self._built(blueprint, folder, log)
            app = await self._started(blueprint, made / "bin" / "python", folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._in_background(self._watch(app, folder))
        await self._turn_to(app, app.port, blueprint.commit)

    async def _built(self, blueprint: LaunchSpec, folder: Path, log: LogBuffer) -> Path:
        objects, files = self._ground.objects, folder / "app"
        try:
            await asyncio.to_thread(check_out, blueprint.commit, objects, files)
            return await self._ground.builder.build(blueprint.recipe(objects), files, log)
        except BuildFailed as failed:
            raise ConfigError(Stage.BUILD_ERROR, str(failed)) from None
        finally:
            log.close()

    async def _started(self, blueprint: LaunchSpec, python: Path, folder: Path) -> RunningApp:
        if self._app is not None and self._app.port == USUAL_PORT:
            # two apps that insist on one port can't run side by side
            await self._stop_serving()
        self.show(Stage.APP_STARTING)
        while True:
            settings = self._settings()
            app = await self._ready(blueprint, python, folder)
            if settings == self._settings():
                return app
            # it was started with what is out of date by now
            await app.end()

    async def _ready(self, blueprint: LaunchSpec, python: Path, folder: Path) -> RunningApp:
        log, environment = self.new_run_log(), self._environment(blueprint, folder)
        program = [str(python), blueprint.app_file]
        app = await RunningApp.start(program, folder / "app", environment, log)
        try:
            await app.ready(blueprint.startup)
        except BaseException as error:
            await app.end()
            if isinstance(error, AppEnded):
                raise ConfigError(Stage.RUNTIME_ERROR, _crash(error, log)) from None
            if isinstance(error, TimeoutError):
                why = f"Launch timed out, the Space did not answer in {blueprint.startup} s"
                raise ConfigError(Stage.RUNTIME_ERROR, why) from None
            raise
        return app

    async def _watch(self, app: RunningApp, folder: Path) -> None:
        code = await app.ended()
        shutil.rmtree(folder, ignore_errors=True)
        if app is not self._app:
            return
        self._app = self._front.target = self.running = None
        if self.busy:
            # the next one is on its way already; only nothing answers until then
            self.show(self.stage.removeprefix("RUNNING_"))
        else:
            self.show(Stage.RUNTIME_ERROR, message=_crash(AppEnded(code), self.run_log))

    async def _turn_to(self, app: RunningApp | None, port: int, commit: StoredCommit) -> None:
        before, self._app = self._app, app
        self._front.target = port
        self.running, self.tells_sha = commit.id, app is not None
        self._changed()
        if before is not None:
            # who has a connection to the old app keeps it, so RUNNING is said after its end
            await asyncio.wait({self._in_background(before.end())})
        if app is not None and app is not self._app:
            raise ConfigError(
                Stage.RUNTIME_ERROR, _crash(AppEnded(await app.ended()), self.run_log)
            )
        self.show(Stage.RUNNING)

    async def _stop_serving(self) -> None:
        app, self._app = self._app, None
        self._front.target = self.running = None
        if app is not None:
            await app.end()

    def _in_background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def _settings(self) -> dict[str, str]:
        settings = self._space.variables | self._space.secrets
        return {key: setting.value for key, setting in settings.items()}

    def _environment(self, blueprint: LaunchSpec, folder: Path) -> dict[str, str]:
        home = folder / "home"
        (home / "tmp").mkdir(parents=True, exist_ok=True)
        facts = SpaceInfo(
            id=self._space.id,
            title=blueprint.title or self._space.id,
            host=self._front.url.partition("://")[2],
            creator=self._space.key,
        )
        models, settings = self._ground.models, self._settings()
        return for_app(os.environ, facts, home=home, models=models, settings=settings)


def _crash(ended: AppEnded, log: LogBuffer | None) -> str:
    lines = log.text.splitlines()[1:] if log else []
    return f"{ended} Reason: " + "\n".join(lines[-_TAIL:])
