"""A Docker Space's app as a container."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from deployer.rehearsal.app import (
    MEASURE_SECONDS,
    POLL_SECONDS,
    AppExited,
    NotAnswering,
    RunningApp,
    StartFailed,
    is_http_server,
)
from deployer.rehearsal.containers.engine import Engine, EngineError, takes
from deployer.rehearsal.containers.listening import Listening, describe, is_wrong, read_listening
from deployer.rehearsal.containers.usage import Usage
from deployer.rehearsal.environment import Settings, SpaceInfo
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.metric import Metric
from deployer.rehearsal.ports import free_port, is_free
from deployer.rehearsal.process import SupervisedProcess

_GIB = 2**30
_NO_SHELL = re.compile(r"not found|no such file", re.IGNORECASE)
_PORT_IS_TAKEN = (
    "Scheduling failure: port {} of this machine is taken by another program, and the engine's "
    "configuration gives containers the machine's network"
)
_LOOK_SECONDS = 2.0  # between two looks at where an app listens that does not answer yet


@dataclass(frozen=True, slots=True)
class ContainerProgram:
    """An image, and the card's `app_port`.

    `patience` is how many seconds an app that listens elsewhere may go on so: what listens there
    may be a part of it, and the rest be about to start.
    """

    engine: Engine
    image: str
    fixed_port: int
    patience: float
    folder: Path
    info: SpaceInfo

    async def launch(self, settings: Settings, log: LogBuffer) -> RunningApp:
        """Start a container of it, published on a free port. Raises StartFailed."""
        values = {**self.info.variables(), **settings.variables, **settings.secrets}
        taken = {name: value for name, value in values.items() if takes(name, value)}
        log.write(_what_differs(self.engine, values.keys() - taken.keys()))
        port = free_port()
        try:
            container = await self._create(port, taken)
            try:
                return await self._start(container, port, log)
            except BaseException:
                await asyncio.to_thread(self.engine.remove, [container])
                raise
        except EngineError as error:
            raise StartFailed(f"The container can't be started: {error}") from None

    async def _create(self, port: int, values: Mapping[str, str]) -> str:
        ports = (port, self.fixed_port)
        creating = asyncio.create_task(
            asyncio.to_thread(self.engine.create, self.image, ports, values)
        )
        try:
            return await asyncio.shield(creating)
        except asyncio.CancelledError:
            # a thread can't be cancelled: what it creates would be nobody's
            with suppress(EngineError):
                await asyncio.to_thread(self.engine.remove, [await creating])
            raise

    async def _start(self, container: str, port: int, log: LogBuffer) -> RunningApp:
        engine = self.engine
        has_host_network = (await asyncio.to_thread(engine.state, container)).has_host_network
        if has_host_network:
            port = self.fixed_port
            if not is_free(port):
                raise StartFailed(_PORT_IS_TAKEN.format(port))
        command = engine.start_command(container)
        process = await SupervisedProcess.start(command, self.folder, engine.environment, log.write)
        return ContainerApp(self, container, process, port, has_host_network, log)


class ContainerApp(RunningApp):
    """A container that runs; it is removed when it has exited."""

    def __init__(
        self,
        program: ContainerProgram,
        container: str,
        process: SupervisedProcess,
        port: int,
        has_host_network: bool,
        log: LogBuffer,
    ) -> None:
        self.port = port
        self._has_host_network = has_host_network
        self._program = program
        self._engine = program.engine
        self._container = container
        self._process = process
        self._log = log
        self._ending = asyncio.create_task(self._end())

    async def wait_until_ready(self, timeout: float) -> None:
        """As any app; StartFailed, too, where another program took its port meanwhile."""
        try:
            await super().wait_until_ready(timeout)
        except AppExited:
            if self._has_host_network and not is_free(self.port):
                raise StartFailed(_PORT_IS_TAKEN.format(self.port)) from None
            raise

    async def wait(self) -> int:
        """Its exit code, once it has exited and all its output is in the log."""
        await asyncio.wait({self._ending})
        return self._ending.result()

    async def stop(self) -> None:
        """Stop it, and whatever it started."""
        if not self._ending.done():
            with suppress(EngineError):
                await asyncio.to_thread(self._engine.stop, self._container)
            await self._process.stop()
        await self.wait()

    def measure(self) -> AsyncIterator[Metric] | None:
        """What the container uses, each second while it runs; the replica is the container."""
        return self._measure()

    async def _measure(self) -> AsyncIterator[Metric]:
        cores, total = self._engine.cores, self._engine.memory * _GIB
        with suppress(EngineError):
            used, at = await self._usage(), time.monotonic()
            while not self._log.closed:
                await asyncio.sleep(MEASURE_SECONDS)
                before, since = used, at
                used, at = await self._usage(), time.monotonic()
                cpu = round(used.percent_since(before, at - since) / cores, 1)
                yield Metric(cpu, used.memory, total, cores, self._container[:12])

    async def _usage(self) -> Usage:
        return await asyncio.to_thread(self._engine.usage, self._container)

    async def _end(self) -> int:
        code = await self._process.wait()
        with suppress(EngineError):
            state = await asyncio.to_thread(self._engine.state, self._container)
            if state.is_out_of_memory:
                self._log.write(f"Memory limit exceeded ({self._engine.memory}Gi)\n")
        self._log.close()
        with suppress(EngineError):
            await asyncio.to_thread(self._engine.remove, [self._container])
        return code

    async def _find_port(self) -> int:
        started = time.monotonic()
        answers = asyncio.create_task(self._wait_for_answer())
        gives_up = asyncio.create_task(self._wait_while_elsewhere())
        try:
            await asyncio.wait({answers, gives_up}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            answers.cancel()
            gives_up.cancel()
        if not answers.done():
            raise NotAnswering(round(time.monotonic() - started), self.why_not)
        return self.port

    async def _wait_for_answer(self) -> None:
        while not (await is_http_server(self.port) and await self._is_own_answer()):
            await asyncio.sleep(POLL_SECONDS)

    async def _is_own_answer(self) -> bool:
        """Whether what answers is the app, where Spaces would reach it.

        A published port is no other's. On the machine's own network it may be anybody's, and the
        app's own be one that only this machine reaches.
        """
        listening = await self._listening() if self._has_host_network else None
        return listening is None or listening.get(self.port, False)

    async def _wait_while_elsewhere(self) -> None:
        """Return once its server has listened elsewhere for too long."""
        wanted, since = self._program.fixed_port, time.monotonic()
        while time.monotonic() - since < self._program.patience:
            await asyncio.sleep(_LOOK_SECONDS)
            listening = await self._listening() or {}
            seen = describe(listening, wanted)
            if seen != self.why_not:
                self.why_not, since = seen, time.monotonic()
                self._log.write(f"{seen}\n" if seen else "")
            if not is_wrong(listening, wanted):
                since = time.monotonic()

    async def _listening(self) -> Listening | None:
        """Where it listens; None if its image has no programs to see that."""
        try:
            table = await asyncio.to_thread(self._engine.listening_table, self._container)
        except EngineError as error:
            return None if _NO_SHELL.search(str(error)) else {}
        return read_listening(table)


def _what_differs(engine: Engine, refused: Iterable[str]) -> str:
    """What is not as on Spaces, a line each."""
    lines = [f"{name} is not set here: the engine itself would read it." for name in refused]
    if engine.limits is None:
        lines.append("CPU and memory are not limited: this machine's cgroups do not allow it.")
    return "".join(f"{line}\n" for line in lines)
