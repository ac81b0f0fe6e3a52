"""What a Space does with its commits: stages, the running commit, and the two logs.

The stages: https://huggingface.co/docs/huggingface_hub/package_reference/space_runtime
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.repository import StoredCommit, now
from deployer.space.space import Stage

_WHILE_RUNNING = {
    Stage.BUILDING: Stage.RUNNING_BUILDING,
    Stage.APP_STARTING: Stage.RUNNING_APP_STARTING,
}
_log = logging.getLogger(__name__)


class StartReason(StrEnum):
    """Why a Space is brought up."""

    COMMIT = "commit"
    RESTART = "restart"
    FACTORY = "factory"
    SETTINGS = "settings"


class Questions:
    """How often somebody asked for the stage."""

    def __init__(self) -> None:
        self._asked = 0
        self._asked_now = asyncio.Event()

    def ask(self) -> None:
        """Somebody asks."""
        self._asked += 1
        self._asked_now.set()

    async def await_more(self, number: int) -> None:
        """Wait until it was asked so many times more."""
        enough = self._asked + number
        while self._asked < enough:
            self._asked_now.clear()
            await self._asked_now.wait()


class SpaceRuntime(ABC):
    """The stage machine of one Space. `changed` is called after every change.

    In a stage of `revives`, new settings start it although nothing runs.
    """

    revives: frozenset[Stage] = frozenset()

    def __init__(self, changed: Callable[[], None]) -> None:
        self.stage: str = Stage.NO_APP_FILE
        self.running: str | None = None
        self.message: str | None = None
        self.tells_sha = True
        self.build_log: LogBuffer | None = None
        self.run_log: LogBuffer | None = None
        self._changed = changed
        self._turn: asyncio.Task[None] | None = None
        self.questions = Questions()

    @property
    def busy(self) -> bool:
        """Whether a commit is on its way up."""
        return self._turn is not None and not self._turn.done()

    @abstractmethod
    async def bring_up(self, commit: StoredCommit, reason: StartReason) -> None:
        """Build and start a commit; cancelled by a newer one."""

    @abstractmethod
    async def take_down(self) -> None:
        """End what runs."""

    def start(self, commit: StoredCommit, reason: StartReason) -> None:
        """Turn to a commit; what is under way for an older one is cancelled.

        A paused Space stays paused until somebody restarts it. New settings restart what runs; what
        is on its way up will have them anyway.
        """
        if self.stage == Stage.PAUSED and reason in (StartReason.COMMIT, StartReason.SETTINGS):
            return
        if reason is StartReason.SETTINGS and (self.busy or not self._has_use_for_settings()):
            return
        before = self._cancel()
        self._turn = asyncio.create_task(self._take_turn(before, commit, reason))

    async def pause(self) -> None:
        """Stop, and stay so."""
        await _ended(self._cancel())
        await self.take_down()
        self.running = None
        self.show(Stage.PAUSED)

    async def close(self) -> None:
        """Stop for good."""
        await _ended(self._cancel())
        await self.take_down()
        for log in (self.build_log, self.run_log):
            if log is not None:
                log.close()

    def show(self, stage: str, *, message: str | None = None) -> None:
        """Be in a stage. While an older commit serves, building is RUNNING_BUILDING."""
        known = _WHILE_RUNNING.get(Stage(stage)) if stage in set(Stage) else None
        self.stage = known if known and self.running else stage
        self.message = message
        self._changed()

    def new_build_log(self, commit: StoredCommit, reason: StartReason) -> LogBuffer:
        """A fresh build log with its first line; a plain restart doesn't tell the commit."""
        untold = reason in (StartReason.RESTART, StartReason.SETTINGS)
        sha = "" if untold else f" / Commit SHA: {commit.id[:7]}"
        self.build_log = _renewed(self.build_log, f"Build Queued at {_clock()}{sha}", self._changed)
        return self.build_log

    def new_run_log(self) -> LogBuffer:
        """A fresh run log with its first line."""
        said = f"Application Startup at {_clock()}"
        self.run_log = _renewed(self.run_log, said, self._changed)
        return self.run_log

    def facts(self) -> dict[str, Any]:
        """What /runtime says of it."""
        facts: dict[str, Any] = {"stage": self.stage}
        if self.message:
            facts["errorMessage"] = self.message
        if self.running and self.tells_sha:
            facts["sha"] = self.running
        return facts

    def _has_use_for_settings(self) -> bool:
        return self.running is not None or self.stage in self.revives

    def _cancel(self) -> asyncio.Task[None] | None:
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.cancel()
        return turn

    async def _take_turn(
        self, before: asyncio.Task[None] | None, commit: StoredCommit, reason: StartReason
    ) -> None:
        await _ended(before)
        try:
            await self.bring_up(commit, reason)
        except Exception as error:  # pylint: disable=broad-exception-caught
            # a mistake in here must show as a failed Space, not as one that builds for ever
            _log.exception("A Space could not be brought up")
            self.running = None
            self.show(Stage.RUNTIME_ERROR, message=f"The rehearsal itself failed: {error}")


async def _ended(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        await asyncio.wait({task})


def _renewed(old: LogBuffer | None, said: str, changed: Callable[[], None]) -> LogBuffer:
    if old is not None:
        old.close()
    log = LogBuffer(changed)
    log.write(f"===== {said} =====\n")
    return log


def _clock() -> str:
    return now().strftime("%Y-%m-%d %H:%M:%S")
