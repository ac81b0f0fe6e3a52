"""Build the image of a Docker Space."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deployer.checks.docker_instructions import DOCKERFILE
from deployer.rehearsal.builder import BuildFailed
from deployer.rehearsal.containers.build_log import BuildKitOutput, BuildOutput, PodmanOutput
from deployer.rehearsal.containers.engine import Engine, EngineError
from deployer.rehearsal.containers.find import check_support
from deployer.rehearsal.containers.leftovers import remove_working_containers
from deployer.rehearsal.environment import Settings
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.process import SupervisedProcess


async def build_image(
    engine: Engine, folder: Path, settings: Settings, log: LogBuffer, *, is_fresh: bool
) -> str:
    """Build the image of a folder, with variables as build arguments; gives its id.

    Without the layers of earlier builds if it `is_fresh`. Raises BuildFailed or NoEngine.
    """
    dockerfile = (folder / DOCKERFILE).read_text("utf-8", "replace")
    check_support(engine, dockerfile)
    log.write(engine.remark)
    image_file = folder.with_name("image")
    secrets = _write_secrets(settings.secrets, folder.with_name("secrets"))
    mark = f"{engine.label}/{folder.parent.name}"
    command = engine.build_command(
        folder, image_file, settings.variables, secrets, mark=mark, is_fresh=is_fresh
    )
    # what a build that is killed leaves in TMPDIR goes with the folder
    environment = {**engine.environment, "TMPDIR": str(folder.parent)}
    output = (PodmanOutput if engine.is_podman else BuildKitOutput)(dockerfile, log.write)

    def add(line: str) -> None:
        output.add(line.replace(str(folder), ""))

    process = await SupervisedProcess.start(command, folder, environment, add)
    try:
        code = await process.wait()
    except asyncio.CancelledError:
        await process.stop()
        with suppress(EngineError):
            await asyncio.to_thread(remove_working_containers, engine, mark)
        raise
    finally:
        shutil.rmtree(folder.with_name("secrets"))
    if code:
        raise _failure(code, output)
    return image_file.read_text("ascii").strip()


def _write_secrets(secrets: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """Write each secret into a file that only this user reads; gives the files by name."""
    folder.mkdir(mode=0o700)
    files = {name: folder / str(number) for number, name in enumerate(secrets)}
    for name, file in files.items():
        file.write_text(secrets[name], "utf-8", newline="")
    return files


def _failure(code: int, output: BuildOutput) -> BuildFailed:
    step = output.failed_step
    return BuildFailed(output.exit_code or code, str(step) if step else output.error)
