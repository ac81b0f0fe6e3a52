"""A child process on a leash: it ends with the Hub, however the Hub ends."""

from __future__ import annotations

import asyncio
import codecs
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Self

_LEASH = Path(__file__).with_name("leash.py")
_LONGEST_LINE = 8192


class Leashed:
    """A command that runs in a folder, with exactly this environment; both outputs are one."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls, command: Sequence[str], *, folder: Path, environment: Mapping[str, str]
    ) -> Self:
        """Start a command."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_LEASH), *command),
            cwd=folder,
            env=dict(environment),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C is for the Hub, which then lets go of the leash
            start_new_session=True,
        )
        return cls(process)

    async def lines(self) -> AsyncIterator[str]:
        """What it prints, line by line, until it ends."""
        assert self._process.stdout is not None
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        rest = ""
        while chunk := await self._process.stdout.read(65536):
            *whole, rest = (rest + decoder.decode(chunk)).split("\n")
            for line in whole:
                yield line + "\n"
            if len(rest) > _LONGEST_LINE:
                yield rest + "\n"
                rest = ""
        if rest:
            yield rest + "\n"

    async def ended(self) -> int:
        """Its exit code, once it has ended."""
        return await self._process.wait()

    async def end(self) -> None:
        """Let go of the leash, and wait until nothing of it is left."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
