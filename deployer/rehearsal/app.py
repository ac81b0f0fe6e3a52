"""An app that runs for real: its files, its process, and the port where it answers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deployer.rehearsal.environment import listening_at
from deployer.rehearsal.listener import LOOPBACK
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.ports import free_port, is_free, listens
from deployer.rehearsal.process import SupervisedProcess
from deployer.rehearsal.repository import StoredCommit

USUAL_PORT = 7860
_POLL = 0.1
_TIMEOUT = 5.0
_QUESTION = b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"


class AppEnded(Exception):
    """The app ended with this exit code before, or while, it was needed."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Exit code: {code}.")


class RunningApp:
    """A process that serves, or is about to. `port` is where it answers once it is ready."""

    def __init__(self, process: SupervisedProcess, ports: tuple[int, ...], log: LogBuffer) -> None:
        self.port = ports[0]
        self._process = process
        self._ports = ports
        self._log = log

    @classmethod
    async def start(
        cls, program: list[str], folder: Path, environment: Mapping[str, str], log: LogBuffer
    ) -> RunningApp:
        """Start `python file` in a folder, told to answer at a free port of its own.

        What it prints goes to the log, which is closed when it ends. Apps that insist on the usual
        port are found there, if it was free before.
        """
        port = free_port()
        ports = (port, USUAL_PORT) if is_free(USUAL_PORT) else (port,)
        told = listening_at(environment, port, Path(program[0]).parent)
        process = await SupervisedProcess.start(program, folder, told, log.write)
        return cls(process, ports, log)

    async def ready(self, seconds: float) -> None:
        """Return once it answers. Raises AppEnded, or TimeoutError."""
        ended = asyncio.create_task(self.ended())
        answers = asyncio.create_task(self._answers())
        try:
            waited = {ended, answers}
            done, _ = await asyncio.wait(
                waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ended.cancel()
            answers.cancel()
        if ended in done:
            raise AppEnded(ended.result())
        if not done:
            raise TimeoutError
        self.port = answers.result()

    async def ended(self) -> int:
        """Its exit code, once it has ended and all that it printed is in the log."""
        code = await self._process.ended()
        self._log.close()
        return code

    async def end(self) -> None:
        """End it, and whatever it started."""
        await self._process.end()
        await self.ended()

    async def _answers(self) -> int:
        while True:
            for port in self._ports:
                if await _speaks_http(port) and listens(self._process.session, port):
                    return port
            await asyncio.sleep(_POLL)


def check_out(commit: StoredCommit, objects: Objects, folder: Path) -> None:
    """Write all files of a commit into a new folder."""
    folder.mkdir()
    for path, file in commit.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if file.lfs is None:
            place.write_bytes(objects.read(file))
        else:
            shutil.copyfile(objects.place(file.lfs), place)


async def _speaks_http(port: int) -> bool:
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_TIMEOUT):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(_QUESTION % f"{LOOPBACK}:{port}".encode())
                return await reader.readexactly(5) == b"HTTP/"
            finally:
                writer.close()
    return False
