"""A child process that ends with the Hub, however the Hub ends."""

from __future__ import annotations

import asyncio
import codecs
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_MAX_LINE = 8192
_CHUNK_BYTES = 65536

Write = Callable[[str], None]


class SupervisedProcess:
    """A command below supervisor.py, with exactly this environment; its two outputs are one.

    Its output is read until its end, even if nobody waits for it: a process whose pipe is full
    doesn't exit.
    """

    def __init__(self, process: asyncio.subprocess.Process, write: Write) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read(write))

    @classmethod
    async def start(
        cls, command: Sequence[str], folder: Path, environment: Mapping[str, str], write: Write
    ) -> Self:
        """Start a command in a folder; `write` gets its output, line by line."""
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_SUPERVISOR), *command),
                cwd=folder,
                env=dict(environment),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                # Ctrl-C must reach the Hub only, which then stops the supervisor
                start_new_session=True,
            )
        )
        try:
            return cls(await asyncio.shield(starting), write)
        except asyncio.CancelledError:
            # asyncio would kill the supervisor, and its command would live on
            await cls(await starting, write).stop()
            raise

    @property
    def session_id(self) -> int:
        """The POSIX session of the process and all its children."""
        return self._process.pid

    async def wait(self) -> int:
        """Its exit code, once it has exited and all its output was written."""
        await asyncio.wait({self._reading})
        return await self._process.wait()

    async def stop(self) -> None:
        """Close the supervisor's standard input, and wait until everything below it has exited."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self.wait()

    async def _read(self, write: Write) -> None:
        assert self._process.stdout is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        while chunk := await self._process.stdout.read(_CHUNK_BYTES):
            *lines, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in lines:
                write(line + "\n")
            if len(rest) > _MAX_LINE:
                write(rest + "\n")
                rest = ""
        if rest:
            write(rest + "\n")
