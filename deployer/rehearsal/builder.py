"""Build the virtual environment of a Gradio Space as Spaces does, and cache it.

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

from deployer.rehearsal.environment import install_environment
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.process import SupervisedProcess

PRE_REQUIREMENTS = "pre-requirements.txt"
REQUIREMENTS = "requirements.txt"
PACKAGES = "packages.txt"
_COMPLETE_MARKER = "complete"
_POLL_SECONDS = 0.1
_NO_RELOADING_FILE = "hf_deploy_no_reloading.pth"
# in place of spaces/reloading/__init__.py of the package `spaces`
_NO_RELOADING = """\
import sys, types; m = types.ModuleType("spaces.reloading"); m.reload_server_ports = set(); \
m.start_reload_server = lambda *a, **k: None; sys.modules["spaces.reloading"] = m
"""
# lines that make pip read another file of the repository
_LOCAL_FILE_LINE = re.compile(
    r"^\s*(-r|-c|-e|--requirement|--constraint|--editable|\.|/|file:)|@\s*file:"
)


class BuildFailed(Exception):
    """A command of the build failed with this exit code; `step` is where, if that is known."""

    def __init__(self, code: int, step: str = "") -> None:
        reason = f". Reason: {step}" if step else ""
        super().__init__(f"Job failed with exit code: {code}{reason}")


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What decides an environment: the card's keys, requirements files by name, and the tree id."""

    card: Mapping[str, Any]
    texts: Mapping[str, str]
    tree: str

    @property
    def sdk_packages(self) -> list[str]:
        """What Spaces installs besides the Space's own requirements."""
        version = self.card.get("sdk_version")
        pin = f"=={version}" if version else ""
        return [f"gradio[oauth]{pin}", "uvicorn>=0.14.0", "spaces"]

    def key(self, python_version: str) -> str:
        """The cache key of the environment for a version of Python."""
        texts = {name: self.texts.get(name, "") for name in (PRE_REQUIREMENTS, REQUIREMENTS)}
        lines = (line for text in texts.values() for line in text.splitlines())
        tree = self.tree if any(map(_LOCAL_FILE_LINE.search, lines)) else ""
        parts = json.dumps([python_version, self.sdk_packages, texts, tree], sort_keys=True)
        return hashlib.sha256(parts.encode()).hexdigest()


class Builder:
    """Builds environments with one Python and keeps them in one folder."""

    def __init__(self, cache: Path, python: str) -> None:
        self._cache = cache
        self._python = python

    @cached_property
    def python_version(self) -> str:
        """The version of the Python that it builds with."""
        code = "import platform; print(platform.python_version())"
        command = [self._python, "-I", "-c", code]
        return subprocess.run(
            command, check=True, capture_output=True, text=True, env=install_environment(os.environ)
        ).stdout.strip()

    async def build(self, spec: EnvironmentSpec, folder: Path, log: LogBuffer) -> Path:
        """Give the environment's folder, built if it is not cached. Raises BuildFailed.

        `folder` holds the Space's files.
        """
        self._log_base(spec, log)
        environment = self._cache / spec.key(self.python_version)
        environment.parent.mkdir(parents=True, exist_ok=True)
        async with _lock(environment.with_suffix(".lock"), log):
            if (environment / _COMPLETE_MARKER).is_file():
                log.write("--> RUN pip install\nCACHED\n")
                _turn_off_reloading(environment)
                return environment
            # left by an interrupted build; an environment can't be built elsewhere and moved here,
            # because its scripts contain its path
            shutil.rmtree(environment, ignore_errors=True)
            await self._create(spec, environment, folder, log)
            _turn_off_reloading(environment)
        return environment

    async def _create(
        self, spec: EnvironmentSpec, environment: Path, folder: Path, log: LogBuffer
    ) -> None:
        started_at = time.monotonic()
        try:
            for command in self._commands(spec, environment, folder):
                await self._run(command, folder, log)
        except BaseException:
            shutil.rmtree(environment, ignore_errors=True)
            raise
        (environment / _COMPLETE_MARKER).touch()
        log.write(f"DONE {time.monotonic() - started_at:.1f}s\n")

    def _log_base(self, spec: EnvironmentSpec, log: LogBuffer) -> None:
        log.write(f"--> FROM local Python {self.python_version}\n")
        wanted = spec.card.get("python_version")
        if wanted is not None and not f"{self.python_version}.".startswith(f"{wanted}."):
            log.write(f"The card sets Python {wanted}; the local Hub uses {self.python_version}.\n")
        packages = spec.texts.get(PACKAGES, "").split()
        if packages:
            names = " ".join(packages)
            log.write(f"{PACKAGES} is ignored: the local Hub doesn't install {names}\n")

    def _commands(self, spec: EnvironmentSpec, environment: Path, folder: Path) -> list[list[str]]:
        # -I: a module of the Space must not shadow one of pip's
        install = [str(environment / "bin" / "python"), "-I", "-m", "pip", "install"]
        install += ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
        commands = [[self._python, "-I", "-m", "venv", str(environment)]]
        if PRE_REQUIREMENTS in spec.texts:
            commands.append([*install, "-r", str(folder / PRE_REQUIREMENTS)])
        own = ["-r", str(folder / REQUIREMENTS)] if REQUIREMENTS in spec.texts else []
        return [*commands, [*install, *own, *spec.sdk_packages]]

    async def _run(self, command: list[str], folder: Path, log: LogBuffer) -> None:
        prefix = f"{folder}{os.sep}"
        shown = " ".join(["python", *command[2:]]).replace(prefix, "")
        log.write(f"--> RUN {shown}\n")

        def write(line: str) -> None:
            log.write(line.replace(prefix, ""))

        environment = install_environment(os.environ)
        process = await SupervisedProcess.start(command, folder, environment, write)
        try:
            code = await process.wait()
        finally:
            await process.stop()
        if code:
            raise BuildFailed(code)


def _turn_off_reloading(environment: Path) -> None:
    """Keep Gradio from opening port 7887 on all interfaces, where anyone may replace app.py.

    On Spaces (SYSTEM=spaces) it starts that server for the Hub's hot reload, and no variable turns
    only that off. A line in a .pth file runs when Python starts:
    https://docs.python.org/3/library/site.html
    """
    for packages in (environment / "lib").glob("python*/site-packages"):
        file = packages / _NO_RELOADING_FILE
        if not file.exists() or file.read_text("ascii") != _NO_RELOADING:
            file.write_text(_NO_RELOADING, "ascii")


@asynccontextmanager
async def _lock(path: Path, log: LogBuffer) -> AsyncIterator[None]:
    """Hold a file lock that excludes other processes, too; the system frees it if this one dies."""
    with path.open("w", encoding="ascii") as file:
        is_waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not is_waiting:
                    log.write("Waiting for another build of the same environment\n")
                is_waiting = True
                await asyncio.sleep(_POLL_SECONDS)
        yield
