"""What a Hub has in the engine, and how it is removed: by the Hub, or by the next if it was killed.

Everything of a Hub bears its label. Only a container in which podman builds can't have one; it is
known by a build argument, which podman writes down with the container.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from deployer.rehearsal.containers.engine import MARK, Engine


def remove(engine: Engine) -> None:
    """Remove all containers and images of the engine's Hub; layers stay. Raises EngineError."""
    remove_working_containers(engine, f"{engine.label}/")
    engine.remove(engine.labelled())
    engine.remove_images()


def remove_working_containers(engine: Engine, mark: str) -> None:
    """Remove what cancelled builds left whose mark starts so. Raises EngineError."""
    containers = engine.working_containers()
    if containers:
        storage = engine.storage()
        engine.remove(c for c in containers if _mark_of(storage, c).startswith(mark))


def _mark_of(storage: Path, container: str) -> str:
    for file in storage.glob(f"{container}*/userdata/buildah.json"):
        with suppress(OSError, ValueError, KeyError):
            return str(json.loads(file.read_text("utf-8"))["Args"][MARK])
    return ""
