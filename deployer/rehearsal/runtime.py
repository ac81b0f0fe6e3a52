"""The runtime of a Space: its stage, the running commit, and the two logs.

The stages: https://huggingface.co/docs/huggingface_hub/package_reference/space_runtime
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from enum import StrEnum
from typing import Any

from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.repository import StoredCommit, utc_now
from deployer.space.space import Stage

_WHILE_RUNNING = {
    Stage.BUILDING: Stage.RUNNING_BUILDING,
    Stage.APP_STARTING: Stage.RUNNING_APP_STARTING,
}
_log = logging.getLogger(__name__)


class StartReason(StrEnum):
    """Why a Space starts."""

    COMMIT = "commit"
    RESTART = "restart"
    FACTORY = "factory"
    SETTINGS = "settings"


class PollCounter:
    """Counts how often clients polled /runtime."""

    def __init__(self) -> None:
        self._count = 0
        self._polled = asyncio.Event()

    def add(self) -> None:
        """Count a poll."""
        self._count += 1
        self._polled.set()

    async def wait_for_more(self, number: int) -> None:
        """Wait for so many more polls."""
        enough = self._count + number
        while self._count < enough:
            self._polled.clear()
            await self._polled.wait()


class SpaceRuntime(ABC):
    """The state machine of one Space. `on_change` is called after every change.

    New settings restart a running Space, and one in a stage of `restartable`.
    """

    restartable: frozenset[Stage] = frozenset()

    def __init__(self, on_change: Callable[[], None]) -> None:
        self.stage: str = Stage.NO_APP_FILE
        self.running: str | None = None
        self.message: str | None = None
        self.shows_sha = True
        self.build_log: LogBuffer | None = None
        self.run_log: LogBuffer | None = None
        self.polls = PollCounter()
        self._on_change = on_change
        self._launching: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a commit is being built or started."""
        return self._launching is not None and not self._launching.done()

    @abstractmethod
    async def launch(self, commit: StoredCommit, reason: StartReason) -> None:
        """Build and start a commit; cancelled by a newer one."""

    @abstractmethod
    async def shut_down(self) -> None:
        """Stop the app."""

    @abstractmethod
    def metrics(self) -> AsyncIterator[Metric | str] | None:
        """What the running app uses, from now on; None if it can't be measured."""

    def start(self, commit: StoredCommit, reason: StartReason) -> None:
        """Launch a commit in the background, and cancel the launch of an older one.

        A paused Space stays paused until it is restarted. New settings restart only an app that
        runs: one that is being started gets them anyway.
        """
        if self.stage == Stage.PAUSED and reason in (StartReason.COMMIT, StartReason.SETTINGS):
            return
        if reason is StartReason.SETTINGS and (self.is_busy or not self._is_restartable()):
            return
        older = self._cancel()
        self._launching = asyncio.create_task(self._launch(older, commit, reason))

    async def pause(self) -> None:
        """Stop until a restart."""
        await _wait_for(self._cancel())
        await self.shut_down()
        self.running = None
        self.set_stage(Stage.PAUSED)

    async def close(self) -> None:
        """Stop for good."""
        await _wait_for(self._cancel())
        await self.shut_down()
        for log in (self.build_log, self.run_log):
            if log is not None:
                log.close()

    def set_stage(self, stage: str, *, message: str | None = None) -> None:
        """Set the stage; BUILDING is RUNNING_BUILDING while an older commit runs."""
        while_running = _WHILE_RUNNING.get(Stage(stage)) if stage in set(Stage) else None
        self.stage = while_running if while_running and self.running else stage
        self.message = message
        self._on_change()

    def new_build_log(self, commit: StoredCommit, reason: StartReason) -> LogBuffer:
        """A new build log with its first line, which has no commit after a plain restart."""
        has_sha = reason not in (StartReason.RESTART, StartReason.SETTINGS)
        sha = f" / Commit SHA: {commit.id[:7]}" if has_sha else ""
        header = f"Build Queued at {_timestamp()}{sha}"
        self.build_log = _replace_log(self.build_log, header, self._on_change)
        return self.build_log

    def new_run_log(self) -> LogBuffer:
        """A new run log with its first line."""
        header = f"Application Startup at {_timestamp()}"
        self.run_log = _replace_log(self.run_log, header, self._on_change)
        return self.run_log

    def to_json(self) -> dict[str, Any]:
        """Stage, error message and running commit, as in /runtime."""
        fields: dict[str, Any] = {"stage": self.stage}
        if self.message:
            fields["errorMessage"] = self.message
        if self.running and self.shows_sha:
            fields["sha"] = self.running
        return fields

    def _is_restartable(self) -> bool:
        return self.running is not None or self.stage in self.restartable

    def _cancel(self) -> asyncio.Task[None] | None:
        task, self._launching = self._launching, None
        if task is not None:
            task.cancel()
        return task

    async def _launch(
        self, older: asyncio.Task[None] | None, commit: StoredCommit, reason: StartReason
    ) -> None:
        await _wait_for(older)
        try:
            await self.launch(commit, reason)
        except Exception as error:  # pylint: disable=broad-exception-caught
            # a bug in here must show as a failed Space, not as one that builds for ever
            _log.exception("could not start a Space")
            self.running = None
            self.set_stage(Stage.RUNTIME_ERROR, message=f"The local Hub failed: {error}")


async def _wait_for(task: asyncio.Task[None] | None) -> None:
    # waiting for a finished task would let the next request in before the stage changes
    if task is not None and not task.done():
        await asyncio.wait({task})


def _replace_log(old: LogBuffer | None, header: str, on_change: Callable[[], None]) -> LogBuffer:
    if old is not None:
        old.close()
    log = LogBuffer(on_change)
    log.write(f"===== {header} =====\n")
    return log


def _timestamp() -> str:
    return utc_now().strftime("%Y-%m-%d %H:%M:%S")
