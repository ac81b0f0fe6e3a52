"""Build the image of a Docker Space."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from deployer.rehearsal.builder import BuildFailed
from deployer.rehearsal.containers.build_log import BuildKitOutput, BuildOutput, PodmanOutput
from deployer.rehearsal.containers.engine import Engine, EngineError
from deployer.rehearsal.containers.find import check_support
from deployer.rehearsal.containers.leftovers import remove_working_containers
from deployer.rehearsal.environment import Settings
from deployer.rehearsal.logs import LogBuffer
from deployer.rehearsal.process import SupervisedProcess

DOCKERFILE = "Dockerfile"


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
    # under names of its own: one of a secret may mean something to the engine
    aliases = {name: f"HF_DEPLOY_SECRET_{i}" for i, name in enumerate(settings.secrets)}
    mark = f"{engine.label}/{folder.parent.name}"
    command = engine.build_command(
        folder, image_file, settings.variables, aliases, mark=mark, is_fresh=is_fresh
    )
    # what a build that is killed leaves in TMPDIR goes with the folder
    environment = {**engine.environment, "TMPDIR": str(folder.parent)}
    environment |= {aliases[name]: value for name, value in settings.secrets.items()}
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
    if code:
        raise _failure(code, output)
    return image_file.read_text("ascii").strip()


def _failure(code: int, output: BuildOutput) -> BuildFailed:
    step = output.failed_step
    return BuildFailed(output.exit_code or code, str(step) if step else output.error)
