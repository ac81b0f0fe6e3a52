"""A Space that is built and run for real on this machine.

How Spaces does it: https://huggingface.co/docs/hub/spaces-overview
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path

from deployer.rehearsal import process_table
from deployer.rehearsal.app import AppExited, Program, RunningApp, StartFailed, check_out
from deployer.rehearsal.builder import Builder, BuildFailed
from deployer.rehearsal.containers.container import ContainerProgram
from deployer.rehearsal.containers.find import NoEngine
from deployer.rehearsal.containers.image import build_image
from deployer.rehearsal.containers.session import EngineSession
from deployer.rehearsal.environment import Settings, SpaceInfo
from deployer.rehearsal.launch_spec import ConfigError, LaunchSpec, launch_spec_of
from deployer.rehearsal.listener import Listener
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.proxy import SpaceProxy
from deployer.rehearsal.python_app import PythonProgram
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.runtime import SpaceRuntime, StartReason
from deployer.rehearsal.static import StaticSite, static_app
from deployer.rehearsal.store import HostedSpace
from deployer.space.space import Sdk, Stage


@dataclass(frozen=True, slots=True)
class RealProvisioner:
    """Creates real Spaces, from what they share: a builder, an engine, objects, two folders."""

    builder: Builder
    containers: EngineSession
    objects: Objects
    work: Path
    model_cache: Path

    async def provision(self, space: HostedSpace, on_change: Callable[[], None]) -> None:
        """Set the Space's runtime and its proxy."""
        proxy = SpaceProxy()
        await proxy.open()
        space.server = proxy
        space.runtime = RealRuntime(space, proxy, self, on_change)


class RealRuntime(SpaceRuntime):
    """Builds each commit, starts it, and switches the proxy to it once it answers."""

    restartable = frozenset({Stage.RUNTIME_ERROR})

    def __init__(
        self,
        space: HostedSpace,
        proxy: SpaceProxy,
        provisioner: RealProvisioner,
        on_change: Callable[[], None],
    ) -> None:
        super().__init__(on_change)
        self._space = space
        self._proxy = proxy
        self._provisioner = provisioner
        self._app: RunningApp | None = None
        self._site = StaticSite()
        self._listener = Listener(static_app(self._site, provisioner.objects))
        self._background: set[asyncio.Task[None]] = set()

    async def launch(self, commit: StoredCommit, reason: StartReason) -> None:
        """Build and start a commit as its card says."""
        try:
            spec = launch_spec_of(commit, self._provisioner.objects)
            if spec.sdk is Sdk.STATIC:
                await self._serve_static(spec)
            else:
                await self._build_and_start(spec, reason)
        except ConfigError as error:
            await self.shut_down()
            self.set_stage(error.stage, message=error.message)

    def metrics(self) -> AsyncIterator[Metric] | None:
        """Those of the app; a static Space has none."""
        return self._app.measure() if self._app else None

    async def shut_down(self) -> None:
        """Stop the app, and wait for older ones that are still stopping."""
        await self._stop_app()
        if self._background:
            await asyncio.wait(set(self._background))
        await self._listener.close()

    async def _serve_static(self, spec: LaunchSpec) -> None:
        self._site.commit, self._site.index = spec.commit, spec.app_file
        await self._listener.open()
        await self._switch_to(None, self._listener.port, spec.commit)

    async def _build_and_start(self, spec: LaunchSpec, reason: StartReason) -> None:
        folder = Path(tempfile.mkdtemp(dir=self._provisioner.work))
        try:
            app = await self._start_as_set(spec, folder / "app", reason)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._in_background(self._watch(app, folder))
        await self._switch_to(app, app.port, spec.commit)

    async def _start_as_set(self, spec: LaunchSpec, files: Path, reason: StartReason) -> RunningApp:
        """Build and start it with the settings of now; once more if they change meanwhile."""
        while True:
            settings = self._space.settings
            program = await self._build(spec, files, settings, reason)
            app = await self._start_app(spec, program, settings)
            if settings == self._space.settings:
                return app
            await app.stop()
            reason = StartReason.SETTINGS

    async def _build(
        self, spec: LaunchSpec, files: Path, settings: Settings, reason: StartReason
    ) -> Program:
        log = self.new_build_log(spec.commit, reason)
        self.set_stage(Stage.BUILDING)
        try:
            if not files.exists():
                await asyncio.to_thread(check_out, spec.commit, self._provisioner.objects, files)
            if spec.sdk is Sdk.DOCKER:
                is_fresh = reason is StartReason.FACTORY
                return await self._build_image(spec, files, settings, log, is_fresh=is_fresh)
            return await self._build_environment(spec, files, log)
        except BuildFailed as error:
            raise ConfigError(Stage.BUILD_ERROR, str(error)) from None
        except NoEngine as error:
            raise ConfigError(Stage.CONFIG_ERROR, str(error)) from None
        finally:
            log.close()

    async def _build_environment(self, spec: LaunchSpec, files: Path, log: LogBuffer) -> Program:
        shared = self._provisioner
        environment = await shared.builder.build(spec.environment_spec(shared.objects), files, log)
        info = self._info(spec, process_table.cores(), process_table.total_memory() // 2**30)
        python = environment / "bin" / "python"
        return PythonProgram(python, spec.app_file, files, info, shared.model_cache)

    async def _build_image(
        self, spec: LaunchSpec, files: Path, settings: Settings, log: LogBuffer, *, is_fresh: bool
    ) -> Program:
        engine = await asyncio.to_thread(self._provisioner.containers.find)
        image = await build_image(engine, files, settings, log, is_fresh=is_fresh)
        info = self._info(spec, engine.cores, engine.memory)
        return ContainerProgram(engine, image, spec.app_port, spec.patience, files, info)

    async def _start_app(
        self, spec: LaunchSpec, program: Program, settings: Settings
    ) -> RunningApp:
        if self._app is not None and self._app.port == program.fixed_port:
            # two apps with the same port of this machine can't run side by side
            await self._stop_app()
        self.set_stage(Stage.APP_STARTING)
        log = self.new_run_log()
        try:
            app = await program.launch(settings, log)
            try:
                await app.wait_until_ready(spec.startup_timeout)
            except BaseException:
                await app.stop()
                raise
        except AppExited as error:
            raise ConfigError(Stage.RUNTIME_ERROR, _exit_message(error, log)) from None
        except StartFailed as error:
            log.close()
            raise ConfigError(Stage.RUNTIME_ERROR, str(error)) from None
        return app

    async def _watch(self, app: RunningApp, folder: Path) -> None:
        code = await app.wait()
        shutil.rmtree(folder, ignore_errors=True)
        if app is not self._app:
            return
        self._app = None
        self._stop_serving()
        if not self.is_busy:
            message = _exit_message(AppExited(code), self.run_log)
            self.set_stage(Stage.RUNTIME_ERROR, message=message)

    async def _switch_to(self, app: RunningApp | None, port: int, commit: StoredCommit) -> None:
        old, self._app = self._app, app
        self._proxy.target = port
        self.running, self.shows_sha = commit.id, app is not None
        self._on_change()
        if old is not None:
            # open connections stay with the old app, so RUNNING is shown after it has exited
            await asyncio.wait({self._in_background(old.stop())})
        if app is not None and app is not self._app:
            message = _exit_message(AppExited(await app.wait()), self.run_log)
            raise ConfigError(Stage.RUNTIME_ERROR, message)
        self.set_stage(Stage.RUNNING)

    async def _stop_app(self) -> None:
        app, self._app = self._app, None
        self._stop_serving()
        if app is not None:
            await app.stop()

    def _stop_serving(self) -> None:
        self._proxy.target = self.running = None
        if self.is_busy:
            # the next commit is built or started; until then nothing answers
            self.set_stage(self.stage.removeprefix("RUNNING_"))

    def _in_background(self, coroutine: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def _info(self, spec: LaunchSpec, cores: int, memory: int) -> SpaceInfo:
        return SpaceInfo(
            id=self._space.id,
            title=spec.title or self._space.id,
            host=self._proxy.url.partition("://")[2],
            creator=self._space.key,
            cores=cores,
            memory=max(1, memory),
        )


def _exit_message(error: AppExited, log: LogBuffer | None) -> str:
    return f"{error} Reason: " + "\n".join(log.tail if log else ())
