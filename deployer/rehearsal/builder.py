"""The virtual environment of a Gradio Space, made as Spaces makes it, and kept for the next time.

https://huggingface.co/docs/hub/spaces-dependencies
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deployer.rehearsal.environment import for_installing
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.process import SupervisedProcess

BEFORE = "pre-requirements.txt"
REQUIREMENTS = "requirements.txt"
PACKAGES = "packages.txt"
_WHOLE = "complete"
_POLL = 0.1
# lines that make pip read another file of the repository
_ELSEWHERE = re.compile(
    r"^\s*(-r|-c|-e|--requirement|--constraint|--editable|\.|/|file:)|@\s*file:"
)


class BuildFailed(Exception):
    """A step of the build ended with this exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Job failed with exit code: {code}")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What decides an environment: the card, and the files' texts; `tree` names all files."""

    card: Mapping[str, Any]
    texts: Mapping[str, str]
    tree: str

    @property
    def sdk(self) -> list[str]:
        """What Spaces installs besides what the Space asks for."""
        version = self.card.get("sdk_version")
        pin = f"=={version}" if version else ""
        return [f"gradio[oauth]{pin}", "uvicorn>=0.14.0", "spaces"]

    def key(self, python: str) -> str:
        """The name of the environment, for a version of Python."""
        texts = {name: self.texts.get(name, "") for name in (BEFORE, REQUIREMENTS)}
        lines = (line for text in texts.values() for line in text.splitlines())
        tree = self.tree if any(map(_ELSEWHERE.search, lines)) else ""
        parts = json.dumps([python, self.sdk, texts, tree], sort_keys=True)
        return hashlib.sha256(parts.encode()).hexdigest()


class Builder:
    """Makes environments with one Python and keeps them in one folder."""

    def __init__(self, cache: Path, python: str) -> None:
        self._cache = cache
        self._python = python

    @cached_property
    def version(self) -> str:
        """The version of the Python that it builds with."""
        ask = "import platform; print(platform.python_version())"
        command = [self._python, "-I", "-c", ask]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    async def build(self, recipe: Recipe, folder: Path, log: LogBuffer) -> Path:
        """The environment's folder; `folder` holds the Space's files. Raises BuildFailed."""
        self._announce(recipe, log)
        made = self._cache / recipe.key(self.version)
        made.parent.mkdir(parents=True, exist_ok=True)
        async with _lock(made.with_suffix(".lock"), log):
            if (made / _WHOLE).is_file():
                log.write("--> RUN pip install\nCACHED\n")
                return made
            # where a build was cut off; scripts in it know this place, so it can't be moved later
            shutil.rmtree(made, ignore_errors=True)
            await self._make(recipe, made, folder, log)
        return made

    async def _make(self, recipe: Recipe, made: Path, folder: Path, log: LogBuffer) -> None:
        started = time.monotonic()
        try:
            for command in self._commands(recipe, made, folder):
                await self._run(command, folder, log)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        (made / _WHOLE).touch()
        log.write(f"DONE {time.monotonic() - started:.1f}s\n")

    def _announce(self, recipe: Recipe, log: LogBuffer) -> None:
        log.write(f"--> FROM Python {self.version} of this machine\n")
        asked = recipe.card.get("python_version")
        if asked is not None and not f"{self.version}.".startswith(f"{asked}."):
            log.write(f"The card asks for Python {asked}; this rehearsal has {self.version}.\n")
        packages = recipe.texts.get(PACKAGES, "").split()
        if packages:
            said = " ".join(packages)
            log.write(f"{PACKAGES} is left out: a rehearsal doesn't install {said}\n")

    def _commands(self, recipe: Recipe, made: Path, folder: Path) -> list[list[str]]:
        # -I, or a module of the Space's could stand in for one of pip's
        install = [str(made / "bin" / "python"), "-I", "-m", "pip", "install"]
        install += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
        commands = [[self._python, "-I", "-m", "venv", str(made)]]
        if BEFORE in recipe.texts:
            commands.append([*install, "-r", str(folder / BEFORE)])
        asked = ["-r", str(folder / REQUIREMENTS)] if REQUIREMENTS in recipe.texts else []
        return [*commands, [*install, *asked, *recipe.sdk]]

    async def _run(self, command: list[str], folder: Path, log: LogBuffer) -> None:
        inside = f"{folder}{os.sep}"
        shown = " ".join(["python", *command[2:]]).replace(inside, "")
        log.write(f"--> RUN {shown}\n")

        def write(line: str) -> None:
            log.write(line.replace(inside, ""))

        process = await SupervisedProcess.start(command, folder, for_installing(os.environ), write)
        try:
            code = await process.ended()
        finally:
            await process.end()
        if code:
            raise BuildFailed(code)


@asynccontextmanager
async def _lock(place: Path, log: LogBuffer) -> AsyncIterator[None]:
    """One at a time, also among several Hubs; the lock goes when its process goes."""
    with place.open("w", encoding="ascii") as held:
        told = False
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    log.write("Waiting: the same environment is being built already\n")
                told = True
                await asyncio.sleep(_POLL)
        yield
