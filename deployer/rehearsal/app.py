"""An app that runs for real: what is built, how it starts, and the port that it listens on."""

from __future__ import annotations

import asyncio
import shutil
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from deployer.rehearsal.environment import Settings
from deployer.rehearsal.listener import LOOPBACK
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.repository import StoredCommit

_FOLDER_MODE, _FILE_MODE = 0o755, 0o644
POLL_SECONDS = 0.1
MEASURE_SECONDS = 1.0
_PROBE_TIMEOUT = 5.0
_PROBE_REQUEST = b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"


class StartFailed(Exception):
    """The app can't start, or ended: what the Hub says of it."""


class AppExited(StartFailed):
    """The app exited with this code, before it answered or while it was needed."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Exit code: {code}.")


class NotAnswering(StartFailed):
    """The app runs, but did not answer in so many seconds; `why` is a sentence, if it is known."""

    def __init__(self, seconds: float, why: str = "") -> None:
        message = f"Launch timed out, the Space did not answer in {seconds:g} s"
        super().__init__(f"{message}. {why}" if why else message)


class RunningApp(ABC):
    """An app that serves HTTP, or is about to. `port` is valid after `wait_until_ready`.

    `why_not` is what keeps it from answering, as a sentence, as far as that is seen.
    """

    port: int
    why_not = ""

    async def wait_until_ready(self, timeout: float) -> None:
        """Return once it answers HTTP.

        Raises AppExited, or NotAnswering: after so many seconds, or where waiting is of no use.
        """
        exited = asyncio.create_task(self.wait())
        answering = asyncio.create_task(self._find_port())
        try:
            done, _ = await asyncio.wait(
                {exited, answering}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            exited.cancel()
            answering.cancel()
        if exited in done:
            raise AppExited(exited.result())
        if not done:
            raise NotAnswering(timeout, self.why_not)
        self.port = answering.result()

    @abstractmethod
    async def wait(self) -> int:
        """Its exit code, once it has exited and all its output is in the log."""

    @abstractmethod
    async def stop(self) -> None:
        """Stop it, and whatever it started."""

    @abstractmethod
    def measure(self) -> AsyncIterator[Metric] | None:
        """What its processes use, each second while it runs; None if that can't be measured."""

    @abstractmethod
    async def _find_port(self) -> int:
        """The port of this machine at which it answers, once it does. May raise NotAnswering."""


class Program(Protocol):
    """A built commit, which can be started."""

    @property
    def fixed_port(self) -> int:
        """A port of this machine that its app may insist on: two can't have it side by side."""

    async def launch(self, settings: Settings, log: LogBuffer) -> RunningApp:
        """Start it; its output goes to the log, which is closed when it exits.

        Raises StartFailed.
        """


def check_out(commit: StoredCommit, objects: Objects, folder: Path) -> None:
    """Write all files of a commit into a new folder, for everybody to read as on the Hub."""
    folder.mkdir()
    for path, file in commit.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.lfs is None:
            target.write_bytes(objects.read(file))
        else:
            shutil.copyfile(objects.lfs_path(file.lfs), target)
    # whatever the umask of this user: a COPY keeps modes, and the app is another user
    for entry in (folder, *folder.rglob("*")):
        entry.chmod(_FOLDER_MODE if entry.is_dir() else _FILE_MODE)


async def is_http_server(port: int) -> bool:
    """Whether something on a port of this machine answers HTTP."""
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_PROBE_TIMEOUT):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(_PROBE_REQUEST % f"{LOOPBACK}:{port}".encode())
                return await reader.readexactly(5) == b"HTTP/"
            finally:
                writer.close()
    return False
