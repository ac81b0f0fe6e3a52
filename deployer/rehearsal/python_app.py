"""A Python app as a process of this machine."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from deployer.card.rules import DEFAULT_PORT
from deployer.rehearsal import process_table
from deployer.rehearsal.app import MEASURE_SECONDS, POLL_SECONDS, RunningApp, is_http_server
from deployer.rehearsal.environment import Settings, SpaceInfo, app_environment, with_port
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.ports import free_port, is_free, is_listening
from deployer.rehearsal.process import SupervisedProcess


@dataclass(frozen=True, slots=True)
class PythonProgram:
    """A file that the Python of an environment runs, in the folder of the Space's files."""

    python: Path
    file: str
    folder: Path
    info: SpaceInfo
    model_cache: Path
    fixed_port: int = DEFAULT_PORT

    async def launch(self, settings: Settings, log: LogBuffer) -> RunningApp:
        """Start it, configured to listen on a free port; its home is beside the folder.

        Apps with the default port hard-coded are found there, if it was free before.
        """
        home = self.folder.with_name("home")
        (home / "tmp").mkdir(parents=True, exist_ok=True)
        environment = app_environment(
            os.environ,
            self.info,
            home=home,
            model_cache=self.model_cache,
            settings=settings,
        )
        port = free_port()
        ports = (port, self.fixed_port) if is_free(self.fixed_port) else (port,)
        environment = with_port(environment, port, self.python.parent)
        command = [str(self.python), self.file]
        process = await SupervisedProcess.start(command, self.folder, environment, log.write)
        return PythonApp(process, ports, log)


class PythonApp(RunningApp):
    """A process that listens on one of some ports."""

    def __init__(self, process: SupervisedProcess, ports: tuple[int, ...], log: LogBuffer) -> None:
        self.port = ports[0]
        self._process = process
        self._ports = ports
        self._log = log

    async def wait(self) -> int:
        """Its exit code, once it has exited and all its output is in the log."""
        code = await self._process.wait()
        self._log.close()
        return code

    async def stop(self) -> None:
        """Stop it, and whatever it started."""
        await self._process.stop()
        await self.wait()

    def measure(self) -> AsyncIterator[Metric] | None:
        """What its processes use, each second while it runs; the replica is the process."""
        return self._measure() if process_table.exists() else None

    async def _measure(self) -> AsyncIterator[Metric]:
        session, cores = self._process.session_id, process_table.cores()
        used, at = process_table.cpu_seconds(session), time.monotonic()
        while not self._log.closed:
            await asyncio.sleep(MEASURE_SECONDS)
            before, since = used, at
            memory = await asyncio.to_thread(process_table.memory_bytes, session)
            used, at = process_table.cpu_seconds(session), time.monotonic()
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
                if await is_http_server(port) and is_listening(self._process.session_id, port):
                    return port
            await asyncio.sleep(POLL_SECONDS)
