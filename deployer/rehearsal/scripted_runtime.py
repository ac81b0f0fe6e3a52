"""A Space that goes through scripted stages in no time: its runtime and its app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deployer.rehearsal.listener import Listener
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.request_log import RequestLog, with_request_log
from deployer.rehearsal.runtime import SpaceRuntime, StartReason
from deployer.rehearsal.scenario import App, Build, Metrics, Scenario, Step, TokenOwner
from deployer.rehearsal.store import HostedSpace
from deployer.space.space import Sdk, Stage, Visibility

_NOT_RUNNING = "This Space is not running.\n"
_BUILD_STAGES = {Stage.BUILDING, Stage.BUILD_ERROR, Stage.CONFIG_ERROR, Stage.NO_APP_FILE}


@dataclass
class ScriptedApp:
    """A running app: when it started, and how many of its `statuses` and its metrics were sent."""

    app: App
    started_at: float = field(default_factory=time.monotonic)
    used: int = 0
    measured: int = 0

    async def respond(self, path: str) -> Response:
        """The response to a request for this path."""
        if self.app.hang:
            await asyncio.Event().wait()
        await asyncio.sleep(self.app.delay)
        if time.monotonic() - self.started_at < self.app.after:
            return PlainTextResponse("The app is starting.\n", 503)
        return Response(self.app.body, self._status(path), dict(self.app.headers), "text/plain")

    async def measure(self, script: Metrics) -> AsyncIterator[Metric | str]:
        """Its metrics as they are due, and then nothing more."""
        count = len(script.samples)
        while count:
            self.measured = min(self.measured + 1, count)
            yield script.samples[self.measured - 1]
            if self.measured == count:
                break
            await asyncio.sleep(script.interval)
        await asyncio.Event().wait()

    def _status(self, path: str) -> int:
        if path in self.app.paths:
            return self.app.paths[path]
        if not self.app.statuses:
            return self.app.status
        self.used += 1
        return self.app.statuses[min(self.used, len(self.app.statuses)) - 1]


class ScriptedRuntime(SpaceRuntime):
    """Goes through the steps of the scenario's next build."""

    def __init__(
        self, space: HostedSpace, scenario: Scenario, on_change: Callable[[], None]
    ) -> None:
        super().__init__(on_change)
        self.app: ScriptedApp | None = None
        self._space = space
        self._scenario = scenario
        self._is_built = False
        self._before_stop: tuple[ScriptedApp | None, str | None] | None = None

    async def launch(self, commit: StoredCommit, reason: StartReason) -> None:
        """Follow the scenario; a static Space only ever runs, and new settings build nothing."""
        is_restart = reason is StartReason.SETTINGS
        build = self._scenario.settings_restart if is_restart else self._scenario.next_build()
        if build.early_log:
            self.new_build_log(commit, reason)
        await self._wait(build.stale, build.stale_polls)
        new_commit = self.running if is_restart and self.running else commit.id
        if self._space.sdk == Sdk.STATIC:
            self._run_app(new_commit, build)
            self.set_stage(Stage.RUNNING)
            return
        self._is_built = is_restart
        if is_restart:
            self.new_run_log()
        elif not build.early_log:
            self.new_build_log(commit, reason)
        for step in build.steps:
            self._apply(step, build, new_commit, is_last=step is build.steps[-1])
            await self._wait(step.seconds, step.polls)

    async def shut_down(self) -> None:
        """Stop the app."""
        self._stop_app()

    def metrics(self) -> AsyncIterator[Metric | str] | None:
        """Those of the app's script."""
        if self.app is None or self.app.app.metrics is None:
            return None
        return self.app.measure(self.app.app.metrics)

    def set_initial_state(self, stage: str, running: StoredCommit | None, app: App) -> None:
        """Set the stage and the running commit without a build."""
        if running is not None:
            self.new_build_log(running, StartReason.COMMIT).close()
            self.new_run_log()
            self._run_app(running.id, Build(app=app))
        self.set_stage(stage)

    def wake(self) -> None:
        """Start a sleeping Space again; it answers from the next request on."""
        if self.stage == Stage.SLEEPING and self._before_stop is not None:
            self.app, self.running = self._before_stop
            self.set_stage(Stage.RUNNING)

    async def _wait(self, seconds: float, polls: int) -> None:
        if seconds:
            await asyncio.sleep(seconds)
        await self.polls.wait_for_more(polls)

    def _apply(self, step: Step, build: Build, commit: str, *, is_last: bool) -> None:
        is_building = step.stage in _BUILD_STAGES
        if not is_building and not self._is_built:
            self._is_built = True
            self._close_build_log()
            self.new_run_log().write("".join(build.run_log))
        log = self.build_log if is_building else self.run_log
        if log is not None:
            log.write("".join(step.log))
        if step.stage == Stage.RUNNING:
            self._run_app(commit, build)
        elif not step.stage.endswith((Stage.BUILDING, Stage.APP_STARTING)):
            self._stop_app()
        self.set_stage(step.stage, message=build.message if is_last else None)

    def _run_app(self, commit: str, build: Build) -> None:
        if build.app is not None or self.app is None:
            self.app = ScriptedApp(build.app or App())
        self.running = commit
        self.shows_sha = build.sha and self._space.sdk != Sdk.STATIC

    def _stop_app(self) -> None:
        self._before_stop = (self.app, self.running)
        self.app = self.running = None
        self._close_build_log()
        if self.run_log is not None:
            self.run_log.close()

    def _close_build_log(self) -> None:
        if self.build_log is not None:
            self.build_log.close()


@dataclass(frozen=True, slots=True)
class ScriptedProvisioner:
    """Creates scripted Spaces, whose apps record their requests in `visits`."""

    scenario: Scenario
    visits: RequestLog
    owner_of: Callable[[str], TokenOwner | None]

    async def provision(self, space: HostedSpace, on_change: Callable[[], None]) -> None:
        """Set the Space's runtime and its server."""
        runtime = ScriptedRuntime(space, self.scenario, on_change)
        listener = Listener(with_request_log(self._application(space, runtime), self.visits))
        await listener.open()
        space.runtime, space.server = runtime, listener

    def _application(self, space: HostedSpace, runtime: ScriptedRuntime) -> ASGIApp:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope)
            if not self._can_visit(space, request):
                response: Response = PlainTextResponse("Not found\n", 404)
            elif runtime.app is None:
                runtime.wake()
                response = PlainTextResponse(_NOT_RUNNING, 503)
            else:
                response = await runtime.app.respond(request.url.path)
            await response(scope, receive, send)

        return serve

    def _can_visit(self, space: HostedSpace, request: Request) -> bool:
        if space.visibility != Visibility.PRIVATE:
            return True
        owner = self.owner_of(request.headers.get("authorization", "").removeprefix("Bearer "))
        return owner is not None and owner.can_read(space.id)
