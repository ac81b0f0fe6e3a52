"""An app that runs for real: its files, its process, and the port that it listens on."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

from deployer.rehearsal import process_table
from deployer.rehearsal.environment import with_port
from deployer.rehearsal.listener import LOOPBACK
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.objects import Objects
from deployer.rehearsal.ports import free_port, is_free, is_listening
from deployer.rehearsal.process import SupervisedProcess
from deployer.rehearsal.repository import StoredCommit

DEFAULT_PORT = 7860
_POLL_SECONDS = 0.1
_MEASURE_SECONDS = 1.0
_PROBE_TIMEOUT = 5.0
_PROBE_REQUEST = b"GET / HTTP/1.1\r\nHost: %b\r\nConnection: close\r\n\r\n"


class AppExited(Exception):
    """The app exited with this code, before it answered or while it was needed."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Exit code: {code}.")


class RunningApp:
    """A process that serves HTTP, or is about to. `port` is valid after `wait_until_ready`."""

    def __init__(self, process: SupervisedProcess, ports: tuple[int, ...], log: LogBuffer) -> None:
        self.port = ports[0]
        self._process = process
        self._ports = ports
        self._log = log

    @classmethod
    async def start(
        cls, program: list[str], folder: Path, environment: Mapping[str, str], log: LogBuffer
    ) -> RunningApp:
        """Start `python file` in a folder, configured to listen on a free port.

        Its output goes to the log, which is closed when it exits. Apps with the default port
        hard-coded are found there, if it was free before.
        """
        port = free_port()
        ports = (port, DEFAULT_PORT) if is_free(DEFAULT_PORT) else (port,)
        full_environment = with_port(environment, port, Path(program[0]).parent)
        process = await SupervisedProcess.start(program, folder, full_environment, log.write)
        return cls(process, ports, log)

    async def wait_until_ready(self, timeout: float) -> None:
        """Return once it answers HTTP. Raises AppExited, or TimeoutError after so many seconds."""
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
            raise TimeoutError
        self.port = answering.result()

    async def wait(self) -> int:
        """Its exit code, once it has exited and all its output is in the log."""
        code = await self._process.wait()
        self._log.close()
        return code

    async def stop(self) -> None:
        """Stop it, and whatever it started."""
        await self._process.stop()
        await self.wait()

    async def measure(self) -> AsyncIterator[Metric]:
        """What its processes use, each second while it runs; the replica is the process."""
        session = self._process.session_id
        used, at = process_table.cpu_seconds(session), time.monotonic()
        while not self._log.closed:
            await asyncio.sleep(_MEASURE_SECONDS)
            before, since = used, at
            memory = await asyncio.to_thread(process_table.memory_bytes, session)
            used, at = process_table.cpu_seconds(session), time.monotonic()
            cores = process_table.cores()
            yield Metric(
                # a process that ended may have taken its time along
                cpu=round(100 * max(0.0, used - before) / (at - since) / cores, 1),
                memory=memory,
                total=process_table.total_memory(),
                cores=cores,
                replica=str(session),
            )

    async def _find_port(self) -> int:
        while True:
            for port in self._ports:
                if await _is_http_server(port) and is_listening(self._process.session_id, port):
                    return port
            await asyncio.sleep(_POLL_SECONDS)


def check_out(commit: StoredCommit, objects: Objects, folder: Path) -> None:
    """Write all files of a commit into a new folder."""
    folder.mkdir()
    for path, file in commit.files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.lfs is None:
            target.write_bytes(objects.read(file))
        else:
            shutil.copyfile(objects.lfs_path(file.lfs), target)


async def _is_http_server(port: int) -> bool:
    with suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_PROBE_TIMEOUT):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                writer.write(_PROBE_REQUEST % f"{LOOPBACK}:{port}".encode())
                return await reader.readexactly(5) == b"HTTP/"
            finally:
                writer.close()
    return False
