"""A child process on a leash: it ends with the Hub, however the Hub ends."""

from __future__ import annotations

import asyncio
import codecs
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_MAX_LINE = 8192
_CHUNK = 65536

Write = Callable[[str], None]


class SupervisedProcess:
    """A command that runs in a folder, with exactly this environment; both outputs are one.

    All that it prints is read until its end, also when nobody waits for it any more: a process that
    can't get rid of its output doesn't end.
    """

    def __init__(self, process: asyncio.subprocess.Process, write: Write) -> None:
        self._process = process
        self._reading = asyncio.create_task(self._read(write))

    @classmethod
    async def start(
        cls, command: Sequence[str], folder: Path, environment: Mapping[str, str], write: Write
    ) -> Self:
        """Start a command; `write` gets what it prints, line by line."""
        starting = asyncio.create_task(
            asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_SUPERVISOR), *command),
                cwd=folder,
                env=dict(environment),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                # Ctrl-C is for the Hub, which then lets go of the leash
                start_new_session=True,
            )
        )
        try:
            return cls(await asyncio.shield(starting), write)
        except asyncio.CancelledError:
            # asyncio would kill the leash, and so let its command loose
            await cls(await starting, write).end()
            raise

    @property
    def session(self) -> int:
        """The number of the session that it and all its children belong to."""
        return self._process.pid

    async def ended(self) -> int:
        """Its exit code, once it has ended and all that it printed was written."""
        await asyncio.wait({self._reading})
        return await self._process.wait()

    async def end(self) -> None:
        """Let go of the leash, and wait until nothing of it is left."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self.ended()

    async def _read(self, write: Write) -> None:
        assert self._process.stdout is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        while chunk := await self._process.stdout.read(_CHUNK):
            *whole, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in whole:
                write(line + "\n")
            if len(rest) > _MAX_LINE:
                write(rest + "\n")
                rest = ""
        if rest:
            write(rest + "\n")
