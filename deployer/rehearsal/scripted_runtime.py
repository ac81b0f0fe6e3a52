"""A Space that does what the script says, in no time: its machine and its app."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deployer.rehearsal.listener import Listener
from deployer.rehearsal.repository import StoredCommit
from deployer.rehearsal.request_log import RequestLog, recorded
from deployer.rehearsal.runtime import SpaceRuntime, StartReason
from deployer.rehearsal.scenario import App, Build, Scenario, Step, TokenOwner
from deployer.rehearsal.store import HostedSpace
from deployer.space.space import Sdk, Stage, Visibility

_NOTHING_RUNS = "This Space is not running.\n"
_FROM_BUILD = {Stage.BUILDING, Stage.BUILD_ERROR, Stage.CONFIG_ERROR, Stage.NO_APP_FILE}


@dataclass
class Serving:
    """An app that runs: how old it is, and how often it answered."""

    app: App
    since: float = field(default_factory=time.monotonic)
    answers: int = 0

    async def answer(self, path: str) -> Response:
        """What the app says to a request for this path."""
        if self.app.hang:
            await asyncio.Event().wait()
        if time.monotonic() - self.since < self.app.after:
            return PlainTextResponse("The app is starting.\n", 503)
        return Response(self.app.body, self.status(path), dict(self.app.headers), "text/plain")

    def status(self, path: str) -> int:
        """The status of the next answer."""
        if path in self.app.paths:
            return self.app.paths[path]
        if not self.app.statuses:
            return self.app.status
        self.answers += 1
        return self.app.statuses[min(self.answers, len(self.app.statuses)) - 1]


class ScriptedRuntime(SpaceRuntime):
    """Goes through the steps of the script's next build."""

    def __init__(self, space: HostedSpace, scenario: Scenario, changed: Callable[[], None]) -> None:
        super().__init__(changed)
        self.serving: Serving | None = None
        self._space = space
        self._script = scenario
        self._built = False
        self._asleep: tuple[Serving | None, str | None] | None = None

    async def bring_up(self, commit: StoredCommit, reason: StartReason) -> None:
        """Follow the script; a static Space only ever runs, and new settings build nothing."""
        settings = reason is StartReason.SETTINGS
        build = self._script.settings_restart if settings else self._script.next_build()
        await self._dwell(build.stale, build.stale_polls)
        served = self.running if settings and self.running else commit.id
        if self._space.sdk == Sdk.STATIC:
            self._serve(served, build)
            self.show(Stage.RUNNING)
            return
        self._built = settings
        if settings:
            self.new_run_log()
        else:
            self.new_build_log(commit, reason)
        for step in build.steps:
            self._take(step, build, served, last=step is build.steps[-1])
            await self._dwell(step.seconds, step.polls)

    async def take_down(self) -> None:
        """Nothing serves any more."""
        self._stop()

    def be(self, stage: str, running: StoredCommit | None, app: App) -> None:
        """Be in a stage without having built, as a Space that somebody made long ago."""
        if running is not None:
            self.new_build_log(running, StartReason.COMMIT).close()
            self.new_run_log()
            self._serve(running.id, Build(app=app))
        self.show(stage)

    async def _dwell(self, seconds: float, polls: int) -> None:
        if seconds:
            await asyncio.sleep(seconds)
        await self.questions.await_more(polls)

    def _take(self, step: Step, build: Build, served: str, *, last: bool) -> None:
        building = step.stage in _FROM_BUILD
        if not building and not self._built:
            self._built = True
            self._close_build_log()
            self.new_run_log().write("".join(build.run_log))
        log = self.build_log if building else self.run_log
        if log is not None:
            log.write("".join(step.log))
        if step.stage == Stage.RUNNING:
            self._serve(served, build)
        elif not step.stage.endswith((Stage.BUILDING, Stage.APP_STARTING)):
            self._stop()
        self.show(step.stage, message=build.message if last else None)

    def _serve(self, commit: str, build: Build) -> None:
        if build.app is not None or self.serving is None:
            self.serving = Serving(build.app or App())
        self.running = commit
        self.tells_sha = build.sha and self._space.sdk != Sdk.STATIC

    def wake(self) -> None:
        """A visit starts a sleeping Space again; it answers from the next visit on."""
        if self.stage == Stage.SLEEPING and self._asleep is not None:
            self.serving, self.running = self._asleep
            self.show(Stage.RUNNING)

    def _stop(self) -> None:
        self._asleep = (self.serving, self.running)
        self.serving = self.running = None
        self._close_build_log()
        if self.run_log is not None:
            self.run_log.close()

    def _close_build_log(self) -> None:
        if self.build_log is not None:
            self.build_log.close()


@dataclass(frozen=True, slots=True)
class ScriptedProvisioner:
    """Where scripted Spaces are made. `visits` tells who comes, `who` knows tokens."""

    scenario: Scenario
    visits: RequestLog
    who: Callable[[str], TokenOwner | None]

    async def apply_settings(self, space: HostedSpace, changed: Callable[[], None]) -> None:
        """Give a Space its machine and its address."""
        runtime = ScriptedRuntime(space, self.scenario, changed)
        listener = Listener(recorded(self._site(space, runtime), self.visits))
        await listener.open()
        space.runtime, space.address = runtime, listener

    def _site(self, space: HostedSpace, runtime: ScriptedRuntime) -> ASGIApp:
        async def site(scope: Scope, receive: Receive, send: Send) -> None:
            request = Request(scope)
            if not self._may_visit(space, request):
                response: Response = PlainTextResponse("Not found\n", 404)
            elif runtime.serving is None:
                runtime.wake()
                response = PlainTextResponse(_NOTHING_RUNS, 503)
            else:
                response = await runtime.serving.answer(request.url.path)
            await response(scope, receive, send)

        return site

    def _may_visit(self, space: HostedSpace, request: Request) -> bool:
        if space.visibility != Visibility.PRIVATE:
            return True
        who = self.who(request.headers.get("authorization", "").removeprefix("Bearer "))
        return who is not None and who.may_enter(space.id)
